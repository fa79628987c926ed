//! Challenges in the midst of a text: service messages, exceptions, consoles and logs.
//!
//! One pass: the scanner goes from left to right, and whatever looked at a stretch of text reports where it stopped, so that
//! nothing is searched again from the next marker.

use super::error::ClaimsError;
use super::extent::{self, is_quote};
use super::header;
use super::report::{Origin, Report};
use super::request::{MAX_REQUEST_BYTES, TARGETS};
use super::{ClaimsRequest, FoundIn, decode};

/// How much a text may look like a challenge without being one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Dialect {
    /// The message of a service: `&claims=` and percent-encoded or decoded JSON. Services echo what they were sent, so nothing else counts.
    Message,
    /// Whatever a user copied from somewhere.
    Anything,
}

/// A value, or why there is none, and where the search goes on. No result means: not a challenge at all.
type Step = (Option<Result<ClaimsRequest, ClaimsError>>, usize);

/// Adds every challenge of the text to the report.
pub(super) fn scan(text: &str, dialect: Dialect, origin: &Origin<'_>, report: &mut Report) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() && !report.is_full() {
        let rest = &bytes[at..];
        let starts_word = at == 0 || !is_word(bytes[at - 1]);
        // After a dot it is a part of a token.
        let starts_value = at == 0 || !(decode::is_base64(bytes[at - 1]) || bytes[at - 1] == b'.') || bytes[at - 1] == b'=';
        let step = match rest[0] {
            b'c' | b'C' if starts_word && begins(rest, "claims") => marker(text, at, dialect),
            _ if dialect == Dialect::Message => None,
            b'b' | b'B' if starts_word && begins(rest, "bearer ") => scheme(text, at, origin, report),
            b'p' | b'P' if starts_word && begins(rest, "pop ") => scheme(text, at, origin, report),
            b'{' if opens_request(&text[at..]) => Some(object(text, at)),
            b'%' if begins_encoded_request(rest) => Some(encoded(text, at)),
            b'e' if starts_value && begins_base64_request(rest) => Some(base64(text, at)),
            _ => None,
        };
        let Some((result, next)) = step else {
            at += 1;
            continue;
        };
        if let Some(result) = result {
            report.add(origin, result);
        }
        at = next.max(at + 1);
    }
}

