//! Sign-in and tokens.

mod account;
mod demand;
mod resource;
mod token;

use std::sync::Arc;

use crate::call::Call;
use crate::cloud::Cloud;
use crate::error::{Error, ErrorCode, Result};
use crate::session::SessionConfig;
use crate::transport::Transport;

pub use account::Account;
pub use resource::Resource;
pub use token::{AccessToken, TokenId, TokenRequest, TokenSummary};

/// Gets tokens for one user of one tenant, and keeps them in memory.
pub struct Authenticator {}

impl Authenticator {
    /// Prepares. Nothing is sent.
    #[must_use]
    pub fn new(_config: &SessionConfig, _cloud: &Cloud, _transport: Transport) -> Self {
        Self {}
    }

    /// A token for the request: from the cache, by the refresh token, or by asking the user once. Callers that need the same sign-in share it.
    ///
    /// # Errors
    /// `SignIn…`, `Browser…`, `Consent…`, `…Mismatch`, `ConditionalAccessBlocked`, `ChallengeUnsatisfied` and those of the connection.
    pub async fn token(&self, _call: &Call, _request: &TokenRequest) -> Result<Arc<AccessToken>> {
        Err(Error::new(ErrorCode::SignInRequired, "nobody is signed in"))
    }

    /// Who is signed in.
    #[must_use]
    pub fn account(&self) -> Option<Account> {
        None
    }

    /// Forgets the account and all tokens, and ends what is under way.
    pub fn sign_out(&self) {}

    /// The tokens at hand, without their secrets.
    #[must_use]
    pub fn summaries(&self) -> Vec<TokenSummary> {
        Vec::new()
    }
}
