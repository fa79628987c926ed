//! `token.acquire`: a token for any API, strong enough for a claims challenge.

use jiff::Timestamp;
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Nothing, Operation};
use crate::auth::{AccessToken, Account, Resource, TokenRequest};
use crate::call::Call;
use crate::claims::find_request;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::Session;

pub(super) struct TokenAcquire;

/// What the token is for, and what it must satisfy.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// `graph`, `arm`, an application id, or an application id URI. Without it the scopes tell; without both it is `graph`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Permissions, by short or full names. Without them those of `.default`, and for `graph` those that PIM needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// What the token must satisfy: a claims request as JSON or base64, or any text that carries a challenge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<String>,
    /// Application id of another public client than the session's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Gets a new token even if one at hand would do.
    pub force: bool,
}

/// The token.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// The token itself: a secret.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// End of its life, RFC 3339 in UTC.
    #[schemars(with = "String")]
    pub expires_on: Timestamp,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// `graph`, `arm`, or what the request named.
    pub resource: String,
    /// Application id of the client that asked.
    pub client_id: String,
    /// Tenant of the token.
    pub tenant_id: String,
    /// Who signed in.
    pub account: Account,
    /// Authentication contexts that it carries.
    pub authentication_contexts: Vec<String>,
    /// Authentication methods that it shows (`amr`).
    pub amr: Vec<String>,
    /// Client capabilities that it shows (`xms_cc`).
    pub capabilities: Vec<String>,
    /// The claims request that it was asked with.
    pub claims: Map<String, Value>,
}

impl Operation for TokenAcquire {
    const NAME: &'static str = "token.acquire";
    const SUMMARY: &'static str =
        "Gets an access token for Graph, Azure or any other API, signing in again if a claims challenge asks for it.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMAccessToken", "Get-PIMGraphTokenWithClaim"];
    type Request = Request;
    type Output = Nothing;
    type Reply = Reply;

    async fn run(session: &Session, call: &Call, request: Request) -> Result<Reply> {
        let wanted = request.wanted(&session.cloud)?;
        Ok(Reply::of(&*session.auth.token(call, &wanted).await?))
    }

    fn at_hand(session: &Session, request: Request) -> Option<Reply> {
        let wanted = request.wanted(&session.cloud).ok()?;
        Some(Reply::of(&*session.auth.token_at_hand(&wanted)?))
    }
}

impl Request {
    fn wanted(self, cloud: &Cloud) -> Result<TokenRequest> {
        let resource = match &self.resource {
            Some(resource) => Resource::parse(cloud, resource)?,
            None => resource_of(cloud, &self.scopes)?,
        };
        Ok(TokenRequest {
            scopes: self.scopes,
            claims: self.claims.as_deref().map(find_request).transpose()?,
            client_id: self.client_id,
            renew: self.force,
            ..TokenRequest::new(resource)
        })
    }
}

impl Reply {
    fn of(token: &AccessToken) -> Self {
        Self {
            access_token: token.secret().expose_secret().to_owned(),
            token_type: "Bearer".to_owned(),
            expires_on: token.expires,
            scopes: token.scopes.clone(),
            resource: token.resource.to_string(),
            client_id: token.issued_to().to_owned(),
            tenant_id: token.account.tenant_id.clone(),
            account: token.account.clone(),
            authentication_contexts: token.contexts.iter().cloned().collect(),
            amr: token.amr.clone(),
            capabilities: token.capabilities.clone(),
            claims: token.claims.as_ref().map(|claims| claims.members().clone()).unwrap_or_default(),
        }
    }
}

/// The resource to which full scope names belong: what stands before the permission's name.
fn resource_of(cloud: &Cloud, scopes: &[String]) -> Result<Resource> {
    match scopes.iter().find_map(|scope| scope.rsplit_once('/')) {
        Some((resource, _)) => Resource::parse(cloud, resource),
        None => Ok(Resource::Graph),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::CloudConfig;
    use crate::error::ErrorCode;

    #[test]
    fn full_scopes_tell_the_resource() {
        let cloud = Cloud::resolve(&CloudConfig::default()).unwrap();
        for (scope, resource) in [
            ("User.Read", Resource::Graph),
            ("https://graph.microsoft.com/User.Read", Resource::Graph),
            ("https://management.azure.com/.default", Resource::Arm),
            ("https://management.core.windows.net//.default", Resource::Other("https://management.core.windows.net/".to_owned())),
            ("api://my-api/Tasks.Read", Resource::Other("api://my-api".to_owned())),
        ] {
            assert_eq!(resource_of(&cloud, &[scope.to_owned()]).unwrap(), resource, "{scope}");
        }
        assert_eq!(resource_of(&cloud, &[]).unwrap(), Resource::Graph);
    }

    #[test]
    fn claims_are_found_in_json_and_in_challenges() {
        let json = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
        let header =
            r#"Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19""#;
        for text in [json, header] {
            assert!(find_request(text).unwrap().contexts().contains("c1"), "{text}");
        }
        assert_eq!(find_request("nothing here").unwrap_err().code, ErrorCode::ChallengeNotFound);
    }
}
