//! The one HTTP client of a session, without any knowledge of tokens: TLS, proxies, timeouts, and what its failures mean.

mod failure;

use std::time::Duration;

use crate::error::{Error, ErrorCode, Result};
use crate::session::SessionConfig;

pub use failure::describe;

/// Connection pool and settings of a session. Clones share the pool.
#[derive(Clone)]
pub struct Transport {
    client: reqwest::Client,
}

impl Transport {
    /// Prepares the client. Nothing is connected.
    ///
    /// # Errors
    /// `InvalidConfiguration` if the file of trusted roots cannot be read.
    pub fn new(config: &SessionConfig) -> Result<Self> {
        let agent = match &config.host_name {
            Some(host) => format!("PIMStepUp/{} ({})", env!("CARGO_PKG_VERSION"), host.escape_default()),
            None => concat!("PIMStepUp/", env!("CARGO_PKG_VERSION")).to_owned(),
        };
        let mut builder = reqwest::Client::builder()
            .user_agent(agent)
            // A redirect could carry a token elsewhere; whoever wants one follows it on purpose.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(config.timeouts.connect_seconds))
            .timeout(Duration::from_secs(config.timeouts.request_seconds))
            .min_tls_version(reqwest::tls::Version::TLS_1_2);
        if let Some(path) = &config.trusted_roots_file {
            let refuse = |error: &dyn std::error::Error| {
                Error::new(ErrorCode::InvalidConfiguration, format!("the trusted roots in `{}` cannot be used", path.display()))
                    .target("trustedRootsFile")
                    .cause(error)
            };
            let pem = std::fs::read(path).map_err(|error| refuse(&error))?;
            let roots = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| refuse(&error))?;
            builder = builder.tls_certs_merge(roots);
        }
        // A second installation is refused, which is as good: the process has a provider then.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = builder
            .build()
            .map_err(|error| Error::new(ErrorCode::InvalidConfiguration, "the HTTP client could not be prepared").cause(&error))?;
        Ok(Self { client })
    }

    /// The client itself.
    #[must_use]
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }
}

/// A client for addresses of this machine and its link: no proxy, whatever the system says, and no redirects.
///
/// # Errors
/// `InvalidConfiguration` if it cannot be prepared.
pub(crate) fn direct(connect: Duration, request: Duration) -> Result<reqwest::Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("PIMStepUp/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(connect)
        .timeout(request)
        .build()
        .map_err(|error| Error::new(ErrorCode::InvalidConfiguration, "the HTTP client could not be prepared").cause(&error))
}
