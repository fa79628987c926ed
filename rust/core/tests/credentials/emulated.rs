//! Device code and applications at the emulator.

use pim_core::error::ErrorCode;
use pim_emulator::scenario::DeviceCodeFlow;
use pim_emulator::{Emulator, Scenario};
use serde_json::{Value, json};

use crate::host::{ADELE, Host, contoso};

const APP: &str = "d1a7c5e3-2f4b-4d68-9c0a-7e5b3d1f9a47";
const SECRET: &str = "rehearsal-secret-of-contoso-automation";

fn quick() -> Scenario {
    let mut scenario = Scenario::contoso().unwrap();
    scenario.behaviour.device_code_interval_seconds = 1;
    scenario
}

fn by_device(emulator: &Emulator) -> Host {
    Host::new(emulator, json!({"kind": "deviceCode"}), json!({})).unwrap().with(emulator.robot(ADELE))
}

fn by_secret(emulator: &Emulator, secret: &str) -> Host {
    Host::new(emulator, json!({"kind": "clientSecret", "secret": secret}), json!({"clientId": APP})).unwrap()
}

#[tokio::test]
async fn a_user_at_another_device_signs_in_and_steps_up() {
    let emulator = Emulator::start(quick()).await.unwrap();
    let host = by_device(&emulator);
    let context = host.run("session.connect", json!({})).await.unwrap();
    assert_eq!((&context["account"]["username"], &context["account"]["kind"]), (&json!(ADELE), &json!("user")));
    assert_eq!(host.token_with("graph", "c1").await.unwrap()["authenticationContexts"], json!(["c1"]));
    assert!(host.run("role.list", json!({"kind": "directory", "state": "eligible"})).await.is_ok());
}

#[tokio::test]
async fn a_context_that_a_device_code_does_not_bring_is_an_error_with_a_way_out() {
    let mut scenario = quick();
    scenario.behaviour.device_code_honours_claims = false;
    let emulator = Emulator::start(scenario).await.unwrap();
    let error = by_device(&emulator).token_with("graph", "c1").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ChallengeUnsatisfied, "{error:?}");
    assert!(error.hint.unwrap().contains("browser") && error.claims.unwrap().contains("c1"));
}

#[tokio::test]
async fn a_policy_that_blocks_the_flow_at_the_token_points_to_the_browser() {
    let mut scenario = quick();
    scenario.behaviour.device_code_flow = DeviceCodeFlow::BlockedAtToken;
    let emulator = Emulator::start(scenario).await.unwrap();
    let error = by_device(&emulator).token("graph").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ConditionalAccessBlocked, "{error:?}");
    assert!(error.hint.unwrap().contains("browser"));
}

#[tokio::test]
async fn an_application_reads_what_an_administrator_may_and_activates_nothing() {
    let emulator = contoso().await;
    let host = by_secret(&emulator, SECRET);
    let context = host.run("session.connect", json!({"resources": ["graph", "arm"]})).await.unwrap();
    assert_eq!((&context["account"]["kind"], &context["account"]["username"]), (&json!("application"), &json!(APP)));
    assert_eq!(context["tokens"].as_array().unwrap().len(), 2);
    let contexts: Value = host.run("authenticationContext.list", json!({})).await.unwrap();
    assert!(contexts.is_object());
    let error = host.run("role.activate", json!({"kind": "directory", "roles": [{"name": "Reports Reader"}]})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::CredentialUnsuited, "{error:?}");
}

#[tokio::test]
async fn a_wrong_and_an_expired_secret_are_told_apart() {
    let emulator = contoso().await;
    for (secret, word) in [("another", "wrong"), ("expired-secret-of-contoso-automation", "expired")] {
        let error = by_secret(&emulator, secret).token("graph").await.unwrap_err();
        assert_eq!(error.code, ErrorCode::SignInFailed, "{error:?}");
        assert!(error.message.contains(word), "{error}");
    }
}
