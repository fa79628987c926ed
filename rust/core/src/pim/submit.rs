//! One order: sent, answered, followed until it is decided.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::provider::{Order, Provider, Receipt, Stage};
use super::step_up::Readiness;
use super::time::wire;
use super::{ActivationResult, Kind, Outcome, Policy, places, rights};
use crate::call::Call;
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode};
use crate::http::{Fate, is_mfa_refusal};

const FIRST_POLL: Duration = Duration::from_millis(250);
const LONGEST_POLL: Duration = Duration::from_secs(2);
/// When a lost answer is looked for: a request may need a moment to be seen.
const LOOK_UPS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(500), Duration::from_millis(1500)];

/// What is left to do for one role.
pub(super) struct Submission<'a, P> {
    pub provider: &'a P,
    pub call: &'a Call,
    pub order: Order,
    pub policy: Option<Policy>,
    /// How long to follow the request.
    pub wait: Duration,
}

/// How an order was taken.
enum Taken {
    Receipt(Receipt),
    Refused(Error),
    Unconfirmed(Error),
}

impl<P: Provider> Submission<'_, P> {
    /// Sends the order and fills the result.
    pub(super) async fn run(&self, readiness: Readiness, mut result: ActivationResult) -> ActivationResult {
        result.stepped_up = readiness.stepped_up;
        match self.send(readiness.claims, &mut result).await {
            Taken::Receipt(receipt) => self.follow(receipt, &mut result).await,
            Taken::Refused(error) => self.refused(error, &mut result).await,
            Taken::Unconfirmed(mut error) => {
                error.target = Some(result.role_name.clone());
                result.status = Outcome::Unconfirmed;
                result.error = Some(error);
            }
        }
        result
    }

    async fn send(&self, mut claims: Option<ClaimsRequest>, result: &mut ActivationResult) -> Taken {
        let (mut asked_for_mfa, mut repeated) = (false, false);
        let mut order = self.order.clone();
        loop {
            let failure = match self.provider.submit(&order, claims.clone()).await {
                Ok(response) => {
                    result.stepped_up |= response.stepped_up;
                    for context in &response.contexts_asked {
                        if !result.authentication_contexts.contains(context) {
                            result.authentication_contexts.push(context.clone());
                        }
                    }
                    match response.json().map(Receipt::read) {
                        Ok(Some(receipt)) => return Taken::Receipt(receipt),
                        Ok(None) => response.unexpected("the service's answer to the activation has no id or status"),
                        Err(error) => error,
                    }
                }
                Err(failure) if failure.fate == Fate::NotDone => {
                    if is_mfa_refusal(&failure.error) && !asked_for_mfa {
                        asked_for_mfa = true;
                        result.stepped_up = true;
                        let wanted = self.mfa_claims();
                        self.call.verbose(format!("{} needs multi-factor authentication: signing in again", self.order.role.title()));
                        claims = Some(claims.map_or_else(|| wanted.clone(), |claims| claims.merge(&wanted)));
                        continue;
                    }
                    // A ticket was sent because the policy could not be read; services refuse one that it does not want by the same rule.
                    if failure.error.code == ErrorCode::TicketRequired && self.policy.is_none() && order.ticket.take().is_some() {
                        self.call.verbose(format!("{} takes no ticket: asking again without one", self.order.role.title()));
                        continue;
                    }
                    return Taken::Refused(*failure.error);
                }
                Err(failure) => *failure.error,
            };
            self.call.verbose(format!("the answer for {} was lost: looking it up", self.order.role.title()));
            match self.look_up().await {
                Ok(Some(receipt)) => return Taken::Receipt(receipt),
                Ok(None) if P::REPEATABLE && !repeated => repeated = true,
                Ok(None) if is_plain_fault(&failure) => return Taken::Refused(failure),
                Ok(None) => return Taken::Unconfirmed(unconfirmed(failure, "the service does not list it")),
                Err(error) => return Taken::Unconfirmed(unconfirmed(failure, &format!("looking it up failed: {error}"))),
            }
        }
    }

    fn mfa_claims(&self) -> ClaimsRequest {
        match self.policy.as_ref().and_then(|policy| policy.authentication_context.clone()) {
            Some(context) => ClaimsRequest::for_contexts([context]),
            None => P::mfa_claims(),
        }
    }

    async fn look_up(&self) -> Result<Option<Receipt>, Error> {
        let mut last = Ok(None);
        for wait in LOOK_UPS {
            sleep(wait).await;
            last = self.provider.look_up(&self.order).await.map(|found| found.and_then(Receipt::read));
            if let Ok(Some(_)) = last {
                break;
            }
        }
        last
    }

    async fn refused(&self, error: Error, result: &mut ActivationResult) {
        let mut error = rights::activation(P::KIND).explain(error);
        error.target = Some(result.role_name.clone());
        if P::KIND == Kind::Resource && places::is_missing(&error) {
            error.code = ErrorCode::ScopeNotFound;
            error.category = error.code.category();
        }
        match error.code {
            ErrorCode::RoleAssignmentExists => {
                result.status = Outcome::AlreadyActive;
                let name = self.order.role.title();
                self.call.warning(
                    "RoleNotListed",
                    format!("the service says that {name} is active already, but does not list it; after a deactivation it says so for up to two minutes"),
                );
            }
            ErrorCode::PendingRequestExists => {
                result.status = Outcome::Failed;
                // An earlier request that waits for its approver is what the caller wanted; anything else is in the way.
                if let Ok(Some(request)) = self.provider.undecided(&self.order).await
                    && let Some(receipt) = Receipt::read(request)
                {
                    if receipt.stage(self.order.start.is_some()) == Stage::NeedsApproval {
                        result.status = Outcome::PendingApproval;
                    }
                    take(&receipt, result);
                }
                if result.status == Outcome::Failed {
                    result.error = Some(error);
                }
            }
            _ => {
                result.status = Outcome::Failed;
                result.error = Some(error);
            }
        }
    }

    async fn follow(&self, mut receipt: Receipt, result: &mut ActivationResult) {
        let deadline = Instant::now() + self.wait;
        let mut interval = FIRST_POLL;
        let mut trouble = None;
        let stage = loop {
            let stage = receipt.stage(self.order.start.is_some());
            let next = Instant::now() + interval;
            if stage != Stage::Underway || next > deadline {
                break stage;
            }
            tokio::time::sleep_until(next).await;
            interval = (interval * 3 / 2).min(LONGEST_POLL);
            match self.provider.state(&self.order, &receipt.id).await {
                Ok(request) => receipt = Receipt::read(request).unwrap_or(receipt),
                // A request may need a moment to be seen.
                Err(error) if error.retryable || error.http.as_ref().is_some_and(|http| http.status == 404) => {}
                Err(error) => {
                    trouble = Some(error);
                    break stage;
                }
            }
        };
        take(&receipt, result);
        let name = self.order.role.title();
        match stage {
            Stage::InForce => result.status = Outcome::Activated,
            Stage::Scheduled => result.status = Outcome::Scheduled,
            Stage::NeedsApproval => {
                result.status = Outcome::PendingApproval;
                (result.start_date_time, result.end_date_time) = (None, None);
            }
            Stage::Underway => {
                result.status = Outcome::Accepted;
                if let Some(error) = trouble {
                    result.error = Some(error);
                } else if !self.wait.is_zero() {
                    let seconds = self.wait.as_secs();
                    let mut error =
                        Error::new(ErrorCode::ActivationTimeout, format!("{name} was accepted but is not provisioned after {seconds} s"))
                            .hint("list the active roles in a moment, or wait longer")
                            .target(self.order.role.role_name.clone());
                    error.retryable = true;
                    result.error = Some(error);
                }
            }
            Stage::Ended => {
                result.status = Outcome::Failed;
                (result.start_date_time, result.end_date_time) = (None, None);
                result.error = Some(
                    Error::new(ErrorCode::ActivationFailed, format!("the service ended the activation of {name} as `{}`", receipt.status))
                        .hint("look at the request's history in the portal for its reason")
                        .target(self.order.role.role_name.clone()),
                );
            }
        }
    }
}

/// Takes over what the service says of the request.
fn take(receipt: &Receipt, result: &mut ActivationResult) {
    result.service_status = Some(crate::http::shown(&receipt.status, 100));
    result.request_id = Some(receipt.id.clone());
    result.start_date_time = receipt.start.map(wire);
    result.end_date_time = receipt.end.map(wire);
    result.raw = Some(receipt.raw.clone());
}

/// An answer in which the service itself reports a fault, in contrast to one that was lost on the way or given by a gateway in between.
fn is_plain_fault(error: &Error) -> bool {
    error.http.as_ref().is_some_and(|http| matches!(http.status, 500 | 503)) && error.code == ErrorCode::ServiceUnavailable
}

fn unconfirmed(mut error: Error, why: &str) -> Error {
    error.message = format!("{}; the activation had been sent, and {why}", error.message);
    error.hint = Some("list the active roles before trying again".to_owned());
    error
}
