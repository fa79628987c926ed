//! What a cache file holds: for each account of each tenant its refresh tokens, and the contexts that they have met.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use crate::auth::account::Account;
use crate::secret::Secret;

/// More sign-ins than anybody has; the oldest go first.
const MOST_SESSIONS: usize = 100;

/// Whose sign-in it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::auth) struct Identity {
    /// Origin of the token service.
    pub login: String,
    pub tenant_id: String,
    pub object_id: String,
}

/// One stored sign-in.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::auth) struct StoredSession {
    /// Origin of the token service.
    pub login: String,
    pub account: Account,
    /// Further names of the account.
    pub aliases: Vec<String>,
    /// The tenant as sessions have named it: a domain cannot be told from the tenant's id.
    pub tenant_names: BTreeSet<String>,
    /// Refresh tokens by application id.
    pub grants: BTreeMap<String, StoredGrant>,
    /// Contexts that were met, by application id and resource.
    pub contexts: Vec<StoredContexts>,
    pub last_used: Timestamp,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::auth) struct StoredGrant {
    #[serde(serialize_with = "exposed")]
    pub refresh_token: Secret,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::auth) struct StoredContexts {
    pub client_id: String,
    pub resource: String,
    pub contexts: BTreeSet<String>,
}

#[derive(Default, Deserialize, Serialize)]
pub(super) struct Contents {
    pub sessions: Vec<StoredSession>,
}

/// The text goes into the sealed file and nowhere else.
fn exposed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&secret.expose())
}

impl StoredSession {
    pub(in crate::auth) fn identity(&self) -> Identity {
        Identity { login: self.login.clone(), tenant_id: self.account.tenant_id.clone(), object_id: self.account.object_id.clone() }
    }
}

impl Contents {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    pub(super) fn text(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(super) fn has(&self, identity: &Identity) -> bool {
        self.sessions.iter().any(|session| session.identity() == *identity)
    }

    pub(super) fn put(&mut self, mut session: StoredSession) {
        let identity = session.identity();
        if let Some(index) = self.sessions.iter().position(|known| known.identity() == identity) {
            let known = self.sessions.swap_remove(index);
            session.tenant_names.extend(known.tenant_names);
            for (client_id, grant) in known.grants {
                session.grants.entry(client_id).or_insert(grant);
            }
            for kept in known.contexts {
                let same = |new: &StoredContexts| new.client_id == kept.client_id && new.resource == kept.resource;
                if !session.contexts.iter().any(same) {
                    session.contexts.push(kept);
                }
            }
        }
        self.sessions.push(session);
        self.sessions.sort_by_key(|session| session.last_used);
        let surplus = self.sessions.len().saturating_sub(MOST_SESSIONS);
        self.sessions.drain(..surplus);
    }

    pub(super) fn forget_grant(&mut self, identity: &Identity, client_id: &str, secret: &Secret) -> bool {
        let Some(session) = self.sessions.iter_mut().find(|session| session.identity() == *identity) else { return false };
        if !session.grants.get(client_id).is_some_and(|grant| grant.refresh_token == *secret) {
            return false;
        }
        session.grants.remove(client_id);
        true
    }

    pub(super) fn remove(&mut self, identity: &Identity) -> bool {
        let before = self.sessions.len();
        self.sessions.retain(|session| session.identity() != *identity);
        self.sessions.len() != before
    }
}
