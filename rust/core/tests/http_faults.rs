//! What a misbehaving service gets: retries where they are safe, the truth where they are not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod tenant;

use std::time::Duration;

use pim_core::event::Event;
use pim_emulator::{Fault, Service};
use serde_json::{Value, json};
use tenant::{REQUESTS, TEN, Tenant, request};

const ELIGIBLE: &str = "roleEligibilityScheduleInstances";

fn on_graph() -> Fault {
    Fault::new(Service::Graph)
}

#[tokio::test]
async fn every_status_of_a_list_has_its_error() {
    let tenant = Tenant::signed_in().await;
    for (status, code) in [
        (400, "BadRequest"),
        (401, "Unauthorized"),
        (403, "AccessDenied"),
        (404, "NotFound"),
        (409, "Conflict"),
        (500, "ServiceUnavailable"),
    ] {
        let body = json!({"error": {"code": "Strange", "message": "words", "innerError": {"request-id": "r-1"}}});
        tenant.emulator.inject(on_graph().path("roleEligibilitySchedules").times(4).status(status).body(body));
        let told = tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await;
        let error = told.failed();
        assert_eq!(error.code.as_str(), code, "{status}");
        assert_eq!(error.http.as_ref().unwrap().status, status);
        assert!(error.http.as_ref().unwrap().request_id.is_some());
        assert_eq!(error.service.as_ref().unwrap().code, "Strange");
        assert!(!error.message.is_empty() && error.hint.is_some());
        tenant.emulator.state().faults.clear();
    }
}

