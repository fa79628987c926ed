//! Contoso with an administrator of Azure, and what was asked of it.

use pim_emulator::{Fault, Service};
use serde_json::{Value, json};

use crate::tenant::{Tenant, Told};

pub const SUBSCRIPTIONS: &str = "subscription.eligibility";
pub const GROUPS: &str = "managementGroup.eligibility";
pub const PRODUCTION: &str = "6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1";
pub const DEVELOPMENT: &str = "a3c8e5f0-7d14-4a62-b9f3-0e5d6c2b8f12";
pub const ROOT: &str = "/providers/Microsoft.Management/managementGroups/b2e4f0d6-5a31-4a0e-9d4c-1f0c7a6d9c11";
pub const PLATFORM: &str = "/providers/Microsoft.Management/managementGroups/contoso-platform";

/// Adele administers the whole of Azure.
pub fn administer(scenario: &mut Value) {
    let grants = scenario["pim"]["resourceAssignments"].as_array_mut().unwrap();
    grants.push(json!({"principal": "adele@contoso.example", "role": "Owner", "scope": ROOT}));
}

pub fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// So many more subscriptions, each with two eligibilities.
fn subscriptions(scenario: &mut Value, count: usize) {
    administer(scenario);
    for number in 0..count {
        let scope = format!("/subscriptions/{}", id(number));
        let scopes = scenario["pim"]["resourceScopes"].as_array_mut().unwrap();
        scopes.push(json!({"id": scope, "displayName": format!("Branch {number}"), "parent": PLATFORM}));
        for role in ["Contributor", "Reader"] {
            let grants = scenario["pim"]["resourceEligibilities"].as_array_mut().unwrap();
            grants.push(json!({"principal": "megan@contoso.example", "role": role, "scope": scope}));
        }
    }
}

pub async fn with_subscriptions(count: usize, scenario: impl FnOnce(&mut Value), config: impl FnOnce(&mut Value)) -> Tenant {
    let tenant = Tenant::with(
        |text| {
            subscriptions(text, count);
            scenario(text);
        },
        config,
    )
    .await;
    tenant.sign_in().await;
    tenant
}

pub async fn administered() -> Tenant {
    with_subscriptions(0, |_| {}, |_| {}).await
}

pub fn on_batch() -> Fault {
    Fault::new(Service::Arm).method("POST").path("/batch")
}

/// The names of the requests in each batch that was sent.
pub fn batches(tenant: &Tenant) -> Vec<Vec<String>> {
    let sent = tenant.asked("POST", "/batch").into_iter().map(|entry| entry.body.unwrap());
    sent.map(|body| body["requests"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()).collect()
}

pub fn ids(told: &Told) -> Vec<String> {
    told.outputs.iter().map(|output| output["id"].as_str().unwrap().to_owned()).collect()
}

pub fn answered(responses: Value) -> Fault {
    on_batch().status(200).body(json!({ "responses": responses }))
}

pub fn ask(count: usize) -> Value {
    json!({"ids": (0..count).map(id).collect::<Vec<_>>()})
}
