//! `resourceRole.definitions`: the Azure roles that can be assigned at a scope.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Operation;
use crate::call::Call;
use crate::error::Result;
use crate::pim::rights::READ_RESOURCES;
use crate::pim::{self, ResourceRoleDefinition};
use crate::session::Session;

pub(super) struct ResourceRoleDefinitions;

/// Where.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// Resource id of the scope, with or without slash at either end.
    pub scope: String,
}

/// How many there were.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// Number of outputs.
    pub count: usize,
}

impl Operation for ResourceRoleDefinitions {
    const NAME: &'static str = "resourceRole.definitions";
    const SUMMARY: &'static str = "Lists the Azure roles that can be assigned at a scope, by name.";
    const COMMANDS: &'static [&'static str] = &["New-PIMResourceEligibleRoleAssignment", "Set-PIMResourceRoleAssignmentSetting"];
    type Request = Request;
    type Output = ResourceRoleDefinition;
    type Reply = Reply;

    async fn run(session: &Session, call: &Call, request: Request) -> Result<Reply> {
        let count = pim::resource_role_definitions(session, call, &request.scope).await.map_err(|error| READ_RESOURCES.explain(error))?;
        Ok(Reply { count })
    }
}
