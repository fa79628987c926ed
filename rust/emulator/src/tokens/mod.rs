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

use crate::error::Result;
use crate::state::lock;

/// Revocations, and which tokens were issued before them.
#[derive(Debug, Default)]
pub struct Tokens {
    register: Mutex<Register>,
}

#[derive(Debug, Default)]
struct Register {
    /// How often each user's sessions have been revoked, and when last (seconds).
    revocations: BTreeMap<String, (u64, i64)>,
    /// The revocation count of its user when a token (by `uti`) was issued.
    issued: BTreeMap<String, u64>,
}

impl Tokens {
    pub(crate) fn new() -> Result<Self> {
        // Made here, so that the first request does not pay for it.
        signing_key()?;
        Ok(Self::default())
    }

    /// How often the sessions of a user have been revoked. What was issued under another count is void.
    #[must_use]
    pub fn revocation_count(&self, object_id: &str) -> u64 {
        lock(&self.register).revocations.get(object_id).map_or(0, |(count, _)| *count)
    }

    pub(crate) fn revoke(&self, object_id: &str, now: i64) {
        let mut register = lock(&self.register);
        let entry = register.revocations.entry(object_id.to_owned()).or_default();
        *entry = (entry.0 + 1, now);
    }

    pub(crate) fn register(&self, claims: &TokenClaims) {
        let mut register = lock(&self.register);
        let count = register.revocations.get(&claims.oid).map_or(0, |(count, _)| *count);
        register.issued.insert(claims.uti.clone(), count);
    }

    /// When the sessions of the token's user were revoked, if that was after the token was issued.
    fn revoked_since(&self, claims: &TokenClaims) -> Option<i64> {
        let register = lock(&self.register);
        let (count, time) = register.revocations.get(&claims.oid)?;
        (register.issued.get(&claims.uti) != Some(count)).then_some(*time)
    }
}
