//! One sign-in on the page, and what is taken from its answer.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::sleep;
use uuid::Uuid;

use super::account::Account;
use super::acquisition::{Acquisition, declared};
use super::answer::Answer;
use super::authenticator::signed_out;
use super::authority::Authority;
use super::authorize::{AuthorizeRequest, PagePrompt};
use super::browser::{self, Opened};
use super::endpoint::{GrantRequest, Proof};
use super::id_token::{self, Expected};
use super::loopback::{Answered, Loopback};
use super::pages::Page;
use super::payload;
use super::proof::{self, Pkce};
use super::refusal::{self, About, Refusal};
use super::response::Grant;
use super::state::{RefreshToken, State};
use super::token::{AccessToken, TokenId};
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Prompt;

/// Life of a token whose answer does not tell it.
const SHORT_LIFE: u64 = 600;
/// Longest life that is believed: a day and a bit is the most that Entra gives.
const LONGEST_LIFE: u64 = 48 * 3600;

/// What a grant came from.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    Page { nonce: &'a str },
    RefreshToken { serial: u64 },
}

/// What ties an answer to this sign-in.
struct Ties {
    authority: Authority,
    pkce: Pkce,
    nonce: SecretString,
    redirect_uri: String,
    correlation_id: Uuid,
    account: Option<String>,
}

