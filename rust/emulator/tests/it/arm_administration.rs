//! What administrators read and change in Azure Resource Manager.

use serde_json::{Value, json};

use crate::tenant::{ADELE_ID, DEVELOPMENT, Grant, MEGAN, PLAIN, PRODUCTION, Tenant, azure_role};

const PATTI: &str = "patti@contoso.example";
const ADMINISTRATOR: Grant = Grant { user: PATTI, ..PLAIN };
const STRANGER: Grant = Grant { user: MEGAN, ..PLAIN };
const ROOT: &str = "/providers/Microsoft.Management/managementGroups/b2e4f0d6-5a31-4a0e-9d4c-1f0c7a6d9c11";
const SANDBOX: &str = "/providers/Microsoft.Management/managementGroups/contoso-sandbox";
const LEGACY: &str = "/subscriptions/c5ea0712-9f36-4c84-9b15-2a7f8e4d0134";

fn at(scope: &str, rest: &str) -> String {
    let mark = if rest.contains('?') { '&' } else { '?' };
    format!("{scope}/providers/Microsoft.Authorization/{rest}{mark}api-version=2020-10-01")
}

#[tokio::test]
async fn subscriptions_and_management_groups_are_those_below_a_role() {
    let tenant = Tenant::with(|scenario| scenario.pim.behaviour.page_size = 3).await;
    let first = tenant.arm(&ADMINISTRATOR, "GET", "/subscriptions?api-version=2022-12-01", Value::Null).await;
    assert_eq!(first.items().len(), 3);
    let second = tenant.arm(&ADMINISTRATOR, "GET", first.body["nextLink"].as_str().unwrap(), Value::Null).await;
    let all: Vec<_> = first.items().iter().chain(second.items()).collect();
    assert_eq!(all.len(), 4);
    let disabled: Vec<_> = all.iter().filter(|item| item["state"] == "Disabled").map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(disabled, [LEGACY]);

    let groups = "/providers/Microsoft.Management/managementGroups?api-version=2020-05-01";
    let listed = tenant.arm(&ADMINISTRATOR, "GET", groups, Value::Null).await;
    assert_eq!(listed.items().len(), 3);
    assert_eq!(listed.items()[2]["name"], "contoso-sandbox");
    assert_eq!(listed.items()[2]["properties"]["displayName"], "Contoso Sandbox");
    assert!(tenant.arm(&STRANGER, "GET", groups, Value::Null).await.items().is_empty());
    tenant.assert_no_violation();
    tenant.arm(&ADMINISTRATOR, "GET", &format!("{groups}&$expand=children"), Value::Null).await;
    tenant.assert_violation("$expand");
}

#[tokio::test]
async fn who_may_read_a_scope_sees_everybodys_eligibilities() {
    let tenant = Tenant::contoso().await;
    let path = at(DEVELOPMENT, "roleEligibilitySchedules");
    let reply = tenant.arm(&ADMINISTRATOR, "GET", &path, Value::Null).await;
    let members: Vec<_> = reply.items().iter().map(|item| item["properties"]["memberType"].as_str().unwrap()).collect();
    // Two of users and one of a group at the subscription, one at the group above, one of a group at the root.
    assert_eq!(members.iter().filter(|member| **member == "Direct").count(), 3, "{members:?}");
    assert_eq!(members.iter().filter(|member| **member == "Inherited").count(), 2, "{members:?}");
    let refused = tenant.arm(&STRANGER, "GET", &path, Value::Null).await;
    assert_eq!((refused.status, refused.code()), (403, "AuthorizationFailed"));
    assert!(refused.message().contains("roleEligibilitySchedules/read"));
    assert_eq!(tenant.arm(&PLAIN, "GET", &path, Value::Null).await.items().len(), 5, "a reader");

    let direct = tenant.arm(&ADMINISTRATOR, "GET", &at(SANDBOX, "roleEligibilitySchedules?$filter=atScope()"), Value::Null).await;
    let seen: Vec<_> = direct.items().iter().map(|item| (&item["properties"]["scope"], &item["properties"]["memberType"])).collect();
    assert_eq!(seen, [(&json!(SANDBOX), &json!("Direct")), (&json!(ROOT), &json!("Inherited"))]);
    tenant.assert_no_violation();
}

/// The policy's path and itself.
async fn policy(tenant: &Tenant, role: &str) -> (String, Value) {
    let definition = format!("{PRODUCTION}/providers/Microsoft.Authorization/roleDefinitions/{}", azure_role(role));
    let path = at(PRODUCTION, &format!("roleManagementPolicyAssignments?$filter=roleDefinitionId eq '{definition}'"));
    let assignments = tenant.arm(&ADMINISTRATOR, "GET", &path, Value::Null).await;
    let path = format!("{}?api-version=2020-10-01", assignments.items()[0]["properties"]["policyId"].as_str().unwrap());
    let reply = tenant.arm(&ADMINISTRATOR, "GET", &path, Value::Null).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    (path, reply.body)
}

fn rule<'a>(policy: &'a Value, id: &str) -> &'a Value {
    policy["properties"]["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap()
}

#[tokio::test]
async fn a_policy_is_found_by_its_id() {
    let tenant = Tenant::contoso().await;
    let (path, read) = policy(&tenant, "Contributor").await;
    assert_eq!(read["properties"]["rules"].as_array().unwrap().len(), 17);
    assert_eq!(rule(&read, "AuthenticationContext_EndUser_Assignment")["claimValue"], "c1");
    // The way of the module that is replaced: two slashes in front, one in front of the question mark.
    let old = tenant.arm(&ADMINISTRATOR, "GET", &format!("/{}", path.replace('?', "/?")), Value::Null).await;
    assert_eq!(old.body, read);
    let all = tenant.arm(&ADMINISTRATOR, "GET", &at(PRODUCTION, "roleManagementPolicies"), Value::Null).await;
    assert_eq!(all.items().len(), 7);
    let none = tenant.arm(&ADMINISTRATOR, "GET", &at(PRODUCTION, &format!("roleManagementPolicies/{ADELE_ID}")), Value::Null).await;
    assert_eq!(none.status, 404);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn definitions_are_served_in_the_old_modules_version_too() {
    let tenant = Tenant::contoso().await;
    let path = format!(
        "{PRODUCTION}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-05-01-preview&$filter=roleName eq 'Owner'"
    );
    let reply = tenant.arm(&STRANGER, "GET", &path, Value::Null).await;
    assert_eq!((reply.items().len(), &reply.items()[0]["name"]), (1, &json!(azure_role("Owner"))));
}
