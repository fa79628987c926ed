//! Everybody's eligibilities for directory roles, as administrators read them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod tenant;

use std::collections::BTreeSet;

use pim_emulator::{Fault, Service};
use serde_json::{Value, json};
use tenant::{ADELE, Tenant, Told};

const OPERATION: &str = "directoryRole.eligibility";
const INSTANCES: &str = "roleEligibilityScheduleInstances";
const POLICIES: &str = "roleManagementPolicyAssignments";
const NAMES: [&str; 14] = [
    "id",
    "principalId",
    "roleDefinitionId",
    "directoryScopeId",
    "appScopeId",
    "startDateTime",
    "endDateTime",
    "memberType",
    "roleEligibilityScheduleId",
    "roleDefinition",
    "principal",
    "PrincipalName",
    "RoleName",
    "Policy",
];

/// Adele may see everybody's roles, and gets pages of this size.
async fn administrated(page_size: usize) -> Tenant {
    let change = |scenario: &mut Value| {
        scenario["pim"]["behaviour"]["pageSize"] = json!(page_size);
        let assignments = scenario["pim"]["directoryAssignments"].as_array_mut().unwrap();
        assignments.push(json!({"principal": ADELE, "role": "Privileged Role Administrator"}));
    };
    let tenant = Tenant::with(change, |_| {}).await;
    tenant.sign_in().await;
    tenant
}

#[tokio::test]
async fn every_eligibility_has_names_and_its_roles_policy() {
    let tenant = administrated(100).await;
    let told = tenant.run(OPERATION, json!({})).await;
    assert_eq!(told.done()["count"], told.outputs.len());
    assert!(told.outputs.iter().map(|row| row["principalId"].to_string()).collect::<BTreeSet<_>>().len() > 1);
    for row in &told.outputs {
        assert_eq!(row.as_object().unwrap().keys().collect::<Vec<_>>(), NAMES);
        assert_eq!(row["PrincipalName"], row["principal"]["displayName"]);
        assert_eq!(row["RoleName"], row["roleDefinition"]["displayName"]);
        assert_eq!(row["Policy"].as_object().unwrap().len(), 41);
        assert_eq!((&row["Policy"]["RoleName"], &row["Policy"]["RoleID"]), (&json!(""), &row["roleDefinition"]["templateId"]));
    }
    let reader = told.outputs.iter().find(|row| row["RoleName"] == "Global Reader").unwrap();
    assert_eq!(reader["Policy"]["AuthenticationContext_Value"], "c1");
    tenant.assert_clean();
}

#[tokio::test]
async fn policies_are_read_once_and_pages_are_followed() {
    let tenant = administrated(7).await;
    let told = tenant.run(OPERATION, json!({})).await;
    assert_eq!(ids(&told).len(), told.outputs.len());
    let roles = tenant.emulator.state().scenario.pim.directory_roles.len();
    assert_eq!(tenant.asked("GET", POLICIES).len(), roles.div_ceil(7));
    assert_eq!(tenant.asked("GET", INSTANCES).len(), told.outputs.len().div_ceil(7));
    assert_eq!(tenant.emulator.journal().len(), roles.div_ceil(7) + told.outputs.len().div_ceil(7));
}

fn ids(told: &Told) -> BTreeSet<String> {
    told.outputs.iter().map(|row| row["id"].to_string()).collect()
}

/// Apart from times: each emulator counts them from its own start.
fn rows(told: &Told) -> BTreeSet<String> {
    told.outputs.iter().map(|row| json!([row["id"], row["RoleName"], row["roleDefinition"], row["principal"]]).to_string()).collect()
}

/// All eligibilities, read from pages that hold all of them, and from small pages. Each is there once.
async fn in_small_pages(disturb: impl FnOnce(&Tenant)) -> (Tenant, Told) {
    let tenant = administrated(100).await;
    let all = tenant.run(OPERATION, json!({"policy": false})).await;
    let tenant = administrated(2).await;
    disturb(&tenant);
    let told = tenant.run(OPERATION, json!({"policy": false})).await;
    assert_eq!(told.done()["count"], all.done()["count"]);
    assert_eq!((told.outputs.len(), rows(&told)), (all.outputs.len(), rows(&all)));
    tenant.assert_clean();
    (tenant, told)
}

