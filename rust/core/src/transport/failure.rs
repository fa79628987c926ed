//! Why a request got no answer.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use url::Url;

use super::Transport;
use super::proxy::Named;
use crate::error::{Error, ErrorCode};

impl Transport {
    /// Puts the failure of a request without an answer into words. `url` is the request's address; its query is left out.
    #[must_use]
    pub fn describe(&self, failure: &reqwest::Error, url: &Url) -> Error {
        let host = url.host_str().unwrap_or_default();
        let proxy = self.proxies.named(url);
        let mut error = match &proxy {
            Some(proxy) if failure.is_connect() => self.by_proxy(failure, host, proxy),
            _ => None,
        }
        .unwrap_or_else(|| self.by_host(failure, host));
        if error.code == ErrorCode::NameNotResolved && self.proxies.excepts(url) {
            error.hint =
                Some(format!("check the cloud's name or endpoints, the network and its DNS; `NO_PROXY` keeps `{host}` from the proxy"));
        }
        error.retryable =
            !matches!(error.code, ErrorCode::TlsFailed | ErrorCode::ProxyAuthenticationRequired | ErrorCode::UnexpectedResponse);
        let mut next = StdError::source(failure);
        while let Some(cause) = next {
            error.causes.push(cause.to_string());
            next = cause.source();
        }
        error
    }

    fn by_host(&self, failure: &reqwest::Error, host: &str) -> Error {
        let (code, message, hint) = if failure.is_timeout() && failure.is_connect() {
            return self.no_connection_in_time(&format!("`{host}`"), host);
        } else if failure.is_timeout() {
            (
                ErrorCode::RequestTimeout,
                format!("`{host}` did not answer within {}", shown(self.limits.request)),
                format!("try again; where this takes long, allow a longer time (`Connect-PIM {}`)", self.limits.parameter),
            )
        } else if has_cause(failure, is_certificate) {
            (
                ErrorCode::TlsFailed,
                format!(
                    "no trusted TLS connection to `{host}` could be made: the certificate that was shown is not trusted, or is another's"
                ),
                format!(
                    "sign in to the network if a captive portal answers in the place of `{host}` (open any web page in a browser); behind a proxy \
                     that replaces certificates, add its root to the system's trust store or name its file in `SSL_CERT_FILE` (set in the \
                     session, it counts besides the system's roots; exported before the shell starts, it stands in their place on Linux); check \
                     the computer's clock"
                ),
            )
        } else if has_cause(failure, |cause| cause.is::<rustls::Error>()) {
            (
                ErrorCode::TlsFailed,
                format!("no TLS connection to `{host}` could be made: what answers does not speak TLS as it should"),
                format!("check whether a captive portal or a proxy answers in the place of `{host}`: open any web page in a browser"),
            )
        } else if failure.is_connect() && has_cause(failure, is_resolution) {
            (
                ErrorCode::NameNotResolved,
                format!("the name `{host}` could not be resolved"),
                "check the cloud's name or endpoints, the network and its DNS; where only a proxy leads out, name it in `HTTPS_PROXY`"
                    .to_owned(),
            )
        } else if is_gibberish(failure) {
            (
                ErrorCode::UnexpectedResponse,
                format!("what answers as `{host}` speaks no HTTP as it should, or sends headers that are too large"),
                "check the cloud's endpoints, and whether a proxy or a captive portal answers in the service's place".to_owned(),
            )
        } else {
            (
                ErrorCode::ConnectionFailed,
                if failure.is_connect() {
                    format!("no connection to `{host}` could be made")
                } else {
                    format!("the connection to `{host}` was cut before the answer was complete")
                },
                "check the network and the proxy, then try again".to_owned(),
            )
        };
        Error::new(code, message).hint(hint).target(host)
    }

