//! `account.membership`: the groups that accounts are eligible to become members of.

use schemars::JsonSchema;
use serde::Serialize;

use super::Operation;
use crate::call::Call;
use crate::error::Result;
use crate::pim::rights::READ_GROUPS;
use crate::pim::{self, Membership, MembershipRequest};
use crate::session::Session;

pub(super) struct AccountMembership;

/// What was looked in.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// Number of outputs.
    pub count: usize,
    /// Whether there was any group that somebody is eligible for.
    pub any_group: bool,
}

impl Operation for AccountMembership {
    const NAME: &'static str = "account.membership";
    const SUMMARY: &'static str = "Finds the groups that accounts are eligible to become members of.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMAccountEligibleMemberOf"];
    type Request = MembershipRequest;
    type Output = Membership;
    type Reply = Reply;

    async fn run(session: &Session, call: &Call, request: MembershipRequest) -> Result<Reply> {
        let count = request.ids.len();
        let any_group = pim::memberships(session, call, request).await.map_err(|error| READ_GROUPS.explain(error))?;
        Ok(Reply { count, any_group })
    }
}