#[tokio::test]
async fn reads_are_repeated_after_faults_and_cuts() {
    let tenant = Tenant::signed_in().await;
    tenant.emulator.inject(on_graph().path("roleEligibilitySchedules").status(503).body("busy"));
    tenant.emulator.inject(on_graph().path("roleEligibilitySchedules").cut());
    tenant.emulator.inject(on_graph().path("roleEligibilitySchedules").status(200).body("{\"value\": [").cut());
    let told = tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await;
    assert!(told.done()["count"].as_u64().unwrap() > 10);
    assert_eq!(tenant.asked("GET", "roleEligibilitySchedules").len(), 4);

    tenant.emulator.inject(
        on_graph().path("roleEligibilitySchedules").times(50).status(502).content_type("text/html").body("<html>Bad gateway</html>"),
    );
    tenant.forget();
    let told = tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await;
    assert_eq!(told.failed().code.as_str(), "ServiceUnavailable");
    assert!(told.failed().causes[0].contains("<html>Bad gateway</html>"));
    assert!(told.failed().hint.as_ref().unwrap().contains("a proxy, a firewall or a captive portal"));
    assert_eq!(tenant.asked("GET", "roleEligibilitySchedules").len(), 4);
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_said_to_be_none() {
    let tenant = Tenant::signed_in().await;
    for body in ["<html><title>Sign in to the hotel</title></html>", "", "[]", "{\"value\": 7}", "null"] {
        tenant.emulator.inject(on_graph().path("roleEligibilitySchedules").status(200).content_type("text/html").body(body));
        let told = tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await;
        let code = if body.starts_with('<') { "CaptivePortal" } else { "UnexpectedResponse" };
        assert_eq!(told.failed().code.as_str(), code, "{body}");
        assert!(told.outputs.is_empty());
    }
}

#[tokio::test]
async fn answers_are_bounded_and_a_status_is_not_lost_with_its_body() {
    let tenant = Tenant::signed_in().await;
    let large = "x".repeat(33 << 20);
    tenant.emulator.inject(on_graph().path("roleEligibilitySchedules").status(200).body(large.clone()));
    let told = tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await;
    assert_eq!(told.failed().code.as_str(), "UnexpectedResponse");
    assert!(told.failed().message.contains("larger than"), "{}", told.failed().message);
    for fault in [on_graph().status(404).body(large), on_graph().status(404).body("{\"error\"").cut()] {
        tenant.emulator.inject(fault.path("roleEligibilitySchedules"));
        let told = tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await;
        assert_eq!(told.failed().code.as_str(), "NotFound");
        assert!(told.failed().causes[0].len() < 400);
    }
}

#[tokio::test]
async fn a_service_that_is_down_is_tried_a_few_times() {
    let tenant = Tenant::signed_in().await;
    let session = std::sync::Arc::clone(&tenant.session);
    tenant.emulator.stop().await;
    let (call, mut events) = pim_core::call::Call::new();
    let end = pim_core::operations::run(&session, &call, "role.list", br#"{"kind":"resource","state":"active"}"#).await;
    let Event::Failed { error } = end else { panic!("a list came from nowhere") };
    assert_eq!((error.code.as_str(), error.retryable), ("ConnectionFailed", true));
    let mut repeated = 0;
    while let Ok(event) = events.try_recv() {
        repeated += usize::from(matches!(event, Event::Debug { message } if message.contains("is repeated after")));
    }
    assert_eq!(repeated, 3);
}

#[tokio::test]
async fn redirections_are_not_followed() {
    let tenant = Tenant::signed_in().await;
    let arm = tenant.emulator.arm().to_owned();
    tenant.emulator.inject(on_graph().path("roleEligibilitySchedules").status(302).header("location", &arm));
    let told = tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await;
    assert_eq!(told.failed().code.as_str(), "UnexpectedResponse");
    assert!(tenant.emulator.journal().iter().all(|entry| entry.service != Service::Arm));
}

#[tokio::test]
async fn next_links_stay_at_their_origin_and_never_loop() {
    let tenant = Tenant::signed_in().await;
    let page = |link: &str| on_graph().path("roleEligibilitySchedules").status(200).body(json!({"value": [], "@odata.nextLink": link}));
    let graph = tenant.emulator.graph().to_owned();
    let list = json!({"kind": "directory", "state": "eligible"});

    tenant.emulator.inject(page(&format!("{}/steal", tenant.emulator.arm())));
    assert_eq!(tenant.run("role.list", list.clone()).await.failed().code.as_str(), "HostNotAllowed");
    assert!(tenant.asked("GET", "/steal").is_empty());

    let next = format!("{graph}/v1.0/roleManagement/directory/roleEligibilitySchedules/filterByCurrentUser(on='principal')?$skiptoken=x");
    tenant.emulator.inject(page(&next));
    tenant.emulator.inject(page(&next));
    assert_eq!(tenant.run("role.list", list.clone()).await.failed().code.as_str(), "PageLoop");

    for link in ["::", "relative", "file:///etc/passwd"] {
        tenant.emulator.inject(page(link));
        let told = tenant.run("role.list", list.clone()).await;
        assert!(["UnexpectedResponse", "HostNotAllowed"].contains(&told.failed().code.as_str()), "{link}");
    }
}

#[tokio::test]
async fn a_call_waits_once_for_a_throttled_service_and_writes_are_repeated() {
    let tenant = Tenant::signed_in().await;
    tenant.emulator.inject(on_graph().method("POST").path(REQUESTS).times(3).status(429).header("retry-after", "1"));
    let start = std::time::Instant::now();
    let told = tenant.activate("directory", &["Reports Reader", "Message Center Reader", "Contoso Onboarding"], json!({})).await;
    assert_eq!(told.done()["activated"], 3);
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert!(told.said("asks for fewer requests"));
    let mut statuses = tenant.activations();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 201, 429, 429, 429]);
}

