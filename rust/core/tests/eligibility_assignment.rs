//! Making somebody eligible for an Azure role.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod tenant;

use pim_emulator::{Fault, Service};
use serde_json::{Value, json};
use tenant::Tenant;

const SUBSCRIPTION: &str = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1";
const ORDERS: &str = "/roleEligibilityScheduleRequests/";
const MEGAN: &str = "5e1a7c3d-9b2f-4f6a-8c4d-3a9f0b6e7d55";
const OPERATION: &str = "resourceRole.assignEligibility";

fn order(more: Value) -> Value {
    let mut request = json!({"scope": SUBSCRIPTION, "roleName": "Key Vault Administrator", "principalId": MEGAN, "justification": "test"});
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}

fn puts(tenant: &Tenant) -> Vec<(String, Value)> {
    tenant.asked("PUT", ORDERS).into_iter().map(|entry| (entry.path, entry.body.unwrap()["properties"].clone())).collect()
}

fn rules(rules: Value) -> Fault {
    let body = json!({"value": [{"properties": {"policyId": "/p", "effectiveRules": rules}}]});
    Fault::new(Service::Arm).path("roleManagementPolicyAssignments").status(200).body(body)
}

#[tokio::test]
async fn an_eligibility_is_ordered_once_and_told_as_the_service_took_it() {
    let tenant = Tenant::administered().await;
    let told = tenant.run(OPERATION, order(json!({"startDateTime": "2030-01-01T01:00:00+01:00", "duration": "P30D"}))).await;
    let reply = told.done();
    let names: Vec<_> = reply.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["Id", "Name", "Status", "PrincipalId", "RoleDefinitionId", "Scope", "RequestType", "StartDateTime"];
    assert_eq!(names[..8], expected);
    assert_eq!(names[8..], ["ExpirationType", "ExpirationDuration", "ExpirationEndDate", "CreatedOn"]);
    assert_eq!(
        (&reply["PrincipalId"], &reply["RequestType"], &reply["Scope"]),
        (&json!(MEGAN), &json!("AdminAssign"), &json!(SUBSCRIPTION))
    );
    assert_eq!((&reply["ExpirationType"], &reply["ExpirationDuration"]), (&json!("AfterDuration"), &json!("P30D")));
    let orders = puts(&tenant);
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].0, reply["Id"]);
    assert_eq!(
        orders[0].1["scheduleInfo"],
        json!({"startDateTime": "2030-01-01T00:00:00Z", "expiration": {"type": "AfterDuration", "duration": "P30D"}})
    );
    tenant.assert_clean();
}

#[tokio::test]
async fn without_a_duration_it_is_a_year_and_with_permanent_it_has_no_end() {
    let tenant = Tenant::administered().await;
    tenant.run(OPERATION, order(json!({}))).await.done();
    tenant.run(OPERATION, order(json!({"permanent": true, "roleName": "Owner"}))).await.done();
    let orders = puts(&tenant);
    assert_eq!(orders[0].1["scheduleInfo"]["expiration"], json!({"type": "AfterDuration", "duration": "P365D"}));
    assert_eq!(orders[1].1["scheduleInfo"]["expiration"], json!({"type": "NoExpiration"}));
    tenant.assert_clean();
}

#[tokio::test]
async fn a_plan_says_what_would_be_sent() {
    let tenant = Tenant::administered().await;
    let told = tenant.run(OPERATION, order(json!({"plan": true}))).await;
    assert_eq!((&told.done()["Status"], &told.done()["Id"]), (&json!("Planned"), &Value::Null));
    assert_eq!(told.done()["ExpirationDuration"], "P365D");
    assert!(puts(&tenant).is_empty());
}

