//! A captive portal, or a proxy, that answers in a service's place.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pim_core::error::ErrorCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::certificates::Authority;
use crate::scripted::{Answer, Server};
use crate::session::{Told, config, granted, run, token};

const PAGE: &str = "<!DOCTYPE html><html><title>Sign in to the hotel</title></html>";

/// What portals answer; redirections lead to `elsewhere`.
fn portals(elsewhere: &str) -> Vec<(Answer, &'static str)> {
    let html = || vec![("content-type", "text/html".to_owned())];
    let moved = || vec![("location", format!("{elsewhere}/login"))];
    vec![
        ((200, html(), PAGE.to_owned()), "it is a web page"),
        ((302, moved(), String::new()), "redirects to `localhost`, which is not followed"),
        ((307, moved(), String::new()), "redirects to `localhost`, which is not followed"),
        ((511, html(), PAGE.to_owned()), "the network wants a sign-in"),
    ]
}

fn check(told: &Told, words: &str, retryable: bool) {
    let error = told.failed();
    assert_eq!((error.code, error.target.as_deref()), (ErrorCode::CaptivePortal, Some("127.0.0.1")), "{error:?}");
    assert!(error.message.contains("`127.0.0.1`") && error.message.contains(words), "{}", error.message);
    assert!(error.message.contains("captive portal") && error.hint.as_ref().unwrap().contains("in a browser"), "{error:?}");
    assert!(error.retryable == retryable && error.http.is_some());
}

/// Another host than `127.0.0.1`, though at the same address.
async fn elsewhere() -> (Server, String) {
    let server = Server::start(|_, _| granted()).await;
    let url = server.url.replace("127.0.0.1", "localhost");
    (server, url)
}

#[tokio::test]
async fn one_in_the_place_of_the_token_service_is_told_and_not_followed() {
    let (other, url) = elsewhere().await;
    for (answer, words) in portals(&url) {
        let status = answer.0;
        let portal = Server::start(move |_, _| answer.clone()).await;
        check(&token(&config(&portal.url, "https://graph.example", json!({}))).await, words, status == 511);
        assert_eq!(portal.seen().len(), 1);
    }
    assert!(other.seen().is_empty(), "nothing was sent there");
}

#[tokio::test]
async fn one_in_the_place_of_graph_gets_no_further_than_the_first_request() {
    let (other, url) = elsewhere().await;
    let login = Server::start(|_, _| granted()).await;
    for (answer, words) in portals(&url) {
        let portal = Server::start(move |_, _| answer.clone()).await;
        let told = run(&config(&login.url, &portal.url, json!({})), "authenticationContext.list", json!({})).await;
        check(&told, words, !words.contains("redirects"));
        assert_eq!(portal.seen().len(), 1);
    }
    assert!(other.seen().is_empty(), "no token went there");
}

#[tokio::test]
async fn a_request_of_the_callers_own_is_not_followed_either() {
    let (other, url) = elsewhere().await;
    let login = Server::start(|_, _| granted()).await;
    for (answer, _) in portals(&url) {
        let status = answer.0;
        let portal = Server::start(move |_, _| answer.clone()).await;
        let request = json!({"uri": "/v1.0/me"});
        let told = run(&config(&login.url, &portal.url, json!({})), "rest.invoke", request).await;
        assert_eq!(told.end.is_err(), status == 511, "a page may be what the caller asked for: {status}");
    }
    assert!(other.seen().is_empty(), "no token went there");
}

/// A session whose services are at `localhost`, over TLS.
/// Answers every connection with the same bytes, and counts them.
async fn talker(words: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counter.fetch_add(1, Ordering::Relaxed);
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(&words).await;
            let _ = stream.shutdown().await;
        }
    });
    (url, count)
}

#[tokio::test]
async fn what_speaks_no_http_is_told_from_a_cut_connection_and_asked_once() {
    let login = Server::start(|_, _| granted()).await;
    let large = format!("HTTP/1.1 200 OK\r\nx: {}\r\ncontent-length: 2\r\n\r\n{{}}", "x".repeat(600_000));
    let zipped = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 12\r\n\r\nhello, world";
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"value\":[";
    for (words, code, connections) in [
        ("hello world\r\n\r\n", ErrorCode::UnexpectedResponse, 1),
        (large.as_str(), ErrorCode::UnexpectedResponse, 1),
        (zipped, ErrorCode::UnexpectedResponse, 1),
        (cut, ErrorCode::ConnectionFailed, 4),
    ] {
        let (url, count) = talker(words.as_bytes().to_vec()).await;
        let told = run(&config(&login.url, &url, json!({})), "authenticationContext.list", json!({})).await;
        assert_eq!((told.failed().code, count.load(Ordering::Relaxed)), (code, connections), "{:?}", told.failed());
        assert!(told.failed().hint.is_some() && told.failed().message.contains("127.0.0.1"));
    }
}

fn over_tls(port: u16, environment: Value) -> Value {
    let url = format!("https://localhost:{port}");
    config(&url, &url, json!({ "environment": environment }))
}

#[tokio::test]
async fn one_that_shows_a_certificate_of_its_own_is_told() {
    let authority = Authority::new();
    let portal = Server::start_with(Some(authority.server(&["portal.hotel.example"])), |_, _| granted()).await;
    let port = portal.url.rsplit(':').next().unwrap().parse().unwrap();
    // Of nobody known, and of somebody known for another name.
    for environment in [json!({}), json!({"SSL_CERT_FILE": authority.roots()})] {
        let told = token(&over_tls(port, environment)).await;
        let error = told.failed();
        assert_eq!((error.code, error.target.as_deref()), (ErrorCode::TlsFailed, Some("localhost")), "{error:?}");
        assert!(error.message.contains("certificate") && error.hint.as_ref().unwrap().contains("captive portal"), "{error:?}");
    }
    assert!(portal.seen().is_empty());
}

#[tokio::test]
async fn one_that_does_not_speak_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"HTTP/1.1 302 Found\r\nLocation: http://portal.hotel.example/\r\n\r\n").await.unwrap();
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        }
    });
    let told = token(&over_tls(port, json!({}))).await;
    let error = told.failed();
    assert_eq!(error.code, ErrorCode::TlsFailed, "{error:?}");
    assert!(error.message.contains("does not speak TLS") && error.hint.as_ref().unwrap().contains("captive portal"), "{error:?}");
}
