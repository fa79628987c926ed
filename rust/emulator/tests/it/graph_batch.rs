//! Batches of Microsoft Graph.

use crate::tenant::{ADMINISTRATOR, PLAIN, Reply, Tenant, activation, group};
use pim_emulator::scenario::pim::ChallengeIn;
use pim_emulator::tokens::Audience;
use pim_emulator::{Fault, Service};
use serde_json::{Value, json};

fn item<'a>(reply: &'a Reply, id: &str) -> &'a Value {
    let responses = reply.body["responses"].as_array().unwrap();
    responses.iter().find(|response| response["id"] == id).unwrap_or_else(|| panic!("no item {id}: {reply:?}"))
}

fn get(id: &str, url: &str) -> Value {
    json!({ "id": id, "method": "GET", "url": url })
}

fn post(id: &str, body: &Value) -> Value {
    let url = "/roleManagement/directory/roleAssignmentScheduleRequests";
    json!({ "id": id, "method": "POST", "url": url, "headers": { "Content-Type": "application/json" }, "body": body })
}

#[tokio::test]
async fn items_have_their_own_statuses_and_pages() {
    let tenant = Tenant::with(|scenario| scenario.pim.behaviour.page_size = 2).await;
    let list = "/roleManagement/directory/roleEligibilitySchedules/filterByCurrentUser(on='principal')";
    let requests = json!({ "requests": [
        get("me", "/me?$select=id"), get("list", list), get("none", "/roleManagement/directory/roleDefinitions/1"),
        post("act", &activation("Reports Reader")), post("step", &activation("Global Reader")),
    ] });
    let reply = tenant.graph(&PLAIN, "POST", "/$batch", requests).await;
    let statuses: Vec<_> = ["me", "list", "none", "act", "step"].map(|id| item(&reply, id)["status"].as_u64().unwrap()).into();
    assert_eq!((reply.status, statuses), (200, vec![200, 200, 404, 201, 400]));
    let next = item(&reply, "list")["body"]["@odata.nextLink"].as_str().unwrap();
    assert_eq!(tenant.graph(&PLAIN, "GET", next, Value::Null).await.items().len(), 2);
    let error = &item(&reply, "step")["body"]["error"];
    assert!(error["message"].as_str().unwrap().starts_with("&claims=%7B") && error["innerError"]["request-id"].is_string());
    let journal = tenant.emulator.journal();
    assert!(journal[0].challenge && journal[0].violation.is_none());
}

#[tokio::test]
async fn a_challenge_of_an_item_stands_in_its_headers() {
    let tenant = Tenant::with(|scenario| scenario.pim.behaviour.challenge_in = ChallengeIn::Header).await;
    let reply = tenant.graph(&PLAIN, "POST", "/$batch", json!({ "requests": [post("1", &activation("Global Reader"))] })).await;
    let step = item(&reply, "1");
    assert_eq!(step["status"], 401);
    assert!(step["headers"]["WWW-Authenticate"].as_str().unwrap().contains("claims=\""));
    assert!(!reply.headers.contains_key("www-authenticate"));
}

#[tokio::test]
async fn dependencies_are_kept() {
    let tenant = Tenant::contoso().await;
    let mut second = get("b", "/me");
    second["dependsOn"] = json!(["A"]);
    let mut third = get("c", "/me");
    third["dependsOn"] = json!(["b"]);
    let requests = json!({ "requests": [third, second, get("a", "/roleManagement/directory/roleDefinitions/1")] });
    let reply = tenant.graph(&PLAIN, "POST", "/$batch", requests).await;
    assert_eq!(
        (item(&reply, "a")["status"].as_u64(), item(&reply, "b")["status"].as_u64(), item(&reply, "c")["status"].as_u64()),
        (Some(404), Some(424), Some(424))
    );
}