#[tokio::test]
async fn a_long_list_is_read_role_by_role() {
    let (tenant, told) = in_small_pages(|_| {}).await;
    assert_eq!(tenant.asked("GET", INSTANCES).len(), 5, "pages by their links");
    let roles = tenant.emulator.state().scenario.pim.directory_roles.len();
    let batches = tenant.asked("POST", "/$batch").len();
    assert!((roles.div_ceil(20)..told.outputs.len() / 2).contains(&batches), "{batches}");
}

#[tokio::test]
async fn what_the_lists_of_the_roles_do_not_show_is_read_page_by_page() {
    let fault = || Fault::new(Service::Graph).path("roleDefinitionId").in_batch();
    let lists = [fault().status(403).body(json!({})), fault().times(1000).status(200).body(json!({"value": []}))];
    for lists in lists {
        let (tenant, told) = in_small_pages(|tenant| tenant.emulator.inject(lists)).await;
        assert_eq!(tenant.asked("GET", INSTANCES).len(), told.outputs.len().div_ceil(2));
        assert!(told.said("page by page"));
    }
    let (tenant, _) = in_small_pages(|tenant| {
        tenant.emulator.inject(Fault::new(Service::Graph).path("roleDefinitions").status(403).body(json!({})));
    })
    .await;
    assert!(tenant.asked("POST", "/$batch").is_empty());
}

#[tokio::test]
async fn compact_rows_are_the_same_rows() {
    let tenant = administrated(100).await;
    let whole = tenant.run(OPERATION, json!({})).await;
    let compact = tenant.run(OPERATION, json!({"compact": true})).await;
    let (mut told, mut lists) = (BTreeSet::new(), Vec::new());
    for (whole, mut compact) in whole.outputs.into_iter().zip(compact.outputs) {
        if !told.insert(whole["roleDefinitionId"].to_string()) {
            assert_eq!((&compact["roleDefinition"], &compact["Policy"]), (&Value::Null, &Value::Null));
            for name in ["roleDefinition", "Policy"] {
                compact[name] = whole[name].clone();
            }
        }
        if let Some(values) = compact["principal"].as_array() {
            let list = values[0].as_u64().map_or(lists.len(), |number| usize::try_from(number).unwrap());
            if let Some(names) = values[0].as_array() {
                lists.push(names.clone());
            }
            let names = lists[list].iter().map(|name| name.as_str().unwrap().to_owned());
            compact["principal"] = names.zip(values[1..].to_vec()).collect();
        }
        assert_eq!(compact, whole);
    }
}

#[tokio::test]
async fn without_policies_there_is_no_such_property() {
    let tenant = administrated(100).await;
    let told = tenant.run(OPERATION, json!({"policy": false})).await;
    assert_eq!(told.outputs[0].as_object().unwrap().keys().collect::<Vec<_>>(), NAMES[..13]);
    assert_eq!(tenant.asked("GET", POLICIES).len(), 0);
}

#[tokio::test]
async fn one_role_without_a_policy_does_not_end_the_list() {
    let tenant = administrated(100).await;
    tenant.emulator.inject(Fault::new(Service::Graph).path(POLICIES).status(200).body(json!({"value": [
        {"roleDefinitionId": "F2EF992C-3AFB-46B9-B7CF-A126EE74C451", "policyId": "p", "policy": {"rules": []}}, {"policy": null}, 7
    ]})));
    let told = tenant.run(OPERATION, json!({})).await;
    assert_eq!(told.done()["count"], told.outputs.len());
    let policy = |name: &str| &told.outputs.iter().find(|row| row["RoleName"] == name).unwrap()["Policy"];
    assert_eq!(policy("Global Reader")["PolicyID"], "p");
    assert_eq!(*policy("Security Administrator"), Value::Null);
}

#[tokio::test]
async fn a_list_that_is_not_whole_is_an_error() {
    let tenant = administrated(4).await;
    tenant.emulator.inject(Fault::new(Service::Graph).path(INSTANCES).status(404).body(json!({})));
    assert_eq!(tenant.run(OPERATION, json!({})).await.failed().code.as_str(), "NotFound");
    tenant.emulator.inject(Fault::new(Service::Graph).path(POLICIES).status(403).body(json!({})));
    assert_eq!(tenant.run(OPERATION, json!({})).await.failed().code.as_str(), "AccessDenied");
    let plain = Tenant::signed_in().await;
    assert_eq!(plain.run(OPERATION, json!({})).await.failed().code.as_str(), "AccessDenied");
}