    /// What went wrong before the proxy had made the connection; `None` for what comes after.
    fn by_proxy(&self, failure: &reqwest::Error, host: &str, proxy: &Named) -> Option<Error> {
        let (code, message, hint) = if failure.is_timeout() {
            return Some(self.no_connection_in_time(&format!("`{host}` through the proxy `{proxy}`"), host));
        } else if has_cause(failure, |cause| cause.to_string() == "tunnel error: proxy authorization required") {
            (
                ErrorCode::ProxyAuthenticationRequired,
                if proxy.has_credentials {
                    format!("the proxy `{proxy}` does not take the user name and the password that it was given")
                } else {
                    format!("the proxy `{proxy}` wants a user name and a password (status 407)")
                },
                "write them into the proxy's address, `HTTPS_PROXY=http://user:password@proxy:port`, special characters percent-encoded; only \
                 Basic authentication is spoken, so a proxy that wants NTLM or Kerberos needs a local proxy before it, or an exception"
                    .to_owned(),
            )
        } else if has_cause(failure, |cause| cause.to_string() == "tunnel error: unsuccessful") {
            (
                ErrorCode::ProxyRefused,
                format!("the proxy `{proxy}` refuses to connect to `{host}`"),
                format!(
                    "ask for `{host}` to be let through; if it can be reached without the proxy, name it in `NO_PROXY`{}",
                    if proxy.has_credentials {
                        ""
                    } else {
                        "; some proxies refuse like this until a user name and a password are in their address"
                    }
                ),
            )
        } else if has_cause(failure, |cause| cause.is::<rustls::Error>()) {
            return None;
        } else if has_cause(failure, is_resolution) {
            (
                ErrorCode::NameNotResolved,
                format!("the name of the proxy `{proxy}` could not be resolved"),
                "check the proxy's name in `HTTPS_PROXY`, the network and its DNS".to_owned(),
            )
        } else {
            (
                ErrorCode::ConnectionFailed,
                format!("no connection to `{host}` through the proxy `{proxy}` could be made"),
                "check the proxy's address in `HTTPS_PROXY`, and whether the proxy runs".to_owned(),
            )
        };
        Some(Error::new(code, message).hint(hint).target(proxy.name.as_str()))
    }

    fn no_connection_in_time(&self, to: &str, host: &str) -> Error {
        Error::new(ErrorCode::ConnectTimeout, format!("no connection to {to} stood within {}", shown(self.limits.connect)))
            .hint(self.limits.connect_hint)
            .target(host)
    }
}

/// A time limit in words.
fn shown(limit: Duration) -> String {
    format!("{} s", limit.as_secs())
}

fn has_cause(failure: &reqwest::Error, test: impl Fn(&(dyn StdError + 'static)) -> bool) -> bool {
    let mut next = StdError::source(failure);
    while let Some(cause) = next {
        if fits(cause, &test) {
            return true;
        }
        next = cause.source();
    }
    false
}

/// An I/O error hides what it wraps from `source`, and may wrap another I/O error.
fn fits(cause: &(dyn StdError + 'static), test: &impl Fn(&(dyn StdError + 'static)) -> bool) -> bool {
    test(cause) || cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref).is_some_and(|inner| fits(inner, test))
}

/// An answer that came, and cannot be read.
fn is_gibberish(failure: &reqwest::Error) -> bool {
    let is_cut = |cause: &(dyn StdError + 'static)| {
        cause.downcast_ref().is_some_and(|cause: &io::Error| cause.kind() == io::ErrorKind::UnexpectedEof)
    };
    let is_broken = |cause: &(dyn StdError + 'static)| {
        cause.downcast_ref().is_some_and(|cause: &hyper::Error| cause.is_parse() || cause.is_parse_too_large())
    };
    has_cause(failure, is_broken) || (failure.is_decode() && !has_cause(failure, is_cut))
}

fn is_certificate(cause: &(dyn StdError + 'static)) -> bool {
    matches!(cause.downcast_ref(), Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented))
}

fn is_resolution(cause: &(dyn StdError + 'static)) -> bool {
    // The resolver's error has no public type.
    cause.to_string().starts_with("dns error") || cause.to_string().contains("lookup address")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_client_names_the_limit_that_it_has() {
        let config = serde_json::from_value(json!({ "environment": {} })).unwrap();
        let second = Duration::from_secs(1);
        for (transport, named, other) in [
            (Transport::new(&config).unwrap(), "-ConnectTimeout", "-IdentityTimeout"),
            (Transport::direct(second, second).unwrap(), "-IdentityTimeout", "-ConnectTimeout"),
        ] {
            let hint = transport.no_connection_in_time("`x`", "x").hint.unwrap();
            assert!(hint.contains(named) && !hint.contains(other), "{hint}");
        }
    }
}
