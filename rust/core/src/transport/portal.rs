//! Answers that no service gives: from a captive portal or a proxy that answers in its place.

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode};
use url::Url;

use crate::error::{Error, ErrorCode};

/// Says that another than the service has answered, if that is so: a web page where there should be data, a redirection to another host, or
/// the status by which a network asks for a sign-in (RFC 6585 section 6). Whoever has read the data asks no more. `method` is the request's.
#[must_use]
pub fn stranger(status: StatusCode, headers: &HeaderMap, body: &[u8], method: &str, url: &Url) -> Option<Error> {
    let host = url.host_str().unwrap_or_default();
    if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        let message = format!("a proxy on the way to `{host}` wants a user name and a password (status 407)");
        let hint = "sign in to the proxy as its administrators say; it is none that the environment or the system names";
        return Some(Error::new(ErrorCode::ProxyAuthenticationRequired, message).hint(hint).target(host));
    }
    if status.is_redirection() {
        let target = headers.get(LOCATION)?.to_str().ok().and_then(|location| url.join(location).ok())?;
        let elsewhere = target.host_str().filter(|target| !target.eq_ignore_ascii_case(host))?.escape_debug().to_string();
        let message = format!(
            "`{host}` redirects to `{elsewhere}`, which is not followed (status {}); a captive portal or a proxy may answer in its place",
            status.as_u16()
        );
        let hint = format!(
            "check the address and the cloud; if the network has a sign-in page of its own, open any web page in a browser and sign in there; in a \
             company's network, ask for `{host}` to be let through"
        );
        return Some(Error::new(ErrorCode::CaptivePortal, message).hint(hint).target(host));
    }
    let what = if status == StatusCode::NETWORK_AUTHENTICATION_REQUIRED {
        "the network wants a sign-in (status 511)".to_owned()
    } else if status.is_success() && is_page(headers, body) {
        format!("it is a web page, and data was asked for (status {})", status.as_u16())
    } else {
        return None;
    };
    let mut error = Error::new(
        ErrorCode::CaptivePortal,
        format!("the answer is not that of `{host}`: {what}; a captive portal or a proxy seems to answer in its place"),
    )
    .hint(format!(
        "open any web page in a browser and sign in to the network there, then try again; in a company's network, ask for `{host}` to be let \
         through"
    ))
    .target(host);
    // A page with 200 may also stand for something that was done.
    error.retryable = !status.is_success() || matches!(method, "GET" | "HEAD");
    Some(error)
}

/// Whether the body is a web page, whatever its status.
#[must_use]
pub fn is_page(headers: &HeaderMap, body: &[u8]) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    let start = body.trim_ascii_start();
    let begins = |text: &str| start.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text.as_bytes()));
    begins("<!doctype html") || begins("<html") || (kind.contains("html") && start.first() == Some(&b'<'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, kind: &str, location: Option<&str>, body: &str) -> Option<Error> {
        answer_to("GET", status, kind, location, body)
    }

    fn answer_to(method: &str, status: u16, kind: &str, location: Option<&str>, body: &str) -> Option<Error> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        if let Some(location) = location {
            headers.insert(LOCATION, location.parse().unwrap());
        }
        let url = Url::parse("https://graph.microsoft.com/v1.0/me").unwrap();
        stranger(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), method, &url)
    }

    #[test]
    fn pages_redirections_and_the_networks_own_status_are_strange() {
        for (status, kind, location, body) in [
            (200, "text/html; charset=utf-8", None, "  <h1>Welcome"),
            (200, "application/json", None, "<!DOCTYPE html><title>x"),
            (201, "", None, "\n<HTML>"),
            (302, "text/html", Some("http://portal.hotel.example/login"), ""),
            (307, "text/html", Some("//portal.hotel.example/"), ""),
            (511, "text/html", None, ""),
        ] {
            let error = answer(status, kind, location, body).unwrap();
            assert_eq!((error.code, error.target.as_deref()), (ErrorCode::CaptivePortal, Some("graph.microsoft.com")), "{status} {kind}");
            assert!(!error.message.contains("Welcome"));
        }
    }

    #[test]
    fn only_what_was_certainly_not_done_may_be_tried_again() {
        for (method, status, location, retryable) in [
            ("GET", 200, None, true),
            ("HEAD", 200, None, true),
            ("POST", 200, None, false),
            ("PATCH", 200, None, false),
            ("PUT", 201, None, false),
            ("DELETE", 200, None, false),
            ("GET", 302, Some("https://portal.hotel.example/"), false),
            ("POST", 307, Some("https://portal.hotel.example/"), false),
            ("POST", 511, None, true),
        ] {
            let error = answer_to(method, status, "text/html", location, "<html>").unwrap();
            assert_eq!(error.retryable, retryable, "{method} {status}");
        }
    }

    #[test]
    fn a_redirection_is_told_as_one() {
        let error = answer(302, "text/html", Some("https://login.contoso.example/x?secret"), "").unwrap();
        assert!(error.message.contains("redirects to `login.contoso.example`, which is not followed"), "{}", error.message);
        assert!(error.message.contains("a captive portal or a proxy may answer") && !error.message.contains("secret"));
    }

    #[test]
    fn a_proxy_that_asks_inside_of_the_connection_is_named_as_one() {
        let error = answer(407, "text/html", None, "<html>").unwrap();
        assert_eq!(error.code, ErrorCode::ProxyAuthenticationRequired);
        assert!(error.message.contains("407") && error.hint.is_some() && !error.retryable);
    }

    #[test]
    fn everything_else_is_the_services_own() {
        for (status, kind, location, body) in [
            (200, "text/html", None, ""),
            (200, "application/json", None, "{\"a\": \"<html>\"}"),
            (200, "application/xml", None, "<?xml version='1.0'?>"),
            (302, "text/html", Some("/v1.0/users"), ""),
            (302, "text/html", Some("https://graph.microsoft.com/beta/me"), ""),
            (304, "text/html", None, ""),
            (403, "text/html", None, "<html>"),
            (502, "text/html", None, "<html>"),
        ] {
            assert!(answer(status, kind, location, body).is_none(), "{status} {kind} {body}");
        }
    }
}
