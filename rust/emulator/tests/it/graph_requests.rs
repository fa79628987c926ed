//! Activation and deactivation in Microsoft Graph.

use std::time::Duration;

use crate::tenant::{ADELE, ADELE_ID, Grant, MEGAN, MEGAN_ID, PLAIN, REQUESTS, STRONG, Tenant, activation, deactivation, role};
use jiff::{SignedDuration, Timestamp};
use pim_emulator::scenario::pim::ChallengeIn;
use serde_json::{Value, json};

const CHALLENGE: &str = "&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22c1%22%7D%7D%7D";
const MINE: &str = "/roleManagement/directory/roleAssignmentScheduleInstances/filterByCurrentUser(on='principal')";

fn changed(mut body: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut body);
    body
}

fn in_seconds(tenant: &Tenant, seconds: i64) -> String {
    tenant.emulator.clock().now().checked_add(SignedDuration::from_secs(seconds)).unwrap().to_string()
}

#[tokio::test]
async fn an_activation_is_provisioned_and_ends() {
    let tenant = Tenant::contoso().await;
    let created = tenant.graph(&PLAIN, "POST", REQUESTS, activation("Reports Reader")).await;
    assert_eq!((created.status, created.body["status"].as_str().unwrap()), (201, "PendingProvisioning"), "{created:?}");
    assert_eq!(created.body["completedDateTime"], Value::Null);
    let again = tenant.graph(&PLAIN, "POST", REQUESTS, activation("Reports Reader")).await;
    assert_eq!((again.status, again.code()), (400, "PendingRoleAssignmentRequest"));

    let path = format!("{REQUESTS}/{}", created.body["id"].as_str().unwrap());
    let read = tenant.graph(&PLAIN, "GET", &path, Value::Null).await;
    assert_eq!(read.body["status"], "Provisioned");
    assert!(read.body["completedDateTime"].is_string());
    let listed = tenant.graph(&PLAIN, "GET", &format!("{MINE}?$filter=assignmentType eq 'Activated'"), Value::Null).await;
    let instance = &listed.items()[0];
    assert_eq!(
        (&instance["roleDefinitionId"], &instance["roleAssignmentScheduleId"]),
        (&json!(role("Reports Reader")), &created.body["id"])
    );
    let end: Timestamp = instance["endDateTime"].as_str().unwrap().parse().unwrap();
    let start: Timestamp = instance["startDateTime"].as_str().unwrap().parse().unwrap();
    assert_eq!(end.duration_since(start), SignedDuration::from_hours(1));
    assert!(tenant.emulator.state().directory.active_role_template_ids(ADELE_ID, start).contains(&role("Reports Reader")));
    let again = tenant.graph(&PLAIN, "POST", REQUESTS, activation("Reports Reader")).await;
    assert_eq!((again.status, again.code(), again.message()), (400, "RoleAssignmentExists", "The Role assignment already exists."));

    tenant.emulator.clock().advance(Duration::from_secs(3601));
    assert_eq!(tenant.graph(&PLAIN, "GET", MINE, Value::Null).await.items().len(), 1);
    assert_eq!(tenant.graph(&PLAIN, "POST", REQUESTS, activation("Reports Reader")).await.status, 201);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn time_provisions_what_nobody_reads() {
    let tenant = Tenant::contoso().await;
    tenant.graph(&PLAIN, "POST", REQUESTS, activation("Reports Reader")).await;
    assert_eq!(tenant.graph(&PLAIN, "GET", MINE, Value::Null).await.items().len(), 1);
    tenant.emulator.clock().advance(Duration::from_secs(10));
    assert_eq!(tenant.graph(&PLAIN, "GET", MINE, Value::Null).await.items().len(), 2);

    let at_once = Tenant::with(|scenario| {
        scenario.pim.behaviour.provisioning_reads = 0;
        scenario.pim.behaviour.provisioning_seconds = 0;
    })
    .await;
    assert_eq!(at_once.graph(&PLAIN, "POST", REQUESTS, activation("Reports Reader")).await.body["status"], "Provisioned");
}

#[tokio::test]
async fn a_missing_context_is_told_as_pim_tells_it() {
    let tenant = Tenant::contoso().await;
    let refused = tenant.graph(&PLAIN, "POST", REQUESTS, activation("Global Reader")).await;
    assert_eq!((refused.status, refused.code(), refused.message()), (400, "RoleAssignmentRequestAcrsValidationFailed", CHALLENGE));
    assert!(!refused.headers.contains_key("www-authenticate"));
    assert!(tenant.last().challenge);
    let incapable = Grant { capabilities: &[], ..STRONG };
    assert_eq!(tenant.graph(&incapable, "POST", REQUESTS, activation("Global Reader")).await.message(), CHALLENGE);
    let other = Grant { contexts: &["c2"], ..STRONG };
    assert_eq!(tenant.graph(&other, "POST", REQUESTS, activation("Global Reader")).await.message(), CHALLENGE);
    assert_eq!(tenant.graph(&STRONG, "POST", REQUESTS, activation("Global Reader")).await.status, 201);
    tenant.assert_no_violation();

    let lenient = Tenant::with(|scenario| scenario.behaviour.contexts_need_capability = false).await;
    assert_eq!(lenient.graph(&incapable, "POST", REQUESTS, activation("Global Reader")).await.status, 201);
}

#[tokio::test]
async fn the_other_forms_of_a_challenge() {
    let wrapped = Tenant::with(|scenario| scenario.pim.behaviour.wrap_errors = true).await;
    let refused = wrapped.graph(&PLAIN, "POST", REQUESTS, activation("Global Reader")).await;
    assert_eq!((refused.status, refused.code()), (400, "UnknownError"));
    let inner: Value = serde_json::from_str(refused.message()).unwrap();
    assert_eq!(inner, json!({ "errorCode": "RoleAssignmentRequestAcrsValidationFailed", "message": CHALLENGE }));

    let header = Tenant::with(|scenario| scenario.pim.behaviour.challenge_in = ChallengeIn::Header).await;
    let refused = header.graph(&PLAIN, "POST", REQUESTS, activation("Global Reader")).await;
    assert_eq!(refused.status, 401);
    let challenge = refused.headers["www-authenticate"].to_str().unwrap();
    assert!(
        challenge.contains("error=\"insufficient_claims\"") && challenge.contains("claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6"),
        "{challenge}"
    );
}

#[tokio::test]
async fn each_rule_of_a_policy_is_enforced() {
    let tenant = Tenant::contoso().await;
    let rules = "RoleAssignmentRequestPolicyValidationFailed";
    let too_long = |body: Value| changed(body, |body| body["scheduleInfo"]["expiration"]["duration"] = json!("PT24H"));
    let silent = |body: Value| changed(body, |body| body["justification"] = json!(" "));
    let cases = [
        (too_long(activation("Reports Reader")), r#"["ExpirationRule"]"#),
        (silent(activation("Contoso Onboarding")), r#"["JustificationRule"]"#),
        (silent(too_long(activation("License Administrator"))), r#"["ExpirationRule","JustificationRule","TicketingRule"]"#),
        (activation("Helpdesk Administrator"), "MfaRule - Multi-factor authentication is required"),
        (activation("Directory Readers"), r#"["EligibilityRule"]"#),
        (activation("Power Platform Administrator"), r#"["EligibilityRule"]"#),
        (activation("Groups Administrator"), r#"["EligibilityRule"]"#),
    ];
    for (body, expected) in cases {
        let refused = tenant.graph(&PLAIN, "POST", REQUESTS, body).await;
        assert_eq!((refused.status, refused.code()), (400, rules));
        assert_eq!(refused.message(), format!("The following policy rules failed: {expected}"));
    }
    let until = in_seconds(&tenant, 9 * 3600);
    let expiration = json!({ "type": "afterDateTime", "endDateTime": until });
    let body = changed(activation("Reports Reader"), |body| body["scheduleInfo"]["expiration"] = expiration);
    assert_eq!(tenant.graph(&PLAIN, "POST", REQUESTS, body).await.code(), rules);

    let ticket = json!({ "ticketNumber": "CHG1", "ticketSystem": "ServiceNow" });
    let body = changed(activation("License Administrator"), |body| body["ticketInfo"] = ticket.clone());
    let created = tenant.graph(&PLAIN, "POST", REQUESTS, body).await;
    assert_eq!((created.status, &created.body["ticketInfo"]), (201, &ticket));
    assert_eq!(tenant.graph(&STRONG, "POST", REQUESTS, activation("Helpdesk Administrator")).await.status, 201);
    let unit = "/administrativeUnits/2d8f6b3a-91c4-4e7d-b5a0-6c3e1f9d8a88";
    let body = changed(activation("Groups Administrator"), |body| body["directoryScopeId"] = json!(unit));
    assert_eq!(tenant.graph(&PLAIN, "POST", REQUESTS, body).await.status, 201);
    // Through a group, with the caller's own id.
    assert_eq!(tenant.graph(&PLAIN, "POST", REQUESTS, activation("Security Reader")).await.body["principalId"], ADELE_ID);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn other_refusals() {
    let tenant = Tenant::contoso().await;
    let cases = [
        (changed(activation("Reports Reader"), |body| body["principalId"] = json!(MEGAN_ID)), 403, "UnauthorizedAccessException"),
        (changed(activation("Reports Reader"), |body| body["roleDefinitionId"] = json!(MEGAN_ID)), 400, "RoleDefinitionDoesNotExist"),
        (changed(activation("Reports Reader"), |body| body["directoryScopeId"] = json!("/administrativeUnits/1")), 400, "InvalidScope"),
        (
            changed(activation("Reports Reader"), |body| body["scheduleInfo"]["expiration"]["duration"] = json!("PT4M")),
            400,
            "ActiveDurationTooShort",
        ),
        (deactivation("Reports Reader"), 400, "RoleAssignmentDoesNotExist"),
        (deactivation("Directory Readers"), 400, "RoleAssignmentDoesNotExist"),
    ];
    for (body, status, code) in cases {
        let refused = tenant.graph(&PLAIN, "POST", REQUESTS, body).await;
        assert_eq!((refused.status, refused.code()), (status, code));
    }
    tenant.assert_no_violation();
}

#[tokio::test]
async fn a_wrong_client_is_refused_and_noted() {
    let tenant = Tenant::contoso().await;
    let cases = [
        (
            changed(activation("Reports Reader"), |body| body["scheduleInfo"]["startDateTime"] = json!("2030-01-01T08:00:00")),
            "startDateTime",
        ),
        (changed(activation("Reports Reader"), |body| body["scheduleInfo"]["expiration"]["duration"] = json!("8 hours")), "duration"),
        (changed(activation("Reports Reader"), |body| body["roleDefinitionId"] = json!([role("Reports Reader")])), "roleDefinitionId"),
        (changed(activation("Reports Reader"), |body| body["unknown"] = json!(1)), "unknown"),
        (changed(activation("Reports Reader"), |body| body["appScopeId"] = json!("/")), "graphRoleSelfActivate"),
        (changed(activation("Reports Reader"), |body| body["action"] = json!("SelfActivate")), "SelfActivate"),
        (changed(activation("Reports Reader"), |body| body["scheduleInfo"] = Value::Null), "scheduleInfo"),
        (json!([]), "action"),
    ];
    for (body, part) in cases {
        let refused = tenant.graph(&PLAIN, "POST", REQUESTS, body).await;
        assert_eq!((refused.status, refused.code()), (400, "InvalidRoleAssignmentRequest"), "{part}");
        tenant.assert_violation(part);
    }
    assert_eq!(tenant.graph(&PLAIN, "POST", REQUESTS, activation("Reports Reader")).await.status, 201);

    // A scenario may only watch: what the real service would take is taken, and noted.
    let watching = Tenant::with(|scenario| scenario.behaviour.strict_schemas = false).await;
    let body = changed(activation("Reports Reader"), |body| body["unknown"] = json!(1));
    assert_eq!(watching.graph(&PLAIN, "POST", REQUESTS, body).await.status, 201);
    assert!(watching.last().violation.unwrap().contains("unknown"));
}

#[tokio::test]
async fn a_later_start_is_granted_and_comes() {
    let tenant = Tenant::contoso().await;
    let start = in_seconds(&tenant, 3600);
    let body = changed(activation("Reports Reader"), |body| {
        body["scheduleInfo"] = json!({ "startDateTime": start, "expiration": { "type": "AfterDuration", "duration": "PT1H" } });
    });
    let created = tenant.graph(&PLAIN, "POST", REQUESTS, body).await;
    assert_eq!((created.status, created.body["status"].as_str().unwrap()), (201, "Granted"));
    assert_eq!(created.body["scheduleInfo"]["expiration"]["type"], "afterDuration");
    assert_eq!(created.body["scheduleInfo"]["startDateTime"], json!(start));
    assert_eq!(tenant.graph(&PLAIN, "POST", REQUESTS, activation("Reports Reader")).await.code(), "PendingRoleAssignmentRequest");
    assert_eq!(tenant.graph(&PLAIN, "GET", MINE, Value::Null).await.items().len(), 1);
    tenant.emulator.clock().advance(Duration::from_secs(3601));
    assert_eq!(tenant.graph(&PLAIN, "GET", MINE, Value::Null).await.items().len(), 2);

    let past = changed(activation("Contoso Onboarding"), |body| body["scheduleInfo"]["startDateTime"] = json!("2020-01-01T08:00:00+02:00"));
    let created = tenant.graph(&PLAIN, "POST", REQUESTS, past).await;
    assert_eq!(created.body["scheduleInfo"]["startDateTime"], created.body["createdDateTime"]);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn an_approval_waits_for_its_decision() {
    let tenant = Tenant::contoso().await;
    let created = tenant.graph(&PLAIN, "POST", REQUESTS, activation("Cloud Application Administrator")).await;
    assert_eq!(created.body["status"], "PendingApproval");
    assert_eq!(created.body["approvalId"], created.body["id"]);
    let id = created.body["id"].as_str().unwrap().to_owned();
    let approver = Grant { user: MEGAN, ..PLAIN };
    let path =
        format!("{REQUESTS}/filterByCurrentUser(on='approver')?$filter=status eq 'PendingApproval'&$expand=roleDefinition,principal");
    let waiting = tenant.graph(&approver, "GET", &path, Value::Null).await;
    assert_eq!((&waiting.items()[0]["id"], &waiting.items()[0]["principal"]["userPrincipalName"]), (&json!(id), &json!(ADELE)));
    assert!(tenant.graph(&PLAIN, "GET", &path, Value::Null).await.items().is_empty());

    let directory = &tenant.emulator.state().directory;
    let now = tenant.emulator.clock().now();
    assert!(directory.decide(&id, true, now) && !directory.decide(&id, true, now));
    let read = tenant.graph(&PLAIN, "GET", &format!("{REQUESTS}/{id}"), Value::Null).await;
    assert_eq!(read.body["status"], "Provisioned");
    // Nobody else sees the request.
    assert_eq!(tenant.graph(&approver, "GET", &format!("{REQUESTS}/{id}"), Value::Null).await.status, 404);

    // The way of another process.
    let waiting = tenant.graph(&STRONG, "POST", REQUESTS, activation("Privileged Role Administrator")).await;
    let path = format!("{}/requests/{}/decision", tenant.emulator.control(), waiting.body["id"].as_str().unwrap());
    assert_eq!(tenant.send("", "POST", &path, json!({ "approve": false })).await.status, 204);
    assert_eq!(tenant.send("", "POST", &path, json!({ "approve": false })).await.status, 404);
    assert_eq!(tenant.send("", "POST", &path, json!({})).await.status, 400);

    let denied = tenant.graph(&STRONG, "POST", REQUESTS, activation("Privileged Role Administrator")).await;
    let id = denied.body["id"].as_str().unwrap();
    assert!(directory.decide(id, false, now));
    assert_eq!(tenant.graph(&PLAIN, "GET", &format!("{REQUESTS}/{id}"), Value::Null).await.body["status"], "Denied");
    tenant.assert_no_violation();
}

#[tokio::test]
async fn pending_requests_can_be_withdrawn() {
    let tenant = Tenant::contoso().await;
    let created = tenant.graph(&PLAIN, "POST", REQUESTS, activation("Cloud Application Administrator")).await;
    let path = format!("{REQUESTS}/{}/cancel", created.body["id"].as_str().unwrap());
    let stranger = Grant { user: MEGAN, ..PLAIN };
    assert_eq!(tenant.graph(&stranger, "POST", &path, Value::Null).await.status, 404);
    let canceled = tenant.graph(&PLAIN, "POST", &path, Value::Null).await;
    assert_eq!((canceled.status, canceled.body), (204, Value::Null));
    assert_eq!(tenant.graph(&PLAIN, "POST", &path, Value::Null).await.status, 400);
    let mine = tenant.graph(&PLAIN, "GET", &format!("{REQUESTS}/filterByCurrentUser(on='principal')"), Value::Null).await;
    assert_eq!(mine.items()[0]["status"], "Canceled");
    assert_eq!(tenant.graph(&PLAIN, "POST", REQUESTS, activation("Cloud Application Administrator")).await.status, 201);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn deactivation_has_its_five_minutes() {
    let tenant = Tenant::with(|scenario| {
        scenario.pim.behaviour.provisioning_reads = 0;
        scenario.pim.behaviour.provisioning_seconds = 0;
        scenario.pim.behaviour.reactivation_lag_seconds = 12;
    })
    .await;
    tenant.graph(&PLAIN, "POST", REQUESTS, activation("Reports Reader")).await;
    assert_eq!(tenant.graph(&PLAIN, "POST", REQUESTS, deactivation("Reports Reader")).await.code(), "ActiveDurationTooShort");
    tenant.emulator.clock().advance(Duration::from_secs(301));
    let ended = tenant.graph(&PLAIN, "POST", REQUESTS, deactivation("Reports Reader")).await;
    assert_eq!((ended.status, ended.body["status"].as_str().unwrap()), (201, "Revoked"));
    assert_eq!(tenant.graph(&PLAIN, "GET", MINE, Value::Null).await.items().len(), 1);
    assert_eq!(tenant.graph(&PLAIN, "POST", REQUESTS, activation("Reports Reader")).await.code(), "RoleAssignmentExists");
    tenant.emulator.clock().advance(Duration::from_secs(12));
    assert_eq!(tenant.graph(&PLAIN, "POST", REQUESTS, activation("Reports Reader")).await.status, 201);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn a_validation_leaves_no_trace() {
    let tenant = Tenant::contoso().await;
    let only = |body: Value| changed(body, |body| body["isValidationOnly"] = json!(true));
    let checked = tenant.graph(&PLAIN, "POST", REQUESTS, only(activation("Reports Reader"))).await;
    assert_eq!((checked.status, &checked.body["isValidationOnly"]), (201, &json!(true)));
    assert_eq!(tenant.graph(&PLAIN, "POST", REQUESTS, only(activation("Global Reader"))).await.message(), CHALLENGE);
    let mine = tenant.graph(&PLAIN, "GET", &format!("{REQUESTS}/filterByCurrentUser(on='createdBy')"), Value::Null).await;
    assert!(mine.items().is_empty());
}

#[tokio::test]
async fn every_time_means_a_token_of_the_last_five_minutes() {
    let tenant = Tenant::with(|scenario| {
        scenario.authentication_contexts[0].sign_in_frequency = pim_emulator::scenario::SignInFrequency::EveryTime;
    })
    .await;
    let token = tenant.token(&STRONG, pim_emulator::tokens::Audience::Graph);
    let activate = async |role: &str| tenant.graph_with(&token, "POST", REQUESTS, activation(role)).await;
    assert_eq!(activate("Global Reader").await.status, 201);
    assert_eq!(activate("Teams Administrator").await.status, 201);
    tenant.emulator.clock().advance(Duration::from_secs(301));
    let refused = activate("User Administrator").await;
    assert_eq!((refused.status, refused.code()), (400, "RoleAssignmentRequestAcrsValidationFailed"));
    assert!(tenant.last().challenge);
}
