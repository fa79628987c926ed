//! Where a JSON object in the midst of a text ends.

use super::error::ClaimsError;
use super::request::MAX_REQUEST_BYTES;

/// How deep a value may have been escaped for another JSON string.
const MAX_ESCAPES: usize = 3;

/// An object and where it ends, or why there is none and how far the text was looked at.
pub(super) type Extent = Result<(String, usize), (ClaimsError, usize)>;

/// The object with which the text begins, be it plain or escaped for a JSON string that surrounds it.
///
/// A caller that goes on at the offset that comes with a refusal has no byte read more than a few times.
pub(super) fn object(text: &str) -> Extent {
    if !is_escaped(text) {
        let end = plain(text)?;
        return if ends_value(&text[end..]) { Ok((text[..end].to_owned(), end)) } else { Err((ClaimsError::TrailingText, end)) };
    }
    let end = end_of_string(text);
    let mut inner = text[..end].to_owned();
    for _ in 0..MAX_ESCAPES {
        inner.truncate(end_of_string(&inner));
        inner = serde_json::from_str::<String>(&format!("\"{inner}\"")).map_err(|_| (ClaimsError::NotJson, end))?;
        if !is_escaped(&inner) {
            let length = plain(&inner).map_err(|(reason, _)| (reason, end))?;
            let ends = ends_value(&inner[length..]);
            inner.truncate(length);
            return if ends { Ok((inner, end)) } else { Err((ClaimsError::TrailingText, end)) };
        }
    }
    Err((ClaimsError::EncodedTooOften, end))
}

/// Whether the text that follows a value lets it end there: more brackets or words would make it another value.
fn ends_value(rest: &str) -> bool {
    rest.chars().next().is_none_or(|next| next.is_whitespace() || is_quote(next) || "&\\<>,.;:)]".contains(next))
}

/// Straight, typographic and back quotes.
pub(super) fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'' | '`' | '\u{2018}'..='\u{201F}' | '\u{00AB}' | '\u{00BB}')
}

/// No JSON object has a backslash before its first name.
fn is_escaped(text: &str) -> bool {
    text.strip_prefix('{').is_some_and(|rest| rest.trim_start_matches(' ').starts_with('\\'))
}

/// Up to the quote that ends the surrounding string.
fn end_of_string(text: &str) -> usize {
    let limit = MAX_REQUEST_BYTES * 2 * MAX_ESCAPES;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().take(limit) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' | b'\r' | b'\n' => return at,
            _ => {}
        }
    }
    floor_boundary(text, limit)
}

fn plain(text: &str) -> Result<usize, (ClaimsError, usize)> {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().take(MAX_REQUEST_BYTES + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Ok(at + 1);
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' | b':' | b',' | b'+' | b'-' | b'.' => {}
            _ if byte.is_ascii_alphanumeric() => {}
            _ => return Err((ClaimsError::NotJson, floor_boundary(text, at).max(1))),
        }
    }
    if text.len() > MAX_REQUEST_BYTES {
        Err((ClaimsError::TooLarge, floor_boundary(text, MAX_REQUEST_BYTES)))
    } else {
        Err((ClaimsError::NotJson, text.len()))
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
