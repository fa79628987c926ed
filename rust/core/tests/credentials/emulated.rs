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

/// A managed identity in one of the places that the emulator plays.
fn by_identity(emulator: &Emulator, place: &str, ids: Value) -> Host {
    let mut credential = json!({"kind": "managedIdentity"});
    credential.as_object_mut().unwrap().extend(ids.as_object().unwrap().clone());
    Host::new(emulator, credential, json!({"environment": emulator.environments()[place]})).unwrap()
}

#[tokio::test]
async fn each_id_of_a_managed_identity_is_told_apart_from_the_others() {
    let emulator = contoso().await;
    let identities = &Scenario::contoso().unwrap().machine.managed_identities;
    let (own, assigned) = (&identities[0], &identities[1]);
    for place in ["virtualMachine", "appService"] {
        let name = async |ids: Value| by_identity(&emulator, place, ids).token("graph").await.map(|reply| reply["clientId"].clone());
        assert_eq!(name(json!({})).await.unwrap(), own.client_id, "{place}");
        for ids in
            [json!({"clientId": assigned.client_id}), json!({"objectId": assigned.object_id}), json!({"resourceId": assigned.resource_id})]
        {
            assert_eq!(name(ids.clone()).await.unwrap(), assigned.client_id, "{place} {ids}");
        }
        // Both are GUIDs: one in the other's place is refused, and the hint says what may be mixed up.
        for (ids, word) in
            [(json!({"clientId": assigned.object_id}), "object id"), (json!({"objectId": assigned.client_id}), "application id")]
        {
            let error = name(ids.clone()).await.unwrap_err();
            assert_eq!(error.code, ErrorCode::SignInFailed, "{place} {ids}");
            assert!(error.hint.as_ref().unwrap().contains(word), "{error:?}");
        }
    }
    assert!(emulator.journal().iter().all(|entry| entry.violation.is_none()), "{:#?}", emulator.journal());
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
