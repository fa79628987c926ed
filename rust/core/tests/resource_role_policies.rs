//! The policy of an Azure role: read as it is, changed only where a change is named.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod tenant;

use pim_emulator::{Fault, Service};
use serde_json::{Value, json};
use tenant::{PATTI, Tenant};

const SUBSCRIPTION: &str = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1";
const POLICIES: &str = "/roleManagementPolicies/";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const MEGAN: &str = "5e1a7c3d-9b2f-4f6a-8c4d-3a9f0b6e7d55";

async fn read(tenant: &Tenant, role: &str) -> Value {
    tenant.run("resourceRole.policy", json!({"scope": SUBSCRIPTION, "roleName": role})).await.done().clone()
}

fn rule<'a>(policy: &'a Value, id: &str) -> &'a Value {
    policy["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap()
}

fn set(role: &str, more: Value) -> Value {
    let mut request = json!({"scope": SUBSCRIPTION, "roleName": role});
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}

/// The rules of the changes that were sent, in order.
fn sent(tenant: &Tenant) -> Vec<Value> {
    tenant.asked("PATCH", POLICIES).into_iter().map(|entry| entry.body.unwrap()["properties"]["rules"].clone()).collect()
}

#[tokio::test]
async fn a_policy_is_read_as_the_service_sends_it_however_role_and_scope_are_written() {
    let tenant = Tenant::administered().await;
    let policy = read(&tenant, "User Access Administrator").await;
    assert_eq!(policy["scope"], SUBSCRIPTION);
    assert_eq!(rule(&policy, "AuthenticationContext_EndUser_Assignment")["claimValue"], "c1");
    assert!(policy["effectiveRules"].is_array());
    let id = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";
    let bare = SUBSCRIPTION.trim_start_matches('/');
    for (scope, name, value) in [
        (format!("{bare}/"), "roleName", "user access administrator".to_owned()),
        (bare.to_owned(), "roleId", id.to_uppercase()),
        (format!("//{bare}"), "roleId", format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{id}")),
    ] {
        let told = tenant.run("resourceRole.policy", json!({"scope": scope, name: value})).await;
        assert_eq!(*told.done(), policy, "{scope} {value}");
    }
    tenant.assert_clean();
}

#[tokio::test]
async fn what_is_not_found_is_an_error_and_never_null() {
    let tenant = Tenant::administered().await;
    let told = tenant.run("resourceRole.policy", json!({"scope": SUBSCRIPTION, "roleName": "Contribtor"})).await;
    assert_eq!(told.failed().code.as_str(), "RoleNotFound");
    assert!(told.failed().hint.as_deref().unwrap().contains("`Contributor`"));
    let told = tenant.run("resourceRole.policy", json!({"scope": SUBSCRIPTION, "roleName": "x' or roleName ne '"})).await;
    assert_eq!(told.failed().code.as_str(), "RoleNotFound");
    let told = tenant.run("resourceRole.policy", json!({"scope": SUBSCRIPTION, "roleId": "00000000-0000-0000-0000-000000000000"})).await;
    assert_eq!(told.failed().code.as_str(), "RoleNotFound");
    tenant.emulator.inject(Fault::new(Service::Arm).path("roleManagementPolicyAssignments").status(200).body(json!({"value": []})));
    let told = tenant.run("resourceRole.policy", json!({"scope": SUBSCRIPTION, "roleName": "Reader"})).await;
    assert_eq!(told.failed().code.as_str(), "PolicyNotFound");
    tenant.emulator.inject(Fault::new(Service::Arm).path(POLICIES).status(403).body(json!({"error": {"code": "AuthorizationFailed"}})));
    let told = tenant.run("resourceRole.policy", json!({"scope": SUBSCRIPTION, "roleName": "Reader"})).await;
    assert_eq!(told.failed().code.as_str(), "AccessDenied");
    tenant.assert_clean();
}

#[tokio::test]
async fn two_roles_of_one_name_are_a_question_and_not_the_first() {
    let tenant = Tenant::administered().await;
    let role = |id: &str| json!({"id": format!("/x/{id}"), "name": id, "properties": {"roleName": "Operator"}});
    tenant.emulator.inject(Fault::new(Service::Arm).path("roleDefinitions").status(200).body(json!({"value": [role("a1"), role("b2")]})));
    let told = tenant.run("resourceRole.setPolicy", set("Operator", json!({"requireJustification": true}))).await;
    assert_eq!(told.failed().code.as_str(), "RoleAmbiguous");
    assert!(told.failed().message.contains("`a1`, `b2`"), "{}", told.failed().message);
    assert!(sent(&tenant).is_empty());
}

#[tokio::test]
async fn only_what_is_named_changes() {
    let tenant = Tenant::administered().await;
    let before = read(&tenant, "Virtual Machine Contributor").await;
    let told = tenant.run("resourceRole.setPolicy", set("Virtual Machine Contributor", json!({"requireJustification": false}))).await;
    let update = told.done();
    assert_eq!(update["changes"], json!([{"name": "requireJustification", "old": true, "new": false}]));
    assert_eq!((&update["sent"], &update["before"]["requireJustification"]), (&json!(true), &json!(true)));
    assert_eq!(update["after"]["requireJustification"], false);
    let rules = sent(&tenant);
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0].as_array().unwrap().len(), 1);
    let after = read(&tenant, "Virtual Machine Contributor").await;
    for rule in before["rules"].as_array().unwrap() {
        let id = rule["id"].as_str().unwrap();
        let mut expected = rule.clone();
        if id == "Enablement_EndUser_Assignment" {
            expected["enabledRules"] = json!(["Ticketing"]);
        }
        assert_eq!(*self::rule(&after, id), expected, "{id}");
    }
    tenant.assert_clean();
}

