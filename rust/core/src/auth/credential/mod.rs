//! What stands behind a session's tokens: a user at a page, or something that answers without one. One file each.

mod access_token;
mod application;
mod browser;
mod client_secret;
mod config;
mod device_code;
mod host;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub(crate) use config::check;
pub use config::{CredentialConfig, HostProvider};

use super::acquisition::Acquisition;
use super::authorize::PagePrompt;
use super::refusal::Refusal;
use super::token::AccessToken;
use crate::claims::ClaimsRequest;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::SessionConfig;

/// What comes of a sign-in.
pub(super) type Signing<'a> = Pin<Box<dyn Future<Output = Result<Arc<AccessToken>, Refusal>> + Send + 'a>>;

/// One way to get a token beside the cache and the refresh token.
pub(super) trait Credential: Send + Sync {
    /// Whether a person takes part. Such a credential is used once for all who wait, one page at a time, and never where the session
    /// or the call may not ask.
    fn asks_user(&self) -> bool {
        false
    }

    /// Gets a token for what the work wants and admits it to the session. `plan` is what the token service is asked for: the work's
    /// demand, or more. `prompt` is for pages.
    ///
    /// A refusal that says [`Next::AskUser`](super::refusal::Next::AskUser) hands over to the next credential of the session.
    fn sign_in<'a>(&'a self, work: &'a Acquisition<'a>, plan: Option<&'a ClaimsRequest>, prompt: PagePrompt) -> Signing<'a>;
}

/// The credentials of a session, in the order in which they are tried.
///
/// # Errors
/// `InvalidConfiguration` if one cannot be used.
pub(super) fn chain(config: &SessionConfig, cloud: &Cloud) -> Result<Vec<Box<dyn Credential>>> {
    Ok(match &config.credential {
        CredentialConfig::Browser => vec![Box::new(browser::Browser)],
        // What the other module's sign-in is too weak for, the user can give on the page: that session stays as it is.
        CredentialConfig::Host { provider } => vec![Box::new(host::Host::new(*provider)), Box::new(browser::Browser)],
        CredentialConfig::DeviceCode => vec![Box::new(device_code::DeviceCode)],
        CredentialConfig::AccessToken { tokens } => vec![Box::new(access_token::Given::new(tokens, cloud)?)],
        CredentialConfig::ClientSecret { secret } => vec![Box::new(client_secret::ClientSecret::new(secret)?)],
    })
}
