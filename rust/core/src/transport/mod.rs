//! The one HTTP client of a session, without any knowledge of tokens: TLS, proxies, timeouts, and what its failures mean.

mod failure;
mod portal;
mod proxy;
mod roots;

use std::sync::Arc;
use std::time::Duration;

use crate::environment::Environment;
use crate::error::{Error, ErrorCode, Result};
use crate::session::SessionConfig;

pub use portal::{is_page, stranger};
use proxy::Proxies;

/// Connection pool and settings of a session. Clones share the pool.
#[derive(Clone)]
pub struct Transport {
    client: reqwest::Client,
    limits: Limits,
    proxies: Arc<Proxies>,
}

/// How long a request may take.
#[derive(Clone, Copy)]
struct Limits {
    /// The parameter of `Connect-PIM` that gives the answer more time.
    parameter: &'static str,
    /// What helps where no connection stands in time.
    connect_hint: &'static str,
    /// Until the connection stands.
    connect: Duration,
    /// Until the answer is there in full.
    request: Duration,
}

impl Transport {
    /// Prepares the client. Nothing is connected.
    ///
    /// # Errors
    /// `InvalidConfiguration` if a file of trusted roots cannot be read, and for a proxy that cannot be used.
    pub fn new(config: &SessionConfig) -> Result<Self> {
        let environment = Environment::of(config);
        let agent = match &config.host_name {
            Some(host) => format!("{AGENT} ({})", host.escape_default()),
            None => AGENT.to_owned(),
        };
        let limits = Limits {
            parameter: "-RequestTimeout",
            connect_hint: "check the network, and whether a firewall drops packets or only a proxy leads out; a slow network needs a longer connect \
                           timeout (`Connect-PIM -ConnectTimeout`)",
            connect: Duration::from_secs(config.timeouts.connect_seconds),
            request: Duration::from_secs(config.timeouts.request_seconds),
        };
        let roots = roots::of(config, &environment)?;
        Self::build(&agent, limits, Proxies::of(&environment)?, roots)
    }

    /// For endpoints of this machine and its link: no proxy, whatever the system says.
    ///
    /// # Errors
    /// `InvalidConfiguration` if it cannot be prepared.
    pub(crate) fn direct(connect: Duration, request: Duration) -> Result<Self> {
        let limits = Limits {
            parameter: "-IdentityTimeout",
            connect_hint: "check whether this machine has that endpoint; a connection to it is waited for 3 s at most, and not longer than the whole \
                           time for its answer (`Connect-PIM -IdentityTimeout`)",
            connect,
            request,
        };
        Self::build(AGENT, limits, Proxies::none(), Vec::new())
    }

    fn build(agent: &str, limits: Limits, proxies: Proxies, roots: Vec<reqwest::Certificate>) -> Result<Self> {
        // A second installation is refused, which is as good: the process has a provider then.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let proxies = Arc::new(proxies);
        let client = reqwest::Client::builder()
            .user_agent(agent)
            // A redirect could carry a token elsewhere; whoever wants one follows it on purpose.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(limits.connect)
            .timeout(limits.request)
            // The buffers of a connection hold what went over it last, tokens too, until it is closed.
            .pool_idle_timeout(IDLE)
            .min_tls_version(reqwest::tls::Version::TLS_1_2)
            .no_proxy()
            .proxy(Arc::clone(&proxies).rule())
            .tls_certs_merge(roots)
            .build()
            .map_err(|error| {
                Error::new(ErrorCode::InvalidConfiguration, "the HTTP client could not be prepared")
                    .hint("check that the system has its root certificates (the package `ca-certificates`), or name a file of them in `SSL_CERT_FILE`; exported before the shell starts, that file stands in their place on Linux")
                    .cause(&error)
            })?;
        Ok(Self { client, limits, proxies })
    }

    /// The client itself.
    #[must_use]
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }
}

/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(20);

const AGENT: &str = concat!("PIMStepUp/", env!("CARGO_PKG_VERSION"));
