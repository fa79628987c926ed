//! `directoryRole.eligibility`: who is eligible for which directory role.

use schemars::JsonSchema;
use serde::Serialize;

use super::Operation;
use crate::call::Call;
use crate::error::Result;
use crate::pim::rights::READ_DIRECTORY;
use crate::pim::{self, DirectoryEligibilityRequest, DirectoryRoleEligibility};
use crate::session::Session;

pub(super) struct DirectoryRoleEligibilityList;

/// How many there were.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// Number of outputs.
    pub count: usize,
}

impl Operation for DirectoryRoleEligibilityList {
    const NAME: &'static str = "directoryRole.eligibility";
    const SUMMARY: &'static str = "Lists everybody's eligibilities for directory roles, with names and policies.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMDirectoryRoleEligibleAssignment"];
    type Request = DirectoryEligibilityRequest;
    type Output = DirectoryRoleEligibility;
    type Reply = Reply;

    async fn run(session: &Session, call: &Call, request: DirectoryEligibilityRequest) -> Result<Reply> {
        let count = pim::directory_role_eligibilities(session, call, request).await.map_err(|error| READ_DIRECTORY.explain(error))?;
        Ok(Reply { count })
    }
}
