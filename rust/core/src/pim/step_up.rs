//! One sign-in before the writes, for all that the policies name.

use std::collections::BTreeSet;

use tokio::sync::OnceCell;

use crate::auth::{AccessToken, Resource, TokenRequest};
use crate::call::Call;
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::session::Session;

/// What the orders of a call need from the token. Whoever comes first signs in, the others wait for it.
pub(super) struct StepUp<'a> {
    session: &'a Session,
    call: &'a Call,
    resource: Resource,
    wanted: Option<ClaimsRequest>,
    result: OnceCell<Result<Readiness, Box<Error>>>,
}

/// The token at hand when the orders go out.
#[derive(Clone, Debug, Default)]
pub(super) struct Readiness {
    /// What can be demanded of every token of the call without a further sign-in.
    pub claims: Option<ClaimsRequest>,
    /// The token is a new one.
    pub stepped_up: bool,
}

impl<'a> StepUp<'a> {
    /// Collects what is wanted: the contexts of all policies, and multi-factor authentication where one demands it and the token is known to
    /// lack it.
    pub(super) fn new(
        session: &'a Session,
        call: &'a Call,
        resource: Resource,
        contexts: &BTreeSet<String>,
        mfa: Option<ClaimsRequest>,
    ) -> Self {
        Self { session, call, resource, wanted: wanted(contexts, mfa), result: OnceCell::new() }
    }

    /// Makes a token ready that has what one order needs; normally it is the one for all.
    ///
    /// # Errors
    /// Those of the sign-in.
    pub(super) async fn ready(&self, before: &AccessToken, own: &ClaimsRequest) -> Result<Readiness> {
        let Some(wanted) = &self.wanted else { return Ok(Readiness::default()) };
        let shared = self.result.get_or_init(|| async { self.sign_in(wanted, before).await.map_err(Box::new) }).await.clone();
        match shared {
            // One context that this user cannot have must not take the others along.
            Err(error) if own != wanted && is_about_claims(error.code) => self.sign_in(own, before).await,
            shared => shared.map_err(|error| *error),
        }
    }

    async fn sign_in(&self, wanted: &ClaimsRequest, before: &AccessToken) -> Result<Readiness> {
        if !before.satisfies(wanted) {
            self.call.verbose(format!("the policies want a token with {}", describe(wanted)));
        }
        let mut request = TokenRequest::new(self.resource.clone());
        request.claims = Some(wanted.clone());
        let token = self.session.auth.token(self.call, &request).await?;
        Ok(Readiness { claims: Some(wanted.clone()), stepped_up: token.id > before.id })
    }
}

/// Whether a sign-in failed because of what was demanded, so that a smaller demand may succeed.
fn is_about_claims(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::ChallengeUnsatisfied | ErrorCode::ConditionalAccessBlocked)
}

/// The claims that ask for contexts and for multi-factor authentication; none if there is nothing to ask for.
pub(super) fn wanted(contexts: &BTreeSet<String>, mfa: Option<ClaimsRequest>) -> Option<ClaimsRequest> {
    let contexts = (!contexts.is_empty()).then(|| ClaimsRequest::for_contexts(contexts));
    match (contexts, mfa) {
        (Some(contexts), Some(mfa)) => Some(contexts.merge(&mfa)),
        (contexts, mfa) => contexts.or(mfa),
    }
}

fn describe(wanted: &ClaimsRequest) -> String {
    let mut parts: Vec<_> = wanted.contexts().iter().map(|context| format!("the authentication context `{context}`")).collect();
    if !wanted.methods().is_empty() {
        parts.push("multi-factor authentication".to_owned());
    }
    parts.join(" and ")
}
