//! The payload of an access token, in the v1.0 form that Graph and Azure Resource Manager use.

use serde::{Deserialize, Serialize};

/// The claims of an access token. Names and forms: entra-docs `access-token-claims-reference.md`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct TokenClaims {
    /// Audience, in the form in which the client named the resource.
    pub aud: String,
    /// Issuer: `{login}/{tenant id}/`.
    pub iss: String,
    /// Issued at, seconds.
    pub iat: i64,
    /// Not before, seconds.
    pub nbf: i64,
    /// Expires, seconds.
    pub exp: i64,
    /// Authentication contexts that the bearer may exercise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acrs: Vec<String>,
    /// How the user signed in: `pwd`, `fido`, `mfa`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// Application id of the client.
    pub appid: String,
    /// How the client proved that it is itself: `0` not at all, `1` by a secret, `2` by a certificate or another issuer's token.
    pub appidacr: String,
    /// Name of the client.
    pub app_displayname: String,
    /// `user`, or `app` for a token that an application got for itself.
    pub idtyp: String,
    /// Name of the user.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Object id of the user or of the service principal.
    pub oid: String,
    /// Application permissions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Delegated permissions, separated by spaces.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scp: String,
    /// Id of the browser session.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sid: String,
    /// The user's id for this client, or the object id of the service principal.
    pub sub: String,
    /// Tenant id.
    pub tid: String,
    /// The name the user signed in with.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unique_name: String,
    /// User principal name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub upn: String,
    /// Unique id of the token.
    pub uti: String,
    /// `1.0`.
    pub ver: String,
    /// Template ids of the directory roles that were active when the token was issued.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wids: Vec<String>,
    /// Capabilities of the client: `cp1` when it declared to understand continuous access evaluation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub xms_cc: Vec<String>,
}

impl TokenClaims {
    /// Whether an application got it for itself.
    #[must_use]
    pub fn is_app(&self) -> bool {
        self.idtyp == "app"
    }

    /// Whether the token carries an authentication context.
    #[must_use]
    pub fn has_context(&self, context: &str) -> bool {
        self.acrs.iter().any(|have| have == context)
    }

    /// Whether the client declared to handle claims challenges.
    #[must_use]
    pub fn has_capability(&self) -> bool {
        self.xms_cc.iter().any(|capability| capability.eq_ignore_ascii_case("cp1"))
    }

    /// Whether the user signed in with a second factor.
    #[must_use]
    pub fn has_mfa(&self) -> bool {
        self.amr.iter().any(|method| method == "mfa")
    }

    /// Whether the token grants a delegated permission, in any case.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scp.split(' ').any(|have| have.eq_ignore_ascii_case(scope))
    }
}