#[tokio::test]
async fn throttling_above_the_budget_is_an_error() {
    let tenant = Tenant::with(|_| {}, |config| config["timeouts"] = json!({"throttleSeconds": 5})).await;
    tenant.sign_in().await;
    for wait in ["6", "Wed, 31 Dec 2098 23:59:59 GMT", "99999999999999999999"] {
        tenant.emulator.inject(on_graph().path("roleEligibilitySchedules").status(429).header("retry-after", wait));
        let told = tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await;
        assert_eq!(told.failed().code.as_str(), "Throttled", "{wait}");
        assert!(told.failed().hint.as_ref().unwrap().contains("`Connect-PIM -ThrottleTimeout`"), "{:?}", told.failed());
        assert!(told.failed().retryable);
    }
    tenant.emulator.inject(on_graph().path("roleEligibilitySchedules").times(1000).status(429).header("retry-after", "0"));
    assert_eq!(tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await.failed().code.as_str(), "Throttled");
}

#[tokio::test]
async fn the_same_challenge_twice_is_the_end() {
    let tenant = Tenant::signed_in().await;
    tenant.hide_policies();
    let claims = "&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22c1%22%7D%7D%7D";
    let body = json!({"error": {"code": "RoleAssignmentRequestAcrsValidationFailed", "message": claims}});
    tenant.emulator.inject(on_graph().method("POST").path(REQUESTS).times(9).status(400).body(body));
    let told = tenant.activate("directory", &["Global Reader"], json!({})).await;
    let error = &told.only()["error"];
    assert_eq!(error["code"], "ChallengeUnsatisfied");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("asks for the authentication context `c1`") && message.contains("the token has `c1`"), "{message}");
    assert_eq!(error["claims"], r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#);
    assert_eq!(tenant.activations(), [400, 400]);
}

#[tokio::test]
async fn a_malformed_challenge_is_not_forwarded() {
    let tenant = Tenant::signed_in().await;
    let body = json!({"error": {"code": "RoleAssignmentRequestAcrsValidationFailed", "message": "&claims=%7B%22access_token"}});
    tenant.emulator.inject(on_graph().method("POST").path(REQUESTS).status(400).body(body));
    let told = tenant.activate("directory", &["Reports Reader"], json!({})).await;
    assert_eq!(told.only()["error"]["code"], "ChallengeMalformed");
    assert_eq!((told.prompts, tenant.activations()), (0, vec![400]));
}

#[tokio::test]
async fn a_lost_answer_is_found_again() {
    let tenant = Tenant::signed_in().await;
    for (kind, role, service, method) in
        [("directory", "Reports Reader", Service::Graph, "POST"), ("resource", "Virtual Machine Contributor", Service::Arm, "PUT")]
    {
        tenant.emulator.inject(Fault::new(service).method(method).path(REQUESTS).cut().after_handling());
        let told = tenant.activate(kind, &[role], json!({"ticket": {"number": "1", "system": "s"}})).await;
        assert_eq!(told.only()["status"], "Activated", "{:#}", told.only());
        assert_eq!(tenant.asked(method, REQUESTS).len(), 1, "{kind}");
        assert!(told.said("was lost: looking it up"));
        tenant.forget();
    }
    for status in [500, 504] {
        let role = if status == 500 { "Message Center Reader" } else { "Contoso Onboarding" };
        tenant.emulator.inject(on_graph().method("POST").path(REQUESTS).status(status).body("broken").after_handling());
        assert_eq!(tenant.activate("directory", &[role], json!({})).await.only()["status"], "Activated");
    }
}

#[tokio::test]
async fn an_order_that_never_arrived_is_sent_again_only_where_it_cannot_double() {
    let tenant = Tenant::signed_in().await;
    tenant.emulator.inject(Fault::new(Service::Arm).method("PUT").path(REQUESTS).cut());
    let told = tenant.activate("resource", &[], json!({"roles": [{"name": "Reader", "scope": "Contoso Production"}]})).await;
    assert_eq!(told.only()["status"], "Activated");
    let puts = tenant.asked("PUT", REQUESTS);
    assert_eq!(puts.len(), 2);
    assert_eq!(puts[0].path, puts[1].path);

    tenant.emulator.inject(on_graph().method("POST").path(REQUESTS).cut());
    let told = tenant.activate("directory", &["Reports Reader"], json!({})).await;
    assert_eq!(told.only()["status"], "Unconfirmed");
    let error = &told.only()["error"];
    assert_eq!(error["code"], "ConnectionFailed");
    assert!(error["message"].as_str().unwrap().contains("had been sent"), "{error:#}");
    assert_eq!(tenant.asked("POST", REQUESTS).len(), 1);
    assert_eq!(told.done()["failed"], 1);
}

