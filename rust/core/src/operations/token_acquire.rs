//! `token.acquire`: a token for any API, strong enough for a claims challenge.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Nothing, Operation};
use crate::auth::{AccessToken, Account, Resource, TokenRequest};
use crate::call::Call;
use crate::claims::{ClaimsRequest, find_request};
use crate::cloud::Cloud;
use crate::error;
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

/// The token, written as [`Fields`] without a copy of it.
pub struct Reply(Arc<AccessToken>);

/// The token.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Reply")]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    /// The token itself: a secret.
    access_token: &'a str,
    /// Always `Bearer`.
    token_type: &'static str,
    /// End of its life, RFC 3339 in UTC.
    #[schemars(with = "String")]
    expires_on: Timestamp,
    /// Granted scopes.
    scopes: &'a [String],
    /// `graph`, `arm`, or what the request named.
    #[schemars(with = "String")]
    #[serde(serialize_with = "as_text")]
    resource: &'a Resource,
    /// Application id of the client that asked.
    client_id: &'a str,
    /// Tenant of the token.
    tenant_id: &'a str,
    /// Who signed in.
    account: &'a Account,
    /// Authentication contexts that it carries.
    #[schemars(with = "Vec<String>")]
    authentication_contexts: &'a BTreeSet<String>,
    /// Authentication methods that it shows (`amr`).
    amr: &'a [String],
    /// Client capabilities that it shows (`xms_cc`).
    capabilities: &'a [String],
    /// The claims request that it was asked with.
    #[schemars(with = "Map<String, Value>")]
    #[serde(serialize_with = "members")]
    claims: Option<&'a ClaimsRequest>,
}

fn as_text<S: Serializer>(value: &&Resource, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn members<S: Serializer>(claims: &Option<&ClaimsRequest>, serializer: S) -> Result<S::Ok, S::Error> {
    match claims {
        Some(claims) => claims.members().serialize(serializer),
        None => Map::new().serialize(serializer),
    }
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let token = &*self.0;
        Fields {
            access_token: &token.secret().expose(),
            token_type: "Bearer",
            expires_on: token.expires,
            scopes: &token.scopes,
            resource: &token.resource,
            client_id: token.issued_to(),
            tenant_id: &token.account.tenant_id,
            account: &token.account,
            authentication_contexts: &token.contexts,
            amr: &token.amr,
            capabilities: &token.capabilities,
            claims: token.claims.as_ref(),
        }
        .serialize(serializer)
    }
}

impl JsonSchema for Reply {
    fn schema_name() -> Cow<'static, str> {
        Fields::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Fields::json_schema(generator)
    }
}

impl Operation for TokenAcquire {
    const NAME: &'static str = "token.acquire";
    const SUMMARY: &'static str =
        "Gets an access token for Graph, Azure or any other API, signing in again if a claims challenge asks for it.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMAccessToken", "Get-PIMGraphTokenWithClaim"];
    type Request = Request;
    type Output = Nothing;
    type Reply = Reply;

    async fn run(session: &Session, call: &Call, request: Request) -> error::Result<Reply> {
        let wanted = request.wanted(&session.cloud)?;
        session.auth.token(call, &wanted).await.map(Reply)
    }

    fn at_hand(session: &Session, request: Request) -> Option<Reply> {
        let wanted = request.wanted(&session.cloud).ok()?;
        session.auth.token_at_hand(&wanted).map(Reply)
    }
}

impl Request {
    fn wanted(self, cloud: &Cloud) -> error::Result<TokenRequest> {
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

/// The resource to which full scope names belong: what stands before the permission's name.
fn resource_of(cloud: &Cloud, scopes: &[String]) -> error::Result<Resource> {
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
