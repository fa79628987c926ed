//! `group.list`: the groups that Privileged Identity Management can manage.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Operation;
use crate::call::Call;
use crate::error::Result;
use crate::pim::rights::READ_GROUPS;
use crate::pim::{self, ManagedGroup};
use crate::session::Session;

pub(super) struct GroupList;

/// Which groups.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// Only groups that somebody is eligible for, with their eligibilities.
    #[serde(default)]
    pub eligible_only: bool,
}

/// How many there were.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// Number of outputs.
    pub count: usize,
}

impl Operation for GroupList {
    const NAME: &'static str = "group.list";
    const SUMMARY: &'static str = "Lists the groups that can be managed, or those that somebody is eligible for.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMGroup", "Get-PIMSupportedGroup"];
    type Request = Request;
    type Output = ManagedGroup;
    type Reply = Reply;

    async fn run(session: &Session, call: &Call, request: Request) -> Result<Reply> {
        let count = pim::list_groups(session, call, request.eligible_only).await.map_err(|error| READ_GROUPS.explain(error))?;
        Ok(Reply { count })
    }
}