#[tokio::test]
async fn all_settings_can_be_changed_in_one_request() {
    let tenant = Tenant::administered().await;
    let group = "4b7e9c2d-8a15-4f3e-9d60-5e1c7a3b2f99";
    let wanted = json!({
        "requireJustification": true, "requireAuthenticationContext": true, "authenticationContextId": "c2", "requireApproval": true,
        "approverGroupIds": [group], "approverUserIds": [MEGAN], "allowPermanentAssignment": false, "maximumEligibleDuration": "P180D",
    });
    let told = tenant.run("resourceRole.setPolicy", set("Reader", wanted.clone())).await;
    assert_eq!(told.done()["after"], wanted);
    assert_eq!(told.done()["changes"].as_array().unwrap().len(), 8);
    assert_eq!(sent(&tenant).len(), 1);
    assert_eq!(told.warnings(), Vec::<&str>::new());
    let again = tenant.run("resourceRole.setPolicy", set("Reader", wanted)).await;
    assert_eq!((&again.done()["sent"], &again.done()["changes"]), (&json!(false), &json!([])));
    assert_eq!(sent(&tenant).len(), 1);
    tenant.assert_clean();
}

#[tokio::test]
async fn a_plan_shows_before_and_after_and_sends_nothing() {
    let tenant = Tenant::administered().await;
    let policy = read(&tenant, "Reader").await;
    let told = tenant.run("resourceRole.setPolicy", set("Reader", json!({"requireJustification": true, "plan": true}))).await;
    let plan = told.done();
    assert_eq!((&plan["sent"], &plan["before"]["requireJustification"]), (&json!(false), &json!(false)));
    assert_eq!(plan["after"]["requireJustification"], true);
    assert_eq!(plan["changes"], json!([{"name": "requireJustification", "old": false, "new": true}]));
    assert!(sent(&tenant).is_empty());
    assert_eq!(read(&tenant, "Reader").await, policy);
}

#[tokio::test]
async fn contradictions_and_bad_values_are_refused_before_anything_is_sent() {
    let tenant = Tenant::of(
        PATTI,
        |scenario| {
            let policies = scenario["pim"]["resourcePolicies"].as_array_mut().unwrap();
            policies.push(json!({"scope": SUBSCRIPTION, "role": "Owner", "policy": {"mfa": true}}));
        },
        |_| {},
    )
    .await;
    tenant.sign_in().await;
    for (role, request, code) in [
        ("Reader", json!({"requireAuthenticationContext": true}), "PolicyContradiction"),
        ("Owner", json!({"authenticationContextId": "c1"}), "PolicyContradiction"),
        ("Reader", json!({"requireApproval": true}), "PolicyContradiction"),
        ("Reader", json!({"approverUserIds": [MEGAN]}), "PolicyContradiction"),
        ("Reader", json!({"maximumEligibleDuration": "one year"}), "DurationInvalid"),
        ("Reader", json!({"authenticationContextId": "c100"}), "InvalidRequest"),
        ("Reader", json!({"approverGroupIds": ["nobody"]}), "InvalidRequest"),
        ("Reader", json!({"requirejustification": true}), "InvalidRequest"),
    ] {
        let told = tenant.run("resourceRole.setPolicy", set(role, request.clone())).await;
        assert_eq!(told.failed().code.as_str(), code, "{request}");
    }
    assert!(sent(&tenant).is_empty());
    tenant.assert_clean();
}

#[tokio::test]
async fn an_unknown_context_is_refused_where_contexts_can_be_read_and_nobody_is_asked_for_it() {
    let tenant = Tenant::administered().await;
    tenant.run("authenticationContext.list", json!({})).await.done();
    let told = tenant.run("resourceRole.setPolicy", set("Reader", json!({"authenticationContextId": "c77"}))).await;
    assert_eq!((told.failed().code.as_str(), told.failed().target.as_deref()), ("InvalidRequest", Some("authenticationContextId")));
    assert!(told.failed().hint.as_deref().unwrap().contains("`c1` (Require passkey)"), "{:?}", told.failed().hint);
    assert!(sent(&tenant).is_empty());

    let unread = Tenant::of(PATTI, |_| {}, |_| {}).await;
    unread.run("session.connect", json!({"resources": ["arm"]})).await.done();
    let told = unread.run("resourceRole.setPolicy", set("Reader", json!({"authenticationContextId": "c1"}))).await;
    assert_eq!((told.done()["sent"].as_bool(), told.prompts), (Some(true), 0));
    assert!(told.said("is not checked"));
}

