//! `group.eligibility`: who is eligible for which group.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Operation;
use crate::call::Call;
use crate::error::Result;
use crate::pim::rights::READ_GROUPS;
use crate::pim::{self, GroupEligibility, GroupListSummary};
use crate::session::Session;

pub(super) struct GroupEligibilityList;

/// Which groups, and what to read.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// Ids of the groups; absent for all that can be managed.
    pub group_ids: Option<Vec<String>>,
    /// Whether to read the groups' policies too.
    #[serde(default = "yes")]
    pub policy: bool,
}

fn yes() -> bool {
    true
}

impl Operation for GroupEligibilityList {
    const NAME: &'static str = "group.eligibility";
    const SUMMARY: &'static str = "Lists everybody's eligibilities for groups, with names and policies.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMGroupEligibleAssignment"];
    type Request = Request;
    type Output = GroupEligibility;
    type Reply = GroupListSummary;

    async fn run(session: &Session, call: &Call, request: Request) -> Result<GroupListSummary> {
        pim::group_eligibilities(session, call, request.group_ids.as_deref(), request.policy)
            .await
            .map_err(|error| READ_GROUPS.explain(error))
    }
}
