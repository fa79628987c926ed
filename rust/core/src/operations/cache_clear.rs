//! `cache.clear`: removes every sign-in that was stored beyond the process.

use super::{Nothing, Operation};
use crate::call::Call;
use crate::error::Result;
use crate::session::Session;

pub(super) struct CacheClear;

impl Operation for CacheClear {
    const NAME: &'static str = "cache.clear";
    const SUMMARY: &'static str =
        "Removes the session's cache file with the sign-ins of all accounts, and its key. Sessions in memory stay.";
    const COMMANDS: &'static [&'static str] = &["Clear-PIMCache"];
    type Request = Nothing;
    type Output = Nothing;
    type Reply = Nothing;

    async fn run(session: &Session, _call: &Call, _request: Nothing) -> Result<Nothing> {
        session.auth.clear_cache().await?;
        Ok(Nothing {})
    }
}
