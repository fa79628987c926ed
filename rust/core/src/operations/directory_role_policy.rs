//! `directoryRole.policy`: what Privileged Identity Management demands for a directory role.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Nothing, Operation};
use crate::call::Call;
use crate::error::Result;
use crate::pim::rights::READ_DIRECTORY_POLICIES;
use crate::pim::{self, DirectoryRolePolicy};
use crate::session::Session;

pub(super) struct DirectoryRolePolicyRead;

/// Which role: exactly one of the two.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// Its name.
    pub role_name: Option<String>,
    /// Id of its role definition.
    pub role_id: Option<String>,
}

impl Operation for DirectoryRolePolicyRead {
    const NAME: &'static str = "directoryRole.policy";
    const SUMMARY: &'static str = "Reads the policy of a directory role, flattened to one object.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMDirectoryRoleAssignmentSetting"];
    type Request = Request;
    type Output = Nothing;
    type Reply = DirectoryRolePolicy;

    async fn run(session: &Session, call: &Call, request: Request) -> Result<DirectoryRolePolicy> {
        pim::directory_role_policy(session, call, request.role_name.as_deref(), request.role_id.as_deref())
            .await
            .map_err(|error| READ_DIRECTORY_POLICIES.explain(error))
    }
}
