//! Batches of Microsoft Graph.

use crate::tenant::{PLAIN, Reply, Tenant, activation};
use pim_emulator::scenario::pim::ChallengeIn;
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
