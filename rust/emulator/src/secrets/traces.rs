//! Whether a secret stands in a text: as it is, percent-encoded, in base64, or broken into lines.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::percent_decode_str;
use serde::Serialize;

/// How a secret is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Form {
    /// As it is.
    Plain,
    /// As in an address or a form.
    Percent,
    /// In base64 of either alphabet, also as a part of something longer.
    Base64,
}

/// A text that is searched, in all the ways in which it is read.
pub(super) struct Text {
    plain: String,
    decoded: Option<String>,
    /// With the letters of the usual alphabet of base64.
    base64: String,
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        // Consoles and transcripts break long lines, and no secret has spaces in it.
        let plain: String = text.chars().filter(|character| !character.is_whitespace() && *character != '\0').collect();
        let decoded = plain.contains('%').then(|| percent_decode_str(&plain).decode_utf8_lossy().into_owned());
        let base64 = usual(&plain);
        Self { plain, decoded, base64 }
    }

    pub(super) fn forms_of(&self, secret: &str) -> Vec<Form> {
        let mut forms = Vec::new();
        let plain = self.plain.matches(secret).count();
        if plain > 0 {
            forms.push(Form::Plain);
        }
        // What is plain stands in the decoded text too.
        if self.decoded.as_ref().is_some_and(|decoded| decoded.matches(secret).count() > plain) {
            forms.push(Form::Percent);
        }
        if in_base64(secret).iter().any(|part| self.base64.contains(part)) {
            forms.push(Form::Base64);
        }
        forms
    }
}

fn usual(text: &str) -> String {
    text.replace('-', "+").replace('_', "/")
}

/// What of base64 depends on the secret alone, where none, one or two bytes stand before its first group of three.
fn in_base64(secret: &str) -> [String; 3] {
    [0, 1, 2].map(|before| {
        let bytes = [&[0; 2][..before], secret.as_bytes()].concat();
        let encoded = STANDARD_NO_PAD.encode(&bytes);
        let first = [0, 2, 3][before];
        // The last character may share its bits with what follows.
        let whole = bytes.len() * 8 / 6;
        encoded.get(first..whole).unwrap_or_default().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    use super::*;

    const SECRET: &str = "s3cret~Value/of+the?application>>";

    fn forms(text: &str) -> Vec<Form> {
        Text::new(text).forms_of(SECRET)
    }

    #[test]
    fn every_way_of_writing_a_secret_is_found() {
        assert_eq!(forms(&format!("Bearer {SECRET}.")), [Form::Plain]);
        assert_eq!(forms(&format!("{}\r\n    {}", &SECRET[..7], &SECRET[7..])), [Form::Plain]);
        let encoded = utf8_percent_encode(SECRET, NON_ALPHANUMERIC);
        assert_eq!(forms(&format!("a=1&secret={encoded}&b=2")), [Form::Percent]);
        assert_eq!(forms(&format!("{SECRET} and {encoded}")), [Form::Plain, Form::Percent]);
        for before in ["", "a", "ab", "abc", "client:"] {
            for after in ["", "x", "xy", "xyz"] {
                let whole = format!("{before}{SECRET}{after}");
                assert_eq!(forms(&format!("Basic {}", STANDARD.encode(&whole))), [Form::Base64], "{whole}");
                assert_eq!(forms(&URL_SAFE_NO_PAD.encode(&whole)), [Form::Base64], "{whole}");
            }
        }
    }

    #[test]
    fn nothing_else_is_found() {
        let almost = &SECRET[1..];
        for text in ["", "nothing", almost, &STANDARD.encode(almost), "100% of it", "%zz"] {
            assert!(forms(text).is_empty(), "{text}");
        }
    }
}
