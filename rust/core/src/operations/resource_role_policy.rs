//! `resourceRole.policy`: what Privileged Identity Management demands for an Azure role at a scope.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Nothing, Operation};
use crate::call::Call;
use crate::error::Result;
use crate::pim;
use crate::pim::rights::READ_RESOURCES;
use crate::session::Session;

pub(super) struct ResourceRolePolicy;

/// Which role: exactly one of `roleName` and `roleId`.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// Resource id of the scope, with or without slash at either end.
    pub scope: String,
    /// Name of the role.
    pub role_name: Option<String>,
    /// GUID or full id of the role definition.
    pub role_id: Option<String>,
}

/// The policy's `properties` as Azure Resource Manager sends them: `rules`, `effectiveRules`, and what else it says.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(transparent)]
pub struct ResourcePolicyProperties(Map<String, Value>);

impl Operation for ResourceRolePolicy {
    const NAME: &'static str = "resourceRole.policy";
    const SUMMARY: &'static str = "Reads the policy of an Azure role at a scope, as the service sends it.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMResourceRoleAssignmentSetting"];
    type Request = Request;
    type Output = Nothing;
    type Reply = ResourcePolicyProperties;

    async fn run(session: &Session, call: &Call, request: Request) -> Result<ResourcePolicyProperties> {
        let Request { scope, role_name, role_id } = request;
        let properties = pim::resource_role_policy(session, call, &scope, role_name.as_deref(), role_id.as_deref())
            .await
            .map_err(|error| READ_RESOURCES.explain(error))?;
        Ok(ResourcePolicyProperties(properties.0))
    }
}
