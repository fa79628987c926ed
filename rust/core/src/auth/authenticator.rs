//! Hands out tokens: from the cache, by the refresh token, or by one sign-in that all who need it share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::account::{Account, AccountKind};
use super::acquisition::Acquisition;
use super::authority::Authority;
use super::authorize::PagePrompt;
use super::browser::Place;
use super::cache::Cache;
use super::credential::{self, Credential};
use super::endpoint::TokenEndpoint;
use super::flight::Flight;
use super::state::{Found, State};
use super::token::{AccessToken, TokenRequest, TokenSummary};
use super::wanted::Wanted;
use crate::call::Call;
use crate::cloud::Cloud;
use crate::environment::Environment;
use crate::error::{Error, ErrorCode, Result};
use crate::session::{CacheConfig, SessionConfig};
use crate::transport::Transport;

/// After a renewal that the token service advised has failed, it is tried again when this has passed.
const REFRESH_PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// Gets tokens for one user of one tenant, and keeps them in memory. Clones are the same authenticator.
#[derive(Clone)]
pub struct Authenticator {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub config: SessionConfig,
    pub cloud: Cloud,
    pub place: Place,
    pub endpoint: TokenEndpoint,
    pub credentials: Vec<Box<dyn Credential>>,
    /// One page at a time: two would confuse the user, and the second sign-in often needs none after the first.
    pub page_turn: tokio::sync::Mutex<()>,
    /// Where sign-ins outlive the process, if they do, and whether it was looked at.
    pub cache: Option<Arc<Cache>>,
    pub restored: tokio::sync::OnceCell<()>,
    pub authority: Authority,
    state: Mutex<State>,
}

