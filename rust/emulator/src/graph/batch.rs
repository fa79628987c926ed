//! `$batch`: up to twenty requests in one, each with an answer of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::error::{bad_request, with_inner_error};
use super::route;
use crate::Service;
use crate::exchange::{Answer, Exchange, answered, decoded};
use crate::faults::Fault;
use crate::odata::Query;
use crate::pim::Directory;
use crate::schema;

/// The service's limit.
const LARGEST: usize = 20;

/// Answers a batch. The outer status tells nothing about the items.
pub(super) fn answer(directory: &Directory, exchange: &Exchange<'_>) -> Answer {
    if exchange.method != "POST" {
        return bad_request("A batch has to be sent with POST.");
    }
    let body = if exchange.strict { exchange.body.clone() } else { forgiven(exchange.body) };
    let count = body["requests"].as_array().map_or(0, Vec::len);
    if count > LARGEST {
        return bad_request(format!("Number of batch request steps ({count}) exceeds the maximum value of {LARGEST}."));
    }
    let mut violation = schema::check("graphBatch", exchange.body).err();
    if let (true, Some(violation)) = (exchange.strict, &violation) {
        return bad_request(violation);
    }
    let items = body["requests"].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Err(problem) = check_ids(items) {
        return bad_request(problem);
    }

    let mut statuses: BTreeMap<String, u16> = BTreeMap::new();
    let mut responses = Vec::new();
    let mut challenge = false;
    let mut waiting: Vec<_> = items.iter().collect();
    while !waiting.is_empty() {
        // Items wait for those they depend on, wherever these stand.
        let ready = waiting.iter().position(|item| depends_on(item).iter().all(|id| statuses.contains_key(id)));
        let Some(ready) = ready else { return bad_request("the requests of the batch depend on each other in a circle") };
        let item = waiting.remove(ready);
        let failed = depends_on(item).iter().any(|id| statuses.get(id).is_some_and(|status| *status >= 400));
        let mut fault = None;
        let mut answer = if failed {
            Answer::error(424, "FailedDependency", "A request that this one depends on has failed.")
        } else {
            fault = exchange.faults.take_item(Service::Graph, text(item, "method"), text(item, "url"));
            answered(fault.as_ref(), || answer_item(directory, exchange, item))
        };
        statuses.insert(key(item), answer.status);
        challenge |= answer.challenge;
        violation = violation.or(answer.violation.take());
        responses.push(response(item, answer, fault, exchange));
    }
    // The service promises no order; a client that relies on one should fail here rather than there.
    responses.reverse();
    Answer { violation, challenge, ..Answer::with(200, json!({ "responses": responses })) }
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_str().unwrap_or_default()
}

fn key(item: &Value) -> String {
    text(item, "id").to_lowercase()
}

fn depends_on(item: &Value) -> Vec<String> {
    item["dependsOn"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_lowercase).collect()
}

fn check_ids(items: &[Value]) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    for item in items {
        if !ids.insert(key(item)) {
            return Err(format!("Request Id {} has to be unique in a batch.", item["id"]));
        }
    }
    let unknown = items.iter().flat_map(depends_on).find(|id| !ids.contains(id));
    unknown.map_or(Ok(()), |id| Err(format!("a request of the batch depends on `{id}`, which isn't in it")))
}

fn answer_item(directory: &Directory, outer: &Exchange<'_>, item: &Value) -> Answer {
    let url = text(item, "url");
    let (path, options) = url.split_once('?').unwrap_or((url, ""));
    let query = match Query::parse(options) {
        Ok(query) => query,
        Err(problem) => return bad_request(problem),
    };
    let exchange = Exchange { method: text(item, "method"), path: &decoded(path), query: &query, body: &item["body"], ..*outer };
    route(&mut directory.at(outer.now), &exchange)
}

fn response(item: &Value, answer: Answer, fault: Option<Fault>, exchange: &Exchange<'_>) -> Value {
    let request_id = Uuid::new_v4().to_string();
    let mut headers = Map::new();
    headers.insert("request-id".to_owned(), json!(request_id));
    for (name, value) in answer.headers {
        let name = if name == "www-authenticate" { "WWW-Authenticate" } else { name };
        headers.insert(name.to_owned(), json!(value));
    }
    headers.extend(fault.into_iter().flat_map(|fault| fault.headers).map(|(name, value)| (name, json!(value))));
    let mut response = json!({ "id": item["id"], "status": answer.status });
    if let Some(mut body) = answer.body {
        headers.insert("Content-Type".to_owned(), json!("application/json; odata.metadata=minimal; charset=utf-8"));
        with_inner_error(&mut body, exchange, &request_id, &request_id);
        response["body"] = body;
    }
    response["headers"] = Value::Object(headers);
    response
}

/// A batch as the service also takes it: member names in any case, numbers as ids, addresses without a leading slash.
fn forgiven(body: &Value) -> Value {
    let requests = body["requests"].as_array().into_iter().flatten().map(|item| {
        let members = item.as_object().into_iter().flatten();
        let mut item: Map<_, _> = members.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        if let Some(depends) = item.remove("dependson") {
            item.insert("dependsOn".to_owned(), depends);
        }
        if let Some(id) = item.get_mut("id").filter(|id| id.is_number()) {
            *id = json!(id.to_string());
        }
        if let Some(Value::String(url)) = item.get_mut("url")
            && !url.starts_with('/')
        {
            url.insert(0, '/');
        }
        Value::Object(item)
    });
    json!({ "requests": requests.collect::<Vec<_>>() })
}