impl Acquisition<'_> {
    /// Opens the page, waits for the answer and redeems it.
    pub(super) async fn sign_in(&self, plan: Option<&ClaimsRequest>, prompt: PagePrompt) -> Result<Arc<AccessToken>, Refusal> {
        let claims = declared(plan);
        let state = proof::random().map_err(Refusal::stop)?;
        let mut listener = Loopback::bind(state.clone()).await.map_err(Refusal::stop)?;
        let ties = self.tie(listener.redirect_uri()).map_err(Refusal::stop)?;
        let wanted = self.wanted();
        let request = AuthorizeRequest {
            client_id: &wanted.family.client_id,
            redirect_uri: &ties.redirect_uri,
            scopes: &wanted.scopes,
            state: &state,
            nonce: ties.nonce.expose_secret(),
            code_challenge: &ties.pkce.challenge(),
            claims: &claims,
            // A hint would choose the account before the user does.
            login_hint: ties.account.as_deref().filter(|_| prompt != PagePrompt::SelectAccount),
            prompt,
            correlation_id: ties.correlation_id,
        };
        let url = request.url(&ties.authority);
        let mut opened = browser::open(&self.inner.config.browser, &url, ties.authority.login()).await.map_err(Refusal::stop)?;
        let message = invitation(&opened, ties.account.as_deref(), plan);
        self.flight.show(Prompt::Browser { url: url.to_string(), opened: !matches!(opened, Opened::No), message });
        let answered = self.wait(&mut listener, &mut opened).await;
        self.flight.withdraw_prompt();
        let Answered { answer, screen } = answered.map_err(Refusal::stop)?;
        let outcome = self.redeem(answer, &ties, &claims).await;
        screen
            .show(match &outcome {
                Ok(token) if wanted.is_served_by(token) => Page::SignedIn,
                Ok(_) => Page::Received,
                Err(refusal) => Page::Failed(refusal.error.code),
            })
            .await;
        outcome
    }

    fn tie(&self, redirect_uri: String) -> Result<Ties> {
        let pinned = self.inner.lock().account.as_ref().map(|account| account.username.clone());
        Ok(Ties {
            authority: self.inner.authority(),
            pkce: Pkce::new()?,
            nonce: proof::random()?,
            redirect_uri,
            correlation_id: Uuid::new_v4(),
            account: pinned.or_else(|| self.inner.config.account.clone()),
        })
    }

    async fn wait(&self, listener: &mut Loopback, opened: &mut Opened) -> Result<Answered> {
        let seconds = self.inner.config.timeouts.sign_in_seconds;
        let failure = async {
            match opened {
                Opened::Started(started) => started.failure().await,
                Opened::Yes | Opened::No => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            answered = listener.answer() => return Ok(answered),
            error = failure => return Err(error),
            () = sleep(Duration::from_secs(seconds)) => {}
        }
        if listener.saw_foreign_answer() {
            return Err(Error::new(ErrorCode::SignInStateMismatch, "the browser brought an answer, but to another sign-in than this one")
                .hint("close old sign-in pages, and run the command again"));
        }
        Err(Error::new(ErrorCode::SignInTimeout, format!("nobody finished the sign-in within {seconds} seconds"))
            .hint("run the command again, and finish the sign-in on the page that it opens"))
    }

    async fn redeem(&self, answer: Answer, ties: &Ties, claims: &ClaimsRequest) -> Result<Arc<AccessToken>, Refusal> {
        let wanted = self.wanted();
        let client_id = &wanted.family.client_id;
        // RFC 9207: an answer that names its issuer must name ours.
        if let Some(issuer) = &answer.issuer {
            let tenant = ties.authority.tenant_of_issuer(issuer);
            if !tenant.is_some_and(|tenant| ties.authority.allows_tenant(&tenant)) {
                return Err(Refusal::stop(
                    Error::new(ErrorCode::SignInStateMismatch, "the answer names another token service than the one that was asked")
                        .hint("close all sign-in pages, and run the command again"),
                ));
            }
        }
        let code = answer.outcome.map_err(|error| {
            let about = About { client_id, tenant: ties.authority.tenant(), account: ties.account.as_deref(), scopes: &wanted.scopes };
            refusal::sort(&error, about)
        })?;
        let request = GrantRequest {
            authority: &ties.authority,
            client_id,
            scopes: &wanted.scopes,
            claims,
            proof: Proof::Code { code: &code, verifier: ties.pkce.verifier(), redirect_uri: &ties.redirect_uri },
            account: ties.account.as_deref(),
            correlation_id: ties.correlation_id,
        };
        let grant = self.inner.endpoint.send(&request, |note| self.flight.verbose(&note)).await?;
        let origin = Origin::Page { nonce: ties.nonce.expose_secret() };
        self.admit(grant, &ties.authority, claims, origin).map_err(Refusal::stop)
    }

    /// Checks whose token it is, and keeps it. Nothing of a refused one is kept.
    pub(super) fn admit(
        &self,
        grant: Grant,
        authority: &Authority,
        claims: &ClaimsRequest,
        origin: Origin<'_>,
    ) -> Result<Arc<AccessToken>> {
        let now = Timestamp::now();
        let wanted = self.wanted();
        let nonce = match origin {
            Origin::Page { nonce } => Some(nonce),
            Origin::RefreshToken { .. } => None,
        };
        let mut state = self.inner.lock();
        if state.generation != self.flight.generation {
            return Err(signed_out());
        }
        let account = match (&grant.id_token, &state.account) {
            (Some(token), _) => {
                let expected = Expected { authority, client_id: &wanted.family.client_id, nonce, now };
                id_token::read(token.expose_secret(), grant.client_info.as_deref(), &expected)?
            }
            (None, Some(account)) if nonce.is_none() => account.clone(),
            (None, _) => {
                return Err(Error::new(ErrorCode::UnexpectedResponse, "the token service's answer has no ID token")
                    .hint("check the cloud's endpoints, and whether a proxy answers in the token service's place"));
            }
        };
        if let Err(error) = self.check_account(&state, &account) {
            // The page's session would bring the same account again.
            state.page_prompt = PagePrompt::SelectAccount;
            return Err(error);
        }
        let token = Arc::new(self.read(&mut state, &grant, account.clone(), claims, now)?);
        // A sign-in that ended meanwhile brought a stronger one than a refresh can.
        let is_newest = match origin {
            Origin::Page { .. } => true,
            Origin::RefreshToken { serial } => state.refresh_serial(&token.client_id) == Some(serial),
        };
        if let Some(secret) = grant.refresh_token.filter(|_| is_newest) {
            let serial = state.next_number();
            state.refresh_tokens.insert(token.client_id.clone(), Arc::new(RefreshToken { secret, serial }));
        }
        let got = claims.contexts().into_iter().filter(|context| token.contexts.contains(context));
        state.memories.entry(wanted.family.clone()).or_default().contexts.extend(got);
        state.account.get_or_insert(account);
        state.page_prompt = PagePrompt::None;
        state.keep(Arc::clone(&token), now);
        drop(state);
        self.flight.verbose(&arrival(&token));
        Ok(token)
    }

    /// The first account that signs in is the session's account; before that, the configuration may name it.
    fn check_account(&self, state: &State, account: &Account) -> Result<()> {
        let expected = match (&state.account, &self.inner.config.account) {
            (Some(pinned), _) if pinned.is(account) => return Ok(()),
            (Some(pinned), _) if !pinned.tenant_id.eq_ignore_ascii_case(&account.tenant_id) => {
                return Err(Error::new(
                    ErrorCode::TenantMismatch,
                    format!("the token belongs to tenant `{}`, the session to `{}`", account.tenant_id, pinned.tenant_id),
                )
                .hint("sign in with the session's account, or disconnect first")
                .target(account.tenant_id.clone()));
            }
            (Some(pinned), _) => &pinned.username,
            (None, Some(name)) if !account.is_named(name) => name,
            (None, _) => return Ok(()),
        };
        Err(Error::new(ErrorCode::AccountMismatch, format!("`{}` signed in, but the session is for `{expected}`", account.username))
            .hint("choose the right account on the sign-in page, or disconnect and connect with the other one")
            .target(account.username.clone()))
    }

    fn read(&self, state: &mut State, grant: &Grant, account: Account, claims: &ClaimsRequest, now: Timestamp) -> Result<AccessToken> {
        let wanted = self.wanted();
        let shown = payload::read_access_token(grant.access_token.expose_secret());
        let differs = |shown: &Option<String>, expected: &str| shown.as_ref().is_some_and(|shown| !shown.eq_ignore_ascii_case(expected));
        if shown
            .as_ref()
            .is_some_and(|shown| differs(&shown.object_id, &account.object_id) || differs(&shown.tenant_id, &account.tenant_id))
        {
            return Err(Error::new(ErrorCode::AccountMismatch, "the access token belongs to another account than the ID token")
                .hint("run the command again; if it happens again, a proxy may be mixing up answers"));
        }
        let told = shown.as_ref().and_then(|shown| shown.expires_at).and_then(|end| end.checked_sub(u64::try_from(now.as_second()).ok()?));
        let life = grant.expires_in.or(told).unwrap_or(SHORT_LIFE).min(LONGEST_LIFE);
        let scopes = grant.scopes.clone().unwrap_or_else(|| wanted.scopes.clone());
        let resource = wanted.family.resource.clone();
        let mut serves = resource.comparable(&self.inner.cloud, scopes.iter().map(String::as_str));
        serves.extend(wanted.comparable.iter().cloned());
        let (contexts, amr, capabilities, issued_at) = match shown {
            Some(shown) => (shown.contexts, shown.amr, shown.capabilities, shown.issued_at),
            None => (claims.contexts(), Vec::new(), Vec::new(), None),
        };
        Ok(AccessToken {
            id: TokenId(state.next_number()),
            expires: later(now, life),
            refresh_after: grant.refresh_in.filter(|seconds| *seconds < life).map(|seconds| later(now, seconds)),
            scopes,
            resource,
            client_id: wanted.family.client_id.clone(),
            account,
            contexts,
            amr,
            capabilities,
            claims: Some(claims.clone()),
            issued_at,
            serves,
            secret: grant.access_token.clone(),
        })
    }
}

fn later(now: Timestamp, seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds.min(LONGEST_LIFE)).unwrap_or_default();
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

fn arrival(token: &AccessToken) -> String {
    let mut text = format!("Got a token for `{}` as {}", token.resource, token.account.username);
    if !token.contexts.is_empty() {
        text.push_str(&format!(", with the authentication contexts {}", token.contexts.iter().cloned().collect::<Vec<_>>().join(", ")));
    }
    text
}

/// The sentence that the host shows with the page.
fn invitation(opened: &Opened, account: Option<&str>, plan: Option<&ClaimsRequest>) -> String {
    let mut text = match opened {
        Opened::No => "Open the address in a browser on this computer and sign in".to_owned(),
        Opened::Yes | Opened::Started(_) => "Sign in in the browser window".to_owned(),
    };
    if let Some(account) = account {
        text.push_str(&format!(" as {account}"));
    }
    let contexts: Vec<String> = plan.map(ClaimsRequest::contexts).unwrap_or_default().into_iter().collect();
    if !contexts.is_empty() {
        text.push_str(&format!("; a stronger sign-in is asked for (authentication context {})", contexts.join(", ")));
    }
    text
}
