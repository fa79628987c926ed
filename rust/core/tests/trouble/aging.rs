//! Sign-ins that get too old: unused, beyond the tenant's sign-in frequency, or good for one activation only.

use std::time::Duration;

use pim_core::auth::Resource;
use pim_core::error::ErrorCode;
use serde_json::{Value, json};

use crate::sign_in::{Fate, fate, refresh_tokens, renew, silently};
use crate::tenant::Tenant;

async fn with_behaviour(behaviour: Value) -> Tenant {
    let tenant = Tenant::with(
        |scenario| {
            for (name, value) in behaviour.as_object().unwrap() {
                scenario["behaviour"][name] = value.clone();
            }
        },
        |_| {},
    )
    .await;
    tenant.sign_in().await;
    tenant
}

/// What a silent caller is told, and that nothing is left to try; then the user is asked, once for each client.
async fn assert_ended(tenant: &Tenant, number: &str) {
    let known = refresh_tokens(tenant);
    let error = renew(tenant, Resource::Graph).await.unwrap_err();
    assert_eq!((error.code, error.service.unwrap().code.as_str()), (ErrorCode::SignInRequired, number));
    assert!(error.hint.is_some() && !error.causes.is_empty());
    assert_eq!(fate(tenant, Resource::Graph, known).await, Fate::Dropped);
    for resource in ["graph", "arm"] {
        let told = tenant.run("token.acquire", json!({"resource": resource, "force": true})).await;
        told.done();
        assert_eq!(told.prompts, 1, "{resource}");
    }
    renew(tenant, Resource::Graph).await.unwrap();
    tenant.assert_clean();
}

#[tokio::test]
async fn a_sign_in_that_was_not_used_for_ninety_days_ends() {
    let tenant = Tenant::signed_in().await;
    tenant.emulator.clock().advance(Duration::from_secs(91 * 24 * 3600));
    assert_ended(&tenant, "AADSTS700082").await;
}

#[tokio::test]
async fn a_sign_in_ends_with_the_tenants_sign_in_frequency() {
    let tenant = with_behaviour(json!({"signInFrequencySeconds": 3600})).await;
    renew(&tenant, Resource::Graph).await.unwrap();
    tenant.emulator.clock().advance(Duration::from_secs(3700));
    assert_ended(&tenant, "AADSTS70043").await;
}

#[tokio::test]
async fn where_every_activation_wants_a_sign_in_each_gets_one_page_and_the_sign_in_stays() {
    let tenant = Tenant::with(
        |scenario| {
            let every_time = json!({"id": "c5", "displayName": "Every time", "requires": "passkey", "signInFrequency": "everyTime"});
            scenario["authenticationContexts"].as_array_mut().unwrap().push(every_time);
            for role in scenario["pim"]["directoryRoles"].as_array_mut().unwrap() {
                if ["Global Reader", "User Administrator"].contains(&role["displayName"].as_str().unwrap()) {
                    role["policy"]["authenticationContext"] = json!("c5");
                }
            }
        },
        |_| {},
    )
    .await;
    tenant.sign_in().await;
    let first = tenant.activate("directory", &["Global Reader"], json!({"duration": "PT1H"})).await;
    assert_eq!((first.only()["status"].as_str(), first.prompts), (Some("Activated"), 1), "{:#}", first.only());
    let known = refresh_tokens(&tenant);
    tenant.emulator.clock().advance(Duration::from_secs(301));
    tenant.forget();
    let second = tenant.activate("directory", &["User Administrator"], json!({"duration": "PT1H"})).await;
    assert_eq!((second.only()["status"].as_str(), second.prompts), (Some("Activated"), 1), "{:#}", second.only());
    assert_eq!(tenant.activations().last(), Some(&201));
    assert!(tenant.activations().len() <= 2, "{:?}", tenant.activations());
    tenant.assert_clean();

    // Without the user the context is refused; for everything else the sign-in is as good as before.
    assert!(refresh_tokens(&tenant) > known);
    tenant.emulator.clock().advance(Duration::from_secs(301));
    let known = refresh_tokens(&tenant);
    let error = silently(&tenant, "c5").await.unwrap_err();
    assert_eq!((error.code, error.service.unwrap().code.as_str()), (ErrorCode::SignInRequired, "AADSTS50078"));
    assert!(error.claims.unwrap().contains("c5"));
    assert_eq!(fate(&tenant, Resource::Graph, known).await, Fate::Kept);
}
