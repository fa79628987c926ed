//! Continuous access evaluation: a service takes a token no more, and says with claims what it wants instead.

use pim_core::auth::Resource;
use pim_emulator::JournalEntry;
use pim_emulator::tokens::CriticalEvent;
use serde_json::{Value, json};

use crate::sign_in::{Fate, context, fate, refresh_tokens, renew};
use crate::tenant::{ADELE, Tenant};

const EVENTS: [CriticalEvent; 2] = [CriticalEvent::OutdatedPolicies, CriticalEvent::Location];

fn statuses(entries: &[JournalEntry]) -> Vec<u16> {
    entries.iter().map(|entry| entry.status).collect()
}

fn grants(tenant: &Tenant) -> Vec<Value> {
    let requests = tenant.asked("POST", "/oauth2/v2.0/token");
    requests.into_iter().map(|entry| entry.body.unwrap()["grant_type"].clone()).collect()
}

#[tokio::test]
async fn a_read_goes_on_with_a_new_token_and_without_the_user() {
    for event in EVENTS {
        let tenant = Tenant::signed_in().await;
        let azure = format!("{}/subscriptions?api-version=2022-12-01", tenant.emulator.arm());
        assert!(tenant.emulator.challenge(ADELE, event));
        for (uri, path) in [("/v1.0/me", "/v1.0/me"), (azure.as_str(), "/subscriptions")] {
            tenant.forget();
            let told = tenant.run("rest.invoke", json!({ "uri": uri })).await;
            assert_eq!((&told.done()["status"], told.prompts), (&json!(200), 0), "{event:?} {uri}");
            assert_eq!(statuses(&tenant.asked("GET", path)), [401, 200], "{event:?} {uri}");
            assert_eq!(grants(&tenant), ["refresh_token"]);
            tenant.assert_clean();
        }
        let known = refresh_tokens(&tenant);
        for resource in [Resource::Graph, Resource::Arm] {
            assert_eq!(fate(&tenant, resource.clone(), known + usize::from(resource == Resource::Arm)).await, Fate::Kept);
        }
    }
}

#[tokio::test]
async fn many_requests_share_the_new_token() {
    let tenant = Tenant::signed_in().await;
    assert!(tenant.emulator.challenge(ADELE, CriticalEvent::OutdatedPolicies));
    let told = tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await;
    told.done();
    assert!(!told.outputs.is_empty() && told.prompts == 0);
    let resource = tenant.run("role.list", json!({"kind": "resource", "state": "eligible"})).await;
    assert!(!resource.outputs.is_empty() && resource.prompts == 0);
    assert_eq!(grants(&tenant).len(), 2, "one for each client");
}

#[tokio::test]
async fn an_activation_that_is_evaluated_anew_loses_neither_its_context_nor_its_order() {
    for kind in ["directory", "resource"] {
        let tenant = Tenant::signed_in().await;
        let role = if kind == "directory" { "Global Administrator" } else { "Owner" };
        // The stronger token is there already, and it is the one that is refused.
        tenant
            .run("token.acquire", json!({"resource": if kind == "directory" { "graph" } else { "arm" }, "claims": context("c1")}))
            .await
            .done();
        assert!(tenant.emulator.challenge(ADELE, CriticalEvent::OutdatedPolicies));
        tenant.forget();
        let told = tenant.activate(kind, &[role], json!({"duration": "PT1H"})).await;
        assert_eq!((told.only()["status"].as_str(), told.prompts), (Some("Activated"), 0), "{:#}", told.only());
        assert_eq!(told.only()["authenticationContexts"], json!(["c1"]));
        assert_eq!(tenant.activations().iter().filter(|status| **status == 201).count(), 1);
        tenant.assert_clean();
    }
}

#[tokio::test]
async fn ended_sessions_lead_to_the_page_once_and_the_old_sign_in_is_gone() {
    let tenant = Tenant::signed_in().await;
    assert!(tenant.emulator.revoke(ADELE));
    let told = tenant.run("rest.invoke", json!({"uri": "/v1.0/me"})).await;
    assert_eq!((&told.done()["status"], told.prompts), (&json!(200), 1));
    assert_eq!(statuses(&tenant.asked("GET", "/v1.0/me")), [401, 200]);
    // The dead one was tried once and never again.
    assert_eq!(grants(&tenant), ["refresh_token", "authorization_code"]);
    let known = refresh_tokens(&tenant);
    assert_eq!(fate(&tenant, Resource::Graph, known).await, Fate::Kept);
    // Azure's client finds out when it is used.
    renew(&tenant, Resource::Arm).await.unwrap_err();
    assert_eq!(fate(&tenant, Resource::Arm, known + 1).await, Fate::Dropped);
}