impl Authenticator {
    /// Prepares. Nothing is sent.
    ///
    /// # Errors
    /// `InvalidConfiguration` if the session's credential is not usable.
    pub fn new(config: &SessionConfig, cloud: &Cloud, transport: Transport) -> Result<Self> {
        let patience = Duration::from_secs(config.timeouts.throttle_seconds);
        let inner = Inner {
            config: config.clone(),
            cloud: cloud.clone(),
            place: Place::of(&Environment::of(config)),
            endpoint: TokenEndpoint::new(transport, patience),
            credentials: credential::chain(config, cloud)?,
            page_turn: tokio::sync::Mutex::default(),
            cache: match &config.cache {
                CacheConfig::Memory => None,
                CacheConfig::File { path } => Some(Arc::new(Cache::new(path))),
            },
            restored: tokio::sync::OnceCell::new(),
            authority: Authority::new(cloud, &config.tenant),
            state: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether a user stands behind the session, as far as it is known: what only users can do need not be tried then.
    ///
    /// # Errors
    /// `CredentialUnsuited` if it is an application. `deed` says what it cannot do: "activate a role for itself".
    pub fn require_user(&self, deed: &str) -> Result<()> {
        let account = self.account();
        let is_application = match &account {
            Some(account) => account.kind == AccountKind::Application,
            None => self.inner.is_applications(),
        };
        if !is_application {
            return Ok(());
        }
        let who =
            account.map_or_else(|| "the session's application".to_owned(), |account| format!("the application `{}`", account.username));
        Err(Error::new(ErrorCode::CredentialUnsuited, format!("{who} cannot {deed}")).hint("sign in as a user for this"))
    }

    /// A token that is known to satisfy the request: from the cache, by the refresh token, or by asking the user.
    ///
    /// Concurrent requests of one client and resource share one sign-in, its page and its failure. When a call is dropped, the
    /// others go on; when all are dropped, the sign-in ends and its listener closes. Every call that waits gets the `prompt` event once.
    ///
    /// # Errors
    /// `CredentialUnsuited` where the session's credential can never give it; `SignInRequired` where no page may be shown; `BrowserUnavailable`, `SignInTimeout`, `SignInCancelled`,
    /// `SignInStateMismatch`; `AccountMismatch` and `TenantMismatch`, after which nothing is kept; `ConsentDenied`,
    /// `ConsentRequired`, `ConditionalAccessBlocked`, `SignInFailed` as the token service decides; `ChallengeUnsatisfied` if the user
    /// signed in and the token still lacks what was asked; `InvalidRequest`; and those of connections.
    pub async fn token(&self, call: &Call, request: &TokenRequest) -> Result<Arc<AccessToken>> {
        let mut wanted = Wanted::new(&self.inner.config, &self.inner.cloud, request)?;
        if request.renew {
            wanted.newer_than = Some(self.inner.lock().newest());
        }
        match self.find(&wanted) {
            Some(found) if found.is_due => Ok(self.renewed(call, &wanted, found.token).await),
            Some(found) => Ok(found.token),
            None => self.obtain(call, &wanted).await,
        }
    }

    /// What [`Authenticator::token`] would hand out without any work. `None` also where that would fail.
    #[must_use]
    pub fn token_at_hand(&self, request: &TokenRequest) -> Option<Arc<AccessToken>> {
        let wanted = Wanted::new(&self.inner.config, &self.inner.cloud, request).ok()?;
        self.find(&wanted).filter(|found| !request.renew && !found.is_due).map(|found| found.token)
    }

    fn find(&self, wanted: &Wanted) -> Option<Found> {
        let mut state = self.inner.lock();
        state.note_refusal(wanted);
        state.find(wanted, Timestamp::now())
    }

    /// Who is signed in.
    #[must_use]
    pub fn account(&self) -> Option<Account> {
        self.inner.lock().account.clone()
    }

    /// Forgets the account and all tokens, and ends sign-ins that are under way. The browser's own session at the token service stays.
    pub fn sign_out(&self) {
        let flights = self.inner.lock().clear();
        for flight in flights {
            flight.end(Err(signed_out()));
            flight.cancel.cancel();
        }
    }

    /// Signs out, and lets the next sign-in start over: the user chooses the account, or gives fresh credentials where the session
    /// names the account.
    pub fn start_over(&self) {
        self.sign_out();
        // What is stored is the sign-in that is to be replaced.
        let _ = self.inner.restored.set(());
        let named = self.inner.config.account.is_some();
        self.inner.lock().page_prompt = if named { PagePrompt::Login } else { PagePrompt::SelectAccount };
    }

    /// The tokens at hand, without their secrets.
    #[must_use]
    pub fn summaries(&self) -> Vec<TokenSummary> {
        self.inner.lock().summaries(Timestamp::now())
    }

    /// A token that is still good although the token service advises to renew it: the new one, or itself if there is none.
    async fn renewed(&self, call: &Call, wanted: &Wanted, token: Arc<AccessToken>) -> Arc<AccessToken> {
        if let Ok(until) = Timestamp::now().checked_add(REFRESH_PAUSE) {
            self.inner.lock().postpone_refresh(token.id, until);
        }
        let wanted = Wanted { newer_than: Some(token.id), silent: true, ..wanted.clone() };
        match self.obtain(call, &wanted).await {
            Ok(newer) => newer,
            Err(error) => {
                call.debug(format!("a token could not be renewed before its time: {error}"));
                token
            }
        }
    }

    async fn obtain(&self, call: &Call, wanted: &Wanted) -> Result<Arc<AccessToken>> {
        loop {
            let seat = {
                let mut state = self.inner.lock();
                if let Some(found) = state.find(wanted, Timestamp::now()) {
                    return Ok(found.token);
                }
                self.board(&mut state, call, wanted)
            };
            let outcome = seat.flight.outcome().await;
            match outcome {
                Ok(token) if wanted.is_served_by(&token) => return Ok(token),
                Err(error) if seat.leads || seat.flight.covers(wanted) => return Err(error),
                Ok(_) if seat.leads => return Err(Error::new(ErrorCode::Internal, "a sign-in brought a token that was not asked for")),
                // It was for others; now it is this request's turn.
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// Joins the family's sign-in, or starts one. The lock is held all the while, so that there is one.
    fn board(&self, state: &mut State, call: &Call, wanted: &Wanted) -> Seat {
        let running = state.flights.get(&wanted.family).map(Arc::clone);
        let leads = running.is_none();
        let flight = running.unwrap_or_else(|| {
            let flight = Arc::new(Flight::new(wanted.clone(), state.generation));
            state.flights.insert(wanted.family.clone(), Arc::clone(&flight));
            flight
        });
        let number = flight.board(call, wanted);
        if leads {
            tokio::spawn(fly(Arc::clone(&self.inner), Arc::clone(&flight)));
        }
        Seat { inner: Arc::clone(&self.inner), flight, number, leads }
    }
}

impl Inner {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the session is an application's for certain.
    pub(super) fn is_applications(&self) -> bool {
        self.credentials.iter().all(|credential| credential.is_application())
    }

    /// The token service; for the tenant that the account brought, where the session names none.
    pub(super) fn authority(&self) -> Authority {
        match &self.lock().account {
            Some(account) => self.authority.pinned(&account.tenant_id),
            None => self.authority.clone(),
        }
    }

    /// Takes a flight out of the list. True if it was in it.
    fn retire(&self, state: &mut State, flight: &Arc<Flight>) {
        let family = &flight.wanted.family;
        if state.flights.get(family).is_some_and(|listed| Arc::ptr_eq(listed, flight)) {
            state.flights.remove(family);
        }
    }
}

/// A caller's place in a flight.
struct Seat {
    inner: Arc<Inner>,
    flight: Arc<Flight>,
    number: u64,
    leads: bool,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.inner.lock();
        if self.flight.leave(self.number) {
            self.inner.retire(&mut state, &self.flight);
            self.flight.cancel.cancel();
        }
    }
}

async fn fly(inner: Arc<Inner>, flight: Arc<Flight>) {
    // A panic below must not leave the callers waiting.
    let _landing = Landing { inner: Arc::clone(&inner), flight: Arc::clone(&flight) };
    let acquisition = Acquisition::new(&inner, &flight);
    let outcome = tokio::select! {
        biased;
        () = flight.cancel.cancelled() => Err(signed_out()),
        outcome = acquisition.run() => outcome,
    };
    // Before anybody hears of the token: a host may end its process as soon as it has it.
    acquisition.keep_stored().await;
    // First out of the list: who comes now finds the token in the cache, or starts anew.
    inner.retire(&mut inner.lock(), &flight);
    flight.end(outcome);
}

struct Landing {
    inner: Arc<Inner>,
    flight: Arc<Flight>,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.inner.retire(&mut self.inner.lock(), &self.flight);
        self.flight.end(Err(Error::new(ErrorCode::Internal, "a sign-in broke off")));
    }
}

pub(super) fn signed_out() -> Error {
    Error::new(ErrorCode::SignInCancelled, "the session was signed out while a sign-in was under way").hint("connect again")
}
