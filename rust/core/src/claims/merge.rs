//! Two claims requests in one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::json::canonical;
use super::request::TARGETS;

/// Both requests. Whatever is equal stays as it is; what differs is united claim by claim.
pub(super) fn merge(one: &Map<String, Value>, two: &Map<String, Value>) -> Map<String, Value> {
    unite(one, two, |name, one, two| match (one, two) {
        (Value::Object(one), Value::Object(two)) if TARGETS.contains(&name) => Value::Object(unite(one, two, merge_claim)),
        _ => merge_any(one, two),
    })
}

/// The request with every claim of the access token in the form that a merge gives it, so that equal demands compare equal.
pub(super) fn normal(members: &Map<String, Value>) -> Map<String, Value> {
    let mut members = members.clone();
    for target in TARGETS {
        if let Some(Value::Object(claims)) = members.get_mut(target) {
            for (name, request) in claims.iter_mut() {
                if let Value::Object(object) = request {
                    *request = Value::Object(merge_requests(name, object, object));
                }
            }
        }
    }
    members
}

/// The values that a claim's request names, by `value` and by `values`.
pub(super) fn wanted(request: &Value) -> Vec<&Value> {
    let many = request.get("values").and_then(Value::as_array).into_iter().flatten();
    request.get("value").into_iter().chain(many).collect()
}

/// A point in time as `nbf` has it: seconds since 1970, as a number or as a string of digits.
pub(super) fn seconds(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

fn unite(one: &Map<String, Value>, two: &Map<String, Value>, both: impl Fn(&str, &Value, &Value) -> Value) -> Map<String, Value> {
    let mut united = Map::new();
    for (name, value) in one {
        let value = match two.get(name) {
            Some(other) if other != value => both(name, value, other),
            _ => value.clone(),
        };
        united.insert(name.clone(), value);
    }
    for (name, value) in two {
        if !one.contains_key(name) {
            united.insert(name.clone(), value.clone());
        }
    }
    united
}

fn merge_claim(name: &str, one: &Value, two: &Value) -> Value {
    match (one, two) {
        (Value::Null, other) | (other, Value::Null) => other.clone(),
        (Value::Object(one), Value::Object(two)) => Value::Object(merge_requests(name, one, two)),
        _ => merge_any(one, two),
    }
}

fn merge_requests(name: &str, one: &Map<String, Value>, two: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = Map::new();
    let essential: Vec<_> = [one, two].into_iter().filter_map(|request| request.get("essential")).collect();
    if let Some(first) = essential.first() {
        let any = essential.iter().any(|value| **value == Value::Bool(true));
        merged.insert("essential".to_owned(), if any { Value::Bool(true) } else { (*first).clone() });
    }
    let requests = [Value::Object(one.clone()), Value::Object(two.clone())];
    let values = requests.iter().flat_map(wanted);
    let mut values: Vec<Value> = if name == "nbf" {
        // The string wins over the equal number: it is the form that the services use.
        values.max_by_key(|value| (seconds(value), value.is_string(), canonical(value))).cloned().into_iter().collect()
    } else {
        values.map(|value| (canonical(value), value.clone())).collect::<BTreeMap<_, _>>().into_values().collect()
    };
    if values.len() == 1 {
        merged.insert("value".to_owned(), values.remove(0));
    } else if !values.is_empty() {
        merged.insert("values".to_owned(), Value::Array(values));
    }
    for (name, value) in unite(one, two, |_, one, two| merge_any(one, two)) {
        if !matches!(name.as_str(), "essential" | "value" | "values") {
            merged.insert(name, value);
        }
    }
    merged
}

/// Neither side can be asked which of two unknown things is meant: objects unite, and else the choice is the same whichever
/// comes first.
fn merge_any(one: &Value, two: &Value) -> Value {
    match (one, two) {
        (Value::Object(one), Value::Object(two)) => Value::Object(unite(one, two, |_, one, two| merge_any(one, two))),
        _ => {
            let rank = |value: &Value| (value.is_object(), canonical(value));
            if rank(one) >= rank(two) { one.clone() } else { two.clone() }
        }
    }
}
