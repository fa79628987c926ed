//! Objects of Microsoft Graph v1.0. What is read is read leniently: any member may be missing, unknown ones are ignored. What is sent is
//! exactly what the service's schema (`unifiedRoleAssignmentScheduleRequest`) allows.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `unifiedRoleEligibilitySchedule`, `unifiedRoleAssignmentSchedule` and their instances.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleSchedule {
    /// Id of this object.
    pub id: Option<String>,
    /// Who holds it: the user or a group.
    pub principal_id: Option<String>,
    /// The role.
    pub role_definition_id: Option<String>,
    /// `/`, `/administrativeUnits/{id}` or `/{objectId}`.
    pub directory_scope_id: Option<String>,
    /// Scope within an application, instead of a directory scope.
    pub app_scope_id: Option<String>,
    /// `Direct`, `Group`, `Inherited`.
    pub member_type: Option<String>,
    /// `Assigned`, `Activated`.
    pub assignment_type: Option<String>,
    /// Status of a schedule.
    pub status: Option<String>,
    /// Begin of an instance.
    pub start_date_time: Option<String>,
    /// End of an instance.
    pub end_date_time: Option<String>,
    /// Begin and end of a schedule.
    pub schedule_info: Option<ScheduleInfo>,
    /// The schedule behind an eligibility instance.
    pub role_eligibility_schedule_id: Option<String>,
    /// The schedule behind an assignment instance.
    pub role_assignment_schedule_id: Option<String>,
}

/// `requestSchedule`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ScheduleInfo {
    /// Begin; absent means now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date_time: Option<String>,
    /// End.
    pub expiration: Expiration,
}

/// `expirationPattern`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Expiration {
    /// `afterDuration`, `afterDateTime`, `noExpiration`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date_time: Option<String>,
}

/// `ticketInfo`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketInfo<'a> {
    /// Number of the ticket.
    pub ticket_number: &'a str,
    /// System that holds the ticket.
    pub ticket_system: &'a str,
}

/// `unifiedRoleAssignmentScheduleRequest` of a self-activation.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivationBody<'a> {
    /// `selfActivate`.
    pub action: &'static str,
    /// The user's own object id, also for an eligibility that comes through a group.
    pub principal_id: &'a str,
    /// The role.
    pub role_definition_id: &'a str,
    /// As in the eligibility; exactly one of this and `app_scope_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory_scope_id: Option<&'a str>,
    /// As in the eligibility.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_scope_id: Option<&'a str>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<&'a str>,
    /// When and for how long.
    pub schedule_info: ScheduleInfo,
    /// The ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_info: Option<TicketInfo<'a>>,
}

/// `unifiedRoleDefinition`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleDefinition {
    /// Its id; of built-in roles it equals the template's.
    pub id: Option<String>,
    /// Its name.
    pub display_name: Option<String>,
    /// Id of the template.
    pub template_id: Option<String>,
}

/// A role's policy, as `unifiedRoleManagementPolicyAssignment` names it.
#[derive(Clone, Debug)]
pub struct RolePolicy {
    /// Id of the policy.
    pub id: String,
    /// Its rules as the service sends them.
    pub rules: Vec<Value>,
}

impl RolePolicy {
    /// Reads an assignment with its policy and the policy's rules expanded. None if it has no rules.
    #[must_use]
    pub fn read(mut assignment: Value) -> Option<Self> {
        let Some(Value::Array(rules)) = assignment.pointer_mut("/policy/rules").map(Value::take) else { return None };
        let id = assignment.get("policyId").or_else(|| assignment.pointer("/policy/id")).and_then(Value::as_str);
        Some(Self { id: id.unwrap_or_default().to_owned(), rules })
    }
}

/// `directoryObject` of any type.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DirectoryObject {
    /// Its id.
    pub id: Option<String>,
    /// Its name.
    pub display_name: Option<String>,
    /// For example `#microsoft.graph.administrativeUnit`.
    #[serde(rename = "@odata.type")]
    pub odata_type: Option<String>,
}

/// `authenticationContextClassReference`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuthenticationContext {
    /// For example `c1`.
    pub id: Option<String>,
    /// Its name.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is published to applications.
    pub is_available: Option<bool>,
}
