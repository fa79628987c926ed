//! The operations against the emulated token service, with a browser that really walks its pages.

use std::sync::{Arc, Mutex};

use pim_core::call::Call;
use pim_core::error::{Error, ErrorCode};
use pim_core::event::{Event, Prompt};
use pim_core::operations;
use pim_core::session::Session;
use pim_emulator::robot::Manner;
use pim_emulator::scenario::Consent;
use pim_emulator::{Emulator, Fault, Options, Robot, Scenario, Service};
use serde_json::{Value, json};

pub const ADELE: &str = "adele@contoso.example";
const MEGAN: &str = "megan@contoso.example";

/// A session whose prompts a robot follows, and all that its calls tell.
pub struct Host {
    session: Session,
    robot: Arc<Robot>,
    told: Arc<Mutex<String>>,
    pages: Arc<Mutex<usize>>,
}

impl Host {
    pub fn new(emulator: &Emulator, robot: Robot, more: Value) -> Self {
        let mut config = emulator.session_config();
        for (name, value) in more.as_object().unwrap() {
            config[name] = value.clone();
        }
        let session = Session::new(config.to_string().as_bytes()).unwrap();
        Self { session, robot: Arc::new(robot), told: Arc::default(), pages: Arc::default() }
    }

    pub async fn run(&self, operation: &str, request: Value) -> Result<Value, Box<Error>> {
        let (robot, told, pages) = (Arc::clone(&self.robot), Arc::clone(&self.told), Arc::clone(&self.pages));
        let call = Call::with_sink(move |event| {
            told.lock().unwrap().push_str(&serde_json::to_string(&event).unwrap());
            if let Event::Prompt(Prompt::Browser { url, .. }) = event {
                *pages.lock().unwrap() += 1;
                let robot = Arc::clone(&robot);
                tokio::spawn(async move { robot.open(&url).await.map(drop) });
            }
        });
        match operations::run(&self.session, &call, operation, request.to_string().as_bytes()).await {
            Event::Done { value } => Ok(value),
            Event::Failed { error } => Err(error),
            other => panic!("{other:?}"),
        }
    }

    fn pages(&self) -> usize {
        *self.pages.lock().unwrap()
    }
}

async fn contoso() -> Emulator {
    Emulator::start(Scenario::contoso().unwrap()).await.unwrap()
}

fn acrs(context: &str) -> Value {
    json!({"claims": json!({"access_token": {"acrs": {"essential": true, "value": context}}}).to_string()})
}

#[tokio::test]
async fn a_session_connects_steps_up_and_disconnects() {
    let emulator = contoso().await;
    let host = Host::new(&emulator, emulator.robot(ADELE), json!({}));
    assert_eq!(host.run("session.show", json!({})).await.unwrap()["connected"], false);

    let context = host.run("session.connect", json!({})).await.unwrap();
    assert_eq!((&context["connected"], &context["account"]["username"]), (&json!(true), &json!(ADELE)));
    assert_eq!(context["account"]["displayName"], "Adele Vance");
    assert_eq!(context["tokens"][0]["resource"], "graph");
    assert_eq!(context["tokens"][0]["refreshable"], true);
    assert_eq!(host.pages(), 1);

    let token = host.run("token.acquire", acrs("c1")).await.unwrap();
    assert_eq!((&token["authenticationContexts"], &token["tokenType"]), (&json!(["c1"]), &json!("Bearer")));
    assert!(token["amr"].as_array().unwrap().contains(&json!("fido")));
    assert_eq!(token["claims"]["access_token"]["xms_cc"]["values"], json!(["cp1"]));
    assert_eq!(host.pages(), 2);

    // The passkey that met one context meets the next: no page.
    let both = host.run("token.acquire", acrs("c2")).await.unwrap();
    assert_eq!(both["authenticationContexts"], json!(["c1", "c2"]));
    assert_eq!(host.pages(), 2);

    host.run("session.disconnect", json!({})).await.unwrap();
    let context = host.run("session.show", json!({})).await.unwrap();
    assert_eq!((&context["connected"], &context["tokens"]), (&json!(false), &json!([])));
    assert!(emulator.journal().iter().all(|entry| entry.violation.is_none()), "{:#?}", emulator.journal());
}

