use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pim_core::call::Call;
use pim_core::error::ErrorCode;
use pim_core::event::{Event, Prompt};
use pim_core::operations;
use serde_json::{Value, json};

use crate::host::{Host, acrs};
use crate::scripted::{Answer, Seen, Server, TENANT, jwt, ok, refusal};

const CLIENT: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

fn device(url: &str) -> Value {
    json!({"device_code": "s3cretDevice", "user_code": "BCDFGHJKL", "verification_uri": format!("{url}/device"), "interval": 0,
           "expires_in": 900, "message": "\u{1b}[31mGo to https://evil.example"})
}

fn granted(login: &str, contexts: &[&str]) -> Answer {
    let id = json!({"iss": format!("{login}/{TENANT}/v2.0"), "aud": CLIENT, "exp": 4_000_000_000_u64, "tid": TENANT, "oid": "o",
                    "preferred_username": "adele@contoso.example"});
    let access = json!({"oid": "o", "tid": TENANT, "acrs": contexts, "scp": "User.Read", "iat": 1_700_000_000});
    ok(&json!({"token_type": "Bearer", "expires_in": 3600, "access_token": jwt(&access), "id_token": jwt(&id), "refresh_token": "r3fresh",
               "scope": "User.Read"}))
}

/// Answers with a code, then each poll in turn; the last answer stays.
async fn service(polls: Vec<&'static str>, contexts: &'static [&'static str]) -> Server {
    Server::start(move |number, seen: &Seen| {
        let login = format!("http://{}", seen.headers["host"]);
        if seen.path.ends_with("/devicecode") {
            return ok(&device(&login));
        }
        match polls.get(number - 1) {
            None => granted(&login, contexts),
            Some(&"cut") => (503, vec![("retry-after", "0".to_owned())], String::new()),
            Some(error) => refusal(error, "AADSTS70016: x"),
        }
    })
    .await
}

fn host(service: &Server, more: Value) -> Host {
    Host::of(service.session_config(), json!({"kind": "deviceCode"}), more).unwrap()
}

#[tokio::test]
async fn the_user_types_a_code_and_the_message_is_ours() {
    let service = service(vec!["authorization_pending", "cut", "authorization_pending"], &[]).await;
    let host = host(&service, json!({}));
    host.token("graph").await.unwrap();
    let prompts: Vec<_> = host.told().into_iter().filter(|event| matches!(event, Event::Prompt(_))).collect();
    let [Event::Prompt(Prompt::DeviceCode { verification_uri, user_code, expires_on, message })] = &prompts[..] else {
        panic!("{prompts:?}");
    };
    assert_eq!((verification_uri.as_str(), user_code.as_str()), (format!("{}/device", service.url).as_str(), "BCDFGHJKL"));
    assert!(expires_on.ends_with('Z') && message.contains(user_code) && message.contains(verification_uri) && !message.contains("evil"));
    let told = serde_json::to_string(&host.told()).unwrap();
    for secret in ["s3cretDevice", "r3fresh", "eyJ"] {
        assert!(!told.contains(secret), "{secret}");
    }
    let seen = service.seen();
    assert_eq!(seen[0].form["client_id"], CLIENT);
    assert!(seen[0].form["scope"].ends_with(" openid profile offline_access") && seen[0].form["claims"].contains("cp1"));
    let last = seen.last().unwrap();
    assert_eq!(last.form["grant_type"], "urn:ietf:params:oauth:grant-type:device_code");
    assert_eq!(last.form["device_code"], "s3cretDevice");
    // The refresh token serves from now on.
    assert_eq!(host.run("session.show", json!({})).await.unwrap()["tokens"][0]["refreshable"], true);
}

#[tokio::test]
async fn claims_are_sent_twice_with_a_warning_and_what_does_not_come_is_an_error() {
    let strong = service(vec![], &["c1"]).await;
    let host_of_strong = host(&strong, json!({}));
    assert_eq!(host_of_strong.token_with("graph", "c1").await.unwrap()["authenticationContexts"], json!(["c1"]));
    assert!(strong.seen().iter().all(|seen| seen.form["claims"].contains("\"c1\"")));
    assert_eq!(strong.seen().len(), 2);
    let told = host_of_strong.told();
    let warned = told.iter().position(|event| matches!(event, Event::Warning { code, .. } if code == "DeviceCodeMayNotSuffice")).unwrap();
    let prompted = told.iter().position(|event| matches!(event, Event::Prompt(_))).unwrap();
    assert!(warned < prompted);

    let weak = service(vec![], &[]).await;
    let host = host(&weak, json!({}));
    let error = host.token_with("graph", "c1").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ChallengeUnsatisfied);
    assert!(error.hint.unwrap().contains("browser"));
    assert_eq!(weak.seen().len(), 2, "no second code");
}

