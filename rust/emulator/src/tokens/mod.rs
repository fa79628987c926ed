//! Access tokens: signed when issued, checked when they come back to Graph or Azure Resource Manager.

mod authenticate;
mod claims;
mod issue;
mod keys;

use std::collections::BTreeMap;
use std::sync::Mutex;

pub use authenticate::Audience;
pub use claims::TokenClaims;
pub use issue::{AccessToken, Subject};
pub(crate) use keys::{outside_key, signing_key};
use serde::Deserialize;

use crate::error::Result;
use crate::state::lock;

/// Why continuous access evaluation takes no token any more that was issued before.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
pub enum CriticalEvent {
    /// The user's sessions were revoked: refresh tokens are dead as well.
    Revoked,
    /// Policies have changed since.
    OutdatedPolicies,
    /// The request comes from where the policies do not allow it.
    Location,
}

/// Revocations and other events, and which tokens were issued before them.
#[derive(Debug, Default)]
pub struct Tokens {
    register: Mutex<Register>,
}

#[derive(Debug, Default)]
struct Register {
    /// How often each user's sessions have been revoked.
    revocations: BTreeMap<String, u64>,
    /// How many events each user has had, and the last one with its time (seconds).
    events: BTreeMap<String, (u64, CriticalEvent, i64)>,
    /// The number of events of its user when a token (by `uti`) was issued.
    issued: BTreeMap<String, u64>,
}

impl Tokens {
    pub(crate) fn new() -> Result<Self> {
        // Made here, so that the first request does not pay for it.
        signing_key()?;
        Ok(Self::default())
    }

    /// How often the sessions of a user have been revoked. What was granted under another count is void.
    #[must_use]
    pub fn revocation_count(&self, object_id: &str) -> u64 {
        lock(&self.register).revocations.get(object_id).copied().unwrap_or_default()
    }

    /// Counts rather than times: two events in the same second cannot be confused.
    pub(crate) fn happen(&self, object_id: &str, event: CriticalEvent, now: i64) {
        let mut register = lock(&self.register);
        if event == CriticalEvent::Revoked {
            *register.revocations.entry(object_id.to_owned()).or_default() += 1;
        }
        let entry = register.events.entry(object_id.to_owned()).or_insert((0, event, now));
        *entry = (entry.0 + 1, event, now);
    }

    pub(crate) fn register(&self, claims: &TokenClaims) {
        let mut register = lock(&self.register);
        let count = register.events.get(&claims.oid).map_or(0, |(count, ..)| *count);
        register.issued.insert(claims.uti.clone(), count);
    }

    /// What happened to the token's user after it was issued, and when.
    fn event_since(&self, claims: &TokenClaims) -> Option<(CriticalEvent, i64)> {
        let register = lock(&self.register);
        let (count, event, time) = register.events.get(&claims.oid)?;
        (register.issued.get(&claims.uti) != Some(count)).then_some((*event, *time))
    }
}
