//! What a policy's rules demand of an activation by the user.

use serde_json::Value;

use super::Policy;

impl Policy {
    /// Reads `unifiedRoleManagementPolicyRule`s of Graph or `effectiveRules` of ARM: they share ids and members. Rules for administrators,
    /// and rules that this version does not know, are left out.
    #[must_use]
    pub fn from_rules(rules: &[Value]) -> Self {
        let mut policy = Self::default();
        for rule in rules {
            let Some(id) = rule.get("id").and_then(Value::as_str) else { continue };
            match id.to_ascii_lowercase().as_str() {
                "expiration_enduser_assignment" => policy.maximum_duration = text(rule, "maximumDuration"),
                "enablement_enduser_assignment" => {
                    let enabled = |name: &str| {
                        rule.get("enabledRules")
                            .and_then(Value::as_array)
                            .is_some_and(|rules| rules.iter().filter_map(Value::as_str).any(|rule| rule.eq_ignore_ascii_case(name)))
                    };
                    policy.justification_required = enabled("Justification");
                    policy.ticket_required = enabled("Ticketing");
                    policy.mfa_required = enabled("MultiFactorAuthentication");
                }
                "authenticationcontext_enduser_assignment" if is_true(rule.get("isEnabled")) => {
                    policy.authentication_context = text(rule, "claimValue");
                }
                "approval_enduser_assignment" => policy.approval_required = is_true(rule.pointer("/setting/isApprovalRequired")),
                _ => {}
            }
        }
        policy
    }
}

fn text(rule: &Value, name: &str) -> Option<String> {
    rule.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn is_true(value: Option<&Value>) -> bool {
    value.and_then(Value::as_bool).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_users_rules_are_read_and_the_administrators_left_out() {
        let rules = [
            json!({"id": "Expiration_Admin_Assignment", "maximumDuration": "P180D"}),
            json!({"id": "Expiration_EndUser_Assignment", "maximumDuration": "PT4H", "isExpirationRequired": true}),
            json!({"id": "Enablement_EndUser_Assignment", "enabledRules": ["Justification", "Ticketing"]}),
            json!({"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": true, "claimValue": "c1"}),
            json!({"id": "Approval_EndUser_Assignment", "setting": {"isApprovalRequired": true}}),
            json!({"id": "Notification_EndUser_Assignment"}),
            json!("nonsense"),
        ];
        let policy = Policy::from_rules(&rules);
        assert_eq!(
            policy,
            Policy {
                maximum_duration: Some("PT4H".to_owned()),
                justification_required: true,
                ticket_required: true,
                mfa_required: false,
                approval_required: true,
                authentication_context: Some("c1".to_owned()),
            }
        );
    }

    #[test]
    fn a_switched_off_context_demands_nothing() {
        for rule in [
            json!({"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": false, "claimValue": "c1"}),
            json!({"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": true, "claimValue": ""}),
            json!({"id": "AuthenticationContext_EndUser_Assignment", "claimValue": "c1"}),
        ] {
            assert_eq!(Policy::from_rules(&[rule]), Policy::default());
        }
    }
}
