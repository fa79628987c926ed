//! JSON, read more strictly than `serde_json` does: no name twice in one object, bounded depth, no control characters.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::ClaimsError;

/// The deepest nesting of objects and arrays; a request as the services send it has four levels.
const MAX_DEPTH: usize = 8;

/// Reads one JSON document.
pub(super) fn parse(text: &str) -> Result<Value, ClaimsError> {
    let outside_strings_too = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    if text.chars().any(outside_strings_too) {
        return Err(ClaimsError::ControlCharacter);
    }
    let reason = Cell::new(None);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value =
        Strict { depth: 0, reason: &reason }.deserialize(&mut deserializer).map_err(|_| reason.get().unwrap_or(ClaimsError::NotJson))?;
    deserializer.end().map_err(|_| ClaimsError::TrailingText)?;
    Ok(value)
}

/// One value at a depth. `reason` carries a refusal past `serde_json`'s own error type.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    reason: &'a Cell<Option<ClaimsError>>,
}

impl Strict<'_> {
    fn refuse<E: serde::de::Error>(self, reason: ClaimsError) -> E {
        self.reason.set(Some(reason));
        E::custom(reason)
    }

    fn text<E: serde::de::Error>(self, text: &str) -> Result<String, E> {
        if text.chars().any(char::is_control) { Err(self.refuse(ClaimsError::ControlCharacter)) } else { Ok(text.to_owned()) }
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(self.refuse(ClaimsError::TooDeep));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| self.refuse(ClaimsError::NotJson))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.text(value).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let below = self.deeper()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(below)? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let below = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let name = self.text::<A::Error>(&name)?;
            if object.contains_key(&name) {
                return Err(self.refuse(ClaimsError::DuplicateName));
            }
            let value = members.next_value_seed(below)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// Writes a value compactly with the names of every object in order.
fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(object) => write_object(object, out),
        Value::Array(array) => {
            out.push('[');
            for (index, element) in array.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_canonical(element, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

fn write_object(object: &Map<String, Value>, out: &mut String) {
    let mut members: Vec<_> = object.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    out.push('{');
    for (index, (name, member)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_canonical(&Value::String(name.clone()), out);
        out.push(':');
        write_canonical(member, out);
    }
    out.push('}');
}

/// A value's canonical text.
pub(super) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

/// An object's canonical text.
pub(super) fn canonical_object(object: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_object(object, &mut text);
    text
}
