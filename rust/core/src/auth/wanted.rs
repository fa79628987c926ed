//! A token request with everything resolved that the session's configuration leaves open.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::resource::Resource;
use super::token::{AccessToken, TokenId, TokenRequest};
use crate::claims::ClaimsRequest;
use crate::cloud::Cloud;
use crate::error::{Error, ErrorCode, Result};
use crate::session::SessionConfig;

/// Tokens of one family stand for each other, as far as their scopes and contexts go; a sign-in for one is shared by all.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Family {
    pub client_id: String,
    pub resource: Resource,
}

/// What a token has to be.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub family: Family,
    /// Full names.
    pub scopes: Vec<String>,
    /// The same in comparable form.
    pub comparable: BTreeSet<String>,
    /// `None` where nothing is demanded: client capabilities alone are no demand.
    pub claims: Option<ClaimsRequest>,
    pub refused: Option<TokenId>,
    /// Tokens up to this one are not new enough.
    pub newer_than: Option<TokenId>,
    /// Whether the user must not be asked.
    pub silent: bool,
}

impl Wanted {
    pub(super) fn new(config: &SessionConfig, cloud: &Cloud, request: &TokenRequest) -> Result<Self> {
        let own = request.resource.client_id(config);
        let client_id = request.client_id.as_deref().unwrap_or(own);
        if !config.credential.takes_scopes() && !client_id.eq_ignore_ascii_case(own) {
            return Err(Error::new(
                ErrorCode::CredentialUnsuited,
                "the session's credential belongs to one application and cannot serve another",
            )
            .hint("leave the client id out")
            .target("clientId"));
        }
        if Uuid::parse_str(client_id).is_err() {
            return Err(Error::new(ErrorCode::InvalidRequest, format!("`{}` is no application id", client_id.escape_debug()))
                .hint("give the application (client) id of a public client")
                .target("clientId"));
        }
        // Checked in any case, so that a mistake shows with every credential.
        let named = request.resource.qualify(cloud, &request.scopes)?;
        let scopes = if config.credential.takes_scopes() { named } else { request.resource.all_scopes(cloud) };
        let comparable = request.resource.comparable(cloud, scopes.iter().map(String::as_str));
        let claims = request.claims.clone().filter(|claims| claims.demands().iter().any(|demand| demand != "xms_cc"));
        Ok(Self {
            family: Family { client_id: client_id.to_ascii_lowercase(), resource: request.resource.clone() },
            scopes,
            comparable,
            claims,
            refused: request.refused,
            newer_than: None,
            silent: request.silent,
        })
    }

    /// Whether the token will do, its age aside.
    pub(super) fn is_served_by(&self, token: &AccessToken) -> bool {
        token.client_id == self.family.client_id
            && token.resource == self.family.resource
            && self.refused != Some(token.id)
            && self.newer_than.is_none_or(|newest| token.id > newest)
            && self.comparable.is_subset(&token.serves)
            && self.claims.as_ref().is_none_or(|claims| token.satisfies(claims))
    }
}
