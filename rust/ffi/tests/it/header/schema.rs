//! JSON schemas as a person reads them: `name?: type = default` and what it means.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::text::Page;

/// Types that other types mention by name. Each is documented once.
#[derive(Default)]
pub struct Types {
    named: BTreeMap<String, Value>,
}

/// Types that stand for themselves in the documents of one operation only.
const UNNAMED: [&str; 3] = ["Request", "Output", "Reply"];

impl Types {
    /// One of the documents of an operation.
    pub fn document(&mut self, page: &mut Page, what: &str, schema: &Value) {
        self.collect(schema);
        let title = schema["title"].as_str().unwrap_or_default();
        let description = schema["description"].as_str().unwrap_or_default();
        match schema.get("properties") {
            _ if title == "Nothing" && what == "each output" => {}
            _ if title == "Nothing" => page.line(&format!("  {what}: {{}}")),
            Some(_) if UNNAMED.contains(&title) => {
                page.columns(2, &format!("{what}:"), description);
                self.fields(page, schema, 4);
            }
            _ if title == "AnyValue" => page.line(&format!("  {what}: any JSON")),
            _ => {
                self.name(title, schema);
                page.line(&format!("  {what}: {title}"));
            }
        }
    }

    /// The fields of an object.
    pub fn fields(&mut self, page: &mut Page, schema: &Value, indent: usize) {
        self.collect(schema);
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let optional = if required.contains(&Value::from(name.as_str())) { "" } else { "?" };
            let default = match field.get("default") {
                Some(value @ (Value::Bool(_) | Value::Number(_) | Value::String(_))) => format!(" = {value}"),
                _ => String::new(),
            };
            let term = format!("{name}{optional}: {}{default}", type_of(field));
            page.columns(indent, &term, field["description"].as_str().unwrap_or_default());
        }
    }

    /// The forms of a value that has several.
    pub fn variants(&mut self, page: &mut Page, schema: &Value, indent: usize) {
        self.collect(schema);
        for variant in alternatives(schema).into_iter().flatten() {
            let description = variant["description"].as_str().unwrap_or_default();
            let Some(properties) = variant["properties"].as_object() else {
                page.columns(indent, &type_of(variant), description);
                continue;
            };
            let tag = properties.iter().find_map(|(name, field)| Some((name, field.get("const")?)));
            let extends = variant
                .get("$ref")
                .map(|_| format!(", and the fields of {}", type_of(&without(variant, "properties"))))
                .unwrap_or_default();
            match tag {
                Some((name, value)) => page.columns(indent, &format!("{name}: {value}{extends}"), description),
                None => page.columns(indent, "object", description),
            }
            let mut rest = variant.clone();
            if let (Some((name, _)), Some(fields)) = (tag, rest["properties"].as_object_mut()) {
                fields.shift_remove(name);
            }
            self.fields(page, &rest, indent + 4);
        }
    }

    /// All types mentioned so far.
    pub fn definitions(&self, page: &mut Page) {
        for (name, schema) in &self.named {
            if name == "ErrorCode" {
                page.columns(0, name, "Listed below with their meanings.");
                page.blank();
                continue;
            }
            page.columns(0, name, schema["description"].as_str().unwrap_or_default());
            let mut inner = Self::default();
            if schema.get("properties").is_some() {
                inner.fields(page, schema, 4);
            } else if alternatives(schema).is_some() {
                inner.variants(page, schema, 4);
            } else {
                page.line(&format!("    {}", type_of(schema)));
            }
            for name in inner.named.keys() {
                assert!(self.named.contains_key(name), "`{name}` is documented nowhere");
            }
            page.blank();
        }
    }

    fn collect(&mut self, schema: &Value) {
        for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
            self.name(name, definition);
        }
    }

    fn name(&mut self, name: &str, schema: &Value) {
        let schema = without(&without(&without(schema, "$defs"), "$schema"), "title");
        if let Some(known) = self.named.insert(name.to_owned(), schema.clone()) {
            assert_eq!(known, schema, "two types are called `{name}`");
        }
    }
}

fn without(schema: &Value, key: &str) -> Value {
    let mut schema = schema.clone();
    schema.as_object_mut().and_then(|object| object.shift_remove(key));
    schema
}

fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array())
}

fn type_of(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.trim_start_matches("#/$defs/").to_owned();
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    if let Some(values) = schema["enum"].as_array() {
        return joined(values.iter().map(Value::to_string));
    }
    if let Some(values) = alternatives(schema) {
        return joined(values.iter().filter(|value| value["type"] != "null").map(type_of));
    }
    match &schema["type"] {
        Value::String(name) => named(name, schema),
        Value::Array(names) => {
            joined(names.iter().filter_map(Value::as_str).filter(|name| *name != "null").map(|name| named(name, schema)))
        }
        _ => "any JSON".to_owned(),
    }
}

fn named(name: &str, schema: &Value) -> String {
    match name {
        "array" => format!("[{}]", type_of(&schema["items"])),
        "object" => match &schema["additionalProperties"] {
            Value::Object(values) => format!("{{string: {}}}", type_of(&Value::Object(Map::clone(values)))),
            _ => "object".to_owned(),
        },
        name => name.to_owned(),
    }
}

fn joined(types: impl Iterator<Item = String>) -> String {
    types.collect::<Vec<_>>().join(" | ")
}
