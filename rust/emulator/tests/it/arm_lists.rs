//! Lists and single objects of Azure Resource Manager.

use crate::tenant::{ADELE_ID, DEVELOPMENT, Grant, MEGAN, MEGAN_ID, PLAIN, PRODUCTION, Reply, Tenant, azure_role};
use serde_json::{Value, json};

const PLATFORM: &str = "/providers/Microsoft.Management/managementGroups/contoso-platform";

fn list(scope: &str, kind: &str, filter: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/{kind}?api-version=2020-10-01&$filter={filter}")
}

fn scopes(reply: &Reply) -> Vec<&str> {
    let mut scopes: Vec<_> = reply.items().iter().map(|item| item["properties"]["scope"].as_str().unwrap()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

#[tokio::test]
async fn the_tenant_shows_everything_of_the_caller() {
    let tenant = Tenant::contoso().await;
    for kind in ["roleEligibilitySchedules", "roleEligibilityScheduleInstances"] {
        let reply = tenant.arm(&PLAIN, "GET", &list("", kind, "asTarget()"), Value::Null).await;
        assert_eq!((reply.status, reply.items().len()), (200, 9));
        let contributor = reply.items().iter().find(|item| item["properties"]["scope"] == PRODUCTION).unwrap();
        assert_eq!(contributor["properties"]["expandedProperties"]["roleDefinition"]["displayName"], "Contributor");
        let role = format!("{PRODUCTION}/providers/Microsoft.Authorization/roleDefinitions/{}", azure_role("Contributor"));
        assert_eq!(contributor["properties"]["roleDefinitionId"], role);
        let platform = reply.items().iter().find(|item| item["properties"]["scope"] == PLATFORM).unwrap();
        assert!(platform["properties"]["roleDefinitionId"].as_str().unwrap().starts_with("/providers/Microsoft.Authorization/"));
        let through_group = reply.items().iter().find(|item| item["properties"]["memberType"] == "Group").unwrap();
        assert_ne!(through_group["properties"]["principalId"], ADELE_ID);
        assert!(through_group["properties"]["condition"].is_string());
    }
    for kind in ["roleAssignmentSchedules", "roleAssignmentScheduleInstances"] {
        let reply = tenant.arm(&PLAIN, "GET", &list("", kind, "asTarget()"), Value::Null).await;
        assert_eq!(reply.items().len(), 2);
        assert!(reply.items().iter().all(|item| item["properties"]["assignmentType"] == "Assigned"));
    }
    // The way of the module that is replaced.
    let old = "///providers/Microsoft.Authorization/roleAssignmentSchedules?$filter=asTarget()&api-version=2020-10-01-preview";
    assert_eq!(tenant.arm(&PLAIN, "GET", old, Value::Null).await.items().len(), 2);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn a_scope_shows_what_is_there_and_below() {
    let tenant = Tenant::contoso().await;
    let at = |scope: &'static str, filter: &'static str| list(scope, "roleEligibilityScheduleInstances", filter);
    let here = tenant.arm(&PLAIN, "GET", &at(PRODUCTION, "asTarget()"), Value::Null).await;
    assert_eq!(scopes(&here).len(), 3, "the subscription, a group and a vault, not the management group above: {:?}", scopes(&here));
    let only = tenant.arm(&PLAIN, "GET", &at(PRODUCTION, "asTarget() and atScope()"), Value::Null).await;
    assert_eq!(scopes(&only), [PRODUCTION]);
    let group: &str = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1/resourceGroups/rg-web";
    let inherited = tenant.arm(&PLAIN, "GET", &at(group, "asTarget()"), Value::Null).await;
    assert!(inherited.items().iter().all(|item| item["properties"]["memberType"] == "Inherited"));
    assert_eq!(scopes(&inherited), [PRODUCTION]);
    let platform = tenant.arm(&PLAIN, "GET", &at(PLATFORM, "asTarget()"), Value::Null).await;
    assert_eq!(platform.items().len(), 9);
    let own = format!("assignedTo('{ADELE_ID}') and atScope()");
    let direct = tenant.arm(&PLAIN, "GET", &list(DEVELOPMENT, "roleEligibilitySchedules", &own), Value::Null).await;
    assert_eq!(direct.items().len(), 2);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn pages_lead_through_the_list_on_the_same_origin() {
    let tenant = Tenant::with(|scenario| scenario.pim.behaviour.page_size = 4).await;
    let (mut path, mut seen) = (list("", "roleEligibilityScheduleInstances", "asTarget()"), Vec::new());
    loop {
        let page = tenant.arm(&PLAIN, "GET", &path, Value::Null).await;
        seen.push(page.items().len());
        let Some(next) = page.body["nextLink"].as_str() else { break };
        assert!(next.starts_with(tenant.emulator.arm()) && next.contains("api-version=2020-10-01"), "{next}");
        path = next.to_owned();
    }
    assert_eq!(seen, [4, 4, 1]);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn foreign_entries_and_unknown_options_are_refused() {
    let tenant = Tenant::contoso().await;
    let everybody = "/providers/Microsoft.Authorization/roleEligibilityScheduleInstances?api-version=2020-10-01";
    for path in [
        everybody.to_owned(),
        list("", "roleAssignmentSchedules", "atScope()"),
        list("", "roleAssignmentSchedules", &format!("assignedTo('{MEGAN_ID}')")),
    ] {
        let refused = tenant.arm(&PLAIN, "GET", &path, Value::Null).await;
        assert_eq!((refused.status, refused.code()), (403, "InsufficientPermissions"));
        assert!(refused.message().contains("$filter=asTarget()"));
    }
    tenant.assert_no_violation();

    let none = everybody.split('?').next().unwrap();
    for (path, code, part) in [
        (none.to_owned(), "MissingApiVersionParameter", "api-version"),
        (format!("{none}?api-version=2015-07-01&$filter=asTarget()"), "InvalidApiVersionParameter", "2015-07-01"),
        (format!("{everybody}&$filter=asTarget()&$top=5"), "BadRequestFormat", "$top"),
        (list("", "roleEligibilitySchedules", "asOwner()"), "BadRequestFormat", "asOwner"),
        (list("", "roleEligibilitySchedules", "asTarget() or atScope()"), "BadRequestFormat", "`or`"),
        (list("", "roleEligibilitySchedules", "roleDefinitionId eq '1'"), "BadRequestFormat", "roleDefinitionId"),
        (list("", "roleEligibilitySchedules", "asTarget() and"), "BadRequestFormat", "comparison"),
    ] {
        let refused = tenant.arm(&PLAIN, "GET", &path, Value::Null).await;
        assert_eq!((refused.status, refused.code()), (400, code), "{path}");
        tenant.assert_violation(part);
    }
    let unknown = "/providers/Microsoft.Authorization/locks?api-version=2020-10-01";
    assert_eq!(tenant.arm(&PLAIN, "GET", unknown, Value::Null).await.status, 404);
    tenant.assert_violation("locks");
    for (scope, code) in [
        ("/subscriptions/00000000-0000-0000-0000-000000000000".to_owned(), "SubscriptionNotFound"),
        (format!("{PRODUCTION}/resourceGroups/nothing"), "ResourceGroupNotFound"),
        ("/providers/Microsoft.Management/managementGroups/nothing".to_owned(), "ManagementGroupNotFound"),
    ] {
        let refused = tenant.arm(&PLAIN, "GET", &list(&scope, "roleEligibilitySchedules", "asTarget()"), Value::Null).await;
        assert_eq!((refused.status, refused.code()), (404, code));
    }
}

#[tokio::test]
async fn policies_belong_to_role_and_scope() {
    let tenant = Tenant::contoso().await;
    let policy = |scope: &str, role: &str| {
        let role = format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/{}", azure_role(role));
        list(scope, "roleManagementPolicyAssignments", &format!("roleDefinitionId eq '{role}'"))
    };
    let reply = tenant.arm(&PLAIN, "GET", &policy(PRODUCTION, "Contributor"), Value::Null).await;
    let rules = reply.items()[0]["properties"]["effectiveRules"].as_array().unwrap();
    let rule = |rules: &[Value], id: &str| rules.iter().find(|rule| rule["id"] == id).unwrap().clone();
    assert_eq!((reply.items().len(), rules.len()), (1, 17));
    assert_eq!(rule(rules, "AuthenticationContext_EndUser_Assignment")["claimValue"], "c1");
    let reply = tenant.arm(&PLAIN, "GET", &policy(DEVELOPMENT, "Contributor"), Value::Null).await;
    let rules = reply.items()[0]["properties"]["effectiveRules"].as_array().unwrap();
    assert_eq!(rule(rules, "AuthenticationContext_EndUser_Assignment")["isEnabled"], false);
    assert_eq!(rule(rules, "Expiration_EndUser_Assignment")["maximumDuration"], "PT8H");
    let all = format!("{PRODUCTION}/providers/Microsoft.Authorization/roleManagementPolicyAssignments?api-version=2020-10-01");
    assert_eq!(tenant.arm(&PLAIN, "GET", &all, Value::Null).await.items().len(), 7);
    tenant.assert_no_violation();
    let bare = list(PRODUCTION, "roleManagementPolicyAssignments", &format!("roleDefinitionId eq '{}'", azure_role("Owner")));
    assert_eq!(tenant.arm(&PLAIN, "GET", &bare, Value::Null).await.status, 400);
    tenant.assert_violation("full id");
}

#[tokio::test]
async fn definitions_children_and_subscriptions() {
    let tenant = Tenant::contoso().await;
    let definitions = format!("{PRODUCTION}/providers/Microsoft.Authorization/roleDefinitions");
    let one = format!("{definitions}/{}?api-version=2022-04-01", azure_role("Owner"));
    assert_eq!(tenant.arm(&PLAIN, "GET", &one, Value::Null).await.body["properties"]["roleName"], "Owner");
    let named = format!("{definitions}?api-version=2022-04-01&$filter=roleName eq 'Reader'");
    assert_eq!(tenant.arm(&PLAIN, "GET", &named, Value::Null).await.items()[0]["name"], azure_role("Reader"));
    let none = format!("{definitions}/{MEGAN_ID}?api-version=2022-04-01");
    assert_eq!(tenant.arm(&PLAIN, "GET", &none, Value::Null).await.code(), "RoleDefinitionDoesNotExist");

    let children =
        |scope: &str, rest: &str| format!("{scope}/providers/Microsoft.Authorization/eligibleChildResources?api-version=2020-10-01{rest}");
    let direct = tenant.arm(&PLAIN, "GET", &children(PLATFORM, ""), Value::Null).await;
    assert_eq!(direct.items().iter().map(|item| item["type"].as_str().unwrap()).collect::<Vec<_>>(), ["subscription", "subscription"]);
    let all =
        tenant.arm(&PLAIN, "GET", &children(PLATFORM, "&$getAllChildren=true&$filter=resourceType eq 'resourcegroup'"), Value::Null).await;
    assert_eq!(all.items().len(), 2);
    let stranger = Grant { user: MEGAN, ..PLAIN };
    assert!(tenant.arm(&stranger, "GET", &children(PLATFORM, ""), Value::Null).await.items().is_empty());

    let subscriptions = tenant.arm(&PLAIN, "GET", "/subscriptions?api-version=2022-12-01", Value::Null).await;
    assert_eq!(subscriptions.items().len(), 2);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn answers_carry_their_ids() {
    let tenant = Tenant::contoso().await;
    let reply = tenant.arm(&PLAIN, "GET", &list("", "roleEligibilitySchedules", "asTarget()"), Value::Null).await;
    assert_eq!(reply.headers["x-ms-request-id"].to_str().unwrap().len(), 36);
    assert_eq!(reply.headers["x-ms-ratelimit-remaining-tenant-reads"], json!("249").as_str().unwrap());
}
