//! Between the session's memory and the cache that outlives the process: what is fetched at the start, what is stored when a sign-in
//! has brought something new, what is removed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::acquisition::Acquisition;
use super::authenticator::{Authenticator, Inner};
use super::cache::{Cache, Identity, Notice, StoredContexts, StoredGrant, StoredSession, Used};
use super::resource::Resource;
use super::state::{RefreshToken, State};
use super::wanted::Family;
use crate::error::{Error, ErrorCode, Result};

/// What of a state is in the cache, in a form that shows whether it has changed.
pub(super) type Shape = (BTreeMap<String, u64>, Vec<(String, String, BTreeSet<String>)>);

impl Acquisition<'_> {
    /// Takes over a stored sign-in that fits the session, once. Only users have such.
    pub(super) async fn restore(&self) {
        let Some(cache) = self.inner.cache.as_ref().filter(|_| self.inner.credentials.iter().any(|credential| credential.asks_user()))
        else {
            return;
        };
        self.inner
            .restored
            .get_or_init(|| async {
                let login = origin(self.inner);
                let authority = self.inner.authority();
                let named = self.inner.config.account.clone();
                let fits = move |session: &StoredSession| {
                    let mut account = session.account.clone();
                    account.aliases.clone_from(&session.aliases);
                    session.login == login
                        && (authority.is_shared()
                            || authority.tenant().eq_ignore_ascii_case(&session.account.tenant_id)
                            || session.tenant_names.contains(&authority.tenant().to_lowercase()))
                        && named.as_ref().is_none_or(|name| account.is_named(name))
                        && !session.grants.is_empty()
                };
                let found = self.using(cache, move |cache| cache.find(fits)).await;
                if let Some(session) = found.flatten() {
                    let name = session.account.username.clone();
                    if self.inner.take_over(session, self.flight.generation) {
                        self.flight.verbose(&format!("Using the stored sign-in of {name}"));
                    }
                }
            })
            .await;
    }

    /// Stores what the session has, if it is not what is stored.
    pub(super) async fn keep_stored(&self) {
        let Some(cache) = &self.inner.cache else { return };
        let (session, shape, stored_before) = {
            let state = self.inner.lock();
            let shape = state.shape();
            if state.generation != self.flight.generation || state.stored == shape || shape.0.is_empty() {
                return;
            }
            match self.inner.stored_session(&state) {
                Some(session) => (session, shape, !state.stored.0.is_empty()),
                None => return,
            }
        };
        if let Some(is_stored) = self.using(cache, move |cache| cache.store(session, stored_before)).await {
            self.inner.lock().stored = shape;
            if !is_stored {
                self.flight.verbose("The stored sign-in was removed meanwhile; this session's is not stored again");
            }
        }
    }

    /// Removes a refresh token that the token service has declared dead.
    pub(super) async fn forget_stored_grant(&self, client_id: &str, token: &RefreshToken) {
        let Some(cache) = &self.inner.cache else { return };
        let Some(identity) = self.inner.identity() else { return };
        let (client_id, secret) = (client_id.to_owned(), token.secret.clone());
        self.using(cache, move |cache| cache.forget_grant(&identity, &client_id, &secret)).await;
    }

    async fn using<T: Default + Send + 'static>(
        &self,
        cache: &Arc<Cache>,
        work: impl FnOnce(&Cache) -> Used<T> + Send + 'static,
    ) -> Option<T> {
        let (value, notices) = off_the_loop(cache, work).await?;
        for notice in notices {
            self.flight.warning(notice.code, &notice.message);
        }
        Some(value)
    }
}

impl Authenticator {
    /// Removes this session's sign-in from the cache that outlives the process. What cannot be removed is not reported: without its
    /// key or file it is as good as gone.
    pub async fn forget_stored(&self) {
        let (Some(cache), Some(identity)) = (&self.inner.cache, self.inner.identity()) else { return };
        off_the_loop(cache, move |cache| cache.remove(&identity)).await;
    }

