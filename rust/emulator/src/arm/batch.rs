//! `POST /batch`, which Microsoft doesn't document: several requests in one, as the portal sends them.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::error::bad_request;
use super::route;
use crate::Service;
use crate::exchange::{Answer, Exchange, answered, decoded};
use crate::odata::Query;
use crate::pim::Directory;
use crate::schema;

/// Answers a batch. The outer status tells nothing about the items.
pub(super) fn answer(directory: &Directory, exchange: &Exchange<'_>) -> Answer {
    if exchange.method != "POST" {
        return bad_request("InvalidRequestContent", "A batch has to be sent with POST.");
    }
    let body = if exchange.strict { exchange.body.clone() } else { forgiven(exchange.body) };
    let mut violation = schema::check("armBatch", exchange.body).err();
    if let (true, Some(violation)) = (exchange.strict, &violation) {
        return bad_request("InvalidRequestContent", violation);
    }
    let mut responses = Vec::new();
    let mut challenge = false;
    for item in body["requests"].as_array().into_iter().flatten() {
        let (method, url) = (item["httpMethod"].as_str().unwrap_or_default(), item["url"].as_str().unwrap_or_default());
        let fault = exchange.faults.take_item(Service::Arm, method, url);
        let mut answer = answered(fault.as_ref(), || answer_item(directory, exchange, item));
        challenge |= answer.challenge;
        violation = violation.or(answer.violation.take());
        let mut headers = Map::new();
        headers.insert("x-ms-request-id".to_owned(), json!(Uuid::new_v4()));
        for (name, value) in answer.headers {
            headers.insert(if name == "www-authenticate" { "WWW-Authenticate" } else { name }.to_owned(), json!(value));
        }
        headers.extend(fault.into_iter().flat_map(|fault| fault.headers).map(|(name, value)| (name, json!(value))));
        let content = answer.body.unwrap_or_default();
        responses.push(json!({
            "name": item["name"],
            "httpStatusCode": answer.status,
            "headers": headers,
            "contentLength": content.to_string().len(),
            "content": content,
        }));
    }
    Answer { violation, challenge, ..Answer::with(200, json!({ "responses": responses })) }
}

fn answer_item(directory: &Directory, outer: &Exchange<'_>, item: &Value) -> Answer {
    let url = item["url"].as_str().unwrap_or_default();
    let url = url.strip_prefix(outer.origin).unwrap_or(url);
    let (path, options) = url.split_once('?').unwrap_or((url, ""));
    let query = match Query::parse(options) {
        Ok(query) => query,
        Err(problem) => return bad_request("InvalidRequestContent", problem),
    };
    let exchange = Exchange {
        method: item["httpMethod"].as_str().unwrap_or_default(),
        path: &decoded(path),
        query: &query,
        body: &item["content"],
        ..*outer
    };
    route(&mut directory.at(outer.now), &exchange)
}

/// A batch as the service also takes it: member names in any case, numbers as names.
fn forgiven(body: &Value) -> Value {
    let requests = body["requests"].as_array().into_iter().flatten().map(|item| {
        let members = item.as_object().into_iter().flatten();
        let spelled = |name: &str| {
            let known = ["httpMethod", "name", "url", "content", "requestHeaderDetails"];
            known.iter().find(|known| known.eq_ignore_ascii_case(name)).map_or_else(|| name.to_owned(), |known| (*known).to_owned())
        };
        Value::Object(members.map(|(name, value)| (spelled(name), value.clone())).collect())
    });
    json!({ "requests": requests.collect::<Vec<_>>() })
}
