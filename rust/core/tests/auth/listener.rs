//! What reaches the loopback listener besides the answer.

use reqwest::{Client, Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::service::{ADELE, Service};
use crate::user::{answer, call_answered_by, graph, query};

/// Signs in with `first` happening at the listener before the answer.
async fn after<F, Fut>(first: F)
where
    F: FnOnce(Url, String) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let service = Service::start().await;
    let auth = service.authenticator(json!({}));
    let signing = service.clone();
    let (call, answering) = call_answered_by(move |page| async move {
        let query = query(&page);
        first(Url::parse(&query["redirect_uri"]).unwrap(), query["state"].clone()).await;
        let code = signing.sign_in(&page, ADELE);
        let response = answer(&page, &[("code", &code)]).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.text().await.unwrap().contains("You are signed in"));
    });
    auth.token(&call, &graph()).await.unwrap();
    drop(call);
    answering.await.unwrap();
}

async fn send(method: Method, url: Url) -> StatusCode {
    Client::new().request(method, url).send().await.unwrap().status()
}

#[tokio::test]
async fn stray_requests_do_not_end_the_wait() {
    after(|redirect, state| async move {
        let at = |path: &str| redirect.join(path).unwrap();
        assert_eq!(send(Method::GET, at("/favicon.ico")).await, StatusCode::NO_CONTENT);
        for path in ["/", "/robots.txt", "/?x=1", &format!("/elsewhere?code=x&state={state}"), &format!("/?state={state}")] {
            assert_eq!(send(Method::GET, at(path)).await, StatusCode::NOT_FOUND, "{path}");
        }
        for method in [Method::PUT, Method::HEAD, Method::OPTIONS, Method::DELETE] {
            let status = send(method.clone(), at(&format!("/?code=x&state={state}"))).await;
            assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        }
    })
    .await;
}

#[tokio::test]
async fn wrong_or_ambiguous_answers_do_not_end_the_wait() {
    after(|redirect, state| async move {
        for query in [
            "code=x&state=wrong".to_owned(),
            "code=x".to_owned(),
            "error=access_denied&state=".to_owned(),
            format!("code=x&code=y&state={state}"),
            format!("code=x&state=wrong&state={state}"),
            format!("code=x&state={state}&state={state}"),
            format!("code=x&error=y&state={state}"),
        ] {
            let response = reqwest::get(redirect.join(&format!("/?{query}")).unwrap()).await.unwrap();
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn another_host_name_is_not_answered() {
    after(|redirect, state| async move {
        let url = redirect.join(&format!("/?code=x&state={state}")).unwrap();
        for host in ["evil.example", "localhost", "localhost:1"] {
            let response = Client::new().get(url.clone()).header("host", host).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST, "{host}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_connection_without_a_request_holds_nobody_up() {
    after(|redirect, _| async move {
        let port = redirect.port().unwrap();
        let mut idle = Vec::new();
        for _ in 0..8 {
            idle.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
        }
        std::mem::forget(idle);
    })
    .await;
}

#[tokio::test]
async fn nonsense_and_too_large_a_form_are_refused() {
    after(|redirect, state| async move {
        let mut stream = TcpStream::connect(("127.0.0.1", redirect.port().unwrap())).await.unwrap();
        stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n").await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert!(!rest.starts_with(b"HTTP/1.1 200"));

        let form =
            |body: String| Client::new().post(redirect.clone()).header("content-type", "application/x-www-form-urlencoded").body(body);
        let large = format!("code={}&state={state}", "x".repeat(70_000));
        match form(large).send().await {
            Ok(response) => assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE),
            // The listener may close before all of it has been sent.
            Err(error) => assert!(error.is_request() || error.is_body(), "{error:?}"),
        }
        let plain = Client::new().post(redirect.clone()).body(format!("code=x&state={state}")).send().await.unwrap();
        assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    })
    .await;
}

#[tokio::test]
async fn a_form_is_an_answer_too() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({}));
    let signing = service.clone();
    let (call, answering) = call_answered_by(move |page| async move {
        let query = query(&page);
        let fields = [("code", signing.sign_in(&page, ADELE)), ("state", query["state"].clone())];
        let response = Client::new().post(&query["redirect_uri"]).form(&fields).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
    });
    auth.token(&call, &graph()).await.unwrap();
    drop(call);
    answering.await.unwrap();
}

#[tokio::test]
async fn both_loopback_addresses_answer_and_the_page_protects_itself() {
    after(|redirect, state| async move {
        let port = redirect.port().unwrap();
        let has_ipv6 = TcpListener::bind("[::1]:0").await.is_ok();
        for host in ["127.0.0.1", "[::1]"].into_iter().take(if has_ipv6 { 2 } else { 1 }) {
            let url = format!("http://{host}:{port}/?code=%3Cscript%3E&state={state}x");
            let response = reqwest::get(url).await.unwrap();
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{host}");
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            assert_eq!((header("cache-control").as_str(), header("referrer-policy").as_str()), ("no-store", "no-referrer"));
            assert_eq!((header("x-content-type-options").as_str(), header("connection").as_str()), ("nosniff", "close"));
            assert!(header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
            assert!(!response.text().await.unwrap().contains("script"));
        }
    })
    .await;
}
