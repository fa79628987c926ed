//! The frame: start and stop, TLS, faults, delays, journal, control API.

use std::time::{Duration, Instant};

use crate::support::{ADELE, Authorize, acrs, scenario, sign_in, start, token};
use pim_emulator::robot::Outcome;
use pim_emulator::secrets::SecretKind;
use pim_emulator::{Emulator, Fault, Options, Scenario, Service};
use serde_json::{Value, json};

#[tokio::test]
async fn each_service_has_its_own_origin_on_loopback() {
    let emulator = start().await;
    let origins = [emulator.login(), emulator.graph(), emulator.arm(), emulator.control()];
    for (index, origin) in origins.iter().enumerate() {
        assert!(origin.starts_with("http://localhost:"), "{origin}");
        assert!(!origins[..index].contains(origin), "{origin} is used twice");
        for host in ["127.0.0.1", "localhost"] {
            let answer = reqwest::get(origin.replace("localhost", host)).await.unwrap();
            assert!(answer.status().is_client_error(), "{origin} as {host}: {}", answer.status());
        }
    }
}

#[tokio::test]
async fn ports_can_be_given_and_are_free_again_after_the_stop() {
    let first = start().await;
    let port: u16 = first.login().rsplit(':').next().unwrap().parse().unwrap();
    let options = Options { login_port: port, ..Options::default() };
    let taken = Emulator::start_with(scenario(|_| {}), options.clone()).await;
    assert!(taken.err().unwrap().to_string().contains(&port.to_string()));
    first.stop().await;
    let second = Emulator::start_with(scenario(|_| {}), options).await.unwrap();
    assert!(second.login().ends_with(&format!(":{port}")));
}

#[tokio::test]
async fn with_tls_only_who_trusts_the_certificate_gets_through() {
    let emulator = Emulator::start_with(scenario(|_| {}), Options { tls: true, ..Options::default() }).await.unwrap();
    let file = emulator.certificate_file().unwrap().to_owned();
    assert_eq!(emulator.session_config()["trustedRootsFile"], json!(file));
    let request = Authorize::new(&emulator).with("claims", &acrs("c1"));
    let outcome = emulator.robot(ADELE).walk(&request.url()).await.unwrap();
    assert!(matches!(outcome, Outcome::Answered(_)), "{outcome:?}");
    assert!(emulator.robot(ADELE).trusting(None).walk(&request.url()).await.is_err(), "a certificate that nobody trusts");
    emulator.stop().await;
    assert!(!file.exists(), "the certificate's file is gone");
}

#[tokio::test]
async fn faults_answer_or_cut_and_are_journalled() {
    let emulator = start().await;
    let me = format!("{}/v1.0/me?$select=id", emulator.graph());
    emulator.inject(Fault::new(Service::Graph).path("/v1.0/me").status(503).header("Retry-After", "7").body("busy"));
    emulator.inject(Fault::new(Service::Graph).path("/v1.0/me").cut());
    emulator.inject(Fault::new(Service::Graph).path("/v1.0/me").body(json!({ "half": "of this" })).cut());
    let busy = reqwest::get(&me).await.unwrap();
    assert_eq!((busy.status().as_u16(), busy.headers()["retry-after"].to_str().unwrap()), (503, "7"));
    assert_eq!(busy.text().await.unwrap(), "busy");
    assert!(reqwest::get(&me).await.is_err(), "the connection is cut before an answer");
    let half = reqwest::get(&me).await.unwrap();
    assert_eq!(half.status(), 200);
    assert!(half.bytes().await.is_err(), "the connection is cut in the middle of the answer");
    let journal = emulator.journal();
    let shown: Vec<_> = journal.iter().map(|entry| (entry.sequence, entry.status, entry.fault)).collect();
    assert_eq!(shown, [(1, 503, true), (2, 0, true), (3, 200, true)]);
    assert_eq!(journal[0].query["$select"], "id");
    assert_eq!(reqwest::get(&me).await.unwrap().status(), 401, "the faults are used up");
}

