//! Batches that misbehave: only what needs it is asked again, and never without end.

use std::time::{Duration, Instant};

use pim_emulator::{Fault, Service};
use serde_json::{Value, json};

use crate::administered::{SUBSCRIPTIONS, administered, answered, ask, batches, id, on_batch, with_subscriptions};

#[tokio::test]
async fn batches_go_side_by_side() {
    let tenant = administered().await;
    let answers: Vec<_> = (0..20).map(|name| json!({"name": name.to_string(), "httpStatusCode": 200, "content": {"value": []}})).collect();
    let delay = Duration::from_millis(500);
    tenant.emulator.inject(answered(json!(answers)).times(16).delay(delay));
    let start = Instant::now();
    assert_eq!(tenant.run(SUBSCRIPTIONS, ask(320)).await.done()["failed"], json!([]));
    // Sixteen batches, eight at a time.
    let took = start.elapsed();
    assert!(took >= delay * 2 && took < delay * 8, "{took:?}");
    assert_eq!(batches(&tenant).len(), 16);
}

#[tokio::test]
async fn only_what_failed_is_asked_for_again() {
    let tenant = with_subscriptions(4, |_| {}, |_| {}).await;
    let empty = json!({"value": []});
    tenant.emulator.inject(answered(json!([
        {"name": "3", "httpStatusCode": 200, "content": empty},
        {"name": "1", "httpStatusCode": 429, "headers": {"Retry-After": "1"}, "content": {"error": {"code": "TooManyRequests"}}},
        {"name": "0", "httpStatusCode": 503, "headers": {}, "content": null},
        {"name": "7", "httpStatusCode": 200, "content": empty}, 5
    ])));
    let start = Instant::now();
    let told = tenant.run(SUBSCRIPTIONS, ask(4)).await;
    assert_eq!(told.done()["count"], 6);
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert!(told.said("asks for fewer requests"));
    let sent = batches(&tenant);
    assert_eq!(sent[0], ["0", "1", "2", "3"]);
    assert_eq!(sent[1].iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    assert!(!sent[1].contains(&"3".to_owned()));
    assert_eq!(sent.len(), 2);
}

#[tokio::test]
async fn asking_again_is_bounded() {
    let tenant = with_subscriptions(2, |_| {}, |config| config["timeouts"] = json!({"throttleSeconds": 5})).await;
    let item = |name: &str, status: u16| json!({"name": name, "httpStatusCode": status, "headers": {}, "content": {"error": {"code": "Busy", "message": "m"}}});
    tenant.emulator.inject(answered(json!([item("0", 500), item("1", 500)])).times(1000));
    let told = tenant.run(SUBSCRIPTIONS, ask(2)).await;
    assert_eq!(batches(&tenant).len(), 4);
    let failed = told.done()["failed"].as_array().unwrap();
    assert_eq!((failed.len(), &failed[0]["error"]["code"]), (2, &json!("ServiceUnavailable")));
    assert_eq!(failed[1]["scope"], format!("/subscriptions/{}", id(1)));
    tenant.emulator.state().faults.clear();

    let throttled = |wait: &str| json!({"name": "0", "httpStatusCode": 429, "headers": {"retry-after": wait}, "content": {}});
    for (wait, answers) in [("6", 1), ("0", 31)] {
        tenant.forget();
        tenant.emulator.inject(answered(json!([throttled(wait), {"name": "1", "httpStatusCode": 200, "content": {"value": []}}])).times(1));
        tenant.emulator.inject(answered(json!([throttled(wait)])).times(1000));
        assert_eq!(tenant.run(SUBSCRIPTIONS, ask(2)).await.failed().code.as_str(), "Throttled", "{wait}");
        assert!(batches(&tenant).len() <= answers, "{wait}");
        tenant.emulator.state().faults.clear();
    }

    tenant.emulator.inject(answered(json!([])).times(1000));
    tenant.forget();
    assert_eq!(tenant.run(SUBSCRIPTIONS, ask(2)).await.failed().code.as_str(), "UnexpectedResponse");
    assert_eq!(batches(&tenant).len(), 4);
}

#[tokio::test]
async fn a_refused_batch_becomes_single_requests() {
    for status in [404, 400, 405] {
        let tenant = with_subscriptions(30, |_| {}, |_| {}).await;
        tenant
            .emulator
            .inject(on_batch().times(1000).status(status).body(json!({"error": {"code": "InvalidResourceType", "message": "no"}})));
        let told = tenant.run(SUBSCRIPTIONS, ask(30)).await;
        assert_eq!((&told.done()["count"], &told.done()["failed"]), (&json!(60), &json!([])), "{status}");
        assert!(told.said("takes no batches"));
        assert_eq!(tenant.asked("GET", "roleEligibilitySchedules").len(), 30);
        tenant.forget();
        tenant.run(SUBSCRIPTIONS, ask(2)).await.done();
        assert!(batches(&tenant).is_empty(), "it is not tried again");
    }
}

#[tokio::test]
async fn a_batch_that_takes_its_time_is_waited_for() {
    let tenant = with_subscriptions(2, |_| {}, |_| {}).await;
    let place = format!("{}/operationResults/1", tenant.emulator.arm());
    let later = |fault: Fault| fault.status(202).header("location", &place).header("retry-after", "0");
    let poll = || Fault::new(Service::Arm).method("GET").path("/operationResults/1");
    tenant.emulator.inject(later(on_batch()));
    tenant.emulator.inject(later(poll()));
    let empty = |name: &str| json!({"name": name, "httpStatusCode": 200, "content": {"value": []}});
    tenant.emulator.inject(poll().status(200).body(json!({"responses": [empty("0"), empty("1")]})));
    assert_eq!(tenant.run(SUBSCRIPTIONS, ask(2)).await.done()["count"], 0);
    assert_eq!((batches(&tenant).len(), tenant.asked("GET", "/operationResults/1").len()), (1, 2));

    tenant.emulator.inject(on_batch().status(202));
    assert_eq!(tenant.run(SUBSCRIPTIONS, ask(2)).await.failed().code.as_str(), "UnexpectedResponse");
    tenant
        .emulator
        .inject(on_batch().status(202).header("location", &format!("{}/steal", tenant.emulator.graph())).header("retry-after", "0"));
    assert_eq!(tenant.run(SUBSCRIPTIONS, ask(2)).await.failed().code.as_str(), "HostNotAllowed");
    tenant.emulator.inject(later(on_batch()));
    tenant.emulator.inject(later(poll()).times(1000));
    assert_eq!(tenant.run(SUBSCRIPTIONS, ask(2)).await.failed().code.as_str(), "RequestTimeout");
    tenant.emulator.state().faults.clear();
    tenant.emulator.inject(on_batch().status(202).header("location", &place).header("retry-after", "100000"));
    assert_eq!(tenant.run(SUBSCRIPTIONS, ask(2)).await.failed().code.as_str(), "RequestTimeout");
}

#[tokio::test]
async fn a_challenge_within_a_batch_is_satisfied_once_for_all() {
    let tenant = with_subscriptions(3, |_| {}, |_| {}).await;
    let claims = "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19";
    let header = format!("Bearer error=\"insufficient_claims\", claims=\"{claims}\"");
    let item = |name: &str| json!({"name": name, "httpStatusCode": 401, "headers": {"WWW-Authenticate": header}, "content": {"error": {"code": "InvalidAuthenticationToken"}}});
    let done = json!({"name": "1", "httpStatusCode": 200, "content": {"value": []}});
    tenant.emulator.inject(answered(json!([item("0"), done, item("2")])));
    let told = tenant.run(SUBSCRIPTIONS, ask(3)).await;
    assert_eq!((told.done()["count"].as_u64(), told.prompts), (Some(4), 1));
    assert_eq!(batches(&tenant), [vec!["0", "1", "2"], vec!["0", "2"]]);
    assert_eq!(tenant.asked("POST", "/batch")[1].token_contexts.as_deref(), Some(["c1".to_owned()].as_slice()));

    tenant.emulator.inject(answered(json!([item("0"), item("1"), item("2")])).times(9));
    let told = tenant.run(SUBSCRIPTIONS, ask(3)).await;
    assert_eq!(told.failed().code.as_str(), "ChallengeUnsatisfied");
}

#[tokio::test]
async fn a_token_that_died_within_a_batch_is_renewed() {
    let tenant = with_subscriptions(2, |_| {}, |_| {}).await;
    let item = |name: &str| json!({"name": name, "httpStatusCode": 401, "content": {"error": {"code": "ExpiredAuthenticationToken", "message": "m"}}});
    tenant.emulator.inject(answered(json!([item("0"), item("1")])));
    let told = tenant.run(SUBSCRIPTIONS, ask(2)).await;
    assert_eq!((told.done()["count"].as_u64(), told.prompts, batches(&tenant).len()), (Some(4), 0, 2));
    tenant.emulator.inject(answered(json!([item("0"), item("1")])).times(9));
    assert_eq!(tenant.run(SUBSCRIPTIONS, ask(2)).await.failed().code.as_str(), "Unauthorized");
}

#[tokio::test]
async fn what_was_read_is_told_before_the_end_and_a_list_that_breaks_off_is_named() {
    let paged = |scenario: &mut Value| scenario["pim"]["behaviour"]["pageSize"] = json!(3);
    let tenant = with_subscriptions(3, paged, |_| {}).await;
    tenant
        .emulator
        .inject(on_batch().skip(1).times(9).status(403).body(json!({"error": {"code": "AuthorizationFailed", "message": "no"}})));
    let told = tenant.run(SUBSCRIPTIONS, ask(3)).await;
    assert_eq!((told.failed().code.as_str(), told.outputs.len()), ("AccessDenied", 3));
    tenant.emulator.state().faults.clear();

    let item = |name: &str, status: u16, content: Value| json!({"name": name, "httpStatusCode": status, "headers": {}, "content": content});
    let denied = json!({"error": {"code": "AuthorizationFailed", "message": "no"}});
    let elsewhere = json!({"value": [], "nextLink": "https://elsewhere.example/next"});
    for (content, code) in [
        (item("1", 403, denied), "AccessDenied"),
        (item("1", 200, json!({"value": 7})), "UnexpectedResponse"),
        (item("1", 200, json!([])), "UnexpectedResponse"),
        (item("1", 200, json!({"value": [5], "nextLink": 7})), "UnexpectedResponse"),
    ] {
        let row = json!({"value": []});
        tenant.emulator.inject(answered(json!([item("0", 200, row.clone()), content, item("2", 200, row)])));
        let told = tenant.run(SUBSCRIPTIONS, ask(3)).await;
        let failed = &told.done()["failed"];
        assert_eq!((failed.as_array().unwrap().len(), &failed[0]["error"]["code"]), (1, &json!(code)));
        assert!(code != "AccessDenied" || failed[0]["error"]["hint"].as_str().unwrap().contains("roleAssignments/read"));
    }
    tenant.emulator.inject(answered(json!([
        item("0", 200, elsewhere),
        item("1", 200, json!({"value": []})),
        item("2", 200, json!({"value": []}))
    ])));
    assert_eq!(tenant.run(SUBSCRIPTIONS, ask(3)).await.failed().code.as_str(), "HostNotAllowed");
    for (body, code) in [
        (json!([]), "UnexpectedResponse"),
        (json!({}), "UnexpectedResponse"),
        (json!({"responses": 7}), "UnexpectedResponse"),
        (json!({"responses": [{"name": "0", "httpStatusCode": 99_999}]}), "UnexpectedResponse"),
        (json!("no JSON"), "UnexpectedResponse"),
        (json!("<html>"), "CaptivePortal"),
    ] {
        tenant.emulator.inject(on_batch().status(200).body(body));
        assert_eq!(tenant.run(SUBSCRIPTIONS, ask(3)).await.failed().code.as_str(), code);
    }
}