#[tokio::test]
async fn a_token_that_is_there_is_at_hand() {
    let emulator = contoso().await;
    let host = Host::new(&emulator, emulator.robot(ADELE), json!({}));
    let at_hand = |request: Value| {
        let mut room = vec![0; 1 << 14];
        let length = operations::at_hand(&host.session, "token.acquire", request.to_string().as_bytes(), &mut room)?;
        Some(serde_json::from_slice::<Value>(&room[..length]).unwrap())
    };
    assert_eq!(at_hand(json!({})), None);
    host.run("session.connect", json!({})).await.unwrap();
    let asked = emulator.journal().len();
    assert_eq!(at_hand(json!({"resource": "graph"})), Some(host.run("token.acquire", json!({})).await.unwrap()));
    for request in
        [json!({"force": true}), json!({"resource": "arm"}), json!({"resource": "no such"}), acrs("c1"), json!({"claims": "none"})]
    {
        assert_eq!(at_hand(request.clone()), None, "{request}");
    }
    host.run("token.acquire", acrs("c1")).await.unwrap();
    assert_eq!(at_hand(acrs("c1")).unwrap()["authenticationContexts"], json!(["c1"]));
    host.run("session.disconnect", json!({})).await.unwrap();
    assert_eq!(at_hand(json!({})), None);
    assert!(emulator.journal().len() > asked);
}

#[tokio::test]
async fn graph_and_azure_are_two_clients_and_one_account() {
    let emulator = contoso().await;
    let host = Host::new(&emulator, emulator.robot(ADELE), json!({}));
    let context = host.run("session.connect", json!({"resources": ["graph", "arm"]})).await.unwrap();
    let resources: Vec<_> = context["tokens"].as_array().unwrap().iter().map(|token| token["resource"].clone()).collect();
    assert_eq!(resources, [json!("graph"), json!("arm")]);
    assert_eq!(host.pages(), 2);
}

#[tokio::test]
async fn tls_with_a_trusted_root_works_and_without_it_is_named() {
    let options = Options { tls: true, ..Options::default() };
    let emulator = Emulator::start_with(Scenario::contoso().unwrap(), options).await.unwrap();
    let host = Host::new(&emulator, emulator.robot(ADELE), json!({}));
    host.run("session.connect", json!({})).await.unwrap();

    let distrusting = Host::new(&emulator, emulator.robot(ADELE), json!({"trustedRootsFile": null}));
    let error = distrusting.run("session.connect", json!({})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TlsFailed, "{error:?}");
}

#[tokio::test]
async fn the_wrong_account_is_refused_and_then_the_page_lets_choose() {
    let emulator = contoso().await;
    let host = Host::new(&emulator, emulator.robot(MEGAN), json!({"account": ADELE}));
    let error = host.run("session.connect", json!({})).await.unwrap_err();
    assert_eq!((error.code, error.target.as_deref()), (ErrorCode::AccountMismatch, Some(MEGAN)));
    assert_eq!(host.run("session.show", json!({})).await.unwrap()["tokens"], json!([]));
    host.run("session.connect", json!({})).await.unwrap_err();
    let prompts: Vec<_> = emulator.journal().iter().filter_map(|entry| entry.query.get("prompt").cloned()).collect();
    assert_eq!(prompts, ["select_account"]);
}

#[tokio::test]
async fn what_a_user_does_on_the_pages_has_its_own_error() {
    for (manner, patience, expected) in [(Manner::Cancel, 60, ErrorCode::SignInCancelled), (Manner::Close, 1, ErrorCode::SignInTimeout)] {
        let emulator = contoso().await;
        let robot = emulator.robot(ADELE).manner(manner);
        let host = Host::new(&emulator, robot, json!({"timeouts": {"signInSeconds": patience}}));
        assert_eq!(host.run("session.connect", json!({})).await.unwrap_err().code, expected, "{manner:?}");
    }
}