#[tokio::test]
async fn groups_and_their_policies_are_read_in_batches_of_either_version() {
    let tenant = Tenant::contoso().await;
    let tier = group("Tier 0 Operators");
    let schedules = format!("/identityGovernance/privilegedAccess/group/eligibilitySchedules?$filter=groupId eq '{tier}'");
    let filter = format!("scopeId eq '{tier}' and scopeType eq 'Group' and roleDefinitionId eq 'member'");
    let policies = format!("/policies/roleManagementPolicyAssignments?$filter={filter}&$expand=policy($expand=rules)");
    let body = |url: &str, body: Value| {
        let headers = json!({ "Content-Type": "application/json" });
        json!({ "id": url, "method": "POST", "url": url, "headers": headers, "body": body })
    };
    let groups = format!("/directoryObjects/{tier}/getMemberGroups");
    let member_groups = body(&groups, json!({ "securityEnabledOnly": false }));
    let names = "/directoryObjects/microsoft.graph.getByIds";
    let by_ids = body(names, json!({ "ids": [tier, group("Newsletter")] }));
    let requests =
        json!([get("groups", "/groups?$select=id"), get("schedules", &schedules), get("policies", &policies), member_groups, by_ids]);
    let reply = tenant.graph(&ADMINISTRATOR, "POST", "/$batch", json!({ "requests": requests })).await;
    let value = |id: &str| item(&reply, id)["body"]["value"].as_array().unwrap_or_else(|| panic!("{id}: {reply:?}")).clone();
    assert!(value("groups").len() > 10);
    assert_eq!(value("schedules").len(), 4);
    assert_eq!(value("policies")[0]["policy"]["rules"].as_array().unwrap().len(), 17);
    assert_eq!(value(&groups), [json!(group("Operations Hub"))]);
    assert_eq!(value(names)[1]["displayName"], "Newsletter");

    let token = tenant.token(&ADMINISTRATOR, Audience::Graph);
    let beta = format!("{}/beta/$batch", tenant.emulator.graph());
    let requests = json!({ "requests": [get("policies", &policies), requests[3]] });
    let reply = tenant.send(&token, "POST", &beta, requests).await;
    assert_eq!((item(&reply, "policies")["status"].as_u64(), item(&reply, &groups)["status"].as_u64()), (Some(200), Some(200)));
    assert!(item(&reply, "policies")["body"]["@odata.context"].as_str().unwrap().contains("/beta/$metadata"));
    tenant.assert_no_violation();
    let reply = tenant.send(&token, "POST", &beta, json!({ "requests": [get("me", "/me")] })).await;
    assert_eq!(item(&reply, "me")["status"], 400);
    assert!(tenant.last().violation.unwrap().contains("/beta/me"));
}

#[tokio::test]
async fn single_items_can_be_throttled() {
    let tenant = Tenant::contoso().await;
    let hit = Fault::new(Service::Graph).in_batch().path("/groups").times(2).status(429).header("Retry-After", "3");
    tenant.emulator.inject(hit.body(json!({ "error": { "code": "TooManyRequests", "message": "Too many requests." } })));
    let requests =
        json!({ "requests": [get("a", "/groups?$select=id"), get("b", "/me"), get("c", "/groups?$top=1"), get("d", "/groups?$top=2")] });
    let reply = tenant.graph(&PLAIN, "POST", "/$batch", requests.clone()).await;
    let statuses: Vec<_> = ["a", "b", "c", "d"].map(|id| item(&reply, id)["status"].as_u64().unwrap()).into();
    assert_eq!((reply.status, statuses), (200, vec![429, 200, 429, 200]));
    assert_eq!(item(&reply, "a")["headers"]["Retry-After"], "3");
    assert_eq!(item(&reply, "a")["body"]["error"]["code"], "TooManyRequests");
    assert!(tenant.last().fault);
    let again = tenant.graph(&PLAIN, "POST", "/$batch", requests).await;
    assert_eq!((item(&again, "a")["status"].as_u64(), tenant.last().fault), (Some(200), false));
}

#[tokio::test]
async fn wrong_batches_are_refused() {
    let tenant = Tenant::contoso().await;
    let many: Vec<_> = (0..21).map(|id| get(&id.to_string(), "/me")).collect();
    let mut circle = get("a", "/me");
    circle["dependsOn"] = json!(["a"]);
    let mut lost = get("a", "/me");
    lost["dependsOn"] = json!(["b"]);
    for (requests, part) in [
        (json!(many), "exceeds the maximum value of 20"),
        (json!([get("a", "/me"), get("A", "/me")]), "unique"),
        (json!([circle]), "circle"),
        (json!([lost]), "isn't in it"),
        (json!([{ "id": 1, "method": "GET", "url": "/me" }]), "id"),
        (json!([get("a", "me")]), "url"),
        (json!([]), "requests"),
    ] {
        let reply = tenant.graph(&PLAIN, "POST", "/$batch", json!({ "requests": requests })).await;
        assert_eq!(reply.status, 400, "{part}");
        tenant.assert_violation(part);
    }
    let inner = json!({ "requests": [get("a", "/me?$orderby=id")] });
    let reply = tenant.graph(&PLAIN, "POST", "/$batch", inner).await;
    assert_eq!((reply.status, item(&reply, "a")["status"].as_u64()), (200, Some(400)));
    assert!(tenant.last().violation.unwrap().contains("$orderby"));
}

#[tokio::test]
async fn the_spelling_of_older_scripts_is_taken_where_schemas_are_only_watched() {
    let tenant = Tenant::with(|scenario| scenario.behaviour.strict_schemas = false).await;
    let requests = json!({ "requests": [{ "id": 17, "method": "GET", "URL": "me" }] });
    let reply = tenant.graph(&PLAIN, "POST", "/$batch", requests).await;
    assert_eq!(item(&reply, "17")["status"], 200);
    assert!(tenant.last().violation.is_some());
}
