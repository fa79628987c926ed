//! Issuing access tokens.

use rand::RngExt;
use serde_json::Value;
use uuid::Uuid;

use super::{TokenClaims, signing_key};
use crate::error::Result;
use crate::scenario::User;
use crate::secrets::SecretKind;
use crate::state::State;

/// Whom a token speaks for.
#[derive(Clone, Debug)]
pub enum Subject<'a> {
    /// A user who signed in.
    User {
        /// Who.
        user: &'a User,
        /// Delegated permissions.
        scopes: Vec<String>,
        /// Authentication contexts.
        contexts: Vec<String>,
        /// How the user signed in.
        methods: Vec<String>,
        /// The browser session.
        session: String,
    },
    /// An application for itself.
    Application {
        /// Object id of its service principal.
        object_id: &'a str,
        /// Application permissions.
        roles: Vec<String>,
        /// `appidacr`.
        proof: &'static str,
    },
}

/// What goes into an access token.
#[derive(Clone, Debug)]
pub struct AccessToken<'a> {
    /// Whom it speaks for.
    pub subject: Subject<'a>,
    /// The tenant that issues it.
    pub tenant_id: &'a str,
    /// Application id of the application that asked for it.
    pub client_id: &'a str,
    /// Its name.
    pub client_name: &'a str,
    /// The resource, as the client named it.
    pub audience: &'a str,
    /// Capabilities that the client declared.
    pub capabilities: Vec<String>,
    /// Seconds that it lives; what the scenario says goes first. Absent: as usual.
    pub life_seconds: Option<i64>,
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
        // 60 to 90 minutes at random; 24 to 28 hours for clients that declare to understand continuous access evaluation.
        let usual = if capable { rand::rng().random_range(86_400..=100_800) } else { rand::rng().random_range(3600..5400) };
        let life = behaviour.access_token_seconds.or(token.life_seconds).unwrap_or(usual);
        let mut claims = TokenClaims {
            aud: token.audience.to_owned(),
            iss: format!("{}/{}/", self.origins.login, token.tenant_id),
            iat: now,
            nbf: now,
            exp: now.saturating_add(life),
            appid: token.client_id.to_owned(),
            app_displayname: token.client_name.to_owned(),
            tid: token.tenant_id.to_owned(),
            uti: Uuid::new_v4().simple().to_string(),
            ver: "1.0".to_owned(),
            xms_cc: token.capabilities.clone(),
            ..TokenClaims::default()
        };
        match &token.subject {
            Subject::User { user, scopes, contexts, methods, session } => {
                "user".clone_into(&mut claims.idtyp);
                "0".clone_into(&mut claims.appidacr);
                claims.acrs = if behaviour.tokens_without_contexts { Vec::new() } else { contexts.clone() };
                claims.amr.clone_from(methods);
                claims.name.clone_from(&user.display_name);
                claims.oid.clone_from(&user.object_id);
                claims.scp = scopes.join(" ");
                claims.sid.clone_from(session);
                claims.sub = Uuid::new_v4().simple().to_string();
                claims.unique_name.clone_from(&user.user_principal_name);
                claims.upn.clone_from(&user.user_principal_name);
            }
            Subject::Application { object_id, roles, proof } => {
                "app".clone_into(&mut claims.idtyp);
                (*proof).clone_into(&mut claims.appidacr);
                (*object_id).clone_into(&mut claims.oid);
                (*object_id).clone_into(&mut claims.sub);
                claims.roles.clone_from(roles);
            }
        }
        claims.wids = self.directory.active_role_template_ids(&claims.oid, self.clock.now());
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
