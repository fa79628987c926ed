//! The encodings in which a claims request travels: JSON as it is, base64, percent-encoding.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::ClaimsRequest;
use super::error::ClaimsError;
use super::request::MAX_REQUEST_BYTES;

/// How often a client on the way may have encoded the value.
const MAX_ROUNDS: usize = 3;

/// A character that was percent-encoded in every round is seven long (`%2525XX`).
const MAX_PERCENT_BYTES: usize = MAX_REQUEST_BYTES * (1 + 2 * MAX_ROUNDS);

const MAX_BASE64_BYTES: usize = MAX_REQUEST_BYTES.div_ceil(3) * 4;

/// Servers leave out the padding, and some encoders leave bits of the last character set.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireNone).with_decode_allow_trailing_bits(true),
);

/// A value in whichever encoding it begins like: that of a header's `claims` parameter, unquoted, too. Shells and documents that it was
/// copied from may have put single quotes around it, or line breaks into its base64.
pub(super) fn any(value: &str) -> Result<ClaimsRequest, ClaimsError> {
    let value = value.trim();
    let value = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')).unwrap_or(value);
    match value.bytes().next() {
        Some(b'{') => ClaimsRequest::parse(value),
        Some(b'%') => percent(value),
        _ if value.bytes().any(|byte| byte.is_ascii_whitespace()) => base64(&value.split_ascii_whitespace().collect::<String>()),
        _ => base64(value),
    }
}

/// Base64 in the standard or the URL-safe alphabet, padded or not.
pub(super) fn base64(value: &str) -> Result<ClaimsRequest, ClaimsError> {
    if value.is_empty() {
        return Err(ClaimsError::Empty);
    }
    let digits = value.strip_suffix("==").or_else(|| value.strip_suffix('=')).unwrap_or(value);
    if digits.len() > MAX_BASE64_BYTES {
        return Err(ClaimsError::TooLarge);
    }
    let digits: Vec<u8> = digits.bytes().map(to_standard).collect();
    let bytes = BASE64.decode(digits).map_err(|_| ClaimsError::NotBase64)?;
    ClaimsRequest::parse(&String::from_utf8(bytes).map_err(|_| ClaimsError::NotUtf8)?)
}

fn to_standard(digit: u8) -> u8 {
    match digit {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }
}

/// Percent-encoded JSON, encoded up to three times over. `+` is a space, as in a form: JSON has no use for it.
pub(super) fn percent(value: &str) -> Result<ClaimsRequest, ClaimsError> {
    if value.len() > MAX_PERCENT_BYTES {
        return Err(ClaimsError::TooLarge);
    }
    let mut text = decode_percent(value)?;
    for _ in 1..MAX_ROUNDS {
        if !begins_encoded(&text) {
            break;
        }
        text = decode_percent(&text)?;
    }
    if begins_encoded(&text) { Err(ClaimsError::EncodedTooOften) } else { ClaimsRequest::parse(&text) }
}

fn begins_encoded(text: &str) -> bool {
    text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("%7b") || start == "%25")
}

fn decode_percent(text: &str) -> Result<String, ClaimsError> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => match (bytes.next().and_then(hex), bytes.next().and_then(hex)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err(ClaimsError::BadPercentEncoding),
            },
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(decoded).map_err(|_| ClaimsError::NotUtf8)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Whether a byte occurs in base64 of either alphabet, padding included.
pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

/// Whether the text begins as base64 of `{"` or of `{` and white space does.
pub(super) fn begins_base64_object(text: &str) -> bool {
    text.starts_with("ey") || text.starts_with("ew")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"access_token":{"acrs":{"value":"c1"}}}"#;

    fn encode(text: &str) -> String {
        text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
    }

    #[test]
    fn percent_encoding_is_undone_three_times_and_no_more() {
        let mut value = TEXT.to_owned();
        for _ in 0..3 {
            value = encode(&value);
            assert_eq!(percent(&value).unwrap().text(), TEXT);
        }
        assert_eq!(percent(&encode(&value)), Err(ClaimsError::EncodedTooOften));
    }

    #[test]
    fn what_a_copy_adds_is_taken_away() {
        let base64 = base64::engine::general_purpose::STANDARD.encode(TEXT);
        let wrapped = format!("{}\r\n  {}\n", &base64[..20], &base64[20..]);
        for value in [TEXT, &encode(TEXT), &base64, &wrapped, &format!("'{base64}'"), &format!(" '{TEXT}' ")] {
            assert_eq!(any(value).unwrap().text(), TEXT, "{value}");
        }
        assert_eq!(any("'"), Err(ClaimsError::NotBase64));
        assert_eq!(any("''"), Err(ClaimsError::Empty));
    }

    #[test]
    fn an_encoded_plus_stays_a_plus() {
        let text = r#"{"access_token":{"x":{"value":"a+b c"}}}"#;
        assert_eq!(percent(&encode(text).replace("%20", "+")).unwrap().text(), text);
    }

    #[test]
    fn base64_takes_both_alphabets_and_any_padding_of_one_length() {
        let text = r#"{"access_token":{"x":{"value":"ÿ?>~~"}}}"#;
        let standard = base64::engine::general_purpose::STANDARD.encode(text);
        assert!(standard.contains(['+', '/']), "{standard}");
        for value in [standard.clone(), standard.trim_end_matches('=').to_owned(), standard.replace('+', "-").replace('/', "_")] {
            assert_eq!(base64(&value).unwrap().text(), text);
        }
        assert_eq!(base64(&format!("{standard}===")), Err(ClaimsError::NotBase64));
        assert_eq!(base64("eyJhY"), Err(ClaimsError::NotBase64));
        assert_eq!(base64("eyJh\nY2Nl"), Err(ClaimsError::NotBase64));
    }

    #[test]
    fn what_is_too_large_is_not_decoded() {
        assert_eq!(base64(&"A".repeat(MAX_BASE64_BYTES + 4)), Err(ClaimsError::TooLarge));
        assert_eq!(percent(&"%7B".repeat(MAX_PERCENT_BYTES)), Err(ClaimsError::TooLarge));
        let padded = format!("{{{}{}", " ".repeat(MAX_REQUEST_BYTES), &TEXT[1..]);
        for value in [base64::engine::general_purpose::STANDARD.encode(&padded), encode(&padded), padded] {
            assert_eq!(any(&value), Err(ClaimsError::TooLarge));
        }
    }
}