#[tokio::test]
async fn permissions_that_the_user_declines_are_told_as_such() {
    let mut scenario = Scenario::contoso().unwrap();
    for client in &mut scenario.clients {
        client.consent = Consent::User;
    }
    let emulator = Emulator::start(scenario).await.unwrap();
    let declining = Host::new(&emulator, emulator.robot(ADELE).manner(Manner::DeclineConsent), json!({}));
    assert_eq!(declining.run("session.connect", json!({})).await.unwrap_err().code, ErrorCode::ConsentDenied);
    let agreeing = Host::new(&emulator, emulator.robot(ADELE), json!({}));
    agreeing.run("session.connect", json!({})).await.unwrap();
}

#[tokio::test]
async fn a_context_that_nobody_can_meet_is_blocked() {
    let emulator = contoso().await;
    let host = Host::new(&emulator, emulator.robot(ADELE), json!({"timeouts": {"signInSeconds": 20}}));
    host.run("session.connect", json!({})).await.unwrap();
    let error = host.run("token.acquire", acrs("c3")).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ConditionalAccessBlocked);
    assert_eq!(error.service.unwrap().code, "AADSTS53000");
    // What the session has is none the worse for it.
    host.run("token.acquire", acrs("c1")).await.unwrap();
}

#[tokio::test]
async fn a_revoked_sign_in_is_started_anew() {
    let emulator = contoso().await;
    let host = Host::new(&emulator, emulator.robot(ADELE), json!({}));
    host.run("session.connect", json!({})).await.unwrap();
    assert!(emulator.revoke(ADELE));
    host.run("token.acquire", json!({"force": true})).await.unwrap();
    assert_eq!(host.pages(), 2);
}

#[tokio::test]
async fn faults_of_the_token_service_are_told_apart() {
    let at = |fault: Fault| fault.path("/token").times(9);
    for (fault, expected) in [
        (at(Fault::new(Service::Login)).status(200).content_type("text/html").body("<html>"), ErrorCode::CaptivePortal),
        (at(Fault::new(Service::Login)).status(429).header("retry-after", "7200"), ErrorCode::Throttled),
        (at(Fault::new(Service::Login)).status(503).header("retry-after", "0"), ErrorCode::ServiceUnavailable),
        (at(Fault::new(Service::Login)).cut(), ErrorCode::ConnectionFailed),
    ] {
        let emulator = contoso().await;
        let host = Host::new(&emulator, emulator.robot(ADELE), json!({}));
        emulator.inject(fault);
        let error = host.run("session.connect", json!({})).await.unwrap_err();
        assert_eq!(error.code, expected, "{error:?}");
        assert!(error.hint.is_some());
    }
}

#[tokio::test]
async fn no_secret_of_the_token_service_is_told() {
    let emulator = contoso().await;
    let host = Host::new(&emulator, emulator.robot(ADELE), json!({}));
    let context = host.run("session.connect", json!({"resources": ["graph", "arm"]})).await.unwrap();
    host.run("token.acquire", acrs("c1")).await.unwrap();
    let told = format!("{}{context}", host.told.lock().unwrap());
    let secrets = emulator.issued_secrets();
    assert!(secrets.len() > 6);
    for secret in secrets {
        assert!(!told.contains(&secret.value), "{:?}", secret.kind);
    }
}

#[tokio::test]
async fn a_claims_text_without_claims_is_refused_before_anything_is_sent() {
    let emulator = contoso().await;
    let host = Host::new(&emulator, emulator.robot(ADELE), json!({}));
    let error = host.run("token.acquire", json!({"claims": "Bearer realm=\"\""})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ChallengeNotFound);
    let error = host.run("session.connect", json!({"resources": ["mail server"]})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidRequest);
    assert!(emulator.journal().is_empty());
}
