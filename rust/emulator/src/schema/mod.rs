//! The official schemas of request bodies, held ready. They are stricter than the services where the services forgive: a client that
//! relies on forgiveness is refused here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

const BODIES: &str = include_str!("../../schemas/request-bodies.schema.json");

/// Compiling takes a moment, so it waits for the first body.
static VALIDATORS: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
    let Ok(document) = serde_json::from_str::<Value>(BODIES) else { return BTreeMap::new() };
    let names = document["$defs"].as_object().into_iter().flatten().map(|(name, _)| name);
    let compiled = names.filter_map(|name| {
        let schema = json!({ "$schema": document["$schema"], "$defs": document["$defs"], "$ref": format!("#/$defs/{name}") });
        Some((name.clone(), jsonschema::validator_for(&schema).ok()?))
    });
    compiled.collect()
});

/// Checks a body against a definition of `request-bodies.schema.json`.
///
/// # Errors
///
/// What doesn't fit and where, or that there is no such definition.
pub fn check(definition: &str, body: &Value) -> Result<(), String> {
    let validator = VALIDATORS.get(definition).ok_or_else(|| format!("there is no schema `{definition}`"))?;
    let problems: Vec<_> = validator
        .iter_errors(body)
        .take(3)
        .map(|error| {
            let place = error.instance_path().to_string();
            format!("{error} at `{}`", if place.is_empty() { "/" } else { &place })
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(format!("the body breaks `{definition}`: {}", problems.join("; "))) }
}

/// The body without members that are null: the services treat them as absent, and the published examples contain some.
#[must_use]
pub fn without_nulls(body: &Value) -> Value {
    match body {
        Value::Object(members) => Value::Object(
            members.iter().filter(|(_, member)| !member.is_null()).map(|(name, member)| (name.clone(), without_nulls(member))).collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_definition_compiles() {
        let document: Value = serde_json::from_str(BODIES).unwrap();
        assert_eq!(VALIDATORS.len(), document["$defs"].as_object().unwrap().len());
    }

    #[test]
    fn problems_name_their_place() {
        let problem = check("graphGetByIds", &json!({ "ids": ["nope"] })).unwrap_err();
        assert!(problem.contains("/ids/0"), "{problem}");
        assert!(check("nothing", &Value::Null).is_err());
    }

    #[test]
    fn null_members_count_as_absent() {
        assert_eq!(without_nulls(&json!({ "a": null, "b": [{ "c": null, "d": 1 }] })), json!({ "b": [{ "d": 1 }] }));
    }
}