#[tokio::test]
async fn a_lost_answer_leaves_what_was_done() {
    let emulator = start().await;
    let code = crate::support::code(&emulator.robot(ADELE), &Authorize::new(&emulator)).await;
    emulator.inject(Fault::new(Service::Login).method("POST").path("/token").status(502).body("<html>").after_handling());
    let url = format!("{}/contoso.example/oauth2/v2.0/token", emulator.login());
    let fields = [
        ("client_id", crate::support::GRAPH_CLIENT),
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", crate::support::REDIRECT),
        ("code_verifier", crate::support::VERIFIER),
    ];
    assert_eq!(reqwest::Client::new().post(url).form(&fields).send().await.unwrap().status(), 502);
    let (_, answer) = token(&emulator, &fields).await;
    assert_eq!(crate::support::aadsts(&answer), 54_005, "the code was redeemed although its answer was lost");
}

#[tokio::test]
async fn a_delay_slows_one_service() {
    let emulator = start().await;
    let delay = Duration::from_millis(120);
    emulator.delay(Service::Graph, delay);
    let took = async |origin: &str| {
        let before = Instant::now();
        reqwest::get(format!("{origin}/v1.0/me")).await.unwrap();
        before.elapsed()
    };
    assert!(took(emulator.graph()).await >= delay);
    emulator.inject(Fault::new(Service::Arm).delay(delay));
    assert!(took(emulator.arm()).await >= delay, "a fault without an answer only delays");
    assert_eq!(emulator.journal().iter().map(|entry| entry.status).collect::<Vec<_>>(), [401, 401]);
}

#[tokio::test]
async fn the_journal_tells_who_asked_for_what_and_no_secret() {
    let emulator = start().await;
    let answer = sign_in(&emulator, &emulator.robot(ADELE), &Authorize::new(&emulator).with("claims", &acrs("c1"))).await;
    let (_, refused) = crate::support::refresh(&emulator, answer["refresh_token"].as_str().unwrap(), Some(&acrs("c3"))).await;
    assert!(refused["claims"].is_string());

    let journal = emulator.journal();
    let redeemed = journal.iter().find(|entry| entry.path.ends_with("/token")).unwrap();
    assert_eq!((redeemed.user.as_deref(), redeemed.client.as_deref()), (Some(ADELE), Some(crate::support::GRAPH_CLIENT)));
    assert_eq!(redeemed.token_contexts.as_deref(), Some(["c1".to_owned()].as_slice()));
    let body = redeemed.body.as_ref().unwrap();
    assert_eq!((&body["code"], &body["code_verifier"], &body["grant_type"]), (&json!("***"), &json!("***"), &json!("authorization_code")));
    assert!(journal.last().unwrap().challenge, "a refusal with claims is a challenge");

    let text = serde_json::to_string(&journal).unwrap();
    for kind in [
        SecretKind::Code,
        SecretKind::CodeVerifier,
        SecretKind::Cookie,
        SecretKind::AccessToken,
        SecretKind::RefreshToken,
        SecretKind::IdToken,
    ] {
        assert!(emulator.issued_secrets().iter().any(|secret| secret.kind == kind), "{kind:?}");
    }
    assert_eq!(emulator.find_secrets(&text), []);
}

