//! Access tokens as the session keeps them, and requests for them.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::account::Account;
use super::demand::Demand;
use super::resource::Resource;
use crate::claims::ClaimsRequest;
use crate::secret::Secret;

/// Names a token within its session, in the order in which they were issued. It tells nothing of the token's content.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TokenId(pub(super) u64);

/// What a caller wants a token for.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The API.
    pub resource: Resource,
    /// Permissions, by short or full names; empty for the resource's default.
    pub scopes: Vec<String>,
    /// What the token must satisfy: a challenge, or contexts known beforehand. Client capabilities need not be in it.
    pub claims: Option<ClaimsRequest>,
    /// A token that the service has just refused. It is never handed back for this request.
    pub refused: Option<TokenId>,
    /// Application id of another public client than the session's.
    pub client_id: Option<String>,
    /// Whether a token from the cache will do.
    pub renew: bool,
    /// Whether the user must not be asked: `SignInRequired` then, where nothing else gives a token.
    pub silent: bool,
}

impl TokenRequest {
    /// A request for the resource's default permissions, without demands.
    #[must_use]
    pub fn new(resource: Resource) -> Self {
        Self { resource, scopes: Vec::new(), claims: None, refused: None, client_id: None, renew: false, silent: false }
    }
}

/// A token and what is known of it. What the payload shows is for diagnosis and for choosing; services alone decide by it.
pub struct AccessToken {
    /// Its name within the session.
    pub id: TokenId,
    /// End of its life, by the token service's `expires_in` and this computer's clock.
    pub expires: Timestamp,
    /// From when on the token service advises a refresh (`refresh_in` of long-lived tokens).
    pub refresh_after: Option<Timestamp>,
    /// Granted scopes, as the token service wrote them.
    pub scopes: Vec<String>,
    /// The API it is for.
    pub resource: Resource,
    /// Application id of the client for which the session keeps it.
    pub client_id: String,
    /// Application id of the client that asked, where the token shows it: another one, if the token came from outside.
    pub issued_to: Option<String>,
    /// Who signed in.
    pub account: Account,
    /// Authentication contexts that it carries (`acrs`); those asked for, if the token cannot be read.
    pub contexts: BTreeSet<String>,
    /// Authentication methods (`amr`); empty if the token does not show them.
    pub amr: Vec<String>,
    /// Client capabilities (`xms_cc`); empty if the token does not show them.
    pub capabilities: Vec<String>,
    /// The claims that it was asked with, capabilities included.
    pub claims: Option<ClaimsRequest>,
    /// `iat` or else `nbf` of the payload, in seconds since 1970.
    pub(super) issued_at: Option<u64>,
    /// Scopes for which it serves, in comparable form: those granted, and those asked for, which asking again would not grant either.
    pub(super) serves: BTreeSet<String>,
    pub(super) secret: Secret,
}

impl AccessToken {
    /// The token itself.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Application id of the client that asked.
    #[must_use]
    pub fn issued_to(&self) -> &str {
        self.issued_to.as_deref().unwrap_or(&self.client_id)
    }

    /// Whether the token is known to satisfy the demand.
    ///
    /// Contexts and methods are looked up in the token. `nbf`, and demands that this library does not know, count as satisfied
    /// if the token was asked with them, since their effect cannot be seen.
    #[must_use]
    pub fn satisfies(&self, claims: &ClaimsRequest) -> bool {
        Demand::of(claims).is_met_by(self)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AccessToken")
            .field("id", &self.id)
            .field("resource", &self.resource)
            .field("client_id", &self.client_id)
            .field("expires", &self.expires)
            .field("scopes", &self.scopes)
            .field("contexts", &self.contexts)
            .finish_non_exhaustive()
    }
}

/// What a host may show of a token.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenSummary {
    /// `graph`, `arm`, or the API's application id URI.
    pub resource: String,
    /// Application id of the client that asked.
    pub client_id: String,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// End of its life, RFC 3339 in UTC.
    #[schemars(with = "String")]
    pub expires_on: Timestamp,
    /// Authentication contexts that it carries.
    pub authentication_contexts: Vec<String>,
    /// Whether it can be renewed without the user.
    pub refreshable: bool,
}
