//! Holds answers against an OpenAPI 3.0 description, with objects closed: a member that the description lacks is a mistake here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

pub struct Description {
    prefix: &'static str,
    paths: Map<String, Value>,
    /// All named schemas, as JSON Schema.
    schemas: Value,
    validators: Mutex<BTreeMap<String, &'static Validator>>,
}

impl Description {
    pub fn read(text: &str, prefix: &'static str) -> Self {
        let document: Value = serde_json::from_str(text).unwrap();
        let named = document["components"]["schemas"].as_object().unwrap();
        let bases: BTreeSet<_> =
            named.values().flat_map(|schema| schema["allOf"].as_array().into_iter().flatten()).filter_map(reference).collect();
        let is_open = |name: &str| bases.contains(name) || name.ends_with("directoryObject") || name.ends_with("microsoft.graph.identity");
        let schemas: Map<_, _> = named
            .iter()
            .map(|(name, schema)| {
                let converted = converted(schema);
                (
                    name.clone(),
                    if is_open(name) || schema["type"] != "object" && schema.get("allOf").is_none() {
                        converted
                    } else {
                        closed(converted)
                    },
                )
            })
            .collect();
        Self {
            prefix,
            paths: document["paths"].as_object().unwrap().clone(),
            schemas: Value::Object(schemas),
            validators: Mutex::default(),
        }
    }

    /// Paths of a method.
    pub fn templates(&self, method: &str) -> Vec<String> {
        self.paths.iter().filter(|(_, operations)| operations.get(method).is_some()).map(|(template, _)| template.clone()).collect()
    }

    /// Checks an answer where the path is described. Null members count as absent where the description has no null: the official examples
    /// of Azure Resource Manager contain them.
    pub fn check(&self, method: &str, path: &str, status: u16, body: &Value) {
        let path = path.split('?').next().unwrap().strip_prefix(self.prefix).unwrap();
        let Some(operation) = self.operation(method, path) else { return };
        let responses = &operation["responses"];
        let described = responses.get(status.to_string()).or_else(|| responses.get("2XX").filter(|_| status < 300));
        let response = described.or_else(|| responses.get("default").filter(|_| status >= 400));
        let response = response.unwrap_or_else(|| panic!("{method} {path} answers {status}, which isn't described"));
        let Some(schema) = response["content"]["application/json"].get("schema") else {
            assert!(body.is_null() || status >= 400, "{method} {path} answers {body}, though no body is described");
            return;
        };
        let body = if self.prefix.is_empty() { without_nulls(body) } else { body.clone() };
        // The description of a user holds only the members that clients of PIM read.
        let inline = if schema.get("$ref").is_some() || path == "/me" { converted(schema) } else { closed(converted(schema)) };
        self.validate(&format!("{method} {path} {status}"), inline, &body);
        self.check_types(&body);
    }

    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let fits = |template: &str| {
            if let Some(rest) = template.strip_prefix("/{scope}") {
                // The scope takes any number of segments, or none.
                let from = path.to_ascii_lowercase().rfind("/providers/microsoft.authorization/");
                return from.is_some_and(|at| same_segments(rest, &path[at..]));
            }
            same_segments(template, path)
        };
        let mut found: Vec<_> = self.paths.iter().filter(|(template, _)| fits(template)).collect();
        found.sort_by_key(|(template, _)| template.matches('{').count());
        found.first().and_then(|(_, operations)| operations.get(method.to_ascii_lowercase()))
    }

    /// Objects that say their type are held against it wherever they stand.
    fn check_types(&self, value: &Value) {
        match value {
            Value::Object(members) => {
                let graph = members.get("@odata.type").and_then(Value::as_str).map(|name| name.trim_start_matches('#').to_owned());
                let arm = members.get("ruleType").and_then(Value::as_str);
                let name = graph.or_else(|| arm.map(|name| format!("2020-10-01.RoleManagementPolicyAssignments.{name}")));
                if let Some(name) = name.filter(|name| self.schemas.get(name).is_some()) {
                    self.validate(&name, json!({ "$ref": format!("#/components/schemas/{name}") }), value);
                }
                members.values().for_each(|member| self.check_types(member));
            }
            Value::Array(items) => items.iter().for_each(|item| self.check_types(item)),
            _ => {}
        }
    }

    fn validate(&self, what: &str, schema: Value, value: &Value) {
        let key = schema.to_string();
        let known = self.validators.lock().unwrap().get(&key).copied();
        let validator = known.unwrap_or_else(|| {
            let mut root = schema;
            root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
            root["components"] = json!({ "schemas": self.schemas });
            let made = jsonschema::options().should_validate_formats(true).build(&root).unwrap();
            let made: &'static Validator = Box::leak(Box::new(made));
            self.validators.lock().unwrap().insert(key, made);
            made
        });
        let problems: Vec<_> = validator.iter_errors(value).map(|error| format!("{error} at {}", error.instance_path())).collect();
        assert!(problems.is_empty(), "{what} breaks the official description:\n{}\n{value:#}", problems.join("\n"));
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

fn same_segments(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.trim_end_matches('/').split('/').collect());
    let is_call = |segment: &str| segment.contains("(on='");
    template.len() == path.len()
        && template.iter().zip(&path).all(|(template, segment)| match (is_call(template), is_call(segment)) {
            (true, true) => true,
            (false, false) => template.starts_with('{') || template.eq_ignore_ascii_case(segment),
            _ => false,
        })
}

/// An OpenAPI 3.0 schema as JSON Schema: `nullable` becomes a choice.
fn converted(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let nullable = members.get("nullable") == Some(&Value::Bool(true));
            let plain: Map<_, _> =
                members.iter().filter(|(name, _)| *name != "nullable").map(|(name, member)| (name.clone(), converted(member))).collect();
            if nullable { json!({ "anyOf": [plain, { "type": "null" }] }) } else { Value::Object(plain) }
        }
        Value::Array(items) => Value::Array(items.iter().map(converted).collect()),
        other => other.clone(),
    }
}

/// The schema without room for members that it doesn't know; annotations of OData are always allowed.
fn closed(mut schema: Value) -> Value {
    schema["patternProperties"] = json!({ "^@odata\\.|@odata\\.": true });
    schema["unevaluatedProperties"] = json!(false);
    schema
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, member)| !member.is_null());
            Value::Object(kept.map(|(name, member)| (name.clone(), without_nulls(member))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}
