//! What the services share.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::clock::Clock;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::login::Login;
use crate::machine::Machine;
use crate::pim::Directory;
use crate::scenario::Scenario;
use crate::secrets::Secrets;
use crate::tokens::Tokens;

/// The services' origins, such as `http://localhost:49152`, without a trailing slash.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Origins {
    /// Token service.
    pub login: String,
    /// Microsoft Graph.
    pub graph: String,
    /// Azure Resource Manager.
    pub arm: String,
    /// The machine's own endpoints: managed identities, pipelines. Plain http, also where the services use TLS.
    pub machine: String,
    /// Control API.
    pub control: String,
}

/// A handle on everything the services share; cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Inner>);

/// The shared parts. Reached through [`State`].
pub struct Inner {
    /// What exists in the tenant.
    pub scenario: Scenario,
    /// Where the services are.
    pub origins: Origins,
    /// When the emulator was started, by its clock.
    pub started: Timestamp,
    /// The emulator's time.
    pub clock: Clock,
    /// What was asked and answered.
    pub journal: Journal,
    /// Misbehaviour on purpose.
    pub faults: Faults,
    /// Secrets handed out.
    pub secrets: Secrets,
    /// Signing keys, issued tokens, revocations.
    pub tokens: Tokens,
    /// Browser sessions, passkeys, codes, refresh tokens.
    pub login: Login,
    /// What the machine's endpoints know.
    pub machine: Machine,
    /// Roles, schedules and requests: what Graph and Azure Resource Manager show and change.
    pub directory: Directory,
}

impl State {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

impl Deref for State {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// Locks, also after a panic of another holder: each critical section leaves its data whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
