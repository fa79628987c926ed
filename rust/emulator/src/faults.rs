//! Faults and delays: how a service misbehaves on purpose.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Service;
use crate::state::lock;

/// A rule that replaces, delays or cuts the answers to matching requests.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Fault {
    /// The service that misbehaves.
    pub service: Service,
    /// Only requests of this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only requests whose path, or path and query, contains this text (compared without case).
    #[serde(default)]
    pub path_contains: Option<String>,
    /// Matching requests that are served as usual before the fault begins.
    #[serde(default)]
    pub skip: u32,
    /// How many requests it hits.
    #[serde(default = "once")]
    pub times: u32,
    /// Waits before anything else happens.
    #[serde(default)]
    pub delay_ms: u64,
    /// Answers with this status. Without status, body and cut the request is only delayed.
    #[serde(default)]
    pub status: Option<u16>,
    /// Headers of the answer.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Body of the answer: a string is sent as it is, anything else as JSON.
    #[serde(default)]
    pub body: Option<Value>,
    /// Content type of the answer; `application/json` unless the body is a string.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Closes the connection: before a byte was sent, or in the middle of the body where one is given.
    #[serde(default)]
    pub cut: bool,
    /// The service acts on the request first; only its answer is replaced.
    #[serde(default)]
    pub after_handling: bool,
    /// Hits the requests inside of batches, and leaves those that come alone. Such an answer has a status, headers and a body; it can't wait or be cut.
    #[serde(default)]
    pub in_batch: bool,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// A fault of one service that hits once and does nothing yet.
    #[must_use]
    pub fn new(service: Service) -> Self {
        Self {
            service,
            method: None,
            path_contains: None,
            skip: 0,
            times: 1,
            delay_ms: 0,
            status: None,
            headers: BTreeMap::new(),
            body: None,
            content_type: None,
            cut: false,
            after_handling: false,
            in_batch: false,
        }
    }

    /// Only requests of this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only requests whose path or query contains this text.
    #[must_use]
    pub fn path(mut self, contains: &str) -> Self {
        self.path_contains = Some(contains.to_owned());
        self
    }

    /// Lets this many matching requests pass first.
    #[must_use]
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Hits this many requests.
    #[must_use]
    pub fn times(mut self, requests: u32) -> Self {
        self.times = requests;
        self
    }

    /// Waits first.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Answers with this status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Body of the answer: a string as it is, anything else as JSON.
    #[must_use]
    pub fn body(mut self, body: impl Into<Value>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Content type of the answer.
    #[must_use]
    pub fn content_type(mut self, content_type: &str) -> Self {
        self.content_type = Some(content_type.to_owned());
        self
    }

    /// Closes the connection instead of (or in the middle of) the answer.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.cut = true;
        self
    }

    /// Lets the service act and loses or replaces its answer alone.
    #[must_use]
    pub fn after_handling(mut self) -> Self {
        self.after_handling = true;
        self
    }

    /// Hits requests inside of batches instead of whole requests.
    #[must_use]
    pub fn in_batch(mut self) -> Self {
        self.in_batch = true;
        self
    }

    fn matches(&self, service: Service, method: &str, path_and_query: &str) -> bool {
        let contains = |part: &String| path_and_query.to_ascii_lowercase().contains(&part.to_ascii_lowercase());
        self.service == service
            && self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path_contains.as_ref().is_none_or(contains)
    }

    /// Whether it does more than wait.
    pub(crate) fn replaces(&self) -> bool {
        self.status.is_some() || self.body.is_some() || self.cut
    }
}

/// Faults that wait for their request, and the delay of each service.
#[derive(Debug, Default)]
pub struct Faults {
    waiting: Mutex<Vec<Fault>>,
    delays: Mutex<BTreeMap<Service, Duration>>,
}

impl Faults {
    /// Adds a fault. Of several that match, the oldest is used up first.
    pub fn inject(&self, fault: Fault) {
        lock(&self.waiting).push(fault);
    }

    /// Removes all faults and delays.
    pub fn clear(&self) {
        lock(&self.waiting).clear();
        lock(&self.delays).clear();
    }

    /// Faults that still have requests to hit.
    #[must_use]
    pub fn waiting(&self) -> Vec<Fault> {
        lock(&self.waiting).clone()
    }

    /// Lets every answer of a service take this much longer.
    pub fn delay(&self, service: Service, delay: Duration) {
        lock(&self.delays).insert(service, delay);
    }

    pub(crate) fn delay_of(&self, service: Service) -> Duration {
        lock(&self.delays).get(&service).copied().unwrap_or_default()
    }

    /// The fault that hits a request which comes alone.
    pub(crate) fn take(&self, service: Service, method: &str, path_and_query: &str) -> Option<Fault> {
        self.take_where(|fault| !fault.in_batch && fault.matches(service, method, path_and_query))
    }

    /// The fault that hits a request inside of a batch.
    pub(crate) fn take_item(&self, service: Service, method: &str, path_and_query: &str) -> Option<Fault> {
        self.take_where(|fault| fault.in_batch && fault.matches(service, method, path_and_query))
    }

    fn take_where(&self, matches: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut waiting = lock(&self.waiting);
        let index = waiting.iter().position(|fault| fault.times > 0 && matches(fault))?;
        let fault = waiting.get_mut(index)?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        fault.times -= 1;
        let taken = fault.clone();
        waiting.retain(|fault| fault.times > 0);
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_skips_then_hits_then_is_gone() {
        let faults = Faults::default();
        faults.inject(Fault::new(Service::Graph).method("post").path("/RoleManagement").skip(1).times(2).status(503));
        let hit = |method: &str| faults.take(Service::Graph, method, "/v1.0/roleManagement/x").is_some();
        assert!(!hit("GET"), "another method");
        assert!(!hit("POST"), "skipped");
        assert!(hit("POST") && hit("POST"));
        assert!(!hit("POST"), "used up");
        assert!(faults.waiting().is_empty());
        assert!(faults.take(Service::Arm, "POST", "/v1.0/roleManagement/x").is_none());
    }

    #[test]
    fn requests_alone_and_inside_of_batches_have_their_own_faults() {
        let faults = Faults::default();
        faults.inject(Fault::new(Service::Graph).path("/groups").in_batch().status(429));
        assert!(faults.take(Service::Graph, "GET", "/v1.0/groups").is_none());
        assert!(faults.take_item(Service::Graph, "GET", "/v1.0/groups").is_some());
        faults.inject(Fault::new(Service::Graph).path("/groups").status(429));
        assert!(faults.take_item(Service::Graph, "GET", "/v1.0/groups").is_none());
    }
}
