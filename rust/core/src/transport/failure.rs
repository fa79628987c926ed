//! Why a request got no answer.

use std::error::Error as StdError;
use std::io;

use url::Url;

use crate::error::{Error, ErrorCode};

/// Puts the failure of a request without an answer into words. `url` is the request's address; its query is left out.
#[must_use]
pub fn describe(failure: &reqwest::Error, url: &Url) -> Error {
    let host = url.host_str().unwrap_or_default();
    let (code, message, hint) = if failure.is_timeout() {
        (ErrorCode::RequestTimeout, format!("`{host}` did not answer in time"), "try again; a slow network needs a longer timeout")
    } else if has_cause(failure, |cause| cause.is::<rustls::Error>()) {
        (
            ErrorCode::TlsFailed,
            format!("no trusted TLS connection to `{host}` could be made"),
            "check the computer's clock and whether a proxy replaces certificates; add its root to the system's trust store",
        )
    } else if failure.is_connect() && has_cause(failure, is_resolution) {
        (
            ErrorCode::NameNotResolved,
            format!("the name `{host}` could not be resolved"),
            "check the cloud's name or endpoints, the network and its DNS",
        )
    } else {
        (
            ErrorCode::ConnectionFailed,
            if failure.is_connect() {
                format!("no connection to `{host}` could be made")
            } else {
                format!("the connection to `{host}` was cut before the answer was complete")
            },
            "check the network and the proxy, then try again",
        )
    };
    let mut error = Error::new(code, message).hint(hint).target(host);
    error.retryable = !matches!(code, ErrorCode::TlsFailed);
    let mut next = StdError::source(failure);
    while let Some(cause) = next {
        error.causes.push(cause.to_string());
        next = cause.source();
    }
    error
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

fn is_resolution(cause: &(dyn StdError + 'static)) -> bool {
    // The resolver's error has no public type.
    cause.to_string().starts_with("dns error") || cause.to_string().contains("lookup address")
}
