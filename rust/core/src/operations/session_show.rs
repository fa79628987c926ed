//! `session.show`: who is signed in, and with what.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Nothing, Operation};
use crate::auth::{Account, TokenSummary};
use crate::call::Call;
use crate::error::Result;
use crate::session::Session;

pub(super) struct SessionShow;

/// The state of a session.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Context {
    /// Whether somebody is signed in.
    pub connected: bool,
    /// Name of the cloud.
    pub cloud: String,
    /// Who is signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// Tenant as the session was configured: an id, a domain or `organizations`.
    pub tenant: String,
    /// The tokens at hand, without their secrets.
    pub tokens: Vec<TokenSummary>,
}

impl Context {
    pub(super) fn of(session: &Session) -> Self {
        let account = session.auth.account();
        Self {
            connected: account.is_some(),
            cloud: session.cloud.name.clone(),
            account,
            tenant: session.config.tenant.clone(),
            tokens: session.auth.summaries(),
        }
    }
}

impl Operation for SessionShow {
    const NAME: &'static str = "session.show";
    const SUMMARY: &'static str = "Shows who is signed in and which tokens are at hand. Nothing is sent.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMContext"];
    type Request = Nothing;
    type Output = Nothing;
    type Reply = Context;

    async fn run(session: &Session, _call: &Call, _request: Nothing) -> Result<Context> {
        Ok(Context::of(session))
    }

    fn at_hand(session: &Session, _request: Nothing) -> Option<Context> {
        Some(Context::of(session))
    }
}
