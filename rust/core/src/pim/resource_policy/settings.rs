//! What can be set in the policy of an Azure role, read from its rules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::arm::RolePolicyProperties;

pub(super) const ENABLEMENT: &str = "Enablement_EndUser_Assignment";
pub(super) const CONTEXT: &str = "AuthenticationContext_EndUser_Assignment";
pub(super) const APPROVAL: &str = "Approval_EndUser_Assignment";
pub(super) const ELIGIBILITY: &str = "Expiration_Admin_Eligibility";

/// What can be set in the policy of an Azure role.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourcePolicySettings {
    /// An activation needs a justification.
    pub require_justification: bool,
    /// An activation needs an authentication context.
    pub require_authentication_context: bool,
    /// The context, for example `c1`; null where none is needed.
    pub authentication_context_id: Option<String>,
    /// Somebody has to approve an activation.
    pub require_approval: bool,
    /// Object ids of the groups whose members approve.
    pub approver_group_ids: Vec<String>,
    /// Object ids of the users who approve.
    pub approver_user_ids: Vec<String>,
    /// An eligibility may have no end.
    pub allow_permanent_assignment: bool,
    /// Longest eligibility that has an end, an ISO 8601 duration.
    pub maximum_eligible_duration: Option<String>,
}

/// One setting that changes.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Name of the setting, as in `before` and `after`.
    pub name: String,
    /// Its value before.
    pub old: Value,
    /// Its value after.
    pub new: Value,
}

impl ResourcePolicySettings {
    /// Reads the rules of a policy.
    #[must_use]
    pub fn of(policy: &RolePolicyProperties) -> Self {
        let flag = |rule: &str, path: &str| policy.rule(rule).and_then(|rule| member(rule, path)).and_then(Value::as_bool);
        let text = |rule: &str, name: &str| {
            let text = policy.rule(rule).and_then(|rule| rule.get(name)).and_then(Value::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let required = flag(CONTEXT, "isEnabled").unwrap_or_default();
        let approval = policy.rule(APPROVAL);
        Self {
            require_justification: policy.rule(ENABLEMENT).is_some_and(|rule| enables(rule, "Justification")),
            require_authentication_context: required,
            authentication_context_id: text(CONTEXT, "claimValue").filter(|_| required),
            require_approval: flag(APPROVAL, "setting/isApprovalRequired").unwrap_or_default(),
            approver_group_ids: approver_ids(approval, "Group"),
            approver_user_ids: approver_ids(approval, "User"),
            allow_permanent_assignment: !flag(ELIGIBILITY, "isExpirationRequired").unwrap_or_default(),
            maximum_eligible_duration: text(ELIGIBILITY, "maximumDuration"),
        }
    }

    /// What is different in `after`, in the order of the fields.
    #[must_use]
    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let members = |settings: &Self| match serde_json::to_value(settings) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        };
        let mut news = members(after);
        let pairs = members(self).into_iter().map(|(name, old)| (news.remove(&name).unwrap_or_default(), name, old));
        pairs.filter(|(new, _, old)| new != old).map(|(new, name, old)| Difference { name, old, new }).collect()
    }
}

/// Whether an enablement rule names a demand.
pub(super) fn enables(rule: &Map<String, Value>, demand: &str) -> bool {
    let named = rule.get("enabledRules").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    named.into_iter().any(|name| name.eq_ignore_ascii_case(demand))
}

/// Whether an approver is of a kind: `Group` or `User`.
pub(super) fn is_kind(approver: &Value, kind: &str) -> bool {
    approver.get("userType").and_then(Value::as_str).is_some_and(|found| found.eq_ignore_ascii_case(kind))
}

fn member<'a>(rule: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('/');
    let first = rule.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

fn approver_ids(rule: Option<&Map<String, Value>>, kind: &str) -> Vec<String> {
    let stages = rule.and_then(|rule| member(rule, "setting/approvalStages")).and_then(Value::as_array).into_iter().flatten();
    let approvers = stages.filter_map(|stage| stage.get("primaryApprovers")?.as_array()).flatten();
    approvers.filter(|approver| is_kind(approver, kind)).filter_map(|approver| approver.get("id")?.as_str()).map(str::to_owned).collect()
}
