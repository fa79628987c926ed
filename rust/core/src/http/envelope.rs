//! The services' error bodies, in all the shapes that occur.

use serde_json::{Map, Value};

use crate::secret::without_tokens;

/// How many levels of an error inside an error are opened.
const DEPTH: usize = 4;
/// Longest message that is kept, in characters.
const LONGEST: usize = 2000;

/// A service's own code and words. Either may be empty: an empty `code` does occur.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Envelope {
    /// The most telling code.
    pub code: String,
    /// Its message, shortened and without control characters.
    pub message: String,
    /// `request-id` of Graph's inner error, for answers whose headers were lost (batch items).
    pub request_id: Option<String>,
}

impl Envelope {
    /// Reads Graph's and ARM's `{"error":{…}}`, OAuth's `{"error":"…","error_description":"…"}` and the bare `{"code":…,"message":…}`.
    /// A message that is itself an error as JSON is opened, since the outer code is `UnknownError` or `BadRequest` then.
    #[must_use]
    pub fn read(body: &Value) -> Option<Self> {
        Self::read_level(body.as_object()?, DEPTH)
    }

    fn read_level(body: &Map<String, Value>, depth: usize) -> Option<Self> {
        let holder = match member(body, &["error", "odata.error"]) {
            Some(Value::Object(error)) => error,
            _ => body,
        };
        let code = text(holder, &["code", "errorCode"]).or_else(|| text(body, &["error"]));
        let message = match member(holder, &["message", "errorMessage", "error_description"]) {
            Some(Value::String(message)) => Some(message.as_str()),
            // Old OData wraps the text with its language.
            Some(Value::Object(message)) => text(message, &["value"]),
            _ => None,
        };
        if code.is_none() && message.is_none() {
            return None;
        }
        let inner = member(holder, &["innerError"]).and_then(Value::as_object);
        let mut envelope = Self {
            code: shown(code.unwrap_or_default(), 200),
            message: shown(message.unwrap_or_default(), LONGEST),
            request_id: inner.and_then(|inner| text(inner, &["request-id"])).map(|id| shown(id, 100)),
        };
        let nested = message
            .map(str::trim)
            .filter(|message| depth > 0 && message.starts_with('{'))
            .and_then(|message| serde_json::from_str::<Map<String, Value>>(message).ok())
            .and_then(|nested| Self::read_level(&nested, depth - 1));
        if let Some(nested) = nested.filter(|nested| !nested.code.is_empty() || !nested.message.is_empty()) {
            if !nested.code.is_empty() {
                envelope.code = nested.code;
            }
            envelope.message = nested.message;
        }
        if is_vague(&envelope.code)
            && let Some(code) = inner.and_then(|inner| text(inner, &["code"])).filter(|code| !is_vague(code))
        {
            envelope.code = shown(code, 200);
        }
        Some(envelope)
    }
}

/// Codes that say nothing.
fn is_vague(code: &str) -> bool {
    ["", "UnknownError", "BadRequest"].iter().any(|vague| vague.eq_ignore_ascii_case(code))
}

/// Member names differ in case between services and even between pages of one service (`innererror`, `innerError`).
fn member<'a>(map: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

fn text<'a>(map: &'a Map<String, Value>, names: &[&str]) -> Option<&'a str> {
    member(map, names).and_then(Value::as_str)
}

/// Text of a service as it may be shown: one line, no control characters, no JSON Web Tokens, bounded.
#[must_use]
pub fn shown(text: &str, longest: usize) -> String {
    let text = &without_tokens(text);
    let mut line = String::new();
    let mut count = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if count > 0 {
            line.push(' ');
            count += 1;
        }
        for character in word.chars().filter(|c| !is_invisible(*c)) {
            if count >= longest {
                line.push('…');
                return line;
            }
            line.push(character);
            count += 1;
        }
    }
    line
}

/// Characters that reorder or hide what follows in a terminal.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> (String, String) {
        let envelope = Envelope::read(body).unwrap();
        (envelope.code, envelope.message)
    }

    #[test]
    fn every_known_shape_is_read() {
        for body in [
            json!({"error": {"code": "A", "message": "b", "innerError": {"request-id": "r"}}}),
            json!({"error": {"Code": "A", "Message": "b", "innererror": {"request-id": "r"}}}),
            json!({"odata.error": {"code": "A", "message": {"lang": "en", "value": "b"}}}),
            json!({"error": "A", "error_description": "b"}),
            json!({"code": "A", "message": "b"}),
            json!({"Error": {"code": "UnknownError", "message": "{\"errorCode\":\"A\",\"message\":\"b\"}"}}),
            json!({"error": {"code": "BadRequest", "message": "b", "innererror": {"code": "A"}}}),
        ] {
            assert_eq!(read(&body), ("A".to_owned(), "b".to_owned()), "{body}");
        }
        assert_eq!(
            Envelope::read(&json!({"error": {"code": "A", "innererror": {"request-id": "r"}}})).unwrap().request_id.as_deref(),
            Some("r")
        );
    }

    #[test]
    fn an_empty_code_and_what_is_no_error_are_told_apart() {
        assert_eq!(read(&json!({"error": {"code": "", "message": "b"}})), (String::new(), "b".to_owned()));
        for body in [json!({}), json!({"value": []}), json!([]), json!(null), json!({"error": null}), json!({"error": {}})] {
            assert_eq!(Envelope::read(&body), None, "{body}");
        }
    }

    #[test]
    fn an_error_nested_without_end_is_opened_a_few_times_only() {
        let mut body = json!({"code": "inner", "message": "m"});
        for _ in 0..50 {
            body = json!({"code": "outer", "message": body.to_string()});
            if body.to_string().len() > 100_000 {
                break;
            }
        }
        assert_eq!(read(&body).0, "outer");
    }

    #[test]
    fn shown_text_is_one_bounded_line() {
        assert_eq!(shown(" a\r\n\tb\u{1b}[31m \u{202e}c ", 100), "a b [31m c");
        assert_eq!(shown("abcdef", 3), "abc…");
        assert_eq!(shown("ab cd", 3), "ab …");
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiIxMjM0In0.c2lnbmF0dXJl";
        assert_eq!(shown(&format!("got 'Bearer {token}'{token}"), 100), "got 'Bearer (token)'(token)");
        let claims = "claims=\"eyJhY2Nlc3NfdG9rZW4iOnt9fQ==\" eyJ";
        assert_eq!(shown(claims, 100), claims);
        assert_eq!(shown("abc", 3), "abc");
    }
}
