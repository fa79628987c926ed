//! Policies of directory roles, as administrators read them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod tenant;

use pim_emulator::{Fault, Service};
use serde_json::json;
use tenant::Tenant;

const POLICIES: &str = "roleManagementPolicyAssignments";

#[tokio::test]
async fn a_directory_roles_policy_is_read_by_name_and_by_id() {
    let tenant = Tenant::signed_in().await;
    let named = tenant.run("directoryRole.policy", json!({"roleName": "Privileged Role Administrator"})).await;
    let policy = named.done();
    assert_eq!(policy.as_object().unwrap().len(), 41);
    assert_eq!(policy["RoleName"], "Privileged Role Administrator");
    assert_eq!(policy["ApprovalRequired"], true);
    assert!(policy["Approvers"].as_str().unwrap().starts_with("@{\"id\"=\""), "{policy:#}");
    assert_eq!(policy["AllowPermanentEligibleAssignment"], "true");
    assert_eq!(tenant.asked("GET", POLICIES).len(), 1);
    let by_id = tenant.run("directoryRole.policy", json!({"roleId": policy["RoleID"]})).await;
    let mut expected = policy.clone();
    expected["RoleName"] = json!("");
    assert_eq!(*by_id.done(), expected);
    tenant.assert_clean();
}

#[tokio::test]
async fn a_policys_role_is_found_whatever_its_name_holds() {
    let id = "11111111-2222-4333-8444-555555555555";
    let name = "Ümläut's & 50%+ \"#Reader";
    let tenant = Tenant::with(
        |scenario| {
            let roles = scenario["pim"]["directoryRoles"].as_array_mut().unwrap();
            roles.push(json!({"id": id, "displayName": name, "isBuiltIn": false}));
        },
        |_| {},
    )
    .await;
    tenant.sign_in().await;
    let told = tenant.run("directoryRole.policy", json!({"roleName": name})).await;
    assert_eq!((&told.done()["RoleID"], &told.done()["RoleName"]), (&json!(id), &json!(name)));
    let other_case = tenant.run("directoryRole.policy", json!({"roleName": "GLOBAL READER"})).await;
    assert_eq!(other_case.done()["RoleName"], "Global Reader");
    tenant.assert_clean();
}

#[tokio::test]
async fn an_unknown_role_gets_the_nearest_names() {
    let tenant = Tenant::signed_in().await;
    let told = tenant.run("directoryRole.policy", json!({"roleName": "Global Raeder"})).await;
    assert_eq!(told.failed().code.as_str(), "RoleNotFound");
    assert!(told.failed().hint.as_deref().unwrap().starts_with("did you mean `Global Reader`"), "{:?}", told.failed().hint);
    let told = tenant.run("directoryRole.policy", json!({"roleId": "00000000-0000-0000-0000-000000000000"})).await;
    assert_eq!(told.failed().code.as_str(), "RoleNotFound");
    assert_eq!(tenant.asked("GET", POLICIES).len(), 1);
}

#[tokio::test]
async fn two_roles_of_one_name_are_a_question_and_not_the_first() {
    let tenant = Tenant::signed_in().await;
    tenant.emulator.inject(Fault::new(Service::Graph).path("roleDefinitions").status(200).body(json!({"value": [
        {"id": "a1", "displayName": "Helpdesk", "templateId": "a1"}, {"id": "b2", "displayName": "Helpdesk", "templateId": "b2"}
    ]})));
    let told = tenant.run("directoryRole.policy", json!({"roleName": "Helpdesk"})).await;
    assert_eq!(told.failed().code.as_str(), "RoleAmbiguous");
    assert!(told.failed().message.contains("`a1`, `b2`"), "{}", told.failed().message);
    assert_eq!(tenant.asked("GET", POLICIES).len(), 0);
}

#[tokio::test]
async fn a_custom_roles_policy_is_found_under_its_template() {
    let tenant = Tenant::signed_in().await;
    let role = json!({"id": "custom", "displayName": "Mine", "templateId": "f2ef992c-3afb-46b9-b7cf-a126ee74c451"});
    for request in [json!({"roleName": "Mine"}), json!({"roleId": "custom"})] {
        tenant.emulator.inject(Fault::new(Service::Graph).path("roleDefinitions").status(200).body(json!({"value": [role]})));
        let told = tenant.run("directoryRole.policy", request).await;
        assert_eq!(told.done()["RoleID"], "custom");
    }
}

#[tokio::test]
async fn a_role_without_a_policy_is_an_error_and_not_an_empty_object() {
    let tenant = Tenant::signed_in().await;
    tenant.emulator.inject(Fault::new(Service::Graph).path(POLICIES).times(9).status(200).body(json!({"value": []})));
    for request in [json!({"roleName": "Global Reader"}), json!({"roleId": "f2ef992c-3afb-46b9-b7cf-a126ee74c451"})] {
        assert_eq!(tenant.run("directoryRole.policy", request).await.failed().code.as_str(), "PolicyNotFound");
    }
}

#[tokio::test]
async fn a_directory_role_is_named_in_exactly_one_way() {
    let tenant = Tenant::contoso().await;
    for request in [json!({}), json!({"roleName": " "}), json!({"roleName": "a", "roleId": "b"}), json!({"rolename": "a"})] {
        assert_eq!(tenant.run("directoryRole.policy", request).await.failed().code.as_str(), "InvalidRequest");
    }
    assert!(tenant.emulator.journal().is_empty());
}