#[tokio::test]
async fn what_the_policy_does_not_allow_is_refused_before_anything_is_sent() {
    let tenant = Tenant::administered().await;
    let strict = json!([
        {"id": "Expiration_Admin_Eligibility", "isExpirationRequired": true, "maximumDuration": "P180D"},
        {"id": "Enablement_Admin_Eligibility", "enabledRules": ["Justification"]},
    ]);
    for (request, code) in [
        (json!({"duration": "P365D"}), "DurationTooLong"),
        (json!({"permanent": true}), "PolicyViolation"),
        (json!({"duration": "P30D", "justification": " "}), "JustificationRequired"),
        (json!({"duration": "P1Y", "justification": ""}), "PolicyViolation"),
    ] {
        tenant.emulator.inject(rules(strict.clone()));
        let told = tenant.run(OPERATION, order(request.clone())).await;
        assert_eq!(told.failed().code.as_str(), code, "{request}");
    }
    for (request, code) in [
        (json!({"principalId": "megan"}), "PrincipalNotFound"),
        (json!({"duration": "forever"}), "DurationInvalid"),
        (json!({"startDateTime": "tomorrow"}), "InvalidRequest"),
        (json!({"roleName": "Ownr"}), "RoleNotFound"),
    ] {
        assert_eq!(tenant.run(OPERATION, order(request.clone())).await.failed().code.as_str(), code, "{request}");
    }
    assert!(puts(&tenant).is_empty());
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_leaves_the_decision_to_the_service() {
    let tenant = Tenant::administered().await;
    tenant.hide_policies();
    let told = tenant.run(OPERATION, order(json!({}))).await;
    assert_eq!(told.done()["RequestType"], "AdminAssign");
    assert!(told.said("the service decides"));
}

#[tokio::test]
async fn refusals_are_told_in_words_for_an_eligibility() {
    let tenant = Tenant::administered().await;
    tenant.run(OPERATION, order(json!({}))).await.done();
    let told = tenant.run(OPERATION, order(json!({}))).await;
    assert_eq!(told.failed().code.as_str(), "RoleAssignmentExists");
    assert!(told.failed().message.contains("is eligible for `Key Vault Administrator` at"), "{}", told.failed().message);
    let stranger = "00000000-0000-4000-8000-000000000000";
    let told = tenant.run(OPERATION, order(json!({"principalId": stranger}))).await;
    assert_eq!((told.failed().code.as_str(), told.failed().target.as_deref()), ("PrincipalNotFound", Some(stranger)));
    assert_eq!(told.failed().writes[0].state, "answered");
}

#[tokio::test]
async fn a_lost_answer_is_found_by_the_requests_id() {
    let tenant = Tenant::administered().await;
    tenant.emulator.inject(Fault::new(Service::Arm).method("PUT").cut().after_handling());
    let told = tenant.run(OPERATION, order(json!({}))).await;
    assert_eq!(told.done()["PrincipalId"], MEGAN);
    assert_eq!(puts(&tenant).len(), 1);
}

#[tokio::test]
async fn an_order_that_never_arrived_is_repeated_once_under_the_same_id() {
    let tenant = Tenant::administered().await;
    tenant.emulator.inject(Fault::new(Service::Arm).method("PUT").status(502));
    let told = tenant.run(OPERATION, order(json!({}))).await;
    let orders = puts(&tenant);
    assert_eq!(orders.len(), 2);
    assert_eq!(orders[0], orders[1]);
    assert_eq!(told.done()["Id"], orders[0].0);

    tenant.emulator.inject(Fault::new(Service::Arm).method("PUT").status(502).times(2));
    let told = tenant.run(OPERATION, order(json!({"roleName": "Owner"}))).await;
    assert!(told.failed().message.contains("had been sent, and the service does not list it"), "{}", told.failed().message);
    assert_eq!(told.failed().writes.len(), 1);
}

#[tokio::test]
async fn a_challenge_is_answered_and_the_order_keeps_its_id() {
    let tenant = Tenant::administered().await;
    let claims = "%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%22value%22%3A%22c1%22%7D%7D%7D";
    let refusal = json!({"error": {"code": "RoleAssignmentRequestAcrsValidationFailed", "message": format!("&claims={claims}")}});
    tenant.emulator.inject(Fault::new(Service::Arm).method("PUT").status(400).body(refusal));
    let told = tenant.run(OPERATION, order(json!({}))).await;
    assert_eq!((told.done()["PrincipalId"].as_str(), told.prompts), (Some(MEGAN), 1));
    let orders = puts(&tenant);
    assert_eq!((orders.len(), &orders[0]), (2, &orders[1]));
}
