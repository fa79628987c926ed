//! `session.connect`: signs in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session_show::Context;
use super::{Nothing, Operation};
use crate::auth::{Resource, TokenRequest};
use crate::call::Call;
use crate::claims::find_request;
use crate::cloud::Cloud;
use crate::error::{Error, ErrorCode, Result};
use crate::session::Session;

pub(super) struct SessionConnect;

/// What to sign in for.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// `graph`, `arm`, or any other resource. Where one client serves them all, one sign-in does.
    pub resources: Vec<String>,
    /// Permissions instead of the default ones. Short names are those of the first resource.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// What the tokens must satisfy: a claims request as JSON or base64, or any text that carries a challenge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<String>,
    /// Forgets the present sign-in and starts over, with the choice of account or fresh credentials.
    pub force: bool,
}

impl Default for Request {
    fn default() -> Self {
        Self { resources: vec!["graph".to_owned()], scopes: Vec::new(), claims: None, force: false }
    }
}

impl Operation for SessionConnect {
    const NAME: &'static str = "session.connect";
    const SUMMARY: &'static str = "Signs in, or makes sure that the session is signed in.";
    const COMMANDS: &'static [&'static str] = &["Connect-PIM"];
    type Request = Request;
    type Output = Nothing;
    type Reply = Context;

    async fn run(session: &Session, call: &Call, request: Request) -> Result<Context> {
        let claims = request.claims.as_deref().map(find_request).transpose()?;
        let plan = plan(&session.cloud, &request.resources, request.scopes)?;
        if request.force {
            session.auth.start_over();
        }
        // One after the other: the first brings the account, and often what the next needs to go without a page.
        for (resource, scopes) in plan {
            let wanted = TokenRequest { scopes, claims: claims.clone(), ..TokenRequest::new(resource) };
            session.auth.token(call, &wanted).await?;
        }
        Ok(Context::of(session))
    }
}

/// Each resource with its scopes.
fn plan(cloud: &Cloud, resources: &[String], scopes: Vec<String>) -> Result<Vec<(Resource, Vec<String>)>> {
    let mut plan = Vec::new();
    for name in resources {
        let resource = Resource::parse(cloud, name)?;
        if !plan.iter().any(|(known, _)| *known == resource) {
            plan.push((resource, Vec::new()));
        }
    }
    if plan.is_empty() {
        return Err(Error::new(ErrorCode::InvalidRequest, "no resource is named to sign in for")
            .hint("name `graph` or `arm`")
            .target("resources"));
    }
    for scope in scopes {
        let owner = if scope.contains('/') {
            plan.iter().position(|(resource, _)| scope.strip_prefix(&resource.uri(cloud)).is_some_and(|rest| rest.starts_with('/')))
        } else {
            Some(0)
        };
        let Some((_, theirs)) = owner.and_then(|index| plan.get_mut(index)) else {
            return Err(Error::new(ErrorCode::InvalidRequest, format!("`{}` belongs to no resource of the request", scope.escape_debug()))
                .hint("name its resource too")
                .target("scopes"));
        };
        theirs.push(scope);
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::CloudConfig;

    fn planned(resources: &[&str], scopes: &[&str]) -> Result<Vec<(Resource, Vec<String>)>> {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        plan(&Cloud::resolve(&CloudConfig::default()).unwrap(), &owned(resources), owned(scopes))
    }

    #[test]
    fn scopes_go_to_their_resource() {
        let plan = planned(&["graph", "arm", "graph"], &["User.Read", "https://management.azure.com/user_impersonation"]).unwrap();
        assert_eq!(
            plan,
            [
                (Resource::Graph, vec!["User.Read".to_owned()]),
                (Resource::Arm, vec!["https://management.azure.com/user_impersonation".to_owned()])
            ]
        );
    }

    #[test]
    fn a_scope_without_its_resource_and_no_resource_are_refused() {
        for (resources, scopes) in [(&["graph"][..], &["https://vault.azure.net/.default"][..]), (&[], &[])] {
            assert_eq!(planned(resources, scopes).unwrap_err().code, ErrorCode::InvalidRequest);
        }
    }
}