    /// Removes every stored sign-in, of all accounts, together with the key.
    ///
    /// # Errors
    /// `InvalidConfiguration` if the session has no such cache, or the system does not let it be removed.
    pub async fn clear_cache(&self) -> Result<()> {
        let Some(cache) = &self.inner.cache else {
            return Err(Error::new(ErrorCode::InvalidConfiguration, "the session keeps nothing beyond the process")
                .hint("configure the session with the cache file that is to be removed")
                .target("cache"));
        };
        let (cache, path) = (Arc::clone(cache), cache.path().display().to_string());
        let result = tokio::task::spawn_blocking(move || cache.clear()).await;
        result.unwrap_or_else(|_| Err("it broke off".to_owned())).map_err(|why| {
            Error::new(ErrorCode::InvalidConfiguration, format!("the stored sign-ins could not be removed: {why}"))
                .hint("check that the file and its folder are yours, or remove the file by hand")
                .target(path)
        })
    }
}

impl Inner {
    fn identity(&self) -> Option<Identity> {
        let state = self.lock();
        let account = state.account.as_ref()?;
        Some(Identity { login: origin(self), tenant_id: account.tenant_id.clone(), object_id: account.object_id.clone() })
    }

    fn stored_session(&self, state: &State) -> Option<StoredSession> {
        let account = state.account.clone()?;
        let mut tenant_names = BTreeSet::new();
        if uuid::Uuid::parse_str(&self.config.tenant).is_err() && !self.authority.is_shared() {
            tenant_names.insert(self.config.tenant.to_lowercase());
        }
        let grants = state.refresh_tokens.iter();
        let contexts = state.memories.iter().filter(|(_, memory)| !memory.contexts.is_empty());
        Some(StoredSession {
            login: origin(self),
            aliases: account.aliases.clone(),
            account,
            tenant_names,
            grants: grants.map(|(client, token)| (client.clone(), StoredGrant { refresh_token: token.secret.clone() })).collect(),
            contexts: contexts
                .map(|(family, memory)| StoredContexts {
                    client_id: family.client_id.clone(),
                    resource: family.resource.to_string(),
                    contexts: memory.contexts.clone(),
                })
                .collect(),
            last_used: Timestamp::now(),
        })
    }

    /// False if somebody has signed in, or out, meanwhile.
    fn take_over(&self, session: StoredSession, generation: u64) -> bool {
        let mut state = self.lock();
        if state.account.is_some() || state.generation != generation {
            return false;
        }
        for (client_id, grant) in session.grants {
            let serial = state.next_number();
            state.refresh_tokens.insert(client_id, Arc::new(RefreshToken { secret: grant.refresh_token, serial }));
        }
        for known in session.contexts {
            if let Ok(resource) = Resource::parse(&self.cloud, &known.resource) {
                state.memories.entry(Family { client_id: known.client_id, resource }).or_default().contexts.extend(known.contexts);
            }
        }
        let mut account = session.account;
        account.aliases = session.aliases;
        state.account = Some(account);
        state.stored = state.shape();
        true
    }
}

impl State {
    fn shape(&self) -> Shape {
        let grants = self.refresh_tokens.iter().map(|(client, token)| (client.clone(), token.serial)).collect();
        let mut contexts: Vec<_> = self
            .memories
            .iter()
            .filter(|(_, memory)| !memory.contexts.is_empty())
            .map(|(family, memory)| (family.client_id.clone(), family.resource.to_string(), memory.contexts.clone()))
            .collect();
        contexts.sort();
        (grants, contexts)
    }
}

/// Files and credential stores block, and some of them for long.
async fn off_the_loop<T: Default + Send + 'static>(
    cache: &Arc<Cache>,
    work: impl FnOnce(&Cache) -> Used<T> + Send + 'static,
) -> Option<(T, Vec<Notice>)> {
    let cache = Arc::clone(cache);
    let used = tokio::task::spawn_blocking(move || work(&cache)).await.ok()?;
    Some((used.value, used.notices))
}

fn origin(inner: &Inner) -> String {
    inner.cloud.login.origin().ascii_serialization()
}
