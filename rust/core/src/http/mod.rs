//! Authorized requests: a token for each, a claims challenge satisfied, throttling obeyed, pages followed, many reads sent as one.
//!
//! What is repeated, and when:
//!
//! | Answer | Request without effect | Any other |
//! |---|---|---|
//! | claims challenge (400, 401, 403) | once, with a token that satisfies it | the same |
//! | 429 | after the wait that the service names, within one budget for the call | the same |
//! | no connection was made | with back-off, a few times | the same |
//! | 500, 502, 503, 504, or the answer was cut | with back-off, a few times | never: [`Fate::Unknown`] |
//!
//! Tokens travel to the origins of the session's cloud only, or to a host that belongs to a resource named by the caller.

pub mod address;
mod batch;
mod envelope;
mod exchange;
mod lists;
mod page;
mod request;
mod send;
mod service_error;
mod throttle;

use std::sync::atomic::AtomicBool;

use tokio::sync::Semaphore;
use url::{Host, Url};

use crate::auth::Resource;
use crate::cloud::{Cloud, is_secure};
use crate::error::{Error, ErrorCode, Result};
use crate::session::SessionConfig;
use crate::transport::Transport;

pub use batch::{Dialect, Item, concerns_one};
pub use envelope::shown;
pub use lists::{Lists, Part, WholeLists};
pub use page::{Page, Pages};
pub use request::{Failure, Fate, Request, Response};
pub use service_error::{excerpt, is_about_rights, is_mfa_refusal};

/// Sends authorized requests. One per session: its concurrency and its pauses are shared by all calls.
pub struct Client {
    transport: Transport,
    cloud: Cloud,
    permits: Semaphore,
    /// How many requests may be under way at once.
    width: usize,
    /// Azure Resource Manager was asked for a batch and does not take any.
    batches_refused: AtomicBool,
    throttle: throttle::Throttle,
    throttle_budget: std::time::Duration,
}

impl Client {
    /// Prepares. Nothing is sent.
    #[must_use]
    pub fn new(config: &SessionConfig, cloud: &Cloud, transport: Transport) -> Self {
        Self {
            transport,
            cloud: cloud.clone(),
            permits: Semaphore::new(config.concurrency),
            width: config.concurrency,
            batches_refused: AtomicBool::new(false),
            throttle: throttle::Throttle::default(),
            throttle_budget: std::time::Duration::from_secs(config.timeouts.throttle_seconds),
        }
    }

    /// Whether a token of the resource may travel to the address.
    ///
    /// Graph's and ARM's tokens go to their own origins. A token of another resource goes to the host of its application id URI and to
    /// hosts below it (`https://vault.azure.net` and `https://name.vault.azure.net`), by https or to this very machine. No token goes to
    /// a host of another cloud.
    ///
    /// # Errors
    /// `HostNotAllowed`.
    pub fn check_target(&self, resource: &Resource, url: &Url) -> Result<()> {
        let allowed = is_secure(url)
            && url.username().is_empty()
            && url.password().is_none()
            && !self.cloud.is_foreign(url)
            && match resource {
                Resource::Graph => url.origin() == self.cloud.graph.origin(),
                Resource::Arm => url.origin() == self.cloud.arm.origin(),
                Resource::Other(uri) => Url::parse(uri).is_ok_and(|uri| belongs_to(url, &uri)),
            };
        if allowed {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default();
        Err(Error::new(ErrorCode::HostNotAllowed, format!("no token of `{resource}` is sent to `{host}`"))
            .hint("use an address of the session's cloud, or name the resource whose host it is, for example `https://vault.azure.net`")
            .target(host))
    }
}

fn belongs_to(url: &Url, resource: &Url) -> bool {
    if url.origin() == resource.origin() {
        return true;
    }
    let (Some(Host::Domain(host)), Some(Host::Domain(parent))) = (url.host(), resource.host()) else { return false };
    // A parent of one label would let a token travel to a whole top-level domain.
    url.scheme() == "https"
        && resource.scheme() == "https"
        && url.port_or_known_default() == resource.port_or_known_default()
        && parent.contains('.')
        && host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_to_its_own_hosts_only() {
        let session = crate::session::Session::new(b"{}").unwrap();
        let vault = Resource::Other("https://vault.azure.net".to_owned());
        let check = |resource: &Resource, url: &str| session.http.check_target(resource, &Url::parse(url).unwrap()).is_ok();
        assert!(check(&Resource::Graph, "https://graph.microsoft.com/v1.0/me"));
        assert!(check(&Resource::Arm, "https://management.azure.com/subscriptions"));
        assert!(check(&vault, "https://vault.azure.net/keys"));
        assert!(check(&vault, "https://mine.vault.azure.net/keys"));
        for (resource, url) in [
            (&Resource::Graph, "https://management.azure.com/"),
            (&Resource::Graph, "https://graph.microsoft.com.evil.example/"),
            (&Resource::Graph, "http://graph.microsoft.com/"),
            (&Resource::Graph, "https://graph.microsoft.com:444/"),
            (&Resource::Graph, "https://user@graph.microsoft.com/"),
            (&Resource::Arm, "https://graph.microsoft.com/"),
            (&vault, "https://evilvault.azure.net/"),
            (&vault, "https://azure.net/"),
            (&vault, "http://mine.vault.azure.net/"),
            (&vault, "https://mine.vault.azure.net:444/"),
            (&Resource::Other("api://11111111-0000-0000-0000-000000000000".to_owned()), "https://anything.example/"),
            (&Resource::Other("https://net".to_owned()), "https://vault.net/"),
        ] {
            assert!(!check(resource, url), "{resource} {url}");
        }
    }
}
