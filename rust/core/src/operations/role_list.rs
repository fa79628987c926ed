//! `role.list`: the user's eligible or active roles.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Operation;
use crate::call::Call;
use crate::error::Result;
use crate::pim::{self, Kind, RoleEntry, State};
use crate::session::Session;

pub(super) struct RoleList;

/// Which roles.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// Which service manages the roles.
    pub kind: Kind,
    /// Eligible or active.
    pub state: State,
}

/// How many there were.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// Number of outputs.
    pub count: usize,
}

impl Operation for RoleList {
    const NAME: &'static str = "role.list";
    const SUMMARY: &'static str = "Lists the signed-in user's eligible or active roles, with names.";
    const COMMANDS: &'static [&'static str] =
        &["Get-PIMMyEligibleDirectoryRole", "Get-PIMMyActiveDirectoryRole", "Get-PIMMyEligibleResourceRole", "Get-PIMMyActiveResourceRole"];
    type Request = Request;
    type Output = RoleEntry;
    type Reply = Reply;

    async fn run(session: &Session, call: &Call, request: Request) -> Result<Reply> {
        let count = pim::list(session, call, request.kind, request.state).await?;
        Ok(Reply { count })
    }
}
