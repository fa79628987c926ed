//! JSON that a host gives.

use serde::de::{DeserializeOwned, Error as _};

/// Reads one JSON object. What is wrong with it is told without the texts in it, for they may be secrets.
///
/// # Errors
/// A sentence for the caller.
pub(crate) fn read_object<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    // Serde takes a list for an object, its items for the fields in their order: nobody means that.
    let result = match text.trim_ascii_start().first() {
        Some(b'[') => Err(serde_json::Error::custom("invalid type: list, expected an object")),
        _ => serde_json::from_slice(text),
    };
    result.map_err(|error| without_strings(&error.to_string()))
}

fn without_strings(sentence: &str) -> String {
    const BEGIN: &str = "string \"";
    match (sentence.find(BEGIN), sentence.rfind('"')) {
        (Some(begin), Some(end)) if end >= begin + BEGIN.len() => format!("{}string{}", &sentence[..begin], &sentence[end + 1..]),
        _ => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(default)]
        number: u8,
    }

    #[test]
    fn a_string_in_the_wrong_place_is_not_quoted() {
        for text in [r#"{"number": "hun\"ter2"}"#, r#""hunter2""#] {
            let error = read_object::<Sample>(text.as_bytes()).unwrap_err();
            assert!(error.starts_with("invalid type: string, expected"), "{error}");
        }
    }

    #[test]
    fn an_unknown_field_is_named() {
        let error = read_object::<Sample>(br#"{"nummer": 1}"#).unwrap_err();
        assert!(error.contains("`nummer`") && error.contains("`number`"), "{error}");
    }

    #[test]
    fn a_list_is_no_object() {
        assert!(read_object::<Sample>(b" [1]").is_err());
        assert_eq!(read_object::<Sample>(b" {}").unwrap().number, 0);
    }
}
