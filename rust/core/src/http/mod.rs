//! Authorized requests.

use crate::cloud::Cloud;
use crate::session::SessionConfig;
use crate::transport::Transport;

/// Sends authorized requests.
pub struct Client {}

impl Client {
    /// Prepares.
    #[must_use]
    pub fn new(_config: &SessionConfig, _cloud: &Cloud, _transport: Transport) -> Self {
        Self {}
    }
}
