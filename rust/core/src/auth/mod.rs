//! Sign-in and tokens.

use crate::cloud::Cloud;
use crate::session::SessionConfig;
use crate::transport::Transport;

/// Gets tokens.
pub struct Authenticator {}

impl Authenticator {
    /// Prepares.
    #[must_use]
    pub fn new(_config: &SessionConfig, _cloud: &Cloud, _transport: Transport) -> Self {
        Self {}
    }
}
