//! Each time limit ends what it is for, when it was given to, and says so.

use std::time::{Duration, Instant};

use pim_core::error::ErrorCode;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::proxy::{Manner, Proxy};
use crate::scripted::Server;
use crate::session::{Told, config, granted, run, token};

/// A server that sends this to every connection, and nothing more.
async fn stuck(text: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(text.as_bytes()).await.unwrap();
            open.push(stream);
        }
    });
    port
}

/// All limits far away but one.
fn limited(name: &str, seconds: u64) -> Value {
    let mut limits = json!({"connectSeconds": 60, "requestSeconds": 60, "signInSeconds": 60, "throttleSeconds": 60, "identitySeconds": 60,
                            "programSeconds": 60});
    limits[name] = json!(seconds);
    limits
}

fn check(told: &Told, started: Instant, code: ErrorCode, words: &str) {
    let (error, elapsed) = (told.failed(), started.elapsed());
    assert_eq!(error.code, code, "{error:?}");
    assert!(error.message.contains(words), "{}", error.message);
    assert!(error.hint.is_some());
    assert!(elapsed > Duration::from_millis(900) && elapsed < Duration::from_secs(20), "{elapsed:?}");
}

#[tokio::test]
async fn a_connection_that_does_not_come_to_stand() {
    let url = format!("https://localhost:{}", stuck("").await);
    let started = Instant::now();
    let told = token(&config(&url, &url, json!({"timeouts": limited("connectSeconds", 1)}))).await;
    check(&told, started, ErrorCode::ConnectTimeout, "no connection to `localhost` stood within 1 s");
}

#[tokio::test]
async fn a_proxy_that_does_not_connect() {
    let proxy = Proxy::start(Manner::Silent).await;
    let environment = json!({"HTTPS_PROXY": format!("http://user:hush-hush@{}", proxy.address)});
    let started = Instant::now();
    let more = json!({"environment": environment, "timeouts": limited("connectSeconds", 1)});
    let told = token(&config("https://login.pim.test", "https://graph.example", more)).await;
    let words = format!("through the proxy `http://{}` stood within 1 s", proxy.address);
    check(&told, started, ErrorCode::ConnectTimeout, &words);
    assert!(!told.all.contains("hush-hush"));
}

#[tokio::test]
async fn an_answer_of_the_token_service_that_does_not_come_or_not_to_its_end() {
    for begun in ["", "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{\"access_token\": "] {
        let url = format!("http://127.0.0.1:{}", stuck(begun).await);
        let started = Instant::now();
        let told = token(&config(&url, &url, json!({"timeouts": limited("requestSeconds", 1)}))).await;
        check(&told, started, ErrorCode::RequestTimeout, "`127.0.0.1` did not answer within 1 s");
    }
}

#[tokio::test]
async fn an_answer_of_graph_that_does_not_come_or_not_to_its_end() {
    let login = Server::start(|_, _| granted()).await;
    for begun in ["", "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{\"value\": ["] {
        let graph = format!("http://127.0.0.1:{}", stuck(begun).await);
        let config = config(&login.url, &graph, json!({"timeouts": limited("requestSeconds", 1)}));
        let started = Instant::now();
        let told = run(&config, "authenticationContext.list", json!({})).await;
        check(&told, started, ErrorCode::RequestTimeout, "`127.0.0.1` did not answer within 1 s");
    }
}

#[tokio::test]
async fn a_user_who_does_not_sign_in() {
    let more = json!({"credential": {"kind": "browser"}, "browser": {"mode": "show"}, "timeouts": limited("signInSeconds", 1)});
    let started = Instant::now();
    let told = token(&config("https://login.pim.test", "https://graph.example", more)).await;
    check(&told, started, ErrorCode::SignInTimeout, "within 1 seconds");
}

#[tokio::test]
async fn a_service_that_asks_for_a_longer_wait_than_is_allowed() {
    let busy = |seconds: &str| (429, vec![("retry-after", seconds.to_owned())], String::new());
    let login = Server::start(|_, _| granted()).await;
    let graph = Server::start(move |number, _| busy(if number == 0 { "1" } else { "30" })).await;
    let limits = json!({"timeouts": limited("throttleSeconds", 3)});
    let started = Instant::now();
    let told = run(&config(&login.url, &graph.url, limits.clone()), "authenticationContext.list", json!({})).await;
    check(&told, started, ErrorCode::Throttled, "to wait 30 s more would come to more than the 3 s");
    assert_eq!(graph.seen().len(), 2, "the wait that fits is waited");

    let login = Server::start(move |number, _| busy(if number == 0 { "1" } else { "30" })).await;
    let started = Instant::now();
    let told = token(&config(&login.url, &graph.url, limits)).await;
    check(&told, started, ErrorCode::Throttled, "asks for fewer requests");
    assert_eq!(login.seen().len(), 2);
}

#[tokio::test]
async fn an_endpoint_of_this_machine_that_does_not_answer() {
    let environment = json!({"IDENTITY_ENDPOINT": format!("http://127.0.0.1:{}/msi/token", stuck("").await), "IDENTITY_HEADER": "x"});
    let more = json!({"credential": {"kind": "managedIdentity"}, "environment": environment, "timeouts": limited("identitySeconds", 1)});
    let started = Instant::now();
    let told = token(&config("https://login.pim.test", "https://graph.example", more)).await;
    check(&told, started, ErrorCode::RequestTimeout, "did not answer within 1 s");
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_gives_no_token() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("az");
    std::fs::write(&program, "#!/bin/sh\nexec sleep 60\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let environment = json!({"PATH": format!("{}:/usr/bin:/bin", folder.path().display())});
    let more = json!({"credential": {"kind": "azureCli"}, "environment": environment, "timeouts": limited("programSeconds", 1)});
    let started = Instant::now();
    let told = token(&config("https://login.pim.test", "https://graph.example", more)).await;
    check(&told, started, ErrorCode::ProgramTimeout, "within 1 s");
    assert!(told.failed().hint.as_ref().unwrap().contains("az login"));
}
