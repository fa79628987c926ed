//! What the token service remembers: browsers, sign-ins under way, codes, refresh tokens, passkeys, consents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt;

use super::demand::Demand;
use super::device::Device;
use super::policy::Proof;
use super::request::{CodeRequest, Request};
use super::scopes::Scopes;
use super::webauthn::Passkey;
use crate::state::lock;

/// An account: object id and tenant id.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Account {
    pub(super) object_id: String,
    pub(super) tenant_id: String,
}

/// An account that is signed in to a browser.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) account: Account,
    pub(super) proof: Proof,
    /// Contexts that were asked for and met in this session.
    pub(super) contexts: BTreeSet<String>,
    /// The revocation count under which it began.
    pub(super) revocations: u64,
}

/// A sign-in under way in one browser.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) browser: String,
    pub(super) request: Request,
    pub(super) account: Option<Account>,
    /// Proofs older than this do not count (seconds); 0 unless the application asked for a fresh sign-in.
    pub(super) since: i64,
    /// The user agreed on the consent page of this very sign-in.
    pub(super) consented: bool,
    /// The user said that it is the user's own device that asks.
    pub(super) confirmed: bool,
    /// The WebAuthn challenge of the page that is shown.
    pub(super) challenge: Option<[u8; 32]>,
    /// What the last attempt got wrong.
    pub(super) problem: Option<String>,
    pub(super) expires: i64,
}

/// What a user granted to a client: the base of tokens.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) account: Account,
    pub(super) client_id: String,
    pub(super) session: String,
    pub(super) proof: Proof,
    pub(super) contexts: BTreeSet<String>,
    pub(super) revocations: u64,
    /// It was given to a device by its code: Conditional Access tracks that for as long as the grant lives.
    pub(super) by_device_code: bool,
}

/// An authorization code.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) grant: Grant,
    pub(super) scopes: Scopes,
    pub(super) demand: Demand,
    pub(super) request: CodeRequest,
    pub(super) expires: i64,
    pub(super) used: bool,
}

/// A refresh token.
#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub(super) grant: Grant,
    pub(super) openid: bool,
    pub(super) expires: i64,
}

/// Everything the token service remembers.
#[derive(Debug, Default)]
pub struct Login {
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) browsers: BTreeMap<String, Vec<Session>>,
    pub(super) flows: BTreeMap<String, Flow>,
    pub(super) codes: BTreeMap<String, Code>,
    /// By device code.
    pub(super) devices: BTreeMap<String, Device>,
    pub(super) refresh: BTreeMap<String, Refresh>,
    /// Client assertions that were used: client id and `jti`.
    pub(super) assertions: BTreeSet<String>,
    /// By object id.
    pub(super) passkeys: BTreeMap<String, Vec<Passkey>>,
    /// Object id and client id.
    pub(super) consents: BTreeSet<(String, String)>,
}

impl Login {
    /// Works on the memory. The critical section must not wait for anything.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> T {
        work(&mut lock(&self.memory))
    }
}

impl Memory {
    /// Drops sign-ins that were left behind.
    pub(super) fn forget_flows(&mut self, now: i64) {
        self.flows.retain(|_, flow| flow.expires > now);
    }

    /// The sign-in that a page belongs to, if it is this browser's and still under way.
    pub(super) fn flow(&mut self, id: &str, browser: &str, now: i64) -> Option<&mut Flow> {
        self.flows.get_mut(id).filter(|flow| flow.browser == browser && flow.expires > now)
    }

    pub(super) fn session(&mut self, browser: &str, account: &Account) -> Option<&mut Session> {
        self.browsers.get_mut(browser)?.iter_mut().find(|session| &session.account == account)
    }

    /// Notes a proof: a new session, or an old one that is stronger now.
    pub(super) fn prove(&mut self, browser: &str, account: &Account, revocations: u64, now: i64, passkey: bool) {
        let sessions = self.browsers.entry(browser.to_owned()).or_default();
        sessions.retain(|session| &session.account != account || session.revocations == revocations);
        match sessions.iter_mut().find(|session| &session.account == account) {
            Some(session) => {
                session.proof.signed_in = now;
                if passkey {
                    session.proof.passkey = Some(now);
                }
            }
            None => sessions.push(Session {
                id: uuid::Uuid::new_v4().to_string(),
                account: account.clone(),
                proof: Proof { signed_in: now, passkey: passkey.then_some(now) },
                contexts: BTreeSet::new(),
                revocations,
            }),
        }
    }
}

/// 32 random bytes.
pub(super) fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::rng().fill(&mut bytes);
    bytes
}

/// A secret of 256 random bits behind a prefix that tells what it is.
pub(crate) fn random_text(prefix: &str) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random_bytes()))
}
