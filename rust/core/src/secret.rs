//! A secret that a host gives in a configuration.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use subtle::ConstantTimeEq;

/// What stands in place of a secret wherever it could be seen.
const HIDDEN: &str = "***";

/// A text that is read from a configuration, compared in constant time, wiped when it is dropped, and never written or printed.
#[derive(Clone, Deserialize)]
pub struct Secret(SecretString);

impl Secret {
    /// The text. Whoever asks keeps it out of logs, events and errors.
    #[must_use]
    pub fn string(&self) -> &SecretString {
        &self.0
    }

    /// The same, borrowed.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
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
}