#[tokio::test]
async fn a_union_that_is_not_granted_is_asked_for_apart() {
    let service = Server::start(|_, seen: &Seen| {
        let login = format!("http://{}", seen.headers["host"]);
        if seen.path.ends_with("/devicecode") {
            return ok(&device(&login));
        }
        if seen.form["grant_type"] == "refresh_token" {
            return refusal("interaction_required", "AADSTS50076: more");
        }
        let claims = &seen.form["claims"];
        if claims.contains("\"c2\"") && !claims.contains("\"c1\"") { granted(&login, &["c2"]) } else { granted(&login, &["c1"]) }
    })
    .await;
    let host = host(&service, json!({}));
    host.token_with("graph", "c1").await.unwrap();
    assert_eq!(host.token_with("graph", "c2").await.unwrap()["authenticationContexts"], json!(["c2"]));
}

#[tokio::test]
async fn each_end_has_its_error() {
    for (answer, code) in [
        ("authorization_declined", ErrorCode::SignInCancelled),
        ("expired_token", ErrorCode::SignInTimeout),
        ("bad_verification_code", ErrorCode::SignInFailed),
    ] {
        let service = service(vec!["authorization_pending", answer], &[]).await;
        let error = host(&service, json!({})).token("graph").await.unwrap_err();
        assert_eq!(error.code, code, "{answer}");
        assert!(error.hint.is_some());
    }
    let service = service(vec!["authorization_pending"; 1000], &[]).await;
    let began = Instant::now();
    let error = host(&service, json!({"timeouts": {"signInSeconds": 1}})).token("graph").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SignInTimeout);
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_policy_that_blocks_points_to_the_browser() {
    let service = Server::start(|_, seen: &Seen| {
        if seen.path.ends_with("/devicecode") {
            return ok(&device(&format!("http://{}", seen.headers["host"])));
        }
        refusal("access_denied", "AADSTS53003: Access has been blocked by Conditional Access policies")
    })
    .await;
    let error = host(&service, json!({})).token("graph").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ConditionalAccessBlocked);
    assert!(error.hint.unwrap().contains("browser"));
}

#[tokio::test]
async fn slow_down_is_obeyed() {
    let service = service(vec!["slow_down"], &[]).await;
    let began = Instant::now();
    host(&service, json!({})).token("graph").await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(5));
    assert_eq!(service.seen().len(), 3);
}

#[tokio::test]
async fn a_page_elsewhere_or_a_code_that_nobody_can_type_is_refused_and_never_shown() {
    for change in
        [json!({"verification_uri": "https://evil.example/device"}), json!({"user_code": "A\u{1b}[2J"}), json!({"device_code": ""})]
    {
        let service = Server::start(move |_, seen: &Seen| {
            let mut answer = device(&format!("http://{}", seen.headers["host"]));
            answer.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            ok(&answer)
        })
        .await;
        let host = host(&service, json!({}));
        assert_eq!(host.token("graph").await.unwrap_err().code, ErrorCode::UnexpectedResponse);
        assert!(!host.told().iter().any(|event| matches!(event, Event::Prompt(_))));
        assert_eq!(service.seen().len(), 1);
    }
}

#[tokio::test]
async fn nobody_is_asked_where_nothing_may_be_shown_and_cancelling_ends_the_polls() {
    let quiet = service(vec![], &[]).await;
    let silent = host(&quiet, json!({"browser": {"mode": "never"}}));
    assert_eq!(silent.token("graph").await.unwrap_err().code, ErrorCode::SignInRequired);
    assert!(quiet.seen().is_empty());

    let service = service(vec!["authorization_pending"; 1000], &[]).await;
    let host = host(&service, json!({}));
    let prompted = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&prompted);
    let call =
        Call::with_sink(move |event| noted.store(noted.load(Ordering::SeqCst) || matches!(event, Event::Prompt(_)), Ordering::SeqCst));
    let cancelling = call.clone();
    let request = json!({"resource": "graph", "claims": acrs("c1")}).to_string();
    let (end, ()) = tokio::join!(operations::run(&host.session, &call, "token.acquire", request.as_bytes()), async {
        while !prompted.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        cancelling.cancel();
    });
    assert!(matches!(end, Event::Failed { error } if error.code == ErrorCode::Cancelled));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let asked = service.seen().len();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(service.seen().len(), asked);
}
