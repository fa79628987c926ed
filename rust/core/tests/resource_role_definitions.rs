//! The Azure roles of a scope, and how one of them is found.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod tenant;

use serde_json::{Value, json};
use tenant::{PATTI, Tenant};

const SUBSCRIPTION: &str = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1";

async fn definitions(tenant: &Tenant, scope: &str) -> Vec<Value> {
    let told = tenant.run("resourceRole.definitions", json!({ "scope": scope })).await;
    assert_eq!(told.done()["count"], told.outputs.len());
    told.outputs
}

#[tokio::test]
async fn definitions_are_listed_by_name_at_every_form_of_a_scope() {
    let tenant = Tenant::administered().await;
    let at_subscription = definitions(&tenant, SUBSCRIPTION).await;
    let names: Vec<_> = at_subscription.iter().map(|role| role["RoleName"].as_str().unwrap()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(names, sorted);
    let contributor = at_subscription.iter().find(|role| role["RoleName"] == "Contributor").unwrap();
    assert_eq!(contributor.as_object().unwrap().keys().collect::<Vec<_>>(), ["RoleName", "Description", "Id", "roleDefinitionId"]);
    assert_eq!(contributor["Id"], "b24988ac-6180-42a0-ab88-20f7382dd24c");
    assert!(contributor["roleDefinitionId"].as_str().unwrap().starts_with(SUBSCRIPTION));
    let bare = SUBSCRIPTION.trim_start_matches('/');
    for form in [bare, &format!("{bare}/"), &format!("//{bare}//"), &format!("providers/Microsoft.Subscription/{bare}")] {
        assert_eq!(definitions(&tenant, form).await, at_subscription, "{form}");
    }
    for form in [
        "/",
        "providers/Microsoft.Management/managementGroups/contoso-platform",
        &format!("{bare}/resourceGroups/rg-payments/"),
        &format!("{bare}/resourceGroups/rg-payments/providers/Microsoft.KeyVault/vaults/kv-contoso-pay"),
    ] {
        assert_eq!(definitions(&tenant, form).await.len(), at_subscription.len(), "{form}");
    }
    tenant.assert_clean();
}

#[tokio::test]
async fn all_pages_of_definitions_are_sorted_together() {
    let tenant = Tenant::of(PATTI, |scenario| scenario["pim"]["behaviour"]["pageSize"] = json!(2), |_| {}).await;
    tenant.sign_in().await;
    let roles = definitions(&tenant, SUBSCRIPTION).await;
    assert!(roles.is_sorted_by_key(|role| role["RoleName"].as_str().unwrap().to_lowercase()));
    assert!(tenant.asked("GET", "roleDefinitions").len() > 2);
}

#[tokio::test]
async fn a_scope_that_is_none_is_refused_before_anything_is_sent() {
    let tenant = Tenant::contoso().await;
    for scope in ["", " ", "/subscriptions/../x", "/a?b", "a//b"] {
        let told = tenant.run("resourceRole.definitions", json!({ "scope": scope })).await;
        assert_eq!((told.failed().code.as_str(), told.failed().target.as_deref()), ("InvalidRequest", Some("scope")), "{scope}");
    }
    assert!(tenant.emulator.journal().is_empty());
    let tenant = Tenant::administered().await;
    let told = tenant.run("resourceRole.definitions", json!({"scope": "/subscriptions/00000000-0000-0000-0000-000000000000"})).await;
    assert_eq!(told.failed().code.as_str(), "ScopeNotFound");
}
