//! Activation and deactivation in Azure Resource Manager, alone and in batches.

use std::time::Duration;

use crate::tenant::{DEVELOPMENT, Grant, MEGAN, MEGAN_ID, PLAIN, PRODUCTION, STRONG, Tenant, azure_activation, azure_request, azure_role};
use pim_emulator::scenario::pim::ChallengeIn;
use pim_emulator::{Fault, Service};
use serde_json::{Value, json};

const ID: &str = "0f2d9b1c-7a34-4c58-8e6b-1d3f5a7c9e21";
const OTHER: &str = "1f2d9b1c-7a34-4c58-8e6b-1d3f5a7c9e21";
const CHALLENGE: &str = "&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22c1%22%7D%7D%7D";
const PLATFORM: &str = "/providers/Microsoft.Management/managementGroups/contoso-platform";
const PAYMENTS: &str = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1/resourceGroups/rg-payments";
const WEB: &str = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1/resourceGroups/rg-web";

fn changed(mut body: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut body["properties"]);
    body
}

fn deactivation(role: &str, scope: &str) -> Value {
    changed(azure_activation(role, scope), |properties| {
        properties["requestType"] = json!("SelfDeactivate");
        properties["scheduleInfo"] = Value::Null;
    })
}

async fn eligibility(tenant: &Tenant, role: &str, scope: &str) -> Value {
    let path = "/providers/Microsoft.Authorization/roleEligibilityScheduleInstances?api-version=2020-10-01&$filter=asTarget()";
    let reply = tenant.arm(&PLAIN, "GET", path, Value::Null).await;
    let is_meant = |item: &&Value| {
        let properties = &item["properties"];
        properties["scope"] == scope && properties["expandedProperties"]["roleDefinition"]["displayName"] == role
    };
    reply.items().iter().find(is_meant).unwrap().clone()
}

