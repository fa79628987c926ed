//! What goes into and comes out of the engine: the same for every kind of role.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;

/// Which service manages the role.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Entra directory roles, through Microsoft Graph.
    Directory,
    /// Azure resource roles, through Azure Resource Manager.
    Resource,
}

impl Kind {
    /// The kind as a word for sentences.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Resource => "resource",
        }
    }
}

/// Which of the user's roles are meant.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Roles that the user may activate.
    Eligible,
    /// Roles that the user holds, permanently or activated.
    Active,
}

/// One eligible or active role of the user.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleEntry {
    /// Which service manages the role.
    pub kind: Kind,
    /// Eligible or active.
    pub state: State,
    /// Display name of the role; absent where the service does not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_name: Option<String>,
    /// As the service writes it: an id (directory), a full resource id (resource).
    pub role_definition_id: String,
    /// As the service writes it: `/`, `/administrativeUnits/{id}`, `/{objectId}`, or an ARM resource id with leading slash.
    pub scope: String,
    /// Display name of the scope; absent where the user may not read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_name: Option<String>,
    /// `directory`, `administrativeUnit`, another directory object's type, or ARM's `managementgroup`, `subscription`, `resourcegroup`, `resource`.
    pub scope_type: String,
    /// Object id of who holds it: the user, or a group that the user is in.
    pub principal_id: String,
    /// Display name of the principal, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_name: Option<String>,
    /// `Direct`, `Group` or `Inherited`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_type: Option<String>,
    /// Active roles: `Assigned` or `Activated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment_type: Option<String>,
    /// The schedule's status in the service's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Begin, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date_time: Option<String>,
    /// End, ISO 8601; absent means permanent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date_time: Option<String>,
    /// Id of the schedule.
    pub schedule_id: String,
    /// The service's object as it came.
    pub raw: Value,
}

/// Names one role to activate. At least one of name, role definition and schedule is needed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct RoleSelector {
    /// Display name: exact (case does not matter), else a part that fits one role only.
    pub name: Option<String>,
    /// Id of the role definition; for resource roles the full id or its GUID.
    pub role_definition_id: Option<String>,
    /// Scope id or scope name. A resource role may be activated at a scope below the eligible one.
    pub scope: Option<String>,
    /// Id of the eligibility schedule.
    pub schedule_id: Option<String>,
}

/// Ticket information for policies that demand it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Ticket {
    /// Number of the ticket.
    pub number: String,
    /// System that holds the ticket.
    pub system: String,
}

/// What to activate and how.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ActivationRequest {
    /// Which service manages the roles.
    pub kind: Kind,
    /// The roles.
    pub roles: Vec<RoleSelector>,
    /// Why the roles are needed.
    #[serde(default)]
    pub justification: Option<String>,
    /// Sent only where the policy wants it or cannot be read.
    #[serde(default)]
    pub ticket: Option<Ticket>,
    /// ISO 8601 duration of days, hours, minutes, seconds; absent means the maximum of each role's policy.
    #[serde(default)]
    pub duration: Option<String>,
    /// Shorten a duration above the policy's maximum (default), or fail that role with `DurationTooLong`.
    #[serde(default = "yes")]
    pub clamp_duration: bool,
    /// ISO 8601 begin with offset; absent means at once.
    #[serde(default)]
    pub start_date_time: Option<String>,
    /// How long to wait for provisioning, in seconds; 0 does not wait.
    #[serde(default = "sixty")]
    pub wait_seconds: u64,
    /// A role is skipped if one of these is active: by role name, or `*` for every role.
    #[serde(default)]
    pub sufficient_roles: BTreeMap<String, Vec<String>>,
    /// Roles that are active already are no candidates when a name fits several.
    #[serde(default)]
    pub exclude_active: bool,
    /// Resolve and check against policy, but write nothing.
    #[serde(default)]
    pub plan: bool,
}

fn yes() -> bool {
    true
}

fn sixty() -> u64 {
    60
}

/// How one role ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum Outcome {
    /// The role is in force.
    Activated,
    /// The role was in force before; nothing was sent or the service said so.
    AlreadyActive,
    /// Another active role suffices; nothing was sent.
    SufficientRoleActive,
    /// An approver has to decide.
    PendingApproval,
    /// The service took the request and is not finished.
    Accepted,
    /// The service took the request for a later start.
    Scheduled,
    /// Nothing was activated.
    Failed,
    /// Only planned.
    Planned,
    /// The request was sent, its answer was lost and could not be found again.
    Unconfirmed,
}

/// What a role's policy demands of an activation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_duration: Option<String>,
    /// A justification is demanded.
    pub justification_required: bool,
    /// Ticket information is demanded.
    pub ticket_required: bool,
    /// Multi-factor authentication is demanded.
    pub mfa_required: bool,
    /// An approver has to decide.
    pub approval_required: bool,
    /// Authentication context that the token must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication_context: Option<String>,
}

/// How the activation of one role ended.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivationResult {
    /// Which service manages the role.
    pub kind: Kind,
    /// Display name; for a role that was not found, what was asked for.
    pub role_name: String,
    /// Empty for a role that was not found.
    pub role_definition_id: String,
    /// Empty for a role that was not found.
    pub scope: String,
    /// Display name of the scope, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_name: Option<String>,
    /// As in a listing; empty for a role that was not found.
    pub scope_type: String,
    /// The outcome.
    pub status: Outcome,
    /// The request's status in the service's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_status: Option<String>,
    /// Id of the request at the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What the caller asked for, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_duration: Option<String>,
    /// What was (or would be) sent, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// The policy's maximum replaced the duration asked for.
    pub duration_clamped: bool,
    /// Begin, ISO 8601 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date_time: Option<String>,
    /// End, ISO 8601 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date_time: Option<String>,
    /// The authentication contexts that were demanded for this role.
    pub authentication_contexts: Vec<String>,
    /// A new sign-in or a renewed token with more in it was needed.
    pub stepped_up: bool,
    /// Absent where the policy could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// The active role that made this one unnecessary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sufficient_role: Option<String>,
    /// Why the role failed, or what is uncertain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
    /// The service's last answer as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Value>,
}

/// Counts of an activation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivationSummary {
    /// Roles in force now because of this call.
    pub activated: usize,
    /// Accepted, or waiting for approval.
    pub pending: usize,
    /// Accepted for a later start.
    pub scheduled: usize,
    /// Active already, or another role suffices.
    pub skipped: usize,
    /// Failed or unconfirmed.
    pub failed: usize,
    /// Only planned.
    pub planned: usize,
}

impl ActivationSummary {
    /// Counts one more result.
    pub fn count(&mut self, outcome: Outcome) {
        let field = match outcome {
            Outcome::Activated => &mut self.activated,
            Outcome::PendingApproval | Outcome::Accepted => &mut self.pending,
            Outcome::Scheduled => &mut self.scheduled,
            Outcome::AlreadyActive | Outcome::SufficientRoleActive => &mut self.skipped,
            Outcome::Failed | Outcome::Unconfirmed => &mut self.failed,
            Outcome::Planned => &mut self.planned,
        };
        *field += 1;
    }
}
