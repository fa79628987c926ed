//! Activation as it normally goes: names resolved, one sign-in for all, results per role.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod tenant;

use std::time::{Duration, Instant};

use pim_emulator::{Fault, Service};
use serde_json::{Value, json};
use tenant::{REQUESTS, TEN, Tenant};

fn statuses(outputs: &[Value]) -> Vec<&str> {
    outputs.iter().map(|output| output["status"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn ten_roles_need_one_prompt_and_no_refusal_when_the_policies_can_be_read() {
    let tenant = Tenant::signed_in().await;
    let told = tenant.activate("directory", &TEN, json!({})).await;
    assert_eq!(told.done()["activated"], 10);
    assert_eq!(statuses(&told.outputs), ["Activated"; 10]);
    assert_eq!(told.prompts, 1);
    assert_eq!(tenant.activations(), [201; 10]);
    for output in &told.outputs {
        assert_eq!(output["authenticationContexts"], json!(["c1"]));
        assert_eq!(output["steppedUp"], true);
        assert_eq!(output["duration"], output["policy"]["maximumDuration"]);
        assert!(output["endDateTime"].as_str().unwrap().ends_with('Z'), "{output:#}");
    }
    tenant.assert_clean();

    // The token stays: the next role with the same context needs nobody.
    let next = tenant.activate("directory", &["Global Administrator"], json!({})).await;
    assert_eq!((next.done()["activated"].as_u64(), next.prompts), (Some(1), 0));
    assert_eq!(next.only()["steppedUp"], false);
}

#[tokio::test]
async fn ten_roles_need_one_prompt_and_one_retry_each_when_the_service_has_to_say_it() {
    let tenant = Tenant::signed_in().await;
    tenant.hide_policies();
    let told = tenant.activate("directory", &TEN, json!({"duration": "PT1H"})).await;
    assert_eq!(told.done()["activated"], 10);
    assert_eq!(told.prompts, 1);
    let mut by_role: std::collections::BTreeMap<String, Vec<u16>> = std::collections::BTreeMap::new();
    for entry in tenant.asked("POST", REQUESTS) {
        by_role.entry(entry.body.unwrap()["roleDefinitionId"].as_str().unwrap().to_owned()).or_default().push(entry.status);
    }
    assert_eq!(by_role.len(), 10);
    for (role, statuses) in by_role {
        assert_eq!(statuses, [400, 201], "{role}");
    }
    assert!(told.outputs.iter().all(|output| output["steppedUp"] == true && output.get("policy").is_none()));
    tenant.assert_clean();
}

#[tokio::test]
async fn resource_roles_go_the_same_way() {
    let tenant = Tenant::signed_in().await;
    let subscription = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1";
    let roles = json!([
        {"name": "Contributor", "scope": subscription},
        {"name": "Owner", "scope": "rg-payments"},
        {"name": "Reader", "scope": "Contoso Production"},
    ]);
    let told = tenant.activate("resource", &[], json!({"roles": roles, "duration": "PT1H"})).await;
    assert_eq!(told.done()["activated"], 3, "{:#?}", told.outputs);
    assert_eq!(told.prompts, 1);
    assert_eq!(tenant.activations(), [201; 3]);
    let contributor = told.outputs.iter().find(|output| output["roleName"] == "Contributor").unwrap();
    assert_eq!(contributor["scopeType"], "subscription");
    assert_eq!(contributor["scopeName"], "Contoso Production");
    tenant.assert_clean();
}

#[tokio::test]
async fn resource_roles_are_challenged_once_and_keep_their_request_id() {
    let tenant = Tenant::signed_in().await;
    tenant.hide_policies();
    let told = tenant.activate("resource", &["Owner"], json!({"duration": "PT1H"})).await;
    assert_eq!(told.only()["status"], "Activated");
    let puts = tenant.asked("PUT", REQUESTS);
    assert_eq!(puts.iter().map(|put| put.status).collect::<Vec<_>>(), [400, 201]);
    assert_eq!(puts[0].path, puts[1].path);
    assert_eq!(told.prompts, 1);
}

#[tokio::test]
async fn a_role_below_the_eligible_scope_is_activated_there() {
    let tenant = Tenant::signed_in().await;
    let group = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1/resourceGroups/rg-payments";
    let told = tenant.activate("resource", &[], json!({"roles": [{"name": "Reader", "scope": group}]})).await;
    assert_eq!((told.only()["status"].as_str(), told.only()["scope"].as_str()), (Some("Activated"), Some(group)));
    tenant.assert_clean();
}

#[tokio::test]
async fn a_role_eligible_at_a_management_group_is_activated_at_a_subscription_below() {
    let production = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1";
    let tenant = Tenant::with(
        |scenario| {
            let rows = scenario["pim"]["resourceEligibilities"].as_array_mut().unwrap();
            rows.retain(|row| row["role"] != "Contributor" || row["scope"].as_str().unwrap().contains("managementGroups"));
        },
        |_| {},
    )
    .await;
    tenant.sign_in().await;
    let told = tenant.activate("resource", &[], json!({"roles": [{"name": "Contributor", "scope": production}]})).await;
    assert_eq!((told.only()["status"].as_str(), told.only()["scope"].as_str()), (Some("Activated"), Some(production)), "{:#}", told.only());
    assert_eq!(tenant.activations(), [201]);
    let stranger = json!({"roles": [{"name": "Contributor", "scope": "/subscriptions/00000000-0000-0000-0000-000000000000"}]});
    let told = tenant.activate("resource", &[], stranger).await;
    assert_eq!(told.only()["error"]["code"], "RoleNotEligible");
    tenant.assert_clean();
}

#[tokio::test]
async fn a_role_in_an_administrative_unit_keeps_its_scope() {
    let tenant = Tenant::signed_in().await;
    let told = tenant.activate("directory", &["groups admin"], json!({"duration": "PT1H"})).await;
    assert_eq!(told.only()["status"], "Activated");
    assert_eq!(told.only()["scope"], "/administrativeUnits/2d8f6b3a-91c4-4e7d-b5a0-6c3e1f9d8a88");
    assert_eq!(told.only()["scopeType"], "administrativeUnit");
    assert!(told.said("`groups admin` is taken as `Groups Administrator`"));
    tenant.assert_clean();
}

#[tokio::test]
async fn an_eligibility_through_a_group_is_activated_for_the_user() {
    let tenant = Tenant::signed_in().await;
    let told = tenant.activate("directory", &["Security Reader"], json!({})).await;
    assert_eq!(told.only()["status"], "Activated");
    let body = tenant.asked("POST", REQUESTS).pop().unwrap().body.unwrap();
    assert_eq!(body["principalId"], "0c5b8f0a-6f8e-4d7b-9a3a-2b7e1d4c5a44");
    let told = tenant.activate("resource", &["Storage Blob Data Contributor"], json!({})).await;
    assert_eq!(told.only()["status"], "Activated", "{:#}", told.only());
    tenant.assert_clean();
}

#[tokio::test]
async fn what_is_active_is_left_alone() {
    let tenant = Tenant::signed_in().await;
    let roles = ["Reports Reader", "Message Center Reader"];
    tenant.activate("directory", &roles[..1], json!({})).await.done();
    let told = tenant.activate("directory", &roles, json!({"sufficientRoles": {"*": ["reports reader"]}})).await;
    let of = |name: &str| told.outputs.iter().find(|output| output["roleName"] == name).unwrap();
    assert_eq!(of(roles[0])["status"], "AlreadyActive");
    assert!(of(roles[0])["endDateTime"].is_string());
    assert_eq!(of(roles[1])["status"], "SufficientRoleActive");
    assert_eq!(of(roles[1])["sufficientRole"], roles[0]);
    assert_eq!(told.done()["skipped"], 2);
    assert_eq!(tenant.activations(), [201]);

    let resource = json!({"roles": [{"name": "Reader", "scope": "Contoso Production"}]});
    assert_eq!(tenant.activate("resource", &[], resource.clone()).await.only()["status"], "Activated");
    assert_eq!(tenant.activate("resource", &[], resource).await.only()["status"], "AlreadyActive");
}

#[tokio::test]
async fn active_roles_are_no_candidates_if_the_caller_says_so() {
    let tenant = Tenant::signed_in().await;
    let at_root = json!({"roles": [{"name": "Password Administrator", "scope": "/"}]});
    assert_eq!(tenant.activate("directory", &[], at_root).await.only()["status"], "Activated");
    let told = tenant.activate("directory", &["Password Administrator"], json!({})).await;
    assert_eq!(told.only()["error"]["code"], "RoleAmbiguous");
    let told = tenant.activate("directory", &["Password Administrator"], json!({"excludeActive": true})).await;
    assert_eq!(told.only()["scopeType"], "administrativeUnit");
    assert_eq!(told.only()["status"], "Activated");
}

#[tokio::test]
async fn approval_and_later_starts_are_not_waited_for() {
    let tenant = Tenant::signed_in().await;
    let told = tenant.activate("directory", &["Cloud Application Administrator"], json!({})).await;
    assert_eq!(told.only()["status"], "PendingApproval");
    assert_eq!(told.only()["serviceStatus"], "PendingApproval");
    assert_eq!(told.done()["pending"], 1);
    let again = tenant.activate("directory", &["Cloud Application Administrator"], json!({})).await;
    assert_eq!(again.only()["status"], "PendingApproval");
    assert_eq!(again.only()["requestId"], told.only()["requestId"]);

    let later = (jiff_now() + Duration::from_secs(3600)).to_string();
    let told = tenant.activate("directory", &["Reports Reader"], json!({"startDateTime": later, "duration": "PT1H"})).await;
    assert_eq!(told.only()["status"], "Scheduled", "{:#}", told.only());
    assert_eq!(told.done()["scheduled"], 1);
    let again = tenant.activate("directory", &["Reports Reader"], json!({})).await;
    assert_eq!(again.only()["error"]["code"], "PendingRequestExists");
    tenant.assert_clean();
}

fn jiff_now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

#[tokio::test]
async fn without_waiting_the_request_is_only_accepted() {
    let tenant = Tenant::with(|scenario| scenario["pim"]["behaviour"]["provisioningReads"] = json!(0), |_| {}).await;
    tenant.sign_in().await;
    let told = tenant.activate("directory", &["Reports Reader"], json!({"waitSeconds": 0})).await;
    assert_eq!(told.only()["status"], "Accepted");
    assert!(told.only().get("error").is_none());
    let told = tenant.activate("directory", &["Message Center Reader"], json!({"waitSeconds": 1})).await;
    assert_eq!(told.only()["status"], "Accepted");
    assert_eq!(told.only()["error"]["code"], "ActivationTimeout");
}

#[tokio::test]
async fn a_plan_writes_nothing() {
    let tenant = Tenant::signed_in().await;
    let roles = ["Global Reader", "License Administrator", "Nonsense"];
    let told = tenant.activate("directory", &roles, json!({"plan": true, "duration": "PT24H"})).await;
    assert_eq!(tenant.activations(), [0; 0]);
    assert_eq!((told.prompts, told.done()["planned"].as_u64(), told.done()["failed"].as_u64()), (0, Some(1), Some(2)));
    let planned = told.outputs.iter().find(|output| output["status"] == "Planned").unwrap();
    assert_eq!((planned["duration"].as_str(), planned["durationClamped"].as_bool()), (Some("PT8H"), Some(true)));
    assert_eq!(planned["policy"]["authenticationContext"], "c1");
}

#[tokio::test]
async fn policies_are_kept_before_anything_is_sent() {
    let tenant = Tenant::signed_in().await;
    let told = tenant.activate("directory", &["Message Center Reader", "License Administrator"], json!({"duration": "PT8H"})).await;
    let of = |name: &str| told.outputs.iter().find(|output| output["roleName"] == name).unwrap();
    assert_eq!(of("Message Center Reader")["duration"], "PT30M");
    assert_eq!(of("Message Center Reader")["requestedDuration"], "PT8H");
    assert_eq!(told.warnings(), ["DurationClamped"]);
    assert_eq!(of("License Administrator")["error"]["code"], "TicketRequired");
    assert_eq!(tenant.activations(), [201]);

    let strict = json!({"duration": "PT8H", "clampDuration": false, "justification": ""});
    let told = tenant.activate("directory", &["License Administrator", "Exchange Administrator"], strict).await;
    let of = |name: &str| told.outputs.iter().find(|output| output["roleName"] == name).unwrap();
    assert_eq!(of("License Administrator")["error"]["code"], "PolicyViolation");
    let message = of("License Administrator")["error"]["message"].as_str().unwrap();
    assert!(message.contains("a justification") && message.contains("ticket information"), "{message}");
    assert_eq!(of("Exchange Administrator")["error"]["code"], "PolicyViolation");
    assert_eq!(tenant.activations(), [201]);

    let ticket = json!({"ticket": {"number": "CHG1", "system": "ServiceNow"}});
    let told = tenant.activate("directory", &["License Administrator"], ticket).await;
    assert_eq!(told.only()["status"], "Activated");
    tenant.assert_clean();
}

#[tokio::test]
async fn a_name_that_fits_nothing_or_too_much_is_a_result() {
    let tenant = Tenant::signed_in().await;
    let told = tenant.activate("directory", &["Securty Administrator", "Password Administrator", "Reports Reader"], json!({})).await;
    let of = |name: &str| told.outputs.iter().find(|output| output["roleName"] == name).unwrap();
    assert_eq!(of("Securty Administrator")["error"]["code"], "RoleNotEligible");
    assert!(of("Securty Administrator")["error"]["hint"].as_str().unwrap().contains("`Security Administrator`"));
    assert_eq!(of("Password Administrator")["error"]["code"], "RoleAmbiguous");
    assert_eq!(of("Reports Reader")["status"], "Activated");
    assert_eq!((told.done()["activated"].as_u64(), told.done()["failed"].as_u64()), (Some(1), Some(2)));
}

#[tokio::test]
async fn without_any_eligible_role_the_call_fails() {
    let tenant = Tenant::with(|scenario| scenario["pim"]["directoryEligibilities"] = json!([]), |_| {}).await;
    tenant.sign_in().await;
    let told = tenant.activate("directory", &["Global Reader"], json!({})).await;
    assert_eq!(told.failed().code.as_str(), "RoleNotEligible");
}

#[tokio::test]
async fn multi_factor_authentication_is_asked_for_once() {
    let tenant = Tenant::signed_in().await;
    let told = tenant.activate("directory", &["Helpdesk Administrator"], json!({})).await;
    assert_eq!(told.only()["status"], "Activated", "{:#}", told.only());
    assert_eq!(told.prompts, 1);

    let tenant = Tenant::signed_in().await;
    tenant.hide_policies();
    let told = tenant.activate("directory", &["Helpdesk Administrator"], json!({})).await;
    assert_eq!(told.only()["status"], "Activated", "{:#}", told.only());
    assert_eq!((tenant.activations(), told.prompts), (vec![400, 201], 1));
    let told = tenant.activate("resource", &["Key Vault Administrator"], json!({})).await;
    assert_eq!(told.only()["status"], "Activated", "{:#}", told.only());
}

#[tokio::test]
async fn a_ticket_that_an_unreadable_policy_does_not_want_is_left_out() {
    let tenant = Tenant::signed_in().await;
    tenant.hide_policies();
    let ticket = json!({"ticket": {"number": "CHG1", "system": "ServiceNow"}});
    let told = tenant.activate("resource", &["Storage Blob Data Contributor"], ticket.clone()).await;
    assert_eq!(told.only()["status"], "Activated", "{:#}", told.only());
    assert_eq!(tenant.activations(), [400, 201]);
    tenant.forget();
    let told = tenant.activate("resource", &["Virtual Machine Contributor"], ticket).await;
    assert_eq!((told.only()["status"].as_str(), tenant.activations()), (Some("Activated"), vec![201]));
    tenant.forget();
    let told = tenant.activate("directory", &["License Administrator"], json!({})).await;
    assert_eq!((told.only()["error"]["code"].as_str(), tenant.activations()), (Some("TicketRequired"), vec![400]));
}

#[tokio::test]
async fn two_different_challenges_are_both_satisfied() {
    let tenant = Tenant::with(|scenario| scenario["pim"]["behaviour"]["armRequiresMfa"] = json!(true), |_| {}).await;
    tenant.sign_in().await;
    tenant.hide_policies();
    let told = tenant.activate("resource", &["Owner"], json!({"duration": "PT1H"})).await;
    assert_eq!(told.only()["status"], "Activated", "{:#}", told.only());
    assert_eq!(tenant.activations().last(), Some(&201));
    assert!(tenant.activations().len() <= 3);
}

#[tokio::test]
async fn ten_roles_take_no_more_than_three_times_as_long_as_one() {
    let tenant = Tenant::signed_in().await;
    // The token is ready, so that no page is timed.
    tenant.activate("directory", &["Global Administrator"], json!({})).await;
    for service in [Service::Graph, Service::Arm, Service::Login] {
        tenant.emulator.delay(service, Duration::from_millis(200));
    }
    let start = Instant::now();
    assert_eq!(tenant.activate("directory", &["Reports Reader"], json!({})).await.done()["activated"], 1);
    let one = start.elapsed();
    let start = Instant::now();
    assert_eq!(tenant.activate("directory", &TEN, json!({})).await.done()["activated"], 10);
    let ten = start.elapsed();
    assert!(ten <= one * 3, "one role: {one:?}, ten roles: {ten:?}");
}

#[tokio::test]
async fn every_form_of_the_challenge_is_understood() {
    for (name, value) in [("challengeIn", json!("header")), ("wrapErrors", json!(true))] {
        let tenant = Tenant::with(|scenario| scenario["pim"]["behaviour"][name] = value, |_| {}).await;
        tenant.sign_in().await;
        tenant.hide_policies();
        let told = tenant.activate("directory", &["Global Reader"], json!({})).await;
        assert_eq!(told.only()["status"], "Activated", "{name}: {:#}", told.only());
        assert_eq!((tenant.activations().len(), told.prompts), (2, 1), "{name}");
    }
}

#[tokio::test]
async fn a_joint_sign_in_that_is_blocked_is_tried_apart() {
    let tenant = Tenant::signed_in().await;
    let blocked = json!({"error": "invalid_grant", "error_codes": [53003], "error_description": "AADSTS53003: Access has been blocked."});
    tenant.emulator.inject(Fault::new(Service::Login).method("POST").path("/token").status(400).body(blocked));
    let told = tenant.activate("directory", &["Global Reader", "Compliance Administrator"], json!({})).await;
    assert_eq!(told.done()["activated"], 2, "{:#?}", told.outputs);
    assert_eq!(tenant.activations(), [201, 201]);
}

#[tokio::test]
async fn a_context_that_cannot_be_had_fails_its_own_role_only() {
    let tenant = Tenant::signed_in().await;
    tenant.activate("directory", &["Global Reader"], json!({})).await.done();
    // The token has `c1` already, so that the token service can refuse the compliant device without showing a page.
    let roles = ["Global Administrator", "Privileged Authentication Administrator"];
    let told = tenant.activate("directory", &roles, json!({})).await;
    let of = |name: &str| told.outputs.iter().find(|output| output["roleName"] == name).unwrap();
    assert_eq!(of(roles[0])["status"], "Activated", "{:#}", of(roles[0]));
    assert_eq!(of(roles[1])["error"]["code"], "ConditionalAccessBlocked");
    assert_eq!(told.prompts, 0);
}

#[tokio::test]
async fn roles_without_a_context_do_not_wait_for_the_sign_in_of_the_others() {
    let tenant = Tenant::with(|_| {}, |config| config["timeouts"] = json!({"signInSeconds": 5})).await;
    tenant.sign_in().await;
    // Nobody can have a compliant device here: the page never comes back.
    let told =
        tenant.activate("directory", &["Global Reader", "Privileged Authentication Administrator", "Reports Reader"], json!({})).await;
    assert_eq!((&told.outputs[0]["roleName"], &told.outputs[0]["status"]), (&json!("Reports Reader"), &json!("Activated")));
    assert_eq!(told.outputs[1]["error"]["code"], "SignInTimeout");
    assert_eq!(told.outputs[2]["error"]["code"], "SignInTimeout");
    assert_eq!((tenant.activations(), told.prompts), (vec![201], 1));
}
