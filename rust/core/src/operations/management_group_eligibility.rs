//! `managementGroup.eligibility`: who is eligible at management groups.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Operation;
use crate::call::Call;
use crate::error::Result;
use crate::pim::rights::READ_RESOURCES;
use crate::pim::{self, ManagementGroupEligibility, ScopeListSummary};
use crate::session::Session;

pub(super) struct ManagementGroupEligibilityList;

/// Which management groups.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// Names of management groups, as their ids end; absent or empty for all that the user sees.
    #[serde(default)]
    pub names: Vec<String>,
    /// Whether the policy of each role comes along; absent means yes.
    #[serde(default = "yes")]
    pub policy: bool,
}

fn yes() -> bool {
    true
}

impl Operation for ManagementGroupEligibilityList {
    const NAME: &'static str = "managementGroup.eligibility";
    const SUMMARY: &'static str = "Lists who is eligible at management groups, with the roles' policies.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMManagementGroupEligibleAssignment"];
    type Request = Request;
    type Output = ManagementGroupEligibility;
    type Reply = ScopeListSummary;

    async fn run(session: &Session, call: &Call, request: Request) -> Result<ScopeListSummary> {
        pim::management_group_eligibilities(session, call, &request.names, request.policy)
            .await
            .map_err(|error| READ_RESOURCES.explain(error))
    }
}