#[tokio::test]
async fn an_activation_is_provisioned_seen_and_ended() {
    let tenant = Tenant::contoso().await;
    let eligible = eligibility(&tenant, "Contributor", DEVELOPMENT).await;
    let link = eligible["properties"]["roleEligibilityScheduleId"].clone();
    let body =
        changed(azure_activation("Contributor", DEVELOPMENT), |properties| properties["linkedRoleEligibilityScheduleId"] = link.clone());
    let created = tenant.arm(&PLAIN, "PUT", &azure_request(DEVELOPMENT, ID), body.clone()).await;
    assert_eq!((created.status, created.body["properties"]["status"].as_str().unwrap()), (201, "PendingProvisioning"), "{created:?}");
    assert_eq!((&created.body["name"], &created.body["properties"]["linkedRoleEligibilityScheduleId"]), (&json!(ID), &link));
    assert_eq!(tenant.arm(&PLAIN, "GET", &azure_request(DEVELOPMENT, ID), Value::Null).await.body["properties"]["status"], "Provisioned");

    let repeated = tenant.arm(&PLAIN, "PUT", &azure_request(DEVELOPMENT, ID), body.clone()).await;
    assert_eq!((repeated.status, &repeated.body["id"]), (201, &created.body["id"]));
    let foreign = azure_activation("Virtual Machine Contributor", PRODUCTION);
    assert_eq!(tenant.arm(&PLAIN, "PUT", &azure_request(PRODUCTION, ID), foreign).await.status, 409);
    assert_eq!(tenant.arm(&PLAIN, "PUT", &azure_request(DEVELOPMENT, OTHER), body).await.code(), "RoleAssignmentExists");

    let path = "/providers/Microsoft.Authorization/roleAssignmentScheduleInstances?api-version=2020-10-01&$filter=asTarget()";
    let active = tenant.arm(&PLAIN, "GET", path, Value::Null).await;
    let instance = active.items().iter().find(|item| item["properties"]["assignmentType"] == "Activated").unwrap();
    assert_eq!(
        (&instance["properties"]["linkedRoleEligibilityScheduleId"], &instance["properties"]["scope"]),
        (&link, &json!(DEVELOPMENT))
    );
    let mine = format!(
        "{DEVELOPMENT}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests?api-version=2020-10-01&$filter=asRequestor()"
    );
    assert_eq!(tenant.arm(&PLAIN, "GET", &mine, Value::Null).await.items().len(), 1);

    let end = deactivation("Contributor", DEVELOPMENT);
    assert_eq!(tenant.arm(&PLAIN, "PUT", &azure_request(DEVELOPMENT, OTHER), end.clone()).await.code(), "ActiveDurationTooShort");
    tenant.emulator.clock().advance(Duration::from_secs(301));
    let ended = tenant.arm(&PLAIN, "PUT", &azure_request(DEVELOPMENT, OTHER), end).await;
    assert_eq!((ended.status, ended.body["properties"]["status"].as_str().unwrap()), (201, "Revoked"));
    assert_eq!(tenant.arm(&PLAIN, "GET", path, Value::Null).await.items().len(), 2);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn challenges_in_the_body_and_in_the_header() {
    let tenant = Tenant::contoso().await;
    let body = azure_activation("Contributor", PRODUCTION);
    let refused = tenant.arm(&PLAIN, "PUT", &azure_request(PRODUCTION, ID), body.clone()).await;
    assert_eq!((refused.status, refused.code(), refused.message()), (400, "RoleAssignmentRequestAcrsValidationFailed", CHALLENGE));
    assert!(tenant.last().challenge);
    // Nothing exists under the name after the refusal.
    assert_eq!(tenant.arm(&PLAIN, "GET", &azure_request(PRODUCTION, ID), Value::Null).await.status, 404);
    assert_eq!(tenant.arm(&STRONG, "PUT", &azure_request(PRODUCTION, ID), body.clone()).await.status, 201);

    let header = Tenant::with(|scenario| scenario.pim.behaviour.challenge_in = ChallengeIn::Header).await;
    let refused = header.arm(&PLAIN, "PUT", &azure_request(PRODUCTION, ID), body.clone()).await;
    assert_eq!(refused.status, 401);
    assert!(refused.headers["www-authenticate"].to_str().unwrap().contains("error=\"insufficient_claims\", claims=\""));

    let mandatory = Tenant::with(|scenario| scenario.pim.behaviour.arm_requires_mfa = true).await;
    let refused = mandatory.arm(&PLAIN, "PUT", &azure_request(PRODUCTION, ID), body.clone()).await;
    assert_eq!((refused.status, refused.code()), (401, "RequestDisallowedByAzure"));
    let claims = "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlcyI6WyJwMSJdfX19";
    assert!(refused.headers["www-authenticate"].to_str().unwrap().contains(&format!("claims=\"{claims}\"")));
    let context = Grant { contexts: &["p1"], ..PLAIN };
    assert_eq!(mandatory.arm(&context, "PUT", &azure_request(PRODUCTION, ID), body.clone()).await.message(), CHALLENGE);
    assert_eq!(mandatory.arm(&STRONG, "PUT", &azure_request(PRODUCTION, ID), body).await.status, 201);
    let reading = "/providers/Microsoft.Authorization/roleEligibilitySchedules?api-version=2020-10-01&$filter=asTarget()";
    assert_eq!(mandatory.arm(&PLAIN, "GET", reading, Value::Null).await.status, 200);
}

#[tokio::test]
async fn rules_of_the_policy_at_the_scope() {
    let tenant = Tenant::contoso().await;
    let vault = format!("{PAYMENTS}/providers/Microsoft.KeyVault/vaults/kv-contoso-pay");
    let ticket = json!({ "ticketNumber": "CHG1", "ticketSystem": "ServiceNow" });
    let cases = [
        (
            changed(azure_activation("Owner", PAYMENTS), |p| p["scheduleInfo"]["expiration"]["duration"] = json!("PT3H")),
            PAYMENTS,
            r#"["ExpirationRule"]"#,
        ),
        (
            changed(azure_activation("Contributor", DEVELOPMENT), |p| p["justification"] = Value::Null),
            DEVELOPMENT,
            r#"["JustificationRule"]"#,
        ),
        (azure_activation("Virtual Machine Contributor", PRODUCTION), PRODUCTION, r#"["TicketingRule"]"#),
        (changed(azure_activation("Contributor", DEVELOPMENT), |p| p["ticketInfo"] = ticket.clone()), DEVELOPMENT, r#"["TicketingRule"]"#),
        (azure_activation("Key Vault Administrator", &vault), &vault, "MfaRule - Multi-factor authentication is required"),
        (azure_activation("Owner", DEVELOPMENT), DEVELOPMENT, r#"["EligibilityRule"]"#),
    ];
    for (body, scope, expected) in cases {
        let refused = tenant.arm(&PLAIN, "PUT", &azure_request(scope, ID), body).await;
        assert_eq!((refused.status, refused.code()), (400, "RoleAssignmentRequestPolicyValidationFailed"), "{expected}: {refused:?}");
        assert_eq!(refused.message(), format!("The following policy rules failed: {expected}"));
    }
    let approval =
        tenant.arm(&STRONG, "PUT", &azure_request(PRODUCTION, ID), azure_activation("User Access Administrator", PRODUCTION)).await;
    assert_eq!(approval.body["properties"]["status"], "PendingApproval");
    assert!(
        approval.body["properties"]["approvalId"]
            .as_str()
            .unwrap()
            .starts_with("/providers/Microsoft.Authorization/roleAssignmentApprovals/")
    );
    let approver = Grant { user: MEGAN, ..PLAIN };
    let path = "/providers/Microsoft.Authorization/roleAssignmentScheduleRequests?api-version=2020-10-01&$filter=asApprover()";
    assert_eq!(tenant.arm(&approver, "GET", path, Value::Null).await.items().len(), 1);
    let cancel = azure_request(PRODUCTION, ID).replace('?', "/cancel?");
    let canceled = tenant.arm(&PLAIN, "POST", &cancel, Value::Null).await;
    assert_eq!((canceled.status, canceled.body), (200, Value::Null));
    assert_eq!(tenant.arm(&PLAIN, "POST", &cancel, Value::Null).await.status, 400);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn links_and_narrower_scopes() {
    let tenant = Tenant::contoso().await;
    let link = eligibility(&tenant, "Contributor", PLATFORM).await["properties"]["roleEligibilityScheduleId"].clone();
    let bare = json!(link.as_str().unwrap().rsplit('/').next());
    let linked = |scope: &str, link: &Value| {
        changed(azure_activation("Contributor", scope), |p| p["linkedRoleEligibilityScheduleId"] = link.clone())
    };

    let refused = tenant.arm(&STRONG, "PUT", &azure_request(PRODUCTION, ID), linked(PRODUCTION, &bare)).await;
    assert_eq!((refused.status, refused.code()), (400, "LinkedRoleEligibilityScheduleNotFound"));
    assert_eq!(tenant.arm(&STRONG, "PUT", &azure_request(PRODUCTION, ID), linked(PRODUCTION, &link)).await.status, 201);
    assert_eq!(tenant.arm(&STRONG, "PUT", &azure_request(PLATFORM, OTHER), linked(PLATFORM, &bare)).await.status, 201);

    // An eligibility through a group is found by its link, and by nothing else.
    let group = azure_activation("Storage Blob Data Contributor", DEVELOPMENT);
    let third = "2f2d9b1c-7a34-4c58-8e6b-1d3f5a7c9e21";
    assert_eq!(tenant.arm(&PLAIN, "PUT", &azure_request(DEVELOPMENT, third), group.clone()).await.status, 400);
    let link = eligibility(&tenant, "Storage Blob Data Contributor", DEVELOPMENT).await["properties"]["roleEligibilityScheduleId"].clone();
    let body = changed(group, |properties| properties["linkedRoleEligibilityScheduleId"] = link);
    let created = tenant.arm(&PLAIN, "PUT", &azure_request(DEVELOPMENT, third), body).await;
    assert_eq!(created.status, 201);
    assert!(created.body["properties"]["condition"].is_string(), "the condition of the eligibility is kept");
    tenant.assert_no_violation();
}

#[tokio::test]
async fn a_resource_group_must_be_readable_first() {
    let tenant = Tenant::with(|scenario| {
        scenario.pim.resource_eligibilities.retain(|grant| grant.scope.as_deref() == Some(PLATFORM));
        scenario.pim.resource_assignments.clear();
    })
    .await;
    let refused = tenant.arm(&STRONG, "PUT", &azure_request(WEB, ID), azure_activation("Contributor", WEB)).await;
    assert_eq!((refused.status, refused.code()), (403, "AuthorizationFailed"));
    assert!(refused.message().contains("Microsoft.Resources/subscriptions/resourceGroups/read"));
    assert_eq!(tenant.arm(&STRONG, "PUT", &azure_request(PRODUCTION, ID), azure_activation("Contributor", PRODUCTION)).await.status, 201);
}

#[tokio::test]
async fn a_wrong_client_is_refused_and_noted() {
    let tenant = Tenant::contoso().await;
    let body = azure_activation("Contributor", DEVELOPMENT);
    let cases = [
        (changed(body.clone(), |p| p["scheduleInfo"]["startDateTime"] = json!("2030-01-01T08:00:00")), "startDateTime"),
        (changed(body.clone(), |p| p["scheduleInfo"]["expiration"]["type"] = json!("afterDuration")), "armSelfActivate"),
        (changed(body.clone(), |p| p["roleDefinitionId"] = json!(azure_role("Contributor"))), "roleDefinitionId"),
        (changed(body.clone(), |p| p["status"] = json!("Provisioned")), "status"),
        (changed(body.clone(), |p| p["linkedRoleEligibilityScheduleId"] = json!("nothing")), "linkedRoleEligibilityScheduleId"),
        (body["properties"].clone(), "request type"),
    ];
    for (body, part) in cases {
        let refused = tenant.arm(&PLAIN, "PUT", &azure_request(DEVELOPMENT, ID), body).await;
        assert_eq!((refused.status, refused.code()), (400, "InvalidRoleAssignmentRequest"), "{part}");
        tenant.assert_violation(part);
    }
    assert_eq!(tenant.arm(&PLAIN, "PUT", &azure_request(DEVELOPMENT, "nothing"), body.clone()).await.status, 400);
    tenant.assert_violation("GUID");
    let old = azure_request(DEVELOPMENT, ID).replace("2020-10-01", "2020-10-01-preview");
    assert_eq!(tenant.arm(&PLAIN, "PUT", &old, body.clone()).await.code(), "InvalidApiVersionParameter");
    let elsewhere = azure_activation("Contributor", PRODUCTION);
    assert_eq!(tenant.arm(&PLAIN, "PUT", &azure_request(DEVELOPMENT, ID), elsewhere).await.code(), "RoleDefinitionDoesNotExist");
    let foreign = changed(body, |p| p["principalId"] = json!(MEGAN_ID));
    let refused = tenant.arm(&PLAIN, "PUT", &azure_request(DEVELOPMENT, ID), foreign).await;
    assert_eq!((refused.status, refused.code()), (403, "UnauthorizedAccessException"));
}

#[tokio::test]
async fn a_validation_leaves_no_trace() {
    let tenant = Tenant::contoso().await;
    let path = azure_request(DEVELOPMENT, ID).replace('?', "/validate?");
    let checked = tenant.arm(&PLAIN, "POST", &path, azure_activation("Contributor", DEVELOPMENT)).await;
    assert_eq!((checked.status, checked.body["properties"]["status"].as_str().unwrap()), (200, "Granted"));
    assert_eq!(tenant.arm(&PLAIN, "GET", &azure_request(DEVELOPMENT, ID), Value::Null).await.status, 404);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn batches_answer_each_item() {
    let tenant = Tenant::contoso().await;
    let list = "/providers/Microsoft.Authorization/roleEligibilitySchedules?api-version=2020-10-01&$filter=asTarget()";
    let requests = json!({ "requests": [
        { "httpMethod": "GET", "name": "a", "url": list, "requestHeaderDetails": { "commandName": "PIM.list" } },
        { "httpMethod": "PUT", "name": "b", "url": azure_request(PRODUCTION, ID), "content": azure_activation("Contributor", PRODUCTION) },
    ] });
    let reply = tenant.arm(&PLAIN, "POST", "/batch?api-version=2020-06-01", requests).await;
    let responses = reply.body["responses"].as_array().unwrap();
    assert_eq!((reply.status, &responses[0]["httpStatusCode"], &responses[1]["httpStatusCode"]), (200, &json!(200), &json!(400)));
    assert_eq!(responses[0]["content"]["value"].as_array().unwrap().len(), 9);
    assert_eq!(responses[1]["content"]["error"]["message"], CHALLENGE);
    assert!(tenant.last().challenge);
    tenant.assert_no_violation();
    let wrong = json!({ "requests": [{ "httpMethod": "GET", "name": 1, "url": list }] });
    assert_eq!(tenant.arm(&PLAIN, "POST", "/batch?api-version=2020-06-01", wrong).await.status, 400);
    tenant.assert_violation("armBatch");
    assert_eq!(tenant.arm(&PLAIN, "POST", "/batch", json!({})).await.code(), "MissingApiVersionParameter");
}

#[tokio::test]
async fn single_items_of_a_batch_can_be_throttled() {
    let tenant = Tenant::contoso().await;
    let item = |name: &str, rest: &str| {
        let url = format!("{DEVELOPMENT}/providers/Microsoft.Authorization/{rest}");
        json!({ "httpMethod": "GET", "name": name, "url": url })
    };
    let requests = json!({ "requests": [
        item("roles", "roleDefinitions?api-version=2022-04-01"),
        item("eligible", "roleEligibilitySchedules?api-version=2020-10-01&$filter=asTarget()"),
    ] });
    tenant.emulator.inject(Fault::new(Service::Arm).in_batch().path("roleEligibilitySchedules").status(429).header("Retry-After", "2"));
    for expected in [429, 200] {
        let reply = tenant.arm(&PLAIN, "POST", "/batch?api-version=2020-06-01", requests.clone()).await;
        let responses = reply.body["responses"].as_array().unwrap();
        assert_eq!((&responses[0]["httpStatusCode"], &responses[1]["httpStatusCode"]), (&json!(200), &json!(expected)));
        assert_eq!((responses[1]["headers"]["Retry-After"] == "2", tenant.last().fault), (expected == 429, expected == 429));
    }
    tenant.assert_no_violation();
}
