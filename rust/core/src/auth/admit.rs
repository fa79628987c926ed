//! What is taken from a grant: whose token it is, what it shows, and how long it is good.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::account::{Account, AccountKind};
use super::acquisition::Acquisition;
use super::authenticator::signed_out;
use super::authority::Authority;
use super::authorize::PagePrompt;
use super::id_token::{self, Expected};
use super::payload::{self, Shown};
use super::response::Grant;
use super::state::{RefreshToken, State};
use super::token::{AccessToken, TokenId};
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};

/// Life of a token whose answer does not tell it.
const SHORT_LIFE: u64 = 600;
/// Longest life that is believed: a day and a bit is the most that Entra gives.
const LONGEST_LIFE: u64 = 48 * 3600;

/// What a grant came from.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// A user at a page. The nonce is that of the request, where it had one.
    User { nonce: Option<&'a str> },
    /// The refresh token of that serial number.
    RefreshToken { serial: u64 },
    /// No user took part, and no ID token tells who it is: the access token itself has to.
    Bearer,
    /// The same, and it is an application's whatever it shows.
    Application,
}

impl Acquisition<'_> {
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
        let mut state = self.inner.lock();
        if state.generation != self.flight.generation {
            return Err(signed_out());
        }
        let shown = payload::read_access_token(&grant.access_token.expose());
        self.check_audience(shown.as_ref())?;
        let account = match (&grant.id_token, &state.account, origin) {
            (Some(token), _, _) => {
                let nonce = if let Origin::User { nonce } = origin { nonce } else { None };
                let expected = Expected { authority, client_id: &wanted.family.client_id, nonce, now };
                id_token::read(&token.expose(), grant.client_info.as_deref(), &expected)?
            }
            (None, _, Origin::Application) => {
                Account { kind: AccountKind::Application, ..bearer(shown.as_ref(), state.account.as_ref(), authority)? }
            }
            (None, _, Origin::Bearer) => bearer(shown.as_ref(), state.account.as_ref(), authority)?,
            (None, Some(account), Origin::RefreshToken { .. }) => account.clone(),
            (None, _, _) => {
                return Err(Error::new(ErrorCode::UnexpectedResponse, "the token service's answer has no ID token")
                    .hint("check the cloud's endpoints, and whether a proxy answers in the token service's place"));
            }
        };
        if let Err(error) = self.check_account(&state, &account) {
            // The page's session would bring the same account again.
            state.page_prompt = PagePrompt::SelectAccount;
            return Err(error);
        }
        // A program may hand out again what the session has: it keeps its name, so that a refused token stays a refused one.
        if let Some(known) = state.same(&grant.access_token) {
            return Ok(known);
        }
        let token = Arc::new(self.read(&mut state, &grant, shown, account.clone(), claims, now)?);
        // A sign-in that ended meanwhile brought a stronger one than a refresh can.
        let is_newest = match origin {
            Origin::User { .. } | Origin::Bearer | Origin::Application => true,
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

    /// A token of one of the cloud's services is not sent to the other, or to anybody else, whoever hands it out under a wrong name.
    fn check_audience(&self, shown: Option<&Shown>) -> Result<()> {
        let resource = &self.wanted().family.resource;
        let Some(audience) = shown.and_then(|shown| shown.audience.as_deref()) else { return Ok(()) };
        if resource.takes(&self.inner.cloud, audience) {
            return Ok(());
        }
        Err(Error::new(ErrorCode::UnexpectedResponse, format!("a token for `{resource}` was asked for, and one for `{audience}` came"))
            .hint("check what gives the tokens: the answer belongs to another question, or to another cloud than the session's")
            .target(resource.to_string()))
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
        let hint = match account.kind {
            AccountKind::Application => "leave the account out: an application signs in as itself",
            AccountKind::User => "choose the right account on the sign-in page, or disconnect and connect with the other one",
        };
        Err(Error::new(ErrorCode::AccountMismatch, format!("`{}` signed in, but the session is for `{expected}`", account.username))
            .hint(hint)
            .target(account.username.clone()))
    }

    fn read(
        &self,
        state: &mut State,
        grant: &Grant,
        shown: Option<Shown>,
        account: Account,
        claims: &ClaimsRequest,
        now: Timestamp,
    ) -> Result<AccessToken> {
        let wanted = self.wanted();
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
        let told = || shown.as_ref().map(|shown| shown.scopes.clone()).filter(|scopes| !scopes.is_empty());
        let scopes = grant.scopes.clone().or_else(told).unwrap_or_else(|| wanted.scopes.clone());
        let resource = wanted.family.resource.clone();
        let mut serves = resource.comparable(&self.inner.cloud, scopes.iter().map(String::as_str));
        serves.extend(wanted.comparable.iter().cloned());
        let issued_to = shown.as_ref().and_then(|shown| shown.application_id.clone());
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
            issued_to,
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

/// Whose a token is that came without an ID token.
fn bearer(shown: Option<&Shown>, pinned: Option<&Account>, authority: &Authority) -> Result<Account> {
    let account = match (shown.and_then(Shown::account), pinned) {
        (Some(account), _) => account,
        (None, Some(pinned)) => pinned.clone(),
        (None, None) => {
            return Err(Error::new(ErrorCode::UnexpectedResponse, "the token cannot be read, so nobody can tell whose it is").hint(
                "a token for Microsoft Graph or Azure Resource Manager is needed, as the token service issued it: check what gave this one",
            ));
        }
    };
    if authority.allows_tenant(&account.tenant_id) {
        return Ok(account);
    }
    Err(Error::new(
        ErrorCode::TenantMismatch,
        format!("the token belongs to tenant `{}`, the session to `{}`", account.tenant_id, authority.tenant()),
    )
    .hint("name the tenant that the token is of, or get a token of the session's tenant")
    .target(account.tenant_id))
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