#[tokio::test]
async fn a_refused_change_says_that_the_policy_is_unchanged() {
    let tenant = Tenant::administered().await;
    tenant.emulator.inject(
        Fault::new(Service::Arm)
            .method("PATCH")
            .status(400)
            .body(json!({"error": {"code": "InvalidPolicy", "message": "The policy is invalid."}})),
    );
    let told = tenant.run("resourceRole.setPolicy", set("Reader", json!({"requireJustification": true}))).await;
    let error = told.failed();
    assert_eq!((error.code.as_str(), error.target.as_deref()), ("BadRequest", Some("Reader")));
    assert!(error.message.ends_with("; the policy is unchanged"), "{}", error.message);
    assert_eq!(error.writes[0].state, "answered");
    assert_eq!(error.service.as_ref().unwrap().code, "InvalidPolicy");
}

#[tokio::test]
async fn a_lost_answer_is_found_in_the_policy_itself() {
    let tenant = Tenant::administered().await;
    tenant.emulator.inject(Fault::new(Service::Arm).method("PATCH").cut().after_handling());
    let told = tenant.run("resourceRole.setPolicy", set("Reader", json!({"requireJustification": true}))).await;
    assert_eq!((&told.done()["sent"], &told.done()["after"]["requireJustification"]), (&json!(true), &json!(true)));
    assert_eq!(sent(&tenant).len(), 1);

    tenant.emulator.inject(Fault::new(Service::Arm).method("PATCH").status(502));
    let told = tenant.run("resourceRole.setPolicy", set("Reader", json!({"requireJustification": false}))).await;
    assert!(told.failed().message.ends_with("; the policy is unchanged"), "{}", told.failed().message);
    assert_eq!(told.failed().writes[0].state, "notSent");
    assert_eq!(sent(&tenant).len(), 2);
}

#[tokio::test]
async fn a_change_that_came_half_says_which_half() {
    let tenant = Tenant::administered().await;
    let mut half = read(&tenant, "Reader").await;
    for rule in half["rules"].as_array_mut().unwrap() {
        if rule["id"] == "Enablement_EndUser_Assignment" {
            rule["enabledRules"] = json!(["Justification"]);
        }
    }
    tenant.emulator.inject(Fault::new(Service::Arm).method("PATCH").status(500));
    tenant.emulator.inject(Fault::new(Service::Arm).method("GET").path(POLICIES).skip(1).status(200).body(json!({"properties": half})));
    let told =
        tenant.run("resourceRole.setPolicy", set("Reader", json!({"requireJustification": true, "allowPermanentAssignment": false}))).await;
    assert!(
        told.failed().message.ends_with("; `requireJustification` changed, `allowPermanentAssignment` did not"),
        "{}",
        told.failed().message
    );

    tenant.emulator.inject(Fault::new(Service::Arm).method("PATCH").status(500));
    tenant.emulator.inject(Fault::new(Service::Arm).method("GET").path(POLICIES).skip(1).times(9).status(404));
    let told = tenant.run("resourceRole.setPolicy", set("Reader", json!({"requireJustification": true}))).await;
    assert!(told.failed().message.ends_with("; whether the policy has changed is not known"), "{}", told.failed().message);
    assert_eq!(told.failed().writes[0].state, "answered");
}

#[tokio::test]
async fn a_challenge_to_the_change_is_answered_once() {
    let tenant = Tenant::administered().await;
    let claims = "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19";
    let challenge = format!("Bearer error=\"insufficient_claims\", claims=\"{claims}\"");
    tenant.emulator.inject(Fault::new(Service::Arm).method("PATCH").status(401).header("WWW-Authenticate", &challenge));
    let told = tenant.run("resourceRole.setPolicy", set("Reader", json!({"requireJustification": true}))).await;
    assert_eq!((told.done()["sent"].as_bool(), told.prompts), (Some(true), 1));
    let rules = sent(&tenant);
    assert_eq!((rules.len(), &rules[0]), (2, &rules[1]));
    tenant.assert_clean();
}

#[tokio::test]
async fn a_role_is_named_in_exactly_one_way() {
    let tenant = Tenant::contoso().await;
    for request in [
        json!({"scope": SUBSCRIPTION}),
        json!({"scope": SUBSCRIPTION, "roleName": "Reader", "roleId": READER}),
        json!({"scope": "", "roleName": "Reader"}),
        json!({"roleName": "Reader"}),
    ] {
        for operation in ["resourceRole.policy", "resourceRole.setPolicy"] {
            assert_eq!(tenant.run(operation, request.clone()).await.failed().code.as_str(), "InvalidRequest", "{request}");
        }
    }
    assert!(tenant.emulator.journal().is_empty());
}
