//! What stands behind a session's tokens: a user at a page, or something that answers without one. One file each.

mod access_token;
mod application;
mod browser;
mod certificate;
mod client_secret;
mod command_line;
mod config;
mod device_code;
mod exchange;
mod host;
mod managed_identity;
mod surroundings;
mod workload_identity;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use config::check;
pub(crate) use surroundings::choose_cloud;
pub(crate) use workload_identity::settle;

pub use config::{CredentialConfig, FederationSource, HostProvider};

use super::acquisition::Acquisition;
use super::authorize::PagePrompt;
use super::refusal::Refusal;
use super::token::AccessToken;
use crate::claims::ClaimsRequest;
use crate::cloud::Cloud;
use crate::environment::Environment;
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

    /// Whether the token is an application's for certain: nobody who could prove an authentication method.
    fn is_application(&self) -> bool {
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
    let environment = Environment::of(config);
    Ok(match &config.credential {
        CredentialConfig::Browser => vec![Box::new(browser::Browser)],
        // What the other module's sign-in is too weak for, the user can give on the page: that session stays as it is.
        CredentialConfig::Host { provider } => vec![Box::new(host::Host::new(*provider)), Box::new(browser::Browser)],
        CredentialConfig::DeviceCode => vec![Box::new(device_code::DeviceCode)],
        CredentialConfig::AccessToken { tokens } => vec![Box::new(access_token::Given::new(tokens, cloud)?)],
        CredentialConfig::ClientCertificate { file } => vec![Box::new(certificate::Certificate::from_file(file)?)],
        CredentialConfig::HostCertificate { certificate } => vec![Box::new(certificate::Certificate::of_host(certificate)?)],
        CredentialConfig::WorkloadIdentity { source, token_file, service_connection_id } => {
            vec![Box::new(workload_identity::WorkloadIdentity::new(
                *source,
                token_file.as_deref(),
                service_connection_id.as_deref(),
                &environment,
            )?)]
        }
        CredentialConfig::ManagedIdentity { client_id, object_id, resource_id } => {
            let patience = Duration::from_secs(config.timeouts.identity_seconds);
            let id = managed_identity::Id::new(client_id.as_deref(), object_id.as_deref(), resource_id.as_deref());
            vec![Box::new(managed_identity::ManagedIdentity::new(id, &environment, patience)?)]
        }
        CredentialConfig::AzureCli => vec![Box::new(command_line::CommandLine::new(command_line::Program::Az, config))],
        CredentialConfig::AzureDeveloperCli => vec![Box::new(command_line::CommandLine::new(command_line::Program::Azd, config))],
        CredentialConfig::ClientSecret { secret } => vec![Box::new(client_secret::ClientSecret::new(secret)?)],
    })
}
