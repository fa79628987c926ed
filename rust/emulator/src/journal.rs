//! The journal: what clients sent and what they were answered, without secrets.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::Service;
use crate::state::lock;

/// One request to one of the services and how it was answered.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// 1 for the first request after the start; never used twice, also after the journal was emptied.
    pub sequence: u64,
    /// When the request had been read, by the emulator's clock.
    pub time: Timestamp,
    /// Which service.
    pub service: Service,
    /// HTTP method.
    pub method: String,
    /// Path, percent-encoded as it was sent.
    pub path: String,
    /// Query parameters, decoded; a repeated parameter's values are joined with a comma. Secrets are starred.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
    /// Status of the answer; 0 when the connection was cut instead.
    pub status: u16,
    /// User principal name, where the request said who it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Application id, where the request named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Authentication contexts of the access token that was sent, or of the one that was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_contexts: Option<Vec<String>>,
    /// The body, parsed: JSON, or a form as an object. Secrets are starred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The answer demanded a stronger sign-in.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub challenge: bool,
    /// What the request broke: a rule of the protocol or of the official schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub violation: Option<String>,
    /// The answer came from an injected fault.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fault: bool,
}

/// What a handler adds to the entry of the request that it answers.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// User principal name.
    pub user: Option<String>,
    /// Application id.
    pub client: Option<String>,
    /// Authentication contexts of the token sent or issued.
    pub token_contexts: Option<Vec<String>>,
    /// The answer demands a stronger sign-in.
    pub challenge: bool,
    /// What the request broke.
    pub violation: Option<String>,
    /// The answer comes from an injected fault.
    pub fault: bool,
}

tokio::task_local! {
    static NOTES: RefCell<Notes>;
}

/// Adds to the journal entry of the request that is being answered; does nothing outside of a request.
pub fn note(change: impl FnOnce(&mut Notes)) {
    let _ = NOTES.try_with(|notes| change(&mut notes.borrow_mut()));
}

/// Notes that the answer demands a stronger sign-in.
pub fn note_challenge() {
    note(|notes| notes.challenge = true);
}

/// Notes which rule the request broke.
pub fn note_violation(what: impl Into<String>) {
    note(|notes| notes.violation = Some(what.into()));
}

/// Runs a handler and hands back what it noted.
pub(crate) async fn with_notes<T>(handler: impl Future<Output = T>) -> (T, Notes) {
    NOTES
        .scope(RefCell::default(), async {
            let answer = handler.await;
            (answer, NOTES.with(RefCell::take))
        })
        .await
}

/// Requests since the start or since the journal was emptied.
#[derive(Debug, Default)]
pub struct Journal {
    entries: Mutex<(u64, VecDeque<JournalEntry>)>,
}

/// The journal of an emulator that is left running keeps its latest entries.
const MOST_ENTRIES: usize = 100_000;

impl Journal {
    /// Adds an entry; its sequence number is set here.
    pub fn record(&self, mut entry: JournalEntry) {
        let mut entries = lock(&self.entries);
        entries.0 += 1;
        entry.sequence = entries.0;
        if entries.1.len() == MOST_ENTRIES {
            entries.1.pop_front();
        }
        entries.1.push_back(entry);
    }

    /// All entries in the order of their answers.
    #[must_use]
    pub fn entries(&self) -> Vec<JournalEntry> {
        lock(&self.entries).1.iter().cloned().collect()
    }

    /// Empties the journal.
    pub fn clear(&self) {
        lock(&self.entries).1.clear();
    }
}

/// Parameters whose values are secrets, in queries, forms and JSON bodies alike.
const SECRET: &[&str] = &[
    "access_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "device_code",
    "flow",
    "id_token",
    "password",
    "refresh_token",
];

const STARS: &str = "***";

fn is_secret(name: &str) -> bool {
    SECRET.iter().any(|secret| secret.eq_ignore_ascii_case(name))
}

/// Decoded parameters of a query or form, secrets starred, repeats joined.
#[must_use]
pub fn parameters(encoded: &[u8]) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(encoded) {
        let value = if is_secret(&name) { STARS.into() } else { value };
        all.entry(name.into_owned())
            .and_modify(|existing| {
                existing.push(',');
                existing.push_str(&value);
            })
            .or_insert_with(|| value.clone().into_owned());
    }
    all
}

/// The body as the journal shows it; `None` for an empty one and for one that is neither JSON nor a form.
#[must_use]
pub fn shown_body(content_type: &str, body: &[u8]) -> Option<Value> {
    if body.is_empty() {
        return None;
    }
    let content_type = content_type.to_ascii_lowercase();
    if content_type.contains("json") {
        let mut value: Value = serde_json::from_slice(body).ok()?;
        star_members(&mut value);
        return Some(value);
    }
    if content_type.starts_with("application/x-www-form-urlencoded") {
        return serde_json::to_value(parameters(body)).ok();
    }
    None
}

fn star_members(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                // `code` is also the name of an error's code; in requests that the services take as JSON no secret has that name.
                if is_secret(name) && name != "code" && member.is_string() {
                    *member = Value::String(STARS.to_owned());
                } else {
                    star_members(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(star_members),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_starred_and_repeats_joined() {
        let all = parameters(b"code=abc&scope=a+b&scope=c&refresh_token=x&client_id=1");
        assert_eq!(all["code"], "***");
        assert_eq!(all["refresh_token"], "***");
        assert_eq!(all["scope"], "a b,c");
        assert_eq!(all["client_id"], "1");
    }

    #[test]
    fn json_bodies_are_shown_without_secrets() {
        let shown = shown_body("application/json; charset=utf-8", br#"{"a":[{"client_secret":"s","code":"c"}]}"#).unwrap();
        assert_eq!(shown, serde_json::json!({"a": [{"client_secret": "***", "code": "c"}]}));
        assert_eq!(shown_body("text/plain", b"x"), None);
        assert_eq!(shown_body("application/json", b""), None);
    }
}
