//! Gets one token: silently by the refresh token, then from the session's credentials in their order.

use std::sync::Arc;

use super::admit::Origin;
use super::authenticator::Inner;
use super::authorize::PagePrompt;
use super::browser;
use super::credential::Credential;
use super::endpoint::{GrantRequest, Proof};
use super::flight::Flight;
use super::refusal::{Next, Refusal};

use super::token::AccessToken;
use super::wanted::Wanted;
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::session::BrowserConfig;

/// The work of one flight.
pub(super) struct Acquisition<'a> {
    pub(super) inner: &'a Inner,
    pub(super) flight: &'a Flight,
}

/// What came of the refresh token.
enum Silent {
    Served(Arc<AccessToken>),
    AskUser(Box<Need>),
}

/// Why the user has to be asked.
#[derive(Default)]
struct Need {
    /// The token service's own demand.
    claims: Option<ClaimsRequest>,
    /// A token came, and it lacks what was asked: the page's session will not suffice either.
    lacking: bool,
    reason: Option<Error>,
}

impl<'a> Acquisition<'a> {
    pub(super) fn new(inner: &'a Inner, flight: &'a Flight) -> Self {
        Self { inner, flight }
    }

    pub(super) fn wanted(&self) -> &Wanted {
        &self.flight.wanted
    }

    pub(super) async fn run(&self) -> Result<Arc<AccessToken>> {
        self.suits()?;
        self.restore().await;
        let mut need = match self.silently().await? {
            Silent::Served(token) => return Ok(token),
            Silent::AskUser(need) => need,
        };
        for credential in &self.inner.credentials {
            if credential.asks_user() {
                return self.ask_user(credential.as_ref(), *need).await;
            }
            match credential.sign_in(self, self.wanted().claims.as_ref(), PagePrompt::None).await {
                Ok(token) if self.wanted().is_served_by(&token) => return Ok(token),
                Ok(token) => need.reason = Some(self.unsatisfied(&token)),
                Err(refusal) if refusal.next == Next::AskUser => {
                    need.claims = refusal.claims.or(need.claims);
                    need.reason = Some(refusal.error);
                }
                Err(refusal) => return Err(refusal.error),
            }
        }
        Err(need.reason.take().unwrap_or_else(|| self.sign_in_required(*need)))
    }

    /// Whether the session's credential can ever satisfy the demand: an application has no authentication methods to prove (entra-docs
    /// `developer-guide-conditional-access-authentication-context.md`).
    fn suits(&self) -> Result<()> {
        let demands = |claims: &&ClaimsRequest| !claims.contexts().is_empty() || !claims.methods().is_empty();
        match self.wanted().claims.as_ref().filter(demands) {
            Some(claims) if self.inner.is_applications() => {
                let why = format!("the claims `{}` ask for a stronger sign-in, and the session is an application's", claims.canonical());
                Err(self.unsuited(&why).hint("sign in as a user: only a person can prove an authentication method"))
            }
            _ => Ok(()),
        }
    }

    /// A demand that another credential could meet.
    pub(super) fn unsuited(&self, why: &str) -> Error {
        let mut error = Error::new(ErrorCode::CredentialUnsuited, why).target(self.wanted().family.resource.to_string());
        error.claims = self.wanted().claims.as_ref().map(ClaimsRequest::canonical);
        error
    }

    /// One sign-in with the user, when it is this one's turn and still needed.
    async fn ask_user(&self, credential: &dyn Credential, mut need: Need) -> Result<Arc<AccessToken>> {
        let client_id = &self.wanted().family.client_id;
        if self.wanted().silent || matches!(self.inner.config.browser, BrowserConfig::Never) {
            return Err(self.sign_in_required(need));
        }
        let serial = self.inner.lock().refresh_serial(client_id);
        let _turn = self.inner.page_turn.lock().await;
        // Another resource of this client may have been signed in to meanwhile.
        if self.inner.lock().refresh_serial(client_id) != serial {
            need = match self.silently().await? {
                Silent::Served(token) => return Ok(token),
                Silent::AskUser(need) => *need,
            };
        }
        if let Some(error) = self.flight.no_user() {
            return Err(error);
        }
        let mut result = self.with_user(credential, &need).await;
        if let Err(error) = &mut result
            && matches!(error.code, ErrorCode::SignInCancelled | ErrorCode::SignInTimeout | ErrorCode::BrowserUnavailable)
        {
            // A page that only tells the user what is wrong never comes back to us.
            if let Some(reason) = need.reason {
                error.causes.push(reason.message);
                error.service = error.service.take().or(reason.service);
            }
            self.flight.lose_user(error);
        }
        result
    }

