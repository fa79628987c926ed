//! Issuing access tokens.

use rand::RngExt;
use serde_json::Value;
use uuid::Uuid;

use super::{TokenClaims, signing_key};
use crate::error::Result;
use crate::scenario::{Client, User};
use crate::secrets::SecretKind;
use crate::state::State;

/// What goes into an access token.
#[derive(Clone, Debug)]
pub struct AccessToken<'a> {
    /// Who signed in.
    pub user: &'a User,
    /// The tenant that issues it.
    pub tenant_id: &'a str,
    /// The application that asked for it.
    pub client: &'a Client,
    /// The resource, as the client named it.
    pub audience: &'a str,
    /// Delegated permissions.
    pub scopes: Vec<String>,
    /// Authentication contexts.
    pub contexts: Vec<String>,
    /// How the user signed in.
    pub methods: Vec<String>,
    /// Capabilities that the client declared.
    pub capabilities: Vec<String>,
    /// The browser session.
    pub session: String,
}

impl State {
    /// Signs and registers an access token.
    ///
    /// # Errors
    /// A signing key that fails.
    pub fn issue(&self, token: &AccessToken<'_>) -> Result<(String, TokenClaims)> {
        let now = self.clock.seconds();
        let behaviour = &self.scenario.behaviour;
        let capable = token.capabilities.iter().any(|capability| capability.eq_ignore_ascii_case("cp1"));
        // 60 to 90 minutes at random, about a day for clients that declare to understand continuous access evaluation.
        let usual = if capable { 86_399 } else { rand::rng().random_range(3600..5400) };
        let claims = TokenClaims {
            aud: token.audience.to_owned(),
            iss: format!("{}/{}/", self.origins.login, token.tenant_id),
            iat: now,
            nbf: now,
            exp: now.saturating_add(behaviour.access_token_seconds.unwrap_or(usual)),
            acrs: if behaviour.tokens_without_contexts { Vec::new() } else { token.contexts.clone() },
            amr: token.methods.clone(),
            appid: token.client.client_id.clone(),
            app_displayname: token.client.display_name.clone(),
            idtyp: "user".to_owned(),
            name: token.user.display_name.clone(),
            oid: token.user.object_id.clone(),
            scp: token.scopes.join(" "),
            sid: token.session.clone(),
            sub: Uuid::new_v4().simple().to_string(),
            tid: token.tenant_id.to_owned(),
            unique_name: token.user.user_principal_name.clone(),
            upn: token.user.user_principal_name.clone(),
            uti: Uuid::new_v4().simple().to_string(),
            ver: "1.0".to_owned(),
            wids: self.directory.active_role_template_ids(&token.user.object_id, self.clock.now()),
            xms_cc: token.capabilities.clone(),
        };
        let signed = signing_key()?.sign(&claims)?;
        self.tokens.register(&claims);
        self.secrets.register(SecretKind::AccessToken, &signed);
        Ok((signed, claims))
    }

    /// Signs any claims with the key of the access tokens.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String> {
        signing_key()?.sign(claims)
    }
}
