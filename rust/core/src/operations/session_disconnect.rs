//! `session.disconnect`: forgets account and tokens.

use super::{Nothing, Operation};
use crate::call::Call;
use crate::error::Result;
use crate::session::Session;

pub(super) struct SessionDisconnect;

impl Operation for SessionDisconnect {
    const NAME: &'static str = "session.disconnect";
    const SUMMARY: &'static str =
        "Forgets the account and its tokens, stored ones too. The browser's own session at the token service stays.";
    const COMMANDS: &'static [&'static str] = &["Disconnect-PIM"];
    type Request = Nothing;
    type Output = Nothing;
    type Reply = Nothing;

    async fn run(session: &Session, _call: &Call, _request: Nothing) -> Result<Nothing> {
        session.auth.forget_stored().await;
        session.auth.sign_out();
        Ok(Nothing {})
    }
}
