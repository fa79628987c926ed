//! What a kind of role has to offer so that the one flow can work with it.

use std::collections::HashMap;
use std::future::Future;

use serde_json::Value;
use uuid::Uuid;

use super::role::{Assignment, Eligibility};
use super::{Kind, Ticket};
use crate::arm::Scope;
use crate::auth::Resource;
use crate::call::WriteId;
use crate::claims::ClaimsRequest;
use crate::error::Result;
use crate::http::{Failure, Response};

/// A service that manages roles.
pub(super) trait Provider: Sync {
    const KIND: Kind;
    /// The token's resource.
    const RESOURCE: Resource;
    /// Whether a role may be activated at a scope below the eligible one.
    const NARROW: bool;
    /// Whether an order carries its own identity, so that sending it again cannot make a second one.
    const REPEATABLE: bool;

    /// What the user may activate.
    fn eligibilities(&self) -> impl Future<Output = Result<Vec<Eligibility>>> + Send;

    /// What the user holds, where one list tells it for all scopes.
    fn assignments(&self) -> impl Future<Output = Result<Option<Vec<Assignment>>>> + Send;

    /// What the user holds at some scopes, where only lists of a scope are dependable.
    fn assignments_at(&self, scopes: &[String]) -> impl Future<Output = Result<Vec<Assignment>>> + Send;

    /// Names of scopes, by scope. Those that cannot be told are missing.
    fn scope_names(&self, scopes: &[String]) -> impl Future<Output = HashMap<String, String>> + Send;

    /// Whether a scope lies below another where their paths do not tell it.
    fn is_below(&self, inner: &Scope, outer: &str) -> impl Future<Output = Result<bool>> + Send;

    /// The rules of the policy. None if the service has none for the role.
    fn policy_rules(&self, role: &Eligibility) -> impl Future<Output = Result<Option<Vec<Value>>>> + Send;

    /// Sends an order.
    fn submit(&self, order: &Order, claims: Option<ClaimsRequest>) -> impl Future<Output = Result<Response, Failure>> + Send;

    /// The request that an order made, if the service knows it. For an answer that was lost.
    fn look_up(&self, order: &Order) -> impl Future<Output = Result<Option<Value>>> + Send;

    /// An undecided request for the same role and scope.
    fn undecided(&self, order: &Order) -> impl Future<Output = Result<Option<Value>>> + Send;

    /// The request of an order as it stands.
    fn state(&self, order: &Order, request_id: &str) -> impl Future<Output = Result<Value>> + Send;

    /// The claims that ask for multi-factor authentication where the policy demands it and the refusal names no claims.
    fn mfa_claims() -> ClaimsRequest;
}

/// One activation, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub role: Eligibility,
    /// The user's own object id.
    pub principal_id: String,
    pub justification: Option<String>,
    pub ticket: Option<Ticket>,
    /// UTC; absent means at once.
    pub start: Option<String>,
    pub duration: String,
    /// Identity of the order, where the service lets the client choose it.
    pub id: Uuid,
    pub write: WriteId,
    pub placed: jiff::Timestamp,
}

/// A schedule request of either service.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Receipt {
    pub id: String,
    pub status: String,
    pub start: Option<jiff::Timestamp>,
    pub end: Option<jiff::Timestamp>,
    pub raw: Value,
}

/// What a status means for an activation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    InForce,
    Scheduled,
    NeedsApproval,
    Underway,
    Ended,
}

impl Receipt {
    /// Reads Graph's object, or ARM's with its `properties`. None if it has no id or status.
    pub(super) fn read(raw: Value) -> Option<Self> {
        let content = raw.get("properties").filter(|content| content.is_object()).unwrap_or(&raw);
        let text = |pointer: &str| content.pointer(pointer).and_then(Value::as_str);
        let id = raw.get("name").and_then(Value::as_str).or_else(|| raw.get("id").and_then(Value::as_str))?;
        let status = text("/status")?;
        let start =
            super::time::lenient(text("/scheduleInfo/startDateTime").or_else(|| text("/createdDateTime")).or_else(|| text("/createdOn")));
        let end = super::time::lenient(text("/scheduleInfo/expiration/endDateTime"))
            .or_else(|| super::time::end(start?, text("/scheduleInfo/expiration/duration")?));
        Some(Self { id: id.to_owned(), status: status.to_owned(), start, end, raw })
    }

    /// Where the request stands. The list of statuses is open: an unknown one means that the service is not finished.
    pub(super) fn stage(&self, starts_later: bool) -> Stage {
        match self.status.to_ascii_lowercase().as_str() {
            "provisioned" | "granted" | "schedulecreated" if starts_later => Stage::Scheduled,
            "provisioned" => Stage::InForce,
            "pendingapproval" | "pendingadmindecision" => Stage::NeedsApproval,
            // `Revoked` ends an activation: somebody took it away.
            "denied"
            | "admindenied"
            | "failed"
            | "failedasresourceislocked"
            | "canceled"
            | "revoked"
            | "timedout"
            | "invalid"
            | "expired" => Stage::Ended,
            _ => Stage::Underway,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_services_answers_are_read() {
        let graph = json!({"id": "g", "status": "Provisioned", "createdDateTime": "2026-01-01T07:00:00Z",
            "scheduleInfo": {"startDateTime": "2026-01-01T08:00:00Z", "expiration": {"type": "afterDuration", "duration": "PT8H", "endDateTime": null}}});
        let arm = json!({"id": "/full/id", "name": "g", "properties": {"status": "Provisioned",
            "scheduleInfo": {"startDateTime": "2026-01-01T08:00:00Z", "expiration": {"endDateTime": "2026-01-01T16:00:00Z"}}}});
        for raw in [graph, arm] {
            let receipt = Receipt::read(raw).unwrap();
            assert_eq!((receipt.id.as_str(), receipt.status.as_str()), ("g", "Provisioned"));
            assert_eq!(receipt.end.unwrap().to_string(), "2026-01-01T16:00:00Z");
        }
        for bad in [
            json!({}),
            json!({"id": "g"}),
            json!({"id": 1, "status": "x"}),
            json!({"name": "g", "properties": {"status": null}}),
            json!(null),
        ] {
            assert_eq!(Receipt::read(bad), None);
        }
    }

    #[test]
    fn an_unknown_status_is_not_the_end() {
        let stage = |status: &str, later| {
            Receipt { id: String::new(), status: status.to_owned(), start: None, end: None, raw: Value::Null }.stage(later)
        };
        assert_eq!(stage("Provisioned", false), Stage::InForce);
        assert_eq!(stage("Granted", true), Stage::Scheduled);
        assert_eq!(stage("Granted", false), Stage::Underway);
        assert_eq!(stage("PendingApproval", true), Stage::NeedsApproval);
        assert_eq!(stage("FailedAsResourceIsLocked", false), Stage::Ended);
        assert_eq!(stage("SomethingNew", false), Stage::Underway);
    }
}
