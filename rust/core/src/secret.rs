//! Secrets: tokens, codes, and what a host gives in a configuration.

mod seal;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq;

use seal::Sealed;

/// What stands in place of a secret wherever it could be seen.
const HIDDEN: &str = "***";

/// A text that is sealed in memory, so that a dump does not show it, compared in constant time, and never written or printed. What it is
/// exposed into is wiped when it is freed: the C ABI brings an allocator that does so with all memory.
#[derive(Clone)]
pub struct Secret(Arc<Sealed>);

impl Secret {
    /// The text. Whoever asks keeps it no longer than it takes to use it, and out of logs, events and errors.
    #[must_use]
    pub fn expose(&self) -> String {
        self.0.open()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Arc::new(Sealed::new(text)))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Secret")
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

/// A text of a service without JSON Web Tokens: a service or a proxy may repeat what it got.
pub(crate) fn without_tokens(text: &str) -> Cow<'_, str> {
    const BEGIN: &str = "eyJ";
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(BEGIN) {
        let (before, candidate) = rest.split_at(at);
        let length = candidate.find(|c| !is_part(c)).unwrap_or(candidate.len());
        // Header and payload, each of some length: base64 alone has no dot.
        let is_token = candidate[..length].split('.').filter(|part| part.len() >= 10).count() >= 2;
        kept.push_str(before);
        kept.push_str(if is_token { "(token)" } else { &candidate[..length] });
        rest = &candidate[length..];
    }
    if kept.is_empty() {
        return Cow::Borrowed(text);
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// The answer of a service that may repeat the secrets it was sent, without them.
pub(crate) fn without<'a>(answer: &[u8], secrets: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::from_utf8_lossy(answer).into_owned();
    for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
        // As it stands in the JSON of most answers.
        let quoted = serde_json::to_string(secret).unwrap_or_default();
        for form in [quoted.trim_matches('"'), secret] {
            if !form.is_empty() && text.contains(form) {
                text = text.replace(form, HIDDEN);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_and_compared_but_neither_printed_nor_written() {
        let secret: Secret = serde_json::from_str(r#""hun\"ter2""#).unwrap();
        assert_eq!(secret.expose(), "hun\"ter2");
        assert!(secret == Secret::from("hun\"ter2".to_owned()) && secret != Secret::from("hunter3".to_owned()));
        assert_eq!(format!("{secret:?}"), HIDDEN);
        assert_eq!(serde_json::to_string(&secret).unwrap(), r#""***""#);
    }

    #[test]
    fn it_is_the_same_text_whatever_its_length() {
        for length in [0, 1, 4095, 4096, 4097, 100_000] {
            let secret = Secret::from("x".repeat(length));
            assert_eq!((secret.expose().len(), secret.is_empty()), (length, length == 0));
            assert!(secret == secret.clone() && secret.expose().bytes().all(|byte| byte == b'x'));
        }
    }

    #[test]
    fn a_repeated_secret_is_taken_out_of_an_answer() {
        let answer =
            serde_json::to_vec(&serde_json::json!({"error": "no", "error_description": "the secret 'hun\"ter2' and abc.def"})).unwrap();
        let text = without(&answer, ["hun\"ter2", "abc.def", ""]);
        assert_eq!(text.as_str(), r#"{"error":"no","error_description":"the secret '***' and ***"}"#);
        assert_eq!(without(b"plain \xff", ["hunter2"]).as_str(), "plain \u{fffd}");
    }
}
