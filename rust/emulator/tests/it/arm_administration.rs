//! What administrators read and change in Azure Resource Manager.

use serde_json::{Value, json};

use crate::tenant::{ADELE_ID, DEVELOPMENT, Grant, MEGAN, MEGAN_ID, PLAIN, PRODUCTION, Tenant, azure_activation, azure_role};

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
async fn resource_groups_and_resources_are_those_below_a_role() {
    let tenant = Tenant::contoso().await;
    let groups = format!("{PRODUCTION}/resourcegroups?api-version=2021-04-01");
    let names =
        |reply: &crate::tenant::Reply| reply.items().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let listed = tenant.arm(&ADMINISTRATOR, "GET", &groups, Value::Null).await;
    assert_eq!(names(&listed), ["rg-payments", "rg-web"]);
    let resources = format!("{PRODUCTION}/resourceGroups/RG-payments/resources?api-version=2021-04-01");
    let listed = tenant.arm(&ADMINISTRATOR, "GET", &resources, Value::Null).await;
    assert_eq!(names(&listed), ["kv-contoso-pay"]);
    assert_eq!(listed.items()[0]["type"], "Microsoft.KeyVault/vaults");
    assert!(tenant.arm(&STRANGER, "GET", &groups, Value::Null).await.items().is_empty());
    let unknown = groups.replace("0e1", "0e2");
    assert_eq!(tenant.arm(&ADMINISTRATOR, "GET", &unknown, Value::Null).await.code(), "SubscriptionNotFound");
    tenant.assert_no_violation();
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

fn change(rules: Value) -> Value {
    json!({ "properties": { "rules": rules } })
}

#[tokio::test]
async fn rules_that_are_sent_replace_their_own_kind_alone() {
    let tenant = Tenant::contoso().await;
    let (path, before) = policy(&tenant, "Contributor").await;
    let mut enablement = rule(&before, "Enablement_EndUser_Assignment").clone();
    enablement["enabledRules"] = json!(["Justification", "Ticketing"]);
    let body = change(json!([
        enablement,
        { "id": "AuthenticationContext_EndUser_Assignment", "ruleType": "RoleManagementPolicyAuthenticationContextRule", "isEnabled": false, "claimValue": "" },
    ]));
    let refused = tenant.arm(&PLAIN, "PATCH", &path, body.clone()).await;
    assert_eq!((refused.status, refused.code()), (403, "AuthorizationFailed"));
    let changed = tenant.arm(&ADMINISTRATOR, "PATCH", &path, body).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.body["properties"]["lastModifiedBy"]["email"], PATTI);
    assert_eq!(rule(&changed.body, "Enablement_EndUser_Assignment"), &enablement);
    for old in before["properties"]["rules"].as_array().unwrap() {
        let id = old["id"].as_str().unwrap();
        if id != "Enablement_EndUser_Assignment" && id != "AuthenticationContext_EndUser_Assignment" {
            assert_eq!(rule(&changed.body, id), old);
        }
    }
    assert_eq!(policy(&tenant, "Contributor").await.1, changed.body);
    // The change counts: a ticket is asked for now, and no context.
    let request = at(PRODUCTION, "roleAssignmentScheduleRequests/0f2d9b1c-7a34-4c58-8e6b-1d3f5a7c9e21");
    let ticketless = tenant.arm(&PLAIN, "PUT", &request, azure_activation("Contributor", PRODUCTION)).await;
    assert!(ticketless.message().contains("TicketingRule"), "{ticketless:?}");
    let mut body = azure_activation("Contributor", PRODUCTION);
    body["properties"]["ticketInfo"] = json!({ "ticketNumber": "7", "ticketSystem": "desk" });
    assert_eq!(tenant.arm(&PLAIN, "PUT", &request, body).await.status, 201);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn policies_that_make_no_sense_are_refused_and_change_nothing() {
    let tenant = Tenant::contoso().await;
    let (path, before) = policy(&tenant, "Contributor").await;
    let rule = |id: &str, kind: &str, more: Value| {
        let mut rule = json!({ "id": id, "ruleType": format!("RoleManagementPolicy{kind}Rule") });
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rule
    };
    let mfa = rule("Enablement_EndUser_Assignment", "Enablement", json!({ "enabledRules": ["MultiFactorAuthentication"] }));
    let context = |id: &str| {
        rule("AuthenticationContext_EndUser_Assignment", "AuthenticationContext", json!({ "isEnabled": true, "claimValue": id }))
    };
    let approval = |setting: Value| rule("Approval_EndUser_Assignment", "Approval", json!({ "setting": setting }));
    let lasting = |text: &str| rule("Expiration_EndUser_Assignment", "Expiration", json!({ "maximumDuration": text }));
    for (rules, code, part) in [
        (json!([mfa]), "MfaAndAcrsConflict", "together"),
        (json!([context("")]), "InvalidPolicy", "``"),
        (json!([context("c77")]), "InvalidPolicy", "c77"),
        (json!([approval(json!({ "isApprovalRequired": true, "approvalStages": [] }))]), "InvalidPolicy", "approve"),
        (
            json!([approval(
                json!({ "isApprovalRequired": true, "approvalStages": [{ "primaryApprovers": [{ "id": PRODUCTION, "userType": "User" }] }] })
            )]),
            "InvalidPolicy",
            "approver",
        ),
        (json!([lasting("P2D")]), "InvalidPolicy", "24 hours"),
        (json!([lasting("PT10M")]), "InvalidPolicy", "30 minutes"),
        (json!([lasting("PT2H"), lasting("PT3H")]), "InvalidPolicy", "twice"),
        (json!([rule("Nothing", "Enablement", json!({ "enabledRules": [] }))]), "InvalidPolicy", "Nothing"),
        (json!([rule("Enablement_EndUser_Assignment", "Expiration", json!({ "maximumDuration": "PT2H" }))]), "InvalidPolicy", "isn't a"),
    ] {
        let refused = tenant.arm(&ADMINISTRATOR, "PATCH", &path, change(rules.clone())).await;
        assert_eq!((refused.status, refused.code()), (400, code), "{rules}");
        assert!(refused.message().contains(part), "{rules}: {refused:?}");
    }
    tenant.assert_no_violation();
    for rules in [
        json!([]),
        json!([rule("x", "Enablement", json!({ "enabledRules": ["Passkey"] }))]),
        json!([{ "id": "Enablement_EndUser_Assignment" }]),
    ] {
        assert_eq!(tenant.arm(&ADMINISTRATOR, "PATCH", &path, change(rules)).await.code(), "InvalidPolicy");
        tenant.assert_violation("armPolicyUpdate");
    }
    assert_eq!(policy(&tenant, "Contributor").await.1, before);
}

const ORDER: &str = "roleEligibilityScheduleRequests/5c1f8d2e-3b46-4a97-9c05-7e2d4f6a8b13";

fn grant(kind: &str, role: &str, expiration: Value) -> Value {
    let schedule = json!({ "startDateTime": "2020-01-01T00:00:00Z", "expiration": expiration });
    let mut body = json!({ "properties": {
        "requestType": kind,
        "principalId": MEGAN_ID,
        "roleDefinitionId": format!("{PRODUCTION}/providers/Microsoft.Authorization/roleDefinitions/{}", azure_role(role)),
        "justification": "a new colleague",
    } });
    if kind == "AdminAssign" {
        body["properties"]["scheduleInfo"] = schedule;
    }
    body
}

#[tokio::test]
async fn an_eligibility_is_given_once_and_taken_again() {
    let tenant = Tenant::contoso().await;
    let order = at(PRODUCTION, ORDER);
    let body = grant("AdminAssign", "Reader", json!({ "type": "AfterDuration", "duration": "P30D" }));
    let refused = tenant.arm(&STRANGER, "PUT", &order, body.clone()).await;
    assert_eq!((refused.status, refused.code()), (403, "AuthorizationFailed"));
    let checked = tenant.arm(&ADMINISTRATOR, "POST", &order.replace('?', "/validate?"), body.clone()).await;
    assert_eq!(checked.status, 200, "{checked:?}");
    assert_eq!(tenant.arm(&ADMINISTRATOR, "GET", &order, Value::Null).await.status, 404, "a check leaves nothing");
    let given = tenant.arm(&ADMINISTRATOR, "PUT", &order, body.clone()).await;
    assert_eq!((given.status, &given.body["properties"]["status"]), (201, &json!("Provisioned")), "{given:?}");
    assert_eq!(tenant.arm(&ADMINISTRATOR, "PUT", &order, body.clone()).await.body, given.body, "the same order again");
    assert_eq!(tenant.arm(&STRANGER, "GET", &order, Value::Null).await.body, given.body, "whom it is for");

    let eligible = at(PRODUCTION, "roleEligibilitySchedules?$filter=asTarget()");
    assert_eq!(tenant.arm(&STRANGER, "GET", &eligible, Value::Null).await.items().len(), 1);
    let other = at(PRODUCTION, &ORDER.replace("5c1f", "6d20"));
    let exists = tenant.arm(&ADMINISTRATOR, "PUT", &other, body).await;
    assert_eq!((exists.status, exists.code()), (400, "RoleAssignmentExists"));
    let taken = tenant.arm(&ADMINISTRATOR, "PUT", &other, grant("AdminRemove", "Reader", Value::Null)).await;
    assert_eq!((taken.status, &taken.body["properties"]["status"]), (201, &json!("Revoked")));
    assert!(tenant.arm(&STRANGER, "GET", &eligible, Value::Null).await.items().is_empty());
    let again = tenant
        .arm(&ADMINISTRATOR, "PUT", &at(PRODUCTION, &ORDER.replace("5c1f", "7e31")), grant("AdminRemove", "Reader", Value::Null))
        .await;
    assert_eq!(again.code(), "RoleAssignmentDoesNotExist");
    let all = tenant.arm(&ADMINISTRATOR, "GET", &at(PRODUCTION, "roleEligibilityScheduleRequests"), Value::Null).await;
    assert_eq!(all.items().len(), 2);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn the_policy_bounds_eligibilities() {
    let tenant = Tenant::contoso().await;
    let (path, _) = policy(&tenant, "Reader").await;
    let rule = json!({
        "id": "Expiration_Admin_Eligibility", "ruleType": "RoleManagementPolicyExpirationRule", "isExpirationRequired": true, "maximumDuration": "P90D",
    });
    assert_eq!(tenant.arm(&ADMINISTRATOR, "PATCH", &path, change(json!([rule]))).await.status, 200);
    let order = at(PRODUCTION, ORDER);
    for expiration in [json!({ "type": "NoExpiration" }), json!({ "type": "AfterDuration", "duration": "P91D" })] {
        let refused = tenant.arm(&ADMINISTRATOR, "PUT", &order, grant("AdminAssign", "Reader", expiration)).await;
        assert_eq!((refused.status, refused.code()), (400, "RoleAssignmentRequestPolicyValidationFailed"));
        assert!(refused.message().contains("ExpirationRule"));
    }
    let mut nobody = grant("AdminAssign", "Reader", json!({ "type": "AfterDuration", "duration": "P90D" }));
    nobody["properties"]["principalId"] = json!("00000000-0000-4000-8000-000000000000");
    assert_eq!(tenant.arm(&ADMINISTRATOR, "PUT", &order, nobody).await.code(), "SubjectNotFound");
    tenant.assert_no_violation();
    let self_made = grant("SelfExtend", "Reader", Value::Null);
    assert!(tenant.arm(&ADMINISTRATOR, "PUT", &order, self_made).await.status >= 400);
    let bad = tenant.arm(&ADMINISTRATOR, "PUT", &order, json!({ "properties": { "requestType": "AdminAssign", "target": 1 } })).await;
    assert_eq!(bad.code(), "InvalidRoleAssignmentRequest");
    tenant.assert_violation("armEligibilityAdminAssign");
}

#[tokio::test]
async fn a_disabled_subscription_is_read_only() {
    let tenant = Tenant::contoso().await;
    let all = tenant.arm(&ADMINISTRATOR, "GET", &at(LEGACY, "roleManagementPolicies"), Value::Null).await;
    let path = at(LEGACY, &format!("roleManagementPolicies/{}", all.items()[0]["name"].as_str().unwrap()));
    let refused = tenant.arm(&ADMINISTRATOR, "PATCH", &path, change(json!([all.items()[0]["properties"]["rules"][0]]))).await;
    assert_eq!((refused.status, refused.code()), (409, "ReadOnlyDisabledSubscription"));
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
