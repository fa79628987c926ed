//! `$select` and `$expand`.

use serde_json::{Map, Value};

/// An entry of `$expand`: a related object to put in, and what of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expand {
    /// Name of the relation.
    pub name: String,
    /// Properties of the related object; all if absent.
    pub select: Option<Vec<String>>,
    /// Relations of the related object.
    pub expand: Vec<Expand>,
}

/// Parses `$select`.
///
/// # Errors
///
/// An empty list or name.
pub fn parse_select(text: &str) -> Result<Vec<String>, String> {
    let names: Vec<_> = text.split(',').map(|name| name.trim().to_owned()).collect();
    if names.iter().any(|name| name.is_empty() || !name.chars().all(|character| character.is_ascii_alphanumeric() || character == '*')) {
        return Err(format!("`$select={text}` isn't understood"));
    }
    Ok(names)
}

/// Parses `$expand` with `$select` and `$expand` inside of parentheses.
///
/// # Errors
///
/// What isn't understood.
pub fn parse_expand(text: &str) -> Result<Vec<Expand>, String> {
    nested(text, 0)
}

fn nested(text: &str, depth: u32) -> Result<Vec<Expand>, String> {
    let broken = || format!("`$expand={text}` isn't understood");
    if depth > 3 {
        return Err(broken());
    }
    split(text, ',')
        .ok_or_else(broken)?
        .into_iter()
        .map(|entry| {
            let (name, options) = match entry.split_once('(') {
                Some((name, rest)) => (name.trim(), rest.trim_end().strip_suffix(')').ok_or_else(broken)?),
                None => (entry.trim(), ""),
            };
            if name.is_empty() || !name.chars().all(|character| character.is_ascii_alphanumeric()) {
                return Err(broken());
            }
            let mut expand = Expand { name: name.to_owned(), ..Expand::default() };
            for option in split(options, ';').ok_or_else(broken)?.into_iter().filter(|option| !option.trim().is_empty()) {
                match option.trim().split_once('=') {
                    Some(("$select", names)) => expand.select = Some(parse_select(names)?),
                    Some(("$expand", inner)) => expand.expand = nested(inner, depth + 1)?,
                    _ => return Err(format!("the option `{option}` inside of `$expand` isn't understood")),
                }
            }
            Ok(expand)
        })
        .collect()
}

/// Splits at a separator that isn't inside of parentheses; `None` where parentheses don't match.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_u32, 0);
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ if character == separator && depth == 0 => {
                parts.push(&text[start..index]);
                start = index + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    (depth == 0).then_some(parts)
}

/// Keeps the selected properties, and annotations, in the object's own order and spelling.
///
/// # Errors
///
/// A name that the object doesn't have.
pub fn apply(object: Value, select: &[String]) -> Result<Value, String> {
    let Value::Object(members) = object else { return Ok(object) };
    if select.iter().any(|name| name == "*") {
        return Ok(Value::Object(members));
    }
    if let Some(name) = select.iter().find(|name| !members.keys().any(|key| key.eq_ignore_ascii_case(name))) {
        return Err(name.clone());
    }
    let kept = |key: &String| key.starts_with('@') || select.iter().any(|name| name.eq_ignore_ascii_case(key));
    Ok(Value::Object(members.into_iter().filter(|(key, _)| kept(key)).collect::<Map<_, _>>()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn expansions_nest() {
        let parsed = parse_expand("policy($expand=rules;$select=id),roleDefinition").unwrap();
        assert_eq!(parsed[0].expand[0].name, "rules");
        assert_eq!(parsed[0].select, Some(vec!["id".to_owned()]));
        assert_eq!(parsed[1].name, "roleDefinition");
        for broken in ["", "a(", "a)", "a($top=1)", "a b", "a,", "a(b)"] {
            assert!(parse_expand(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn selection_is_spelled_as_the_object_is() {
        let object = json!({"@odata.type": "#x", "directoryScopeId": "/", "id": "1"});
        let names = parse_select("DirectoryScopeId").unwrap();
        assert_eq!(apply(object.clone(), &names), Ok(json!({"@odata.type": "#x", "directoryScopeId": "/"})));
        assert_eq!(apply(object, &parse_select("nope").unwrap()), Err("nope".to_owned()));
        assert!(parse_select("id,").is_err());
    }
}