    /// Tries the refresh token: with all contexts of the session, and if that is too much, with the demand alone.
    async fn silently(&self) -> Result<Silent> {
        let demand = self.wanted().claims.clone();
        let mut plans = vec![self.widened(demand.clone())];
        if plans[0] != demand {
            plans.push(demand);
        }
        let mut need = Need::default();
        let last = plans.len() - 1;
        for (index, plan) in plans.iter().enumerate() {
            match self.refresh(plan.as_ref()).await {
                None => break,
                Some(Ok(token)) if self.wanted().is_served_by(&token) => {
                    if index > 0 {
                        self.lose_contexts(&token);
                    }
                    return Ok(Silent::Served(token));
                }
                // Granted, but as if any one of the values were enough (OpenID Connect Core 5.5.1).
                Some(Ok(_)) if index < last => self.take_apart(),
                Some(Ok(_)) => need = Need { lacking: true, ..Need::default() },
                Some(Err(refusal)) => match refusal.next {
                    Next::AskUser => {
                        need.claims = refusal.claims;
                        need.reason = Some(refusal.error);
                    }
                    Next::DropGrant => {
                        need.reason = Some(refusal.error);
                        break;
                    }
                    Next::Stop if index < last && refusal.error.code == ErrorCode::ConditionalAccessBlocked => {}
                    Next::Stop | Next::Retry | Next::Pending | Next::SlowDown => return Err(refusal.error),
                },
            }
        }
        Ok(Silent::AskUser(Box::new(need)))
    }

    /// One use of the refresh token; `None` if there is none.
    async fn refresh(&self, plan: Option<&ClaimsRequest>) -> Option<Result<Arc<AccessToken>, Refusal>> {
        let wanted = self.wanted();
        let client_id = &wanted.family.client_id;
        let token = self.inner.lock().refresh_tokens.get(client_id).map(Arc::clone)?;
        let account = self.inner.lock().account.as_ref().map(|account| account.username.clone());
        let authority = self.inner.authority();
        let claims = declared(plan);
        let request = GrantRequest {
            authority: &authority,
            client_id,
            scopes: &wanted.scopes,
            claims: &claims,
            proof: Proof::RefreshToken(&token.secret),
            account: account.as_deref(),
            correlation_id: uuid::Uuid::new_v4(),
        };
        self.flight.verbose(&format!("Renewing the token for `{}` without the user", wanted.family.resource));
        let sent = self.inner.endpoint.send(&request, |note| self.flight.verbose(&note)).await;
        Some(match sent {
            Ok(grant) => self.admit(grant, &authority, &claims, Origin::RefreshToken { serial: token.serial }).map_err(Refusal::stop),
            Err(refusal) => {
                if refusal.next == Next::DropGrant {
                    self.inner.lock().drop_refresh_token(client_id, token.serial);
                    self.forget_stored_grant(client_id, &token).await;
                }
                Err(refusal)
            }
        })
    }

    /// Asks the user; a second time only if the first answer came from the page's session and did not help.
    async fn with_user(&self, credential: &dyn Credential, need: &Need) -> Result<Arc<AccessToken>> {
        let with_need = |claims: Option<ClaimsRequest>| merged(claims, need.claims.as_ref());
        let alone = with_need(self.wanted().claims.clone());
        let mut plan = with_need(self.widened(self.flight.take_on()));
        let mut prompt = match self.inner.lock().page_prompt {
            PagePrompt::None if need.lacking => PagePrompt::Login,
            prompt => prompt,
        };
        let mut second = false;
        loop {
            match credential.sign_in(self, plan.as_ref(), prompt).await {
                Ok(token) if self.wanted().is_served_by(&token) => return Ok(token),
                Ok(token) if second || (prompt == PagePrompt::Login && plan == alone) => return Err(self.unsatisfied(&token)),
                Ok(_) => {
                    prompt = PagePrompt::Login;
                    if plan != alone {
                        self.take_apart();
                        plan = alone.clone();
                    }
                }
                Err(refusal) if !second && refusal.next == Next::AskUser && refusal.claims.is_some() => {
                    plan = merged(plan, refusal.claims.as_ref());
                }
                Err(refusal) if !second && plan != alone && refusal.error.code == ErrorCode::ConditionalAccessBlocked => {
                    self.take_apart();
                    plan = alone.clone();
                }
                Err(refusal) => return Err(refusal.error),
            }
            second = true;
            self.flight.verbose("The token lacks what was asked for; signing in once more");
        }
    }

