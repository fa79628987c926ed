//! Values that change from run to run, replaced by ones that do not.

use std::collections::BTreeMap;

use pim_emulator::Emulator;
use serde_json::Value;

const TIME: &str = "2026-01-15T12:00:00Z";
const HTTP_TIME: &str = "Thu, 15 Jan 2026 12:00:00 GMT";

pub struct Stable {
    /// The emulator's origins, and the addresses that stand for them.
    hosts: [(String, &'static str); 3],
    /// Ids that the scenario gives.
    scenario: String,
    /// Ids of this run, in the order in which they were met.
    ids: BTreeMap<String, String>,
}

impl Stable {
    pub fn new(emulator: &Emulator) -> Self {
        Self {
            hosts: [
                (emulator.login().to_owned(), "https://login.microsoftonline.com"),
                (emulator.graph().to_owned(), "https://graph.microsoft.com"),
                (emulator.arm().to_owned(), "https://management.azure.com"),
            ],
            scenario: serde_json::to_string(&emulator.state().scenario).unwrap().to_lowercase(),
            ids: BTreeMap::new(),
        }
    }

    /// As a file.
    pub fn text(&mut self, value: &Value) -> String {
        let mut value = value.clone();
        self.walk(&mut value);
        serde_json::to_string_pretty(&value).unwrap() + "\n"
    }

    fn walk(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.string(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.walk(member)),
            _ => {}
        }
    }

    fn string(&mut self, text: &str) -> String {
        if is_time(text) {
            return TIME.to_owned();
        }
        if text.ends_with(" GMT") && text.len() == HTTP_TIME.len() {
            return HTTP_TIME.to_owned();
        }
        if text.starts_with("eyJ") && text.matches('.').count() == 2 {
            return "eyJ0eXAiOiJKV1QifQ.e30.signature".to_owned();
        }
        let mut text = text.to_owned();
        for (origin, name) in &self.hosts {
            text = text.replace(origin, name);
        }
        self.ids(&text)
    }

    fn ids(&mut self, text: &str) -> String {
        let mut result = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let taken = match rest.get(..36) {
                Some(id) if is_uuid(id) => {
                    result.push_str(&self.id(id));
                    36
                }
                _ => {
                    result.push(first);
                    first.len_utf8()
                }
            };
            rest = &rest[taken..];
        }
        result
    }

    fn id(&mut self, id: &str) -> String {
        if self.scenario.contains(&id.to_lowercase()) {
            return id.to_owned();
        }
        let next = self.ids.len() + 1;
        self.ids.entry(id.to_lowercase()).or_insert_with(|| format!("00000000-0000-4000-8000-{next:012}")).clone()
    }
}

fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 20
        && bytes.len() <= 30
        && text.ends_with('Z')
        && bytes[10] == b'T'
        && text[..10].bytes().enumerate().all(|(index, byte)| if index == 4 || index == 7 { byte == b'-' } else { byte.is_ascii_digit() })
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(index, byte)| if [8, 13, 18, 23].contains(&index) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}
