//! Lists: whole, named, untouched.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod tenant;

use pim_emulator::{Fault, Service};
use serde_json::{Value, json};
use tenant::Tenant;

async fn list(tenant: &Tenant, kind: &str, state: &str) -> Vec<Value> {
    let told = tenant.run("role.list", json!({"kind": kind, "state": state})).await;
    assert_eq!(told.done()["count"], told.outputs.len());
    told.outputs
}

fn of<'a>(entries: &'a [Value], name: &str) -> &'a Value {
    entries.iter().find(|entry| entry["roleName"] == name).unwrap_or_else(|| panic!("no {name} in {entries:#?}"))
}

#[tokio::test]
async fn directory_roles_have_names_scopes_and_the_services_own_object() {
    let tenant = Tenant::signed_in().await;
    let entries = list(&tenant, "directory", "eligible").await;
    let reader = of(&entries, "Global Reader");
    assert_eq!((&reader["scope"], &reader["scopeType"], &reader["memberType"]), (&json!("/"), &json!("directory"), &json!("Direct")));
    assert_eq!(reader["principalName"], "Adele Vance");
    assert_eq!(reader["raw"]["roleDefinitionId"], reader["roleDefinitionId"]);
    assert_eq!(reader["raw"]["id"], reader["scheduleId"]);
    assert!(reader.get("endDateTime").is_none(), "permanent");
    assert!(of(&entries, "Exchange Administrator")["endDateTime"].is_string());
    assert_eq!(of(&entries, "Groups Administrator")["scopeType"], "administrativeUnit");
    assert_eq!(of(&entries, "Security Reader")["memberType"], "Group");
    let active = list(&tenant, "directory", "active").await;
    assert_eq!(of(&active, "Directory Readers")["assignmentType"], "Assigned");
    tenant.assert_clean();
}

#[tokio::test]
async fn names_of_units_and_groups_are_told_where_they_may_be_read() {
    let tenant = Tenant::contoso().await;
    tenant.run("session.connect", json!({"resources": ["graph"]})).await.done();
    let without = list(&tenant, "directory", "eligible").await;
    assert!(of(&without, "Groups Administrator").get("scopeName").is_none());
    let scopes = ["Directory.Read.All", "RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory"];
    tenant.run("token.acquire", json!({"resource": "graph", "scopes": scopes})).await.done();
    tenant.emulator.inject(Fault::new(Service::Graph).path("getByIds").status(200).body(json!({"value": [
        {"@odata.type": "#microsoft.graph.administrativeUnit", "id": "2D8F6B3A-91c4-4e7d-b5a0-6c3e1f9d8a88", "displayName": "Sales EMEA"},
        {"@odata.type": "#microsoft.graph.group", "id": "4b7e9c2d-8a15-4f3e-9d60-5e1c7a3b2f99", "displayName": "Security Operations"},
        {"id": 7}, null
    ]})));
    let named = list(&tenant, "directory", "eligible").await;
    assert_eq!(of(&named, "Groups Administrator")["scopeName"], "Sales EMEA");
    assert_eq!(of(&named, "Security Reader")["principalName"], "Security Operations");
}

#[tokio::test]
async fn all_pages_are_read_and_each_item_once() {
    let small = |scenario: &mut Value| scenario["pim"]["behaviour"]["pageSize"] = json!(3);
    let (paged, whole) = (Tenant::with(small, |_| {}).await, Tenant::contoso().await);
    for tenant in [&paged, &whole] {
        tenant.sign_in().await;
    }
    for (kind, state, path) in [("directory", "eligible", "roleEligibilitySchedules"), ("resource", "eligible", "roleEligibilitySchedules")]
    {
        let ids =
            |entries: Vec<Value>| entries.into_iter().map(|entry| entry["scheduleId"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let (in_pages, at_once) = (ids(list(&paged, kind, state).await), ids(list(&whole, kind, state).await));
        assert_eq!(in_pages.len(), at_once.len());
        let unique: std::collections::BTreeSet<_> = in_pages.iter().collect();
        assert_eq!(unique.len(), in_pages.len());
        assert!(paged.asked("GET", path).len() > 2);
        paged.forget();
    }
    paged.assert_clean();
}

#[tokio::test]
async fn a_list_that_breaks_off_is_an_error() {
    let tenant = Tenant::with(|scenario| scenario["pim"]["behaviour"]["pageSize"] = json!(3), |_| {}).await;
    tenant.sign_in().await;
    tenant.emulator.inject(Fault::new(Service::Graph).path("roleEligibilitySchedules").skip(2).status(404).body("gone"));
    let told = tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await;
    assert_eq!(told.failed().code.as_str(), "NotFound");
    assert_eq!(told.outputs.len(), 6);
}

#[tokio::test]
async fn resource_roles_have_names_scopes_and_the_services_own_object() {
    let tenant = Tenant::signed_in().await;
    let entries = list(&tenant, "resource", "eligible").await;
    let owner = of(&entries, "Owner");
    assert_eq!((&owner["scopeName"], &owner["scopeType"]), (&json!("rg-payments"), &json!("resourcegroup")));
    assert_eq!(owner["raw"]["properties"]["scope"], owner["scope"]);
    assert_eq!(owner["principalName"], "Adele Vance");
    let through_group = of(&entries, "Storage Blob Data Contributor");
    assert_eq!((&through_group["memberType"], &through_group["principalName"]), (&json!("Group"), &json!("Storage Operators")));
    let active = list(&tenant, "resource", "active").await;
    assert_eq!(of(&active, "Reader")["assignmentType"], "Assigned");
    tenant.assert_clean();
}

#[tokio::test]
async fn rows_without_names_get_the_roles_name_by_its_id() {
    let tenant = Tenant::signed_in().await;
    let scope = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1";
    let definition = format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7");
    let row =
        json!({"id": "/x", "name": "x", "properties": {"scope": scope, "roleDefinitionId": definition, "principalId": "p", "unknown": 1}});
    tenant.emulator.inject(Fault::new(Service::Arm).path("roleEligibilitySchedules").status(200).body(json!({"value": [row, row]})));
    let entries = list(&tenant, "resource", "eligible").await;
    assert_eq!((&entries[0]["roleName"], &entries[0]["scopeType"]), (&json!("Reader"), &json!("subscription")));
    assert_eq!(entries[0]["raw"]["properties"]["unknown"], 1);
    assert_eq!(tenant.asked("GET", "roleDefinitions").len(), 1);
}

#[tokio::test]
async fn authentication_contexts_are_listed() {
    let tenant = Tenant::signed_in().await;
    let told = tenant.run("authenticationContext.list", json!({})).await;
    assert_eq!(told.done()["count"], 3);
    assert_eq!((&told.outputs[0]["id"], &told.outputs[0]["displayName"]), (&json!("c1"), &json!("Require passkey")));
    tenant.assert_clean();
}