#[tokio::test]
async fn the_control_api_does_from_outside_what_the_library_does() {
    let emulator = start().await;
    let client = reqwest::Client::new();
    let at = |path: &str| format!("{}{path}", emulator.control());
    let post = async |path: &str, body: Value| client.post(at(path)).json(&body).send().await.unwrap().status().as_u16();
    let get = async |path: &str| client.get(at(path)).send().await.unwrap().json::<Value>().await.unwrap();

    assert_eq!(get("/healthz").await["status"], "ok");
    assert_eq!(get("/scenario").await["tenant"]["domain"], "contoso.example");
    assert_eq!(post("/faults", json!({ "service": "graph", "times": 1, "status": 429, "headers": { "Retry-After": "2" } })).await, 204);
    assert_eq!(get("/faults").await[0]["status"], 429);
    assert_eq!(reqwest::get(format!("{}/v1.0/me", emulator.graph())).await.unwrap().status(), 429);
    assert_eq!(get("/journal").await[0]["fault"], true);
    assert_eq!(client.delete(at("/journal")).send().await.unwrap().status(), 204);
    assert_eq!(get("/journal").await, json!([]));

    let before = emulator.clock().seconds();
    assert_eq!(post("/clock", json!({ "advanceSeconds": 3600 })).await, 200);
    assert!(emulator.clock().seconds() >= before + 3600);
    assert_eq!(post("/delay", json!({ "service": "arm", "milliseconds": 5 })).await, 204);
    assert_eq!(client.delete(at("/faults")).send().await.unwrap().status(), 204);

    let token = emulator.access_token(ADELE, pim_emulator::tokens::Audience::Graph, &[]).unwrap();
    let me = async || client.get(format!("{}/v1.0/me", emulator.graph())).bearer_auth(&token).send().await.unwrap().status().as_u16();
    assert_eq!(me().await, 200);
    assert_eq!(post(&format!("/users/{ADELE}/revoke"), Value::Null).await, 204);
    assert_eq!(me().await, 401);
    assert_eq!(get("/secrets").await[0], json!({ "kind": "accessToken", "value": token }));
    let find = async |text: String| client.post(at("/secrets")).body(text).send().await.unwrap().json::<Value>().await.unwrap();
    let long = "x".repeat(3 << 20);
    assert_eq!(find(format!("{long}Bearer {token}")).await, json!([{ "kind": "accessToken", "form": "plain" }]));
    assert_eq!(find(long).await, json!([]));

    assert_eq!(post("/users/nobody@contoso.example/revoke", Value::Null).await, 404);
    for (path, wrong) in [
        ("/faults", json!({ "service": "mail" })),
        ("/faults", json!({ "service": "graph", "status": 42 })),
        ("/faults", json!({ "service": "graph", "satus": 500 })),
        ("/clock", json!({})),
        ("/delay", json!([])),
    ] {
        assert_eq!(post(path, wrong.clone()).await, 400, "{path} {wrong}");
    }
    assert_eq!(client.get(at("/nothing")).send().await.unwrap().status(), 404);
    for (name, value) in [("origin", "http://web.example"), ("origin", "null"), ("host", "web.example:80")] {
        let answer = client.get(at("/secrets")).header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{name}: {value}");
    }
}

#[test]
fn a_wrong_scenario_says_where_it_is_wrong() {
    let good = serde_json::to_value(scenario(|_| {})).unwrap();
    for (pointer, value, expected) in [
        ("/users/0/objectId", json!("no guid"), "users[0].objectId"),
        ("/users/1/userPrincipalName", json!("ADELE@contoso.example"), "users[1].userPrincipalName"),
        ("/tenant/id", json!(""), "tenant.id"),
        ("/authenticationContexts/0/id", json!("x1"), "authenticationContexts[0].id"),
        ("/clients/0/redirectUris", json!(["nowhere"]), "clients[0].redirectUris"),
        ("/clients/0/resources", json!(["mail"]), "clients[0].resources"),
        ("/behaviour/signInRequires", json!("blood"), "unknown variant"),
    ] {
        let mut wrong = good.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        let error = Scenario::from_json(&wrong.to_string()).unwrap_err().to_string();
        assert!(error.contains(expected), "{pointer}: {error}");
    }
    assert!(Scenario::from_json("{").unwrap_err().to_string().contains("line 1"));
    assert!(Scenario::from_file("/nowhere/at/all.json".as_ref()).unwrap_err().to_string().contains("/nowhere/at/all.json"));
}
