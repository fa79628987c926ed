//! Where to look, in which order: headers, bodies, and texts of which nobody said what they are.

use std::borrow::Cow;

use super::body::{self, Scope};
use super::error::ClaimsError;
use super::report::{Origin, Report};
use super::text::{self, Dialect};
use super::{ClaimsRequest, FoundIn, decode, header};

/// The largest body and the largest text that is searched.
pub const MAX_INPUT_BYTES: usize = 4 * 1024 * 1024;

/// So many `WWW-Authenticate` fields of one response are read.
const MAX_FIELDS: usize = 32;

const FIELD_NAME: &str = "www-authenticate";

/// Searches an HTTP response, as [`find_in_response`](super::find_in_response) does, and reports all that was found.
#[must_use]
pub fn search_response(status: u16, www_authenticate: &[&str], body: &[u8]) -> Report {
    let status = Some(status).filter(|status| *status != 0);
    let mut report = Report::default();
    if body::allows_header(status) {
        for field in www_authenticate.iter().take(MAX_FIELDS) {
            if let Some(value) = field_value(field) {
                search_field(value, &mut report);
            }
        }
    }
    search_body(status, body, &mut report);
    report.sort();
    report
}

/// Searches any text, as [`find_in_text`](super::find_in_text) does, and reports all that was found.
#[must_use]
pub fn search_text(text: &str) -> Report {
    if text.len() > MAX_INPUT_BYTES {
        return Report::refusal(FoundIn::Text, ClaimsError::InputTooLarge);
    }
    let mut report = Report::default();
    let text = text.trim_start_matches('\u{FEFF}').trim();
    if !search_value(text.trim_matches(super::extent::is_quote), &mut report) && !search_document(text, &mut report) {
        search_lines(text, &mut report);
        text::scan(text, Dialect::Anything, &Origin::new(FoundIn::Text), &mut report);
    }
    report.sort();
    report
}

fn search_field(field: &str, report: &mut Report) {
    let origin = Origin::new(FoundIn::Header);
    if field.len() > header::MAX_FIELD_BYTES {
        report.add(&origin, Err(ClaimsError::InputTooLarge));
        return;
    }
    for challenge in header::parse_field(field) {
        report.add_header(&challenge, &origin);
    }
}

/// The value of a field that may come with its name; none if it is another field.
fn field_value(field: &str) -> Option<&str> {
    match field.split_once(':') {
        Some((name, value)) if !name.is_empty() && name.trim_end().bytes().all(header::is_token) => {
            name.trim_end().eq_ignore_ascii_case(FIELD_NAME).then_some(value)
        }
        _ => Some(field),
    }
}

fn search_body(status: Option<u16>, body: &[u8], report: &mut Report) {
    let outside_batch = body::allows_body(status);
    if !outside_batch && !status.is_some_and(|status| (200..300).contains(&status)) {
        return;
    }
    if body.len() > MAX_INPUT_BYTES {
        report.add(&Origin::new(FoundIn::Body), Err(ClaimsError::InputTooLarge));
        return;
    }
    let before = report.challenges.len();
    let decoded = String::from_utf8_lossy(body);
    let text = decoded.trim_start_matches('\u{FEFF}').trim();
    let is_json = text.starts_with(['{', '[']) && body::search(text, Scope { dialect: Dialect::Message, outside_batch }, report);
    if !is_json && outside_batch {
        text::scan(text, Dialect::Message, &Origin::new(FoundIn::Body), report);
    }
    if matches!(decoded, Cow::Owned(_)) {
        report.refuse_replaced(before);
    }
}

/// The text is a claims request and nothing else.
fn search_value(text: &str, report: &mut Report) -> bool {
    let begins = |start: &str| text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
    if text.starts_with('{') {
        return match ClaimsRequest::parse(text) {
            Ok(claims) => {
                report.add(&Origin::new(FoundIn::Json), Ok(claims));
                true
            }
            Err(_) => false,
        };
    }
    if ["%7b", "%257b", "%25257b"].into_iter().any(begins) && !text.contains(char::is_whitespace) {
        report.add(&Origin::new(FoundIn::Text), decode::percent(text));
        return true;
    }
    if decode::begins_base64_object(text) && text.bytes().all(|byte| byte.is_ascii_whitespace() || decode::is_base64(byte)) {
        let digits: String = text.split_ascii_whitespace().collect();
        let result = decode::base64(&digits);
        // Words that are separated by spaces may be prose; one word of this beginning is no prose.
        if result.is_ok() || digits.len() == text.len() {
            report.add(&Origin::new(FoundIn::Base64), result);
            return true;
        }
    }
    false
}

/// The text is a JSON document: an error body, an answer to a batch, an error that a shell wrote as JSON.
fn search_document(text: &str, report: &mut Report) -> bool {
    if !text.starts_with(['{', '[', '"']) || !body::search(text, Scope { dialect: Dialect::Anything, outside_batch: true }, report) {
        return false;
    }
    if text::opens_target(text)
        && report.challenges.is_empty()
        && let Err(reason) = ClaimsRequest::parse(text)
    {
        report.add(&Origin::new(FoundIn::Json), Err(reason));
    }
    true
}

/// The header fields of a response that was copied as text, and the JSON after them.
fn search_lines(text: &str, report: &mut Report) {
    let (head, body) = split_response(text);
    let mut field: Option<String> = None;
    for line in head.lines() {
        let continues = |field: &str| line.starts_with([' ', '\t']) || field.trim_end().ends_with(',');
        match &mut field {
            Some(value) if continues(value) => {
                value.push('\n');
                value.push_str(line);
            }
            _ => {
                if let Some(value) = field.take() {
                    search_field(&value, report);
                }
                let line = line.trim_start_matches(['<', ' ', '\t']);
                let named = line.split_once(':').filter(|(name, _)| name.trim_end().eq_ignore_ascii_case(FIELD_NAME));
                field = named.map(|(_, value)| value.to_owned());
            }
        }
    }
    if let Some(value) = field {
        search_field(&value, report);
    }
    if let Some(body) = body {
        body::search(body, Scope { dialect: Dialect::Anything, outside_batch: true }, report);
    }
}

/// A JSON document after the first empty line is a body.
fn split_response(text: &str) -> (&str, Option<&str>) {
    let Some(at) = [text.find("\r\n\r\n"), text.find("\n\n")].into_iter().flatten().min() else {
        return (text, None);
    };
    let body = text[at..].trim();
    if body.starts_with(['{', '[']) { (&text[..at], Some(body)) } else { (text, None) }
}
