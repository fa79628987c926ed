//! Activation: the one flow for every kind of role.
//!
//! Read what the user may activate → find what is meant → read policies → check everything that can be known → sign in once for all → send
//! side by side → follow each request. Whatever does not depend on each other runs at the same time.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use uuid::Uuid;

use super::provider::{Order, Provider};
use super::role::{Assignment, Eligibility, same_scope};
use super::step_up::{Readiness, StepUp, wanted};
use super::submit::Submission;
use super::terms::{Terms, Wish};
use super::{ActivationRequest, ActivationResult, ActivationSummary, Outcome, Policy, RoleSelector};
use crate::auth::{AccessToken, TokenRequest};
use crate::call::Call;
use crate::error::{Category, Error, ErrorCode, Result};
use crate::meanwhile::meanwhile;
use crate::session::Session;

const ACTIVITY: &str = "Activating roles";
/// What an application cannot do.
const SELF_ACTIVATION: &str = "activate a role for itself";
/// Share of the progress that is through when the orders go out.
const PREPARED: usize = 30;
/// Nobody waits longer for provisioning; it keeps a mistyped number from overflowing the clock.
const LONGEST_WAIT: u64 = 24 * 3600;

/// Activates the roles of a request. Each result is an output as soon as it is there.
///
/// # Errors
/// What concerns all roles: `InvalidRequest`, `DurationInvalid`, `RoleNotEligible` if there is nothing to activate at all, and those of the
/// sign-in and of the lists. A role that fails by itself is a result.
pub(super) async fn activate<P: Provider>(
    session: &Session,
    call: &Call,
    provider: &P,
    request: &ActivationRequest,
) -> Result<ActivationSummary> {
    let wish = Wish::read(request, Timestamp::now())?;
    let flow = Flow { session, call, provider, request, wish };
    let summary = flow.run().await;
    call.progress_completed(ACTIVITY);
    summary
}

pub(super) struct Flow<'a, P> {
    session: &'a Session,
    pub(super) call: &'a Call,
    pub(super) provider: &'a P,
    pub(super) request: &'a ActivationRequest,
    wish: Wish,
}

/// A role that will be activated.
struct Candidate {
    role: Eligibility,
    policy: Option<Policy>,
    terms: Terms,
}

