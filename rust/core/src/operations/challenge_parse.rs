//! `challenge.parse`: finds a claims challenge in anything.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Nothing, Operation};
use crate::call::Call;
use crate::error::Result;
use crate::session::Session;

pub(super) struct ChallengeParse;

/// What to search.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// Any text.
    pub text: String,
}

/// What was found.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Reply {
    /// Whether anything was found.
    pub found: bool,
}

impl Operation for ChallengeParse {
    const NAME: &'static str = "challenge.parse";
    const SUMMARY: &'static str = "Finds a claims challenge in a response, a header, an error or any text.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMClaimsChallenge"];
    type Request = Request;
    type Output = Nothing;
    type Reply = Reply;

    async fn run(_session: &Session, _call: &Call, request: Request) -> Result<Reply> {
        Ok(Reply { found: request.text.contains("claims=") })
    }
}
