//! Objects of `Microsoft.Authorization` 2020-10-01. Read leniently, sent exactly as the service's schema allows.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `RoleEligibilitySchedule`, `RoleAssignmentSchedule` and their instances.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoleSchedule {
    /// Full resource id.
    pub id: Option<String>,
    /// Last part of the id; of an instance it is not the schedule's.
    pub name: Option<String>,
    /// Its content.
    pub properties: ScheduleProperties,
}

/// Content of a schedule or instance.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ScheduleProperties {
    /// Resource id with leading slash.
    pub scope: Option<String>,
    /// Full id; its prefix depends on the scope of the row.
    pub role_definition_id: Option<String>,
    /// Who holds it: the user or a group.
    pub principal_id: Option<String>,
    /// `User`, `Group`, `ServicePrincipal`.
    pub principal_type: Option<String>,
    /// `Direct`, `Group`, `Inherited`.
    pub member_type: Option<String>,
    /// `Assigned`, `Activated`.
    pub assignment_type: Option<String>,
    /// Status of a schedule or of the request behind an instance.
    pub status: Option<String>,
    /// Begin.
    pub start_date_time: Option<String>,
    /// End; absent means permanent.
    pub end_date_time: Option<String>,
    /// When it was made.
    pub created_on: Option<String>,
    /// When it was changed last.
    pub updated_on: Option<String>,
    /// Full id of the schedule behind an eligibility instance; it goes into an activation as it is.
    pub role_eligibility_schedule_id: Option<String>,
    /// Full id of the schedule behind an assignment instance.
    pub role_assignment_schedule_id: Option<String>,
    /// Condition of the assignment.
    pub condition: Option<String>,
    /// Version of the condition's language.
    pub condition_version: Option<String>,
    /// Names.
    pub expanded_properties: Option<ExpandedProperties>,
}

/// Names of what a row refers to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExpandedProperties {
    /// The scope.
    pub scope: Option<Expanded>,
    /// The role definition.
    pub role_definition: Option<Expanded>,
    /// The principal.
    pub principal: Option<Expanded>,
}

/// One name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Expanded {
    /// The id: of a role definition or a scope the full one.
    pub id: Option<String>,
    /// The name.
    pub display_name: Option<String>,
    /// Mail address of a principal.
    pub email: Option<String>,
    /// The type, in lower case.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// Body of a self-activation.
#[derive(Clone, Debug, Serialize)]
pub struct ActivationBody<'a> {
    /// Its content.
    pub properties: ActivationProperties<'a>,
}

/// `RoleAssignmentScheduleRequestProperties` of a self-activation.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivationProperties<'a> {
    /// The user's own object id, also for an eligibility that comes through a group.
    pub principal_id: &'a str,
    /// Full id, as in the eligibility.
    pub role_definition_id: &'a str,
    /// `SelfActivate`.
    pub request_type: &'static str,
    /// As in the eligibility, unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_role_eligibility_schedule_id: Option<&'a str>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<&'a str>,
    /// The ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_info: Option<TicketInfo<'a>>,
    /// When and for how long.
    pub schedule_info: ScheduleInfo<'a>,
    /// As in the eligibility.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<&'a str>,
    /// As in the eligibility.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_version: Option<&'a str>,
}

/// Begin and end.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleInfo<'a> {
    /// Begin; absent means now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date_time: Option<&'a str>,
    /// End.
    pub expiration: Expiration<'a>,
}

/// End of a schedule.
#[derive(Clone, Debug, Serialize)]
pub struct Expiration<'a> {
    /// `AfterDuration`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// ISO 8601.
    pub duration: &'a str,
}

/// The ticket.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketInfo<'a> {
    /// Number of the ticket.
    pub ticket_number: &'a str,
    /// System that holds the ticket.
    pub ticket_system: &'a str,
}

/// Body of an administrator's order that makes somebody eligible.
#[derive(Clone, Debug, Serialize)]
pub struct AssignmentBody<'a> {
    /// Its content.
    pub properties: AssignmentProperties<'a>,
}

/// `RoleEligibilityScheduleRequestProperties` of an assignment by an administrator.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentProperties<'a> {
    /// Who becomes eligible.
    pub principal_id: &'a str,
    /// Full id.
    pub role_definition_id: &'a str,
    /// `AdminAssign`.
    pub request_type: &'static str,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<&'a str>,
    /// From when, and for how long.
    pub schedule_info: AssignmentSchedule<'a>,
}

/// Begin and end of an eligibility.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentSchedule<'a> {
    /// Begin.
    pub start_date_time: &'a str,
    /// End.
    pub expiration: AssignmentExpiration<'a>,
}

/// End of an eligibility.
#[derive(Clone, Debug, Serialize)]
pub struct AssignmentExpiration<'a> {
    /// `AfterDuration` or `NoExpiration`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// ISO 8601; only with `AfterDuration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<&'a str>,
}

/// `RoleDefinition`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoleDefinition {
    /// Full id, as policies and assignments name the role at the scope.
    pub id: Option<String>,
    /// The GUID.
    pub name: Option<String>,
    /// Its content.
    pub properties: RoleDefinitionProperties,
}

/// Content of a role definition.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleDefinitionProperties {
    /// The name.
    pub role_name: Option<String>,
    /// What the role allows.
    pub description: Option<String>,
}

/// `RoleManagementPolicy`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RolePolicy {
    /// Full id.
    pub id: Option<String>,
    /// Last part of the id.
    pub name: Option<String>,
    /// Its content.
    pub properties: RolePolicyProperties,
}

/// Content of a policy as the service sends it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct RolePolicyProperties(pub Map<String, Value>);

impl RolePolicyProperties {
    /// A rule by its id: the policy's own, or the one that is in force where the policy has none.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Map<String, Value>> {
        let is = |rule: &&Map<String, Value>| rule.get("id").and_then(Value::as_str).is_some_and(|found| found.eq_ignore_ascii_case(id));
        let list = |name: &str| self.0.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
        list("rules").find(is).or_else(|| list("effectiveRules").find(is))
    }

    /// A text of the policy.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}