impl<P: Provider> Flow<'_, P> {
    async fn run(&self) -> Result<ActivationSummary> {
        let mut summary = ActivationSummary::default();
        // Some credentials tell it by themselves, others by their first token.
        self.session.auth.require_user(SELF_ACTIVATION)?;
        self.call.progress(ACTIVITY, "reading roles", Some(0));
        let token = self.session.auth.token(self.call, &TokenRequest::new(P::RESOURCE)).await?;
        self.session.auth.require_user(SELF_ACTIVATION)?;
        let (eligible, held) = tokio::try_join!(self.provider.eligibilities(), self.provider.assignments())?;
        if eligible.is_empty() {
            return Err(Error::new(
                ErrorCode::RoleNotEligible,
                format!("`{}` has no eligible {} roles", token.account.username, P::KIND.word()),
            )
            .hint("check that the right account and tenant are signed in"));
        }
        let eligible = self.with_scope_names(eligible).await;
        let roles = self.resolve(&eligible, held.as_deref(), &mut summary).await?;

        self.call.progress(ACTIVITY, "reading policies", Some(10));
        let candidates = self.check(roles, held, &mut summary).await?;

        if self.request.plan {
            for candidate in candidates {
                let mut result = self.result(&candidate, Outcome::Planned);
                result.start_date_time.clone_from(&self.wish.start);
                self.deliver(result, &mut summary).await?;
            }
            return Ok(summary);
        }
        self.submit(candidates, &token, &mut summary).await?;
        Ok(summary)
    }

    /// Sorts out what need not or cannot be activated.
    async fn check(
        &self,
        roles: Vec<Eligibility>,
        held: Option<Vec<Assignment>>,
        summary: &mut ActivationSummary,
    ) -> Result<Vec<Candidate>> {
        let known = held.is_some();
        let roles = self.skip_active(roles, held.as_deref().unwrap_or_default(), summary).await?;
        let scopes: BTreeSet<_> = roles.iter().map(|role| role.scope.clone()).collect();
        let scopes: Vec<_> = scopes.into_iter().collect();
        let (policies, held, roles) = tokio::join!(
            join_all(roles.iter().map(|role| self.policy(role))),
            async { if known { Ok(Vec::new()) } else { self.provider.assignments_at(&scopes).await } },
            self.name_scopes(roles.clone()),
        );
        let held = held.unwrap_or_else(|error| {
            // The service itself refuses a second activation, so this list only saves a request.
            self.call.verbose(format!("the active roles could not be read: {error}"));
            Vec::new()
        });
        let policies: HashMap<_, _> = roles.iter().map(identity).zip(policies).collect();
        let roles = self.skip_active(roles, &held, summary).await?;
        let mut candidates = Vec::new();
        for role in roles {
            let policy = match policies.get(&identity(&role)) {
                Some(Ok(policy)) => policy.clone(),
                Some(Err(error)) => {
                    self.deliver(role.failed(P::KIND, error.clone()), summary).await?;
                    continue;
                }
                None => None,
            };
            match self.wish.against(&role, policy.as_ref()) {
                Ok(terms) => {
                    if terms.clamped {
                        self.call.warning(
                            "DurationClamped",
                            format!(
                                "the policy of {} allows `{}` at most: it replaces `{}`",
                                role.title(),
                                terms.duration,
                                self.wish.duration_text.as_deref().unwrap_or_default()
                            ),
                        );
                    }
                    candidates.push(Candidate { role, policy, terms });
                }
                Err(error) => {
                    let result =
                        ActivationResult { policy, requested_duration: self.wish.duration_text.clone(), ..role.failed(P::KIND, error) };
                    self.deliver(result, summary).await?;
                }
            }
        }
        Ok(candidates)
    }

    async fn skip_active(&self, roles: Vec<Eligibility>, held: &[Assignment], summary: &mut ActivationSummary) -> Result<Vec<Eligibility>> {
        let mut rest = Vec::new();
        for role in roles {
            if let Some(assignment) = held.iter().find(|assignment| role.is_active_as(assignment)) {
                let result = ActivationResult { end_date_time: assignment.end.clone(), ..role.result(P::KIND, Outcome::AlreadyActive) };
                self.deliver(result, summary).await?;
            } else if let Some(assignment) = self.sufficient(&role, held) {
                let result = ActivationResult {
                    sufficient_role: Some(assignment.role_name.clone()),
                    end_date_time: assignment.end.clone(),
                    ..role.result(P::KIND, Outcome::SufficientRoleActive)
                };
                self.deliver(result, summary).await?;
            } else {
                rest.push(role);
            }
        }
        Ok(rest)
    }

    /// An active role that the caller calls sufficient, if it reaches the scope.
    fn sufficient<'h>(&self, role: &Eligibility, held: &'h [Assignment]) -> Option<&'h Assignment> {
        let names: &BTreeMap<_, _> = &self.request.sufficient_roles;
        let same = |left: &str, right: &str| left.to_lowercase() == right.to_lowercase();
        let enough: Vec<_> =
            names.iter().filter(|(name, _)| *name == "*" || same(name, &role.role_name)).flat_map(|(_, enough)| enough).collect();
        held.iter().find(|assignment| {
            let reaches = same_scope(&assignment.scope, "/") || is_at_or_below(&role.scope, &assignment.scope);
            reaches && enough.iter().any(|name| same(name, &assignment.role_name))
        })
    }

    /// A policy that cannot be read is unknown: the service decides then.
    async fn policy(&self, role: &Eligibility) -> Result<Option<Policy>> {
        match self.provider.policy_rules(role).await {
            Ok(Some(rules)) => Ok(Some(Policy::from_rules(&rules))),
            Ok(None) => {
                self.call.verbose(format!("the service lists no policy for {}", role.title()));
                Ok(None)
            }
            Err(error)
                if matches!(error.category, Category::AuthenticationError | Category::OperationStopped | Category::SecurityError)
                    && error.http.is_none() =>
            {
                Err(error)
            }
            Err(error) => {
                self.call.verbose(format!("the policy of {} could not be read: {error}", role.title()));
                Ok(None)
            }
        }
    }

    async fn submit(&self, candidates: Vec<Candidate>, token: &Arc<AccessToken>, summary: &mut ActivationSummary) -> Result<()> {
        let contexts: BTreeSet<_> = candidates.iter().flat_map(|candidate| candidate.terms.contexts.iter().cloned()).collect();
        // Some tokens do not show their methods; then the service has to say it.
        let lacks_mfa = !token.amr.is_empty() && !token.amr.iter().any(|method| method.eq_ignore_ascii_case("mfa"));
        let wants_mfa = |candidate: &Candidate| lacks_mfa && candidate.policy.as_ref().is_some_and(|policy| policy.mfa_required);
        let mfa = candidates.iter().any(wants_mfa).then(P::mfa_claims);
        let step_up = StepUp::new(self.session, self.call, P::RESOURCE, &contexts, mfa);
        let total = candidates.len();
        self.call.progress(ACTIVITY, format!("0 of {total}"), Some(percent(0, total)));

        let mut running: FuturesUnordered<_> = candidates
            .into_iter()
            .map(|candidate| {
                let own = wanted(&candidate.terms.contexts, wants_mfa(&candidate).then(P::mfa_claims));
                let mut result = self.result(&candidate, Outcome::Failed);
                result.authentication_contexts = candidate.terms.contexts.iter().cloned().collect();
                let submission = self.submission(candidate, token);
                let step_up = &step_up;
                async move {
                    let readiness = match &own {
                        Some(own) => step_up.ready(token, own).await,
                        None => Ok(Readiness::default()),
                    };
                    match readiness {
                        Ok(readiness) => submission.run(readiness, result).await,
                        Err(error) => {
                            result.error = Some(error.target(result.role_name.clone()));
                            result
                        }
                    }
                }
            })
            .collect();
        let (mut finished, mut ended) = (0, VecDeque::new());
        loop {
            let result = match ended.pop_front() {
                Some(result) => result,
                None => match running.next().await {
                    Some(result) => result,
                    None => break,
                },
            };
            finished += 1;
            meanwhile(&mut running, &mut ended, self.deliver(result, summary)).await?;
            self.call.progress(ACTIVITY, format!("{finished} of {total}"), Some(percent(finished, total)));
        }
        Ok(())
    }

    fn submission(&self, candidate: Candidate, token: &AccessToken) -> Submission<'_, P> {
        let Candidate { role, policy, terms } = candidate;
        let write = self.call.write_planned(format!("activation of {}", role.title()));
        let order = Order {
            role,
            principal_id: token.account.object_id.clone(),
            justification: self.wish.justification.clone(),
            ticket: terms.ticket,
            start: self.wish.start.clone(),
            duration: terms.duration,
            id: Uuid::new_v4(),
            write,
            placed: Timestamp::now(),
        };
        let wait = Duration::from_secs(self.request.wait_seconds.min(LONGEST_WAIT));
        Submission { provider: self.provider, call: self.call, order, policy, wait }
    }

    fn result(&self, candidate: &Candidate, status: Outcome) -> ActivationResult {
        ActivationResult {
            requested_duration: self.wish.duration_text.clone(),
            duration: Some(candidate.terms.duration.clone()),
            duration_clamped: candidate.terms.clamped,
            authentication_contexts: candidate.terms.contexts.iter().cloned().collect(),
            policy: candidate.policy.clone(),
            ..candidate.role.result(P::KIND, status)
        }
    }

    pub(super) async fn deliver(&self, result: ActivationResult, summary: &mut ActivationSummary) -> Result<()> {
        summary.count(result.status);
        self.call.output(&result).await
    }
}

fn identity(role: &Eligibility) -> (String, String) {
    (role.role_key.clone(), role.scope.clone())
}

fn is_at_or_below(scope: &str, outer: &str) -> bool {
    let (scope, outer) = (scope.trim_matches('/').to_ascii_lowercase(), outer.trim_matches('/').to_ascii_lowercase());
    scope.strip_prefix(&outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn percent(finished: usize, total: usize) -> u8 {
    let share = PREPARED + (100 - PREPARED) * finished / total.max(1);
    u8::try_from(share.min(100)).unwrap_or(100)
}

pub(super) fn not_found(kind: super::Kind, selector: &RoleSelector, error: Error) -> ActivationResult {
    let nothing = Eligibility {
        role_name: selector.title(),
        role_definition_id: String::new(),
        role_key: String::new(),
        scope: selector.scope.clone().unwrap_or_default(),
        app_scope: false,
        scope_name: None,
        scope_type: String::new(),
        schedule_id: String::new(),
        member_type: None,
        end: None,
        condition: None,
    };
    nothing.failed(kind, error)
}