#[tokio::test]
async fn refusals_of_a_write_are_results_with_their_reason() {
    let tenant = Tenant::signed_in().await;
    for (status, body, code) in [
        (403, json!({"error": {"code": "PermissionScopeNotGranted", "message": "missing scope"}}), "ConsentRequired"),
        (404, json!({"error": {"code": "ResourceNotFound", "message": ""}}), "NotFound"),
        (409, json!({"error": {"code": "Conflict", "message": ""}}), "Conflict"),
        (500, json!({"error": {"code": "UnknownError", "message": ""}}), "ServiceUnavailable"),
        (
            400,
            json!({"error": {"code": "UnknownError", "message": "{\"errorCode\":\"ActiveDurationTooShort\",\"message\":\"x\"}"}}),
            "PolicyViolation",
        ),
    ] {
        tenant.emulator.inject(on_graph().method("POST").path(REQUESTS).status(status).body(body));
        let told = tenant.activate("directory", &["Reports Reader"], json!({})).await;
        assert_eq!((told.only()["status"].as_str(), told.only()["error"]["code"].as_str()), (Some("Failed"), Some(code)), "{status}");
    }
    let exists = json!({"error": {"code": "RoleAssignmentExists", "message": "The Role assignment already exists."}});
    tenant.emulator.inject(on_graph().method("POST").path(REQUESTS).status(400).body(exists));
    let told = tenant.activate("directory", &["Reports Reader"], json!({})).await;
    assert_eq!((&told.only()["status"], told.warnings()), (&json!("AlreadyActive"), vec!["RoleNotListed"]));
}

#[tokio::test]
async fn a_token_that_died_is_renewed_without_the_user() {
    let tenant = Tenant::signed_in().await;
    let body = json!({"error": {"code": "InvalidAuthenticationToken", "message": "Lifetime validation failed, the token is expired."}});
    tenant.emulator.inject(on_graph().path("roleEligibilitySchedules").status(401).body(body.clone()));
    let told = tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await;
    assert!(told.done()["count"].as_u64().unwrap() > 0);
    assert_eq!(told.prompts, 0);
    tenant.emulator.inject(on_graph().path("roleEligibilitySchedules").times(9).status(401).body(body));
    let told = tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await;
    assert_eq!(told.failed().code.as_str(), "Unauthorized");
}

#[tokio::test]
async fn a_cancelled_call_tells_how_far_its_writes_had_come() {
    let tenant = Tenant::with(|_| {}, |config| config["concurrency"] = json!(1)).await;
    tenant.sign_in().await;
    tenant.emulator.inject(on_graph().method("POST").path(REQUESTS).skip(1).delay(Duration::from_secs(30)));
    let (call, told) = tenant.start(
        "role.activate",
        request("directory", &["Reports Reader", "Message Center Reader", "Contoso Onboarding"], json!({"waitSeconds": 0})),
    );
    let watched = call.clone();
    let cancel = tokio::spawn(async move {
        // Until the second write is on its way.
        while !watched.writes().iter().any(|write| write.state == "answered") || !watched.writes().iter().any(|write| write.state == "sent")
        {
            tokio::task::yield_now().await;
        }
        watched.cancel();
    });
    let told = told.await;
    cancel.await.unwrap();
    let error = told.failed();
    assert_eq!(error.code.as_str(), "Cancelled");
    let mut states: Vec<_> = error.writes.iter().map(|write| write.state.as_str()).collect();
    states.sort_unstable();
    assert_eq!(states, ["answered", "notSent", "sent"]);
    assert!(error.hint.as_ref().unwrap().contains("had been sent"));
    assert!(told.outputs.len() <= 1);
}

