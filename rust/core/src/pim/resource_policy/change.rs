//! What a caller wants of a policy, and what is wrong in that by itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::time::eligible;
use super::contradiction::{Contradiction, refuse};
use crate::error::{Error, ErrorCode, Result};
use crate::http::shown;

/// Longest eligibility that a policy can name.
const LONGEST: i64 = 366 * 86_400;

/// What to change in the policy of an Azure role. A setting that is absent stays as it is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ResourcePolicyChange {
    /// Resource id of the scope, with or without slash at either end.
    pub scope: String,
    /// Name of the role; either this or `roleId`.
    pub role_name: Option<String>,
    /// GUID or full id of the role definition.
    pub role_id: Option<String>,
    /// An activation needs a justification.
    pub require_justification: Option<bool>,
    /// An activation needs an authentication context. Without it, naming a context means that it is needed.
    pub require_authentication_context: Option<bool>,
    /// The context, for example `c1`.
    pub authentication_context_id: Option<String>,
    /// Somebody has to approve an activation.
    pub require_approval: Option<bool>,
    /// Object ids of the groups whose members approve: all of them, an empty list for none.
    pub approver_group_ids: Option<Vec<String>>,
    /// Object ids of the users who approve: all of them, an empty list for none.
    pub approver_user_ids: Option<Vec<String>>,
    /// An eligibility may have no end.
    pub allow_permanent_assignment: Option<bool>,
    /// Longest eligibility that has an end, an ISO 8601 duration.
    pub maximum_eligible_duration: Option<String>,
    /// Say what would change, and change nothing.
    #[serde(default)]
    pub plan: bool,
}

impl ResourcePolicyChange {
    /// The context that is named.
    pub(super) fn context(&self) -> Option<String> {
        self.authentication_context_id.as_deref().map(|id| id.trim().to_lowercase()).filter(|id| !id.is_empty())
    }

    /// Refuses what is wrong whatever the present policy is. All of it is told at once.
    ///
    /// # Errors
    /// `InvalidRequest`, `DurationInvalid`, `PolicyContradiction`.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(id) = self.context().filter(|id| !is_context(id)) {
            return Err(Error::new(ErrorCode::InvalidRequest, format!("`{}` is no id of an authentication context", shown(&id, 100)))
                .hint("give an id from `c1` to `c99`")
                .target("authenticationContextId"));
        }
        for (field, ids) in [("approverGroupIds", &self.approver_group_ids), ("approverUserIds", &self.approver_user_ids)] {
            if let Some(id) = ids.iter().flatten().find(|id| Uuid::parse_str(id.trim()).is_err()) {
                return Err(Error::new(ErrorCode::InvalidRequest, format!("`{}` is no object id", shown(id, 100)))
                    .hint("give the GUIDs of the approvers")
                    .target(field));
            }
        }
        if let Some(duration) = &self.maximum_eligible_duration
            && eligible(duration.trim(), "maximumEligibleDuration")? > LONGEST
        {
            let message = format!("`{}` is longer than the year that a policy can allow", shown(duration, 100));
            return Err(Error::new(ErrorCode::DurationInvalid, message).hint("give `P365D` or less").target("maximumEligibleDuration"));
        }
        let mut contradictions = Vec::new();
        if let (Some(false), Some(id)) = (self.require_authentication_context, self.context()) {
            contradictions
                .push(Contradiction::new(format!("the context `{id}` is named, and none shall be needed"), "leave one of the two out"));
        }
        if self.require_approval == Some(false) && self.names_approvers() {
            contradictions
                .push(Contradiction::new("approvers are named, and no approval shall be needed".to_owned(), "leave one of the two out"));
        }
        refuse(contradictions)
    }

    pub(super) fn names_approvers(&self) -> bool {
        [&self.approver_group_ids, &self.approver_user_ids].into_iter().flatten().any(|ids| !ids.is_empty())
    }
}

/// `c1` to `c99`: what the service offers.
fn is_context(id: &str) -> bool {
    id.strip_prefix('c').is_some_and(|number| {
        (1..=2).contains(&number.len()) && !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn change(mut request: Value) -> ResourcePolicyChange {
        request["scope"] = json!("/");
        serde_json::from_value(request).unwrap()
    }

    #[test]
    fn values_are_checked_before_anything_else() {
        for (request, code, target) in [
            (json!({"authenticationContextId": "c0"}), ErrorCode::InvalidRequest, "authenticationContextId"),
            (json!({"authenticationContextId": "c100"}), ErrorCode::InvalidRequest, "authenticationContextId"),
            (json!({"authenticationContextId": "c+1"}), ErrorCode::InvalidRequest, "authenticationContextId"),
            (json!({"authenticationContextId": "passkey"}), ErrorCode::InvalidRequest, "authenticationContextId"),
            (json!({"approverGroupIds": ["Operators"]}), ErrorCode::InvalidRequest, "approverGroupIds"),
            (json!({"approverUserIds": [""]}), ErrorCode::InvalidRequest, "approverUserIds"),
            (json!({"maximumEligibleDuration": "a year"}), ErrorCode::DurationInvalid, "maximumEligibleDuration"),
            (json!({"maximumEligibleDuration": "P2Y"}), ErrorCode::DurationInvalid, "maximumEligibleDuration"),
        ] {
            let error = change(request.clone()).check().unwrap_err();
            assert_eq!((error.code, error.target.as_deref()), (code, Some(target)), "{request}");
        }
        change(json!({"authenticationContextId": "c99", "maximumEligibleDuration": "P1Y"})).check().unwrap();
    }
}
