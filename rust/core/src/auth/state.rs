//! What a session remembers: its account, its tokens, and the sign-ins under way. In memory only.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::account::Account;
use super::authorize::PagePrompt;
use super::flight::Flight;
use super::persist::Shape;
use super::token::{AccessToken, TokenId, TokenSummary};
use super::wanted::{Family, Wanted};
use crate::claims::ClaimsRequest;
use crate::secret::Secret;

/// So long before its end a token is no longer handed out, as in Microsoft's libraries.
const EARLY: SignedDuration = SignedDuration::from_mins(5);

/// More tokens than any real session has; a caller that asks for ever new scopes must not fill the memory.
const MOST_TOKENS: usize = 64;

/// A refresh token of one client. It serves every resource that is consented to the client.
pub(super) struct RefreshToken {
    pub secret: Secret,
    /// Tells tokens apart.
    pub serial: u64,
}

/// What is remembered of a family beside its tokens.
#[derive(Default)]
pub(super) struct Memory {
    /// Contexts that the session has got: they are asked for again with every new token, so that a second one does not lose the first.
    pub contexts: BTreeSet<String>,
    /// The token service does not grant these contexts together: each is asked for by itself.
    pub apart: bool,
}

struct Kept {
    token: Arc<AccessToken>,
    usable_until: Timestamp,
    refresh_at: Option<Timestamp>,
    /// Demands for which a service has refused the token, whatever it shows; `None` if it was refused without one.
    refusals: Vec<Option<ClaimsRequest>>,
}

impl Kept {
    fn is_refused_for(&self, wanted: &Wanted) -> bool {
        self.refusals.iter().any(|refusal| match (refusal, &wanted.claims) {
            (None, _) => true,
            (Some(refusal), Some(claims)) => claims.includes(refusal),
            (Some(_), None) => false,
        })
    }
}

#[derive(Default)]
pub(super) struct State {
    /// Rises with every sign-out; what began before it must leave no trace.
    pub generation: u64,
    pub account: Option<Account>,
    pub refresh_tokens: HashMap<String, Arc<RefreshToken>>,
    pub memories: HashMap<Family, Memory>,
    pub flights: HashMap<Family, Arc<Flight>>,
    /// What of this is in the cache that outlives the process.
    pub stored: Shape,
    /// What the next page has to do.
    pub page_prompt: PagePrompt,
    tokens: Vec<Kept>,
    last_number: u64,
}

/// A token from the cache.
pub(super) struct Found {
    pub token: Arc<AccessToken>,
    /// The token service advises to renew it.
    pub is_due: bool,
}

impl State {
    /// A number that was not given before in this session.
    pub(super) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Names the newest thing there is: any token got later has a higher id.
    pub(super) fn newest(&self) -> TokenId {
        TokenId(self.last_number)
    }

    /// The newest token that will do. The newest, because after a step-up it is the one that has it.
    pub(super) fn find(&self, wanted: &Wanted, now: Timestamp) -> Option<Found> {
        let usable =
            self.tokens.iter().filter(|kept| now < kept.usable_until && wanted.is_served_by(&kept.token) && !kept.is_refused_for(wanted));
        let kept = usable.max_by_key(|kept| kept.token.id)?;
        Some(Found { token: Arc::clone(&kept.token), is_due: kept.refresh_at.is_some_and(|at| at <= now) })
    }

    /// The token at hand that is this very one.
    pub(super) fn same(&self, secret: &Secret) -> Option<Arc<AccessToken>> {
        self.tokens.iter().find(|kept| kept.token.secret == *secret).map(|kept| Arc::clone(&kept.token))
    }

    /// Notes that a service refused the token for this demand: it will not be handed out for the like again.
    pub(super) fn note_refusal(&mut self, wanted: &Wanted) {
        for kept in self.tokens.iter_mut().filter(|kept| wanted.refused == Some(kept.token.id) && !kept.is_refused_for(wanted)) {
            kept.refusals.push(wanted.claims.clone());
        }
    }

    /// Keeps a token, in place of those for which it can stand in everything.
    pub(super) fn keep(&mut self, token: Arc<AccessToken>, now: Timestamp) {
        self.tokens.retain(|kept| {
            let old = &kept.token;
            let replaced = old.client_id == token.client_id
                && old.resource == token.resource
                && old.contexts.is_subset(&token.contexts)
                && old.serves.is_subset(&token.serves);
            now < kept.usable_until && !replaced
        });
        if self.tokens.len() >= MOST_TOKENS {
            self.tokens.remove(0);
        }
        let life = token.expires.duration_since(now);
        let usable_until = token.expires.checked_sub(EARLY.min(life / 2)).unwrap_or(now);
        self.tokens.push(Kept { refresh_at: token.refresh_after, usable_until, refusals: Vec::new(), token });
    }

    /// Notes that renewing a token is being tried, so that nobody tries it again within the time.
    pub(super) fn postpone_refresh(&mut self, token: TokenId, until: Timestamp) {
        for kept in self.tokens.iter_mut().filter(|kept| kept.token.id == token) {
            kept.refresh_at = Some(until);
        }
    }

    /// Forgets a refresh token, unless a newer one has taken its place.
    pub(super) fn drop_refresh_token(&mut self, client_id: &str, serial: u64) {
        if self.refresh_serial(client_id) == Some(serial) {
            self.refresh_tokens.remove(client_id);
        }
    }

    pub(super) fn refresh_serial(&self, client_id: &str) -> Option<u64> {
        self.refresh_tokens.get(client_id).map(|token| token.serial)
    }

    /// Forgets everything, and hands over the sign-ins that have to end.
    pub(super) fn clear(&mut self) -> Vec<Arc<Flight>> {
        let flights = std::mem::take(&mut self.flights);
        let cleared = Self { generation: self.generation + 1, last_number: self.last_number, ..Self::default() };
        *self = cleared;
        flights.into_values().collect()
    }

    pub(super) fn summaries(&self, now: Timestamp) -> Vec<TokenSummary> {
        let usable = self.tokens.iter().filter(|kept| now < kept.usable_until);
        usable
            .map(|kept| TokenSummary {
                resource: kept.token.resource.to_string(),
                client_id: kept.token.issued_to().to_owned(),
                scopes: kept.token.scopes.clone(),
                expires_on: kept.token.expires,
                authentication_contexts: kept.token.contexts.iter().cloned().collect(),
                refreshable: self.refresh_tokens.contains_key(&kept.token.client_id),
            })
            .collect()
    }
}