    /// A demand together with the contexts that the session already has.
    fn widened(&self, demand: Option<ClaimsRequest>) -> Option<ClaimsRequest> {
        let state = self.inner.lock();
        let memory = state.memories.get(&self.wanted().family).filter(|memory| !memory.apart && !memory.contexts.is_empty());
        match memory {
            Some(memory) => merged(demand, Some(&ClaimsRequest::for_contexts(memory.contexts.iter().cloned()))),
            None => demand,
        }
    }

    /// The token service does not grant the contexts together.
    fn take_apart(&self) {
        self.flight.hand_back();
        self.inner.lock().memories.entry(self.wanted().family.clone()).or_default().apart = true;
    }

    /// The demand was granted alone, the other contexts were not. They will be asked for again when somebody needs them.
    fn lose_contexts(&self, token: &AccessToken) {
        let mut state = self.inner.lock();
        let memory = state.memories.entry(self.wanted().family.clone()).or_default();
        memory.contexts.retain(|context| token.contexts.contains(context));
    }

    /// Why no page may be shown. Where consent is what is missing, another sign-in would not help, and that is what the caller is to know.
    fn sign_in_required(&self, need: Need) -> Error {
        let claims = merged(self.wanted().claims.clone(), need.claims.as_ref()).map(|claims| claims.canonical());
        let mut error = match need.reason {
            Some(reason) if reason.code == ErrorCode::ConsentRequired => return reason,
            // Another module's session says what is wrong with it, and what helps.
            Some(reason) if reason.code == ErrorCode::SignInRequired => reason,
            Some(reason) => {
                let mut error = browser::never();
                error.service = reason.service;
                error.http = reason.http;
                error.causes.push(reason.message);
                error
            }
            None => browser::never(),
        };
        error.claims = claims;
        error
    }

    pub(super) fn unsatisfied(&self, token: &AccessToken) -> Error {
        let claims = self.wanted().claims.as_ref();
        let list = |names: Vec<&String>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let asked = claims.map(ClaimsRequest::contexts).unwrap_or_default();
        let lacking = list(asked.difference(&token.contexts).collect());
        let message = if lacking.is_empty() {
            "the sign-in succeeded, but the token does not satisfy the claims that were asked for".to_owned()
        } else if token.contexts.is_empty() {
            format!("the sign-in succeeded, but the token lacks the authentication context {lacking}; it has none")
        } else {
            let has = list(token.contexts.iter().collect());
            format!("the sign-in succeeded, but the token lacks the authentication context {lacking}; it has {has}")
        };
        let mut error = Error::new(ErrorCode::ChallengeUnsatisfied, message)
            .hint("check that the authentication context is published, and that its Conditional Access policy covers this account")
            .target(self.wanted().family.resource.to_string());
        error.claims = claims.map(ClaimsRequest::canonical);
        error
    }
}

/// Both demands, if there are any.
fn merged(first: Option<ClaimsRequest>, second: Option<&ClaimsRequest>) -> Option<ClaimsRequest> {
    match (first, second) {
        (Some(first), Some(second)) => Some(first.merge(second)),
        (first, second) => first.or_else(|| second.cloned()),
    }
}

/// What is sent: the demand, if there is one, and always the capability to be challenged.
pub(super) fn declared(plan: Option<&ClaimsRequest>) -> ClaimsRequest {
    plan.map_or_else(ClaimsRequest::capability_only, ClaimsRequest::with_capability)
}
