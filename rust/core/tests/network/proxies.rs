//! Proxies and private roots, as the environment names them.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pim_core::error::ErrorCode;
use pim_emulator::{Emulator, Scenario};
use serde_json::{Value, json};

use crate::certificates::Authority;
use crate::proxy::{Manner, Proxy};
use crate::scripted::Server;
use crate::session::{config, granted, token};

const LOGIN: &str = "https://login.pim.test";
const GRAPH: &str = "https://graph.example";
const REFUSED: &str = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n";

/// A token service over TLS under a name that no resolver knows, and the authority that vouches for it.
async fn hidden_service() -> (Authority, Server) {
    let authority = Authority::new();
    let server = Server::start_with(Some(authority.server(&["login.pim.test"])), |_, _| granted()).await;
    (authority, server)
}

fn address(server: &Server) -> std::net::SocketAddr {
    server.url.trim_start_matches("https://").parse().unwrap()
}

fn with(environment: Value) -> Value {
    config(LOGIN, GRAPH, json!({ "environment": environment }))
}

#[tokio::test]
async fn requests_go_through_the_proxy_with_its_user_name_and_password() {
    let (authority, server) = hidden_service().await;
    let proxy = Proxy::start(Manner::Tunnel(address(&server))).await;
    let told = token(&with(json!({
        "HTTPS_PROXY": format!("http://us%40er:hush%3Ahush%23%25@{}", proxy.address),
        "SSL_CERT_FILE": authority.roots(),
    })))
    .await;
    assert!(told.end.is_ok(), "{:?}", told.end);
    assert_eq!(server.seen().len(), 1);
    let heads = proxy.heads();
    let credentials = STANDARD.encode("us@er:hush:hush#%");
    assert!(heads[0].starts_with("CONNECT login.pim.test:443 HTTP/1.1\r\n"), "{}", heads[0]);
    assert!(heads[0].contains(&format!("Basic {credentials}\r\n")), "{}", heads[0]);
    assert!(!told.all.contains("hush") && !told.all.contains(&credentials));
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_is_named_without_it() {
    let proxy = Proxy::start(Manner::Answer(REFUSED)).await;
    for (credentials, words) in [("", "wants a user name and a password"), ("user:hush-hush@", "does not take the user name")] {
        let told = token(&with(json!({"HTTPS_PROXY": format!("http://{credentials}{}", proxy.address)}))).await;
        let error = told.failed();
        assert_eq!(error.code, ErrorCode::ProxyAuthenticationRequired, "{error:?}");
        assert!(error.message.contains(words) && error.message.contains(&format!("`http://{}`", proxy.address)), "{}", error.message);
        assert!(error.hint.as_ref().unwrap().contains("HTTPS_PROXY=http://user:password@"));
        assert!(!error.retryable);
        assert!(!told.all.contains("hush-hush") && !told.all.contains(&STANDARD.encode("user:hush-hush")), "{}", told.all);
    }
    assert_eq!(proxy.heads().len(), 2, "it is asked once for each call");
}

#[tokio::test]
async fn a_proxy_that_refuses_the_host_is_told_from_one_that_is_not_there() {
    let proxy = Proxy::start(Manner::Answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")).await;
    let told = token(&with(json!({"ALL_PROXY": format!("{}", proxy.address)}))).await;
    let error = told.failed();
    assert_eq!(error.code, ErrorCode::ProxyRefused, "{error:?}");
    assert!(error.message.contains("`login.pim.test`") && error.hint.as_ref().unwrap().contains("NO_PROXY"), "{error:?}");

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut settings = with(json!({"HTTPS_PROXY": format!("http://user:hush-hush@{nobody}")}));
    settings["timeouts"] = json!({"throttleSeconds": 0});
    let told = token(&settings).await;
    let error = told.failed();
    assert_eq!(error.code, ErrorCode::ConnectionFailed, "{error:?}");
    assert!(error.message.contains(&format!("through the proxy `http://{nobody}`")), "{}", error.message);
    assert!(!told.all.contains("hush-hush"));

    let told = token(&with(json!({"HTTPS_PROXY": "http://proxy.pim.test:3128"}))).await;
    assert_eq!(told.failed().code, ErrorCode::NameNotResolved, "{:?}", told.failed());
    assert!(told.failed().message.contains("the proxy `http://proxy.pim.test:3128`"), "{}", told.failed().message);
}

#[tokio::test]
async fn an_address_that_is_no_proxy_is_refused_rather_than_left_out() {
    let told = token(&with(json!({"HTTPS_PROXY": "socks5://user:hush-hush@127.0.0.1:1080"}))).await;
    let error = told.failed();
    assert_eq!((error.code, error.target.as_deref()), (ErrorCode::InvalidConfiguration, Some("HTTPS_PROXY")));
    assert!(error.message.contains("socks5") && !told.all.contains("hush-hush"));
}

#[tokio::test]
async fn this_machine_is_reached_without_a_proxy_whatever_the_environment_says() {
    let emulator = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
    let proxy = Proxy::start(Manner::Silent).await;
    let mut config = emulator.session_config();
    let there = format!("http://{}", proxy.address);
    config["environment"] = json!({"HTTPS_PROXY": there, "HTTP_PROXY": there, "ALL_PROXY": there});
    config["clientId"] = json!("d1a7c5e3-2f4b-4d68-9c0a-7e5b3d1f9a47");
    config["credential"] = json!({"kind": "clientSecret", "secret": "rehearsal-secret-of-contoso-automation"});
    let told = token(&config).await;
    assert!(told.end.is_ok(), "{:?}", told.end);
    assert!(proxy.heads().is_empty());
}

#[tokio::test]
async fn a_private_root_is_trusted_by_its_file_and_a_file_without_one_is_told() {
    let (authority, server) = hidden_service().await;
    let proxy = Proxy::start(Manner::Tunnel(address(&server))).await;
    let behind = |roots: &str| with(json!({"HTTPS_PROXY": format!("http://{}", proxy.address), "SSL_CERT_FILE": roots}));
    let untrusted = token(&behind("")).await;
    assert_eq!(untrusted.failed().code, ErrorCode::TlsFailed);
    assert!(untrusted.failed().hint.as_ref().unwrap().contains("SSL_CERT_FILE"));
    assert!(token(&behind(authority.roots().to_str().unwrap())).await.end.is_ok());

    let folder = tempfile::tempdir().unwrap();
    // Neither what is no certificate inside of the PEM nor what is no base64 spoils a good one, wherever it stands.
    let pem = |inside: &str| format!("-----BEGIN CERTIFICATE-----\n{inside}\n-----END CERTIFICATE-----\n");
    let (odd, broken) = (pem(&STANDARD.encode("nothing of the kind")), pem("!?"));
    let good = std::fs::read_to_string(authority.roots()).unwrap();
    let mixed = folder.path().join("mixed.pem");
    // The second is how Windows PowerShell writes it.
    for text in [format!("{odd}{broken}{good}{odd}"), format!("\u{feff}{good}")] {
        std::fs::write(&mixed, text).unwrap();
        let told = token(&behind(mixed.to_str().unwrap())).await;
        assert!(told.end.is_ok(), "{:?}", told.end);
    }

    let (empty, spoilt, none) = (folder.path().join("empty.pem"), folder.path().join("spoilt.pem"), folder.path().join("none.pem"));
    std::fs::write(&empty, "nothing of the kind").unwrap();
    std::fs::write(&spoilt, format!("{odd}{broken}")).unwrap();
    let der = folder.path().join("root.cer");
    std::fs::write(&der, [0x30, 0x82, 0x01, 0x00]).unwrap();
    for (file, why) in [(&empty, "no certificate"), (&spoilt, "no certificate"), (&none, "cannot be read: "), (&der, "it is DER")] {
        let told = token(&behind(file.to_str().unwrap())).await;
        let error = told.failed();
        assert_eq!((error.code, error.target.as_deref()), (ErrorCode::InvalidConfiguration, Some("SSL_CERT_FILE")));
        assert!(error.message.contains(why) && error.message.contains(file.to_str().unwrap()), "{}", error.message);
    }
}

/// Where the host gives no environment of its own, that of the process counts: a process of its own shows it.
#[tokio::test]
async fn the_environment_of_the_process_counts_too() {
    const CHILD: &str = "PIM_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let mut config = with(Value::Null);
        config.as_object_mut().unwrap().remove("environment");
        let told = token(&config).await;
        assert!(told.end.is_ok(), "{:?}", told.end);
        return;
    }
    let (authority, server) = hidden_service().await;
    let proxy = Proxy::start(Manner::Tunnel(address(&server))).await;
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "proxies::the_environment_of_the_process_counts_too", "--nocapture"]);
    child.env_remove("ALL_PROXY").env_remove("https_proxy").env_remove("NO_PROXY").env_remove("no_proxy").env(CHILD, "1");
    child.env("HTTPS_PROXY", format!("http://user:hush-hush@{}", proxy.address)).env("SSL_CERT_FILE", authority.roots());
    let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((proxy.heads().len(), server.seen().len()), (1, 1));
}