fn begins(bytes: &[u8], word: &str) -> bool {
    bytes.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// `claims=`, and for texts also `-ClaimsChallenge` and its relatives.
fn marker(text: &str, at: usize, dialect: Dialect) -> Option<Step> {
    let after_word = at + "claims".len();
    if dialect == Dialect::Message {
        let before = text[..at].chars().next_back();
        let opens = before.is_none_or(|before| matches!(before, '&' | '?') || before.is_whitespace());
        return (opens && text[after_word..].starts_with('=')).then(|| message_value(text, after_word + 1));
    }
    let suffix = ["challenge", "-challenge", "_challenge"].into_iter().find(|suffix| begins(&text.as_bytes()[after_word..], suffix));
    let after = &text[after_word + suffix.map_or(0, str::len)..];
    let value = after.trim_start_matches([' ', '\t', '=', ':']);
    let separator = &after[..after.len() - value.len()];
    let explicit = suffix.is_some() || separator.contains('=');
    (!separator.is_empty()).then(|| text_value(text, text.len() - value.len(), explicit))
}

fn message_value(text: &str, start: usize) -> Step {
    let rest = &text[start..];
    match rest.as_bytes().first() {
        Some(b'{') => object(text, start),
        Some(b'%') => encoded(text, start),
        Some(b'e') if begins_base64_request(rest.as_bytes()) => base64(text, start),
        _ => (None, start),
    }
}

/// `explicit` says that what comes before leaves no doubt that this is to be claims; prose has `claims: {…}` too.
fn text_value(text: &str, start: usize, explicit: bool) -> Step {
    let value = text[start..].trim_start_matches(|c: char| c == '\\' || is_quote(c));
    let start = text.len() - value.len();
    match value.as_bytes().first() {
        Some(b'{') if opens_request(value) || (explicit && opens_object(value)) => object(text, start),
        Some(b'%') if ["%7b", "%257b", "%25257b"].into_iter().any(|open| begins(value.as_bytes(), open)) => encoded(text, start),
        Some(b'e') if explicit && decode::begins_base64_object(value) => base64(text, start),
        _ => (None, start),
    }
}

fn object(text: &str, start: usize) -> Step {
    match extent::object(&text[start..]) {
        Ok((object, length)) => (Some(ClaimsRequest::parse(&object)), start + length),
        Err((reason, length)) => (Some(Err(reason)), start + length),
    }
}

/// Percent-encoded JSON goes up to `&`, white space or a quote. Punctuation of the sentence around it does not belong to it.
fn encoded(text: &str, start: usize) -> Step {
    let rest = &text[start..];
    let length = rest.find(|c: char| c.is_whitespace() || is_quote(c) || matches!(c, '&' | '<' | '>' | '\\' | '"')).unwrap_or(rest.len());
    let value = rest[..length].trim_end_matches(['.', ',', ';', ':', ')', ']']);
    (Some(decode::percent(value)), start + length)
}

/// Base64 in a text; consoles break long lines, also inside it.
fn base64(text: &str, start: usize) -> Step {
    let rest = &text[start..];
    let length = base64_length(rest);
    let result = decode::base64(&rest[..length]);
    if result.is_ok() {
        return (Some(result), start + length);
    }
    let mut end = length;
    let mut digits = rest[..length].to_owned();
    // What is too long for a claims request is not put together any further.
    while digits.len() <= MAX_REQUEST_BYTES * 2 {
        let line = rest[end..].trim_start_matches([' ', '\t', '\r', '\n']);
        let begin = rest.len() - line.len();
        let length = base64_length(line);
        if length == 0 || !rest[end..begin].contains('\n') {
            break;
        }
        digits.push_str(&line[..length]);
        end = begin + length;
    }
    let joined = decode::base64(&digits);
    (Some(if joined.is_ok() { joined } else { result }), start + end)
}

fn base64_length(text: &str) -> usize {
    text.bytes().position(|byte| !decode::is_base64(byte)).unwrap_or(text.len())
}

fn scheme(text: &str, at: usize, origin: &Origin<'_>, report: &mut Report) -> Option<Step> {
    let (challenge, length) = header::parse_within(&text[at..])?;
    report.add_header(&challenge, &Origin { found_in: FoundIn::Header, ..*origin });
    Some((None, at + length))
}

/// `{"` and `{}`, also with white space and with the quote escaped.
fn opens_object(text: &str) -> bool {
    text[1..].trim_start().starts_with(['"', '\\', '}'])
}

/// `{"access_token":{`, also with white space, and with the quotes escaped.
fn opens_request(text: &str) -> bool {
    after_target(text).is_some_and(|rest| rest.starts_with('{'))
}

/// A JSON object whose first member is `access_token`, `id_token` or `userinfo`.
pub(super) fn opens_target(text: &str) -> bool {
    after_target(text).is_some()
}

/// What follows the first name and its colon, if the name is that of a target.
fn after_target(text: &str) -> Option<&str> {
    fn after_quote(text: &str) -> Option<&str> {
        text.trim_start_matches('\\').strip_prefix('"')
    }
    let name = after_quote(text.strip_prefix('{')?.trim_start())?;
    let rest = TARGETS.into_iter().find_map(|target| name.strip_prefix(target))?;
    Some(after_quote(rest)?.trim_start().strip_prefix(':')?.trim_start())
}

/// The percent-encoded beginning of such a request, in one to three rounds of encoding.
fn begins_encoded_request(bytes: &[u8]) -> bool {
    ["%7B%22", "%257B%2522", "%25257B%252522"]
        .into_iter()
        .any(|start| begins(bytes, start) && TARGETS.into_iter().any(|target| begins(&bytes[start.len()..], target)))
}

/// Base64 of `{"access_token"`, `{"id_token"`, `{"userinfo"`.
fn begins_base64_request(bytes: &[u8]) -> bool {
    ["eyJhY2Nlc3NfdG9rZW4i", "eyJpZF90b2tlbiI", "eyJ1c2VyaW5mbyI"].into_iter().any(|start| bytes.starts_with(start.as_bytes()))
}