#[tokio::test]
async fn a_refused_write_counts_as_not_sent_while_the_user_signs_in() {
    let tenant = Tenant::signed_in().await;
    tenant.hide_policies();
    let (call, mut events) = pim_core::call::Call::new();
    let body = request("directory", &TEN, json!({})).to_string();
    let (session, running) = (tenant.session.clone(), call.clone());
    let work = tokio::spawn(async move { pim_core::operations::run(&session, &running, "role.activate", body.as_bytes()).await });
    let settled = |call: &pim_core::call::Call| call.writes().len() == 10 && call.writes().iter().all(|write| write.state == "notSent");
    while !matches!(events.recv().await.unwrap(), Event::Prompt(_)) {}
    while !settled(&call) {
        tokio::task::yield_now().await;
    }
    call.cancel();
    let Event::Failed { error } = work.await.unwrap() else { panic!("not cancelled") };
    assert_eq!(error.writes.len(), 10);
    assert!(error.writes.iter().all(|write| write.state == "notSent"), "{:?}", error.writes);
    assert!(error.hint.is_none());
    // Those whose turn had not come were refused too, or were never sent.
    assert!(tenant.activations().iter().all(|status| *status == 400));
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_allowed() {
    let tenant = Tenant::with(|_| {}, |config| config["concurrency"] = json!(2)).await;
    tenant.sign_in().await;
    tenant.emulator.delay(Service::Graph, Duration::from_millis(50));
    let start = std::time::Instant::now();
    let told = tenant.activate("directory", &TEN, json!({"plan": true})).await;
    assert_eq!(told.done()["planned"], 10);
    // 3 lists and 10 policies, two at a time, 50 ms each.
    assert!(start.elapsed() >= Duration::from_millis(50 * 7 - 20), "{:?}", start.elapsed());
}

#[tokio::test]
async fn unreadable_lists_fail_the_whole_call() {
    let tenant = Tenant::signed_in().await;
    tenant
        .emulator
        .inject(on_graph().path(ELIGIBLE).status(403).body(json!({"error": {"code": "PermissionScopeNotGranted", "message": ""}})));
    let told = tenant.activate("directory", &["Reports Reader"], json!({})).await;
    assert_eq!(told.failed().code.as_str(), "ConsentRequired");
    tenant.emulator.inject(on_graph().path(ELIGIBLE).status(200).body(json!({"value": [{"id": 7}]})));
    let told = tenant.activate("directory", &["Reports Reader"], json!({})).await;
    assert_eq!(told.failed().code.as_str(), "UnexpectedResponse");
}

#[tokio::test]
async fn no_event_holds_a_secret() {
    let tenant = Tenant::signed_in().await;
    let echo = tenant.run("token.acquire", json!({"resource": "graph"})).await;
    let token = echo.done()["accessToken"].as_str().unwrap().to_owned();
    tenant.emulator.inject(
        on_graph().method("POST").path(REQUESTS).status(400).body(json!({"error": {"code": "Bad", "message": format!("Bearer {token}")}})),
    );
    tenant.emulator.inject(on_graph().path("roleEligibilitySchedules").status(403).body(format!("<html>{token}</html>")));
    let mut events: Vec<Event> = tenant.activate("directory", &TEN, json!({})).await.events;
    events.extend(tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await.events);
    let text = serde_json::to_string(&events).unwrap();
    for secret in tenant.emulator.issued_secrets() {
        let secret: Value = serde_json::to_value(&secret).unwrap();
        let value = secret["value"].as_str().unwrap();
        assert!(!text.contains(value), "{}", secret["kind"]);
    }
}
