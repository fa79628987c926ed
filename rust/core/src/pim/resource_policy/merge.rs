//! From wanted settings to the rules that have to be sent: what is not named stays as it is.

use serde_json::{Map, Value, json};

use super::super::time::nominal_seconds;
use super::approvers::{default_setting, normal, same, set_approvers};
use super::change::ResourcePolicyChange;
use super::contradiction::{Contradiction, refuse};
use super::settings::{APPROVAL, CONTEXT, ELIGIBILITY, ENABLEMENT, ResourcePolicySettings, enables};
use crate::arm::RolePolicyProperties;
use crate::error::Result;

impl ResourcePolicyChange {
    /// The rules that have to be sent, each merged with the present one. Empty if the policy is already as it is wanted.
    ///
    /// # Errors
    /// `PolicyContradiction` with all contradictions to what stays of the present policy.
    pub(super) fn rules(&self, policy: &RolePolicyProperties) -> Result<Vec<Value>> {
        let now = ResourcePolicySettings::of(policy);
        let mut contradictions = Vec::new();
        let rules = [
            self.enablement(policy, &now),
            self.authentication_context(policy, &now, &mut contradictions),
            self.approval(policy, &now, &mut contradictions),
            self.expiration(policy, &now),
        ];
        refuse(contradictions)?;
        Ok(rules.into_iter().flatten().map(Value::Object).collect())
    }

    fn enablement(&self, policy: &RolePolicyProperties, now: &ResourcePolicySettings) -> Option<Map<String, Value>> {
        let wanted = self.require_justification.filter(|wanted| *wanted != now.require_justification)?;
        let mut rule = present(policy, ENABLEMENT);
        let mut demands = rule.get("enabledRules").and_then(Value::as_array).cloned().unwrap_or_default();
        demands.retain(|demand| !demand.as_str().is_some_and(|name| name.eq_ignore_ascii_case("Justification")));
        if wanted {
            demands.push(json!("Justification"));
        }
        rule.insert("enabledRules".to_owned(), Value::Array(demands));
        Some(rule)
    }

    fn authentication_context(
        &self,
        policy: &RolePolicyProperties,
        now: &ResourcePolicySettings,
        contradictions: &mut Vec<Contradiction>,
    ) -> Option<Map<String, Value>> {
        let required = self.require_authentication_context.or(self.context().map(|_| true))?;
        let mut rule = present(policy, CONTEXT);
        if !required {
            rule.insert("isEnabled".to_owned(), json!(false));
            return now.require_authentication_context.then_some(rule);
        }
        let kept = rule.get("claimValue").and_then(Value::as_str).filter(|id| !id.is_empty());
        let Some(id) = self.context().or_else(|| kept.map(str::to_owned)) else {
            contradictions.push(Contradiction::new(
                "an authentication context shall be needed, and neither the request nor the policy names one".to_owned(),
                "give `authenticationContextId`",
            ));
            return None;
        };
        if now.require_authentication_context && now.authentication_context_id.as_deref().is_some_and(|now| now.eq_ignore_ascii_case(&id)) {
            return None;
        }
        // The service takes only one of the two (`MfaAndAcrsConflict`).
        if policy.rule(ENABLEMENT).is_some_and(|rule| enables(rule, "MultiFactorAuthentication")) {
            contradictions.push(Contradiction::new(
                "an authentication context shall be needed, and the policy demands multi-factor authentication, which excludes it"
                    .to_owned(),
                "remove the demand for multi-factor authentication from the policy first: the context can demand it too",
            ));
        }
        rule.insert("isEnabled".to_owned(), json!(true));
        rule.insert("claimValue".to_owned(), json!(id));
        Some(rule)
    }

    fn approval(
        &self,
        policy: &RolePolicyProperties,
        now: &ResourcePolicySettings,
        contradictions: &mut Vec<Contradiction>,
    ) -> Option<Map<String, Value>> {
        if self.require_approval.is_none() && self.approver_group_ids.is_none() && self.approver_user_ids.is_none() {
            return None;
        }
        let required = self.require_approval.unwrap_or(now.require_approval);
        if self.names_approvers() && !required && self.require_approval.is_none() {
            contradictions
                .push(Contradiction::new("approvers are named, and the policy needs no approval".to_owned(), "set `requireApproval` too"));
        }
        let groups = self.approver_group_ids.as_deref().map(normal);
        let users = self.approver_user_ids.as_deref().map(normal);
        let (wanted_groups, wanted_users) =
            (groups.as_ref().unwrap_or(&now.approver_group_ids), users.as_ref().unwrap_or(&now.approver_user_ids));
        if required && wanted_groups.is_empty() && wanted_users.is_empty() {
            contradictions.push(Contradiction::new(
                "approval shall be needed, and neither the request nor the policy names an approver".to_owned(),
                "give `approverGroupIds` or `approverUserIds`",
            ));
        }
        let same_approvers = same(wanted_groups, &now.approver_group_ids) && same(wanted_users, &now.approver_user_ids);
        if required == now.require_approval && same_approvers {
            return None;
        }
        let mut rule = present(policy, APPROVAL);
        let mut setting = match rule.get_mut("setting").map(Value::take) {
            Some(Value::Object(setting)) => setting,
            _ => default_setting(),
        };
        setting.insert("isApprovalRequired".to_owned(), json!(required));
        if !same_approvers {
            set_approvers(&mut setting, wanted_groups, wanted_users);
        }
        rule.insert("setting".to_owned(), Value::Object(setting));
        Some(rule)
    }

    fn expiration(&self, policy: &RolePolicyProperties, now: &ResourcePolicySettings) -> Option<Map<String, Value>> {
        let permanent = self.allow_permanent_assignment.filter(|wanted| *wanted != now.allow_permanent_assignment);
        let is_now = |duration: &str| now.maximum_eligible_duration.as_deref().and_then(nominal_seconds) == nominal_seconds(duration);
        let maximum = self.maximum_eligible_duration.as_deref().map(str::trim).filter(|duration| !is_now(duration));
        if permanent.is_none() && maximum.is_none() {
            return None;
        }
        let mut rule = present(policy, ELIGIBILITY);
        if let Some(permanent) = permanent {
            rule.insert("isExpirationRequired".to_owned(), json!(!permanent));
        }
        if let Some(maximum) = maximum {
            rule.insert("maximumDuration".to_owned(), json!(maximum));
        }
        Some(rule)
    }
}

/// The present rule, or one as the service makes it.
fn present(policy: &RolePolicyProperties, id: &str) -> Map<String, Value> {
    if let Some(rule) = policy.rule(id) {
        return rule.clone();
    }
    let mut parts = id.split('_');
    let (kind, caller, level) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    object(json!({
        "id": id,
        "ruleType": format!("RoleManagementPolicy{kind}Rule"),
        "target": { "caller": caller, "operations": ["All"], "level": level },
    }))
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(members) = value { members } else { Map::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorCode};

    const GROUP: &str = "4b7e9c2d-8a15-4f3e-9d60-5e1c7a3b2f99";
    const USER: &str = "5e1a7c3d-9b2f-4f6a-8c4d-3a9f0b6e7d55";

    fn policy(rules: Value) -> RolePolicyProperties {
        RolePolicyProperties(object(json!({ "rules": rules })))
    }

    fn usual() -> RolePolicyProperties {
        policy(json!([
            {"id": "Expiration_Admin_Eligibility", "ruleType": "RoleManagementPolicyExpirationRule", "isExpirationRequired": true,
                "maximumDuration": "P365D", "target": {"caller": "Admin", "enforcedSettings": ["kept"]}},
            {"id": "Enablement_EndUser_Assignment", "enabledRules": ["Ticketing", "Justification"]},
            {"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": false, "claimValue": ""},
            {"id": "Approval_EndUser_Assignment", "setting": {"isApprovalRequired": true, "approvalMode": "SingleStage", "approvalStages": [
                {"approvalStageTimeOutInDays": 1, "primaryApprovers": [
                    {"id": GROUP.to_uppercase(), "description": "Ops", "isBackup": true, "userType": "Group"}
                ]}
            ]}},
            {"id": "Expiration_EndUser_Assignment", "maximumDuration": "PT8H"},
        ]))
    }

    fn change(mut request: Value) -> ResourcePolicyChange {
        request["scope"] = json!("/");
        serde_json::from_value(request).unwrap()
    }

    fn rules(request: Value, policy: &RolePolicyProperties) -> Vec<Value> {
        let change = change(request);
        change.check().unwrap();
        change.rules(policy).unwrap()
    }

    fn refused(request: Value, policy: &RolePolicyProperties) -> Error {
        let change = change(request);
        change.check().and_then(|()| change.rules(policy)).unwrap_err()
    }

    #[test]
    fn only_rules_that_become_different_are_sent_and_the_rest_of_them_stays() {
        assert_eq!(rules(json!({}), &usual()), Vec::<Value>::new());
        let sent = rules(json!({"requireJustification": false, "allowPermanentAssignment": false}), &usual());
        assert_eq!(sent, [json!({"id": "Enablement_EndUser_Assignment", "enabledRules": ["Ticketing"]})]);
        let sent = rules(json!({"allowPermanentAssignment": true, "maximumEligibleDuration": "P180D"}), &usual());
        assert_eq!(sent.len(), 1);
        assert_eq!((&sent[0]["isExpirationRequired"], &sent[0]["maximumDuration"]), (&json!(false), &json!("P180D")));
        assert_eq!(sent[0]["target"]["enforcedSettings"], json!(["kept"]));
    }

    #[test]
    fn what_is_the_case_already_is_not_sent() {
        for request in [
            json!({"requireJustification": true, "requireAuthenticationContext": false, "requireApproval": true}),
            json!({"allowPermanentAssignment": false, "maximumEligibleDuration": "P1Y"}),
            json!({"approverGroupIds": [GROUP, GROUP.to_uppercase()], "approverUserIds": []}),
        ] {
            assert_eq!(rules(request.clone(), &usual()), Vec::<Value>::new(), "{request}");
        }
    }

    #[test]
    fn a_context_is_switched_on_by_its_name_and_off_without_losing_it() {
        let on = rules(json!({"authenticationContextId": "c1"}), &usual());
        assert_eq!((&on[0]["isEnabled"], &on[0]["claimValue"]), (&json!(true), &json!("c1")));
        let with_c1 = policy(json!([on[0]]));
        let off = rules(json!({"requireAuthenticationContext": false}), &with_c1);
        assert_eq!((&off[0]["isEnabled"], &off[0]["claimValue"]), (&json!(false), &json!("c1")));
        let again = rules(json!({"requireAuthenticationContext": true}), &policy(json!([off[0]])));
        assert_eq!(again[0]["claimValue"], "c1");
        assert_eq!(rules(json!({"requireAuthenticationContext": true}), &with_c1), Vec::<Value>::new());
    }

    #[test]
    fn a_missing_context_is_an_empty_one() {
        let settings = |context: Value| {
            let rule = json!({"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": false, "claimValue": context});
            ResourcePolicySettings::of(&policy(json!([rule])))
        };
        assert_eq!(settings(Value::Null), settings(json!("")));
        assert_eq!(settings(Value::Null), ResourcePolicySettings::of(&policy(json!([]))));
    }

    #[test]
    fn contradictions_are_refused_all_at_once() {
        let mfa = policy(json!([{"id": "Enablement_EndUser_Assignment", "enabledRules": ["MultiFactorAuthentication"]}]));
        for (request, policy, part) in [
            (json!({"requireAuthenticationContext": true}), &usual(), "neither the request nor the policy names one"),
            (json!({"authenticationContextId": "c1"}), &mfa, "multi-factor authentication, which excludes it"),
            (json!({"requireApproval": true}), &mfa, "names an approver"),
            (json!({"approverGroupIds": []}), &usual(), "names an approver"),
            (json!({"approverUserIds": [USER]}), &mfa, "the policy needs no approval"),
            (json!({"requireAuthenticationContext": false, "authenticationContextId": "c1"}), &usual(), "none shall be needed"),
            (json!({"requireApproval": false, "approverUserIds": [USER]}), &usual(), "no approval shall be needed"),
        ] {
            let error = refused(request.clone(), policy);
            assert_eq!(error.code, ErrorCode::PolicyContradiction, "{request}");
            assert!(error.message.contains(part), "{request}: {}", error.message);
        }
        let both = refused(json!({"requireAuthenticationContext": true, "requireApproval": true}), &policy(json!([])));
        assert_eq!(both.message.matches("neither the request nor the policy").count(), 2);
    }

    #[test]
    fn a_contradiction_in_the_present_policy_is_not_the_callers_matter() {
        let both = policy(json!([
            {"id": "Enablement_EndUser_Assignment", "enabledRules": ["MultiFactorAuthentication"]},
            {"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": true, "claimValue": "c1"},
        ]));
        assert_eq!(rules(json!({"requireJustification": true}), &both).len(), 1);
    }

    #[test]
    fn approvers_are_replaced_by_kind_and_those_who_stay_keep_what_is_said_of_them() {
        let sent = rules(json!({"approverUserIds": [USER]}), &usual());
        let stage = &sent[0]["setting"]["approvalStages"][0];
        assert_eq!(stage["approvalStageTimeOutInDays"], 1);
        assert_eq!(
            stage["primaryApprovers"],
            json!([
                {"id": GROUP.to_uppercase(), "description": "Ops", "isBackup": true, "userType": "Group"},
                {"id": USER, "description": "", "isBackup": false, "userType": "User"},
            ])
        );
        assert_eq!(sent[0]["setting"]["approvalMode"], "SingleStage");
        let off = rules(json!({"requireApproval": false}), &usual());
        assert_eq!(off[0]["setting"]["approvalStages"][0]["primaryApprovers"][0]["description"], "Ops");
    }

    #[test]
    fn rules_that_are_missing_or_broken_are_made_as_the_service_makes_them() {
        for policy in [policy(json!([])), policy(json!([{"id": "Approval_EndUser_Assignment", "setting": 7}, null, "x"]))] {
            let sent = rules(
                json!({"requireApproval": true, "approverGroupIds": [GROUP], "allowPermanentAssignment": false, "authenticationContextId": "c2"}),
                &policy,
            );
            assert_eq!(sent.len(), 3);
            let approval = sent.iter().find(|rule| rule["id"] == "Approval_EndUser_Assignment").unwrap();
            assert_eq!(approval["setting"]["approvalStages"][0]["primaryApprovers"][0]["id"], GROUP);
            let context = sent.iter().find(|rule| rule["id"] == "AuthenticationContext_EndUser_Assignment").unwrap();
            assert_eq!(context["ruleType"], "RoleManagementPolicyAuthenticationContextRule");
            assert_eq!(context["target"], json!({"caller": "EndUser", "operations": ["All"], "level": "Assignment"}));
        }
        let stages =
            policy(json!([{"id": "Approval_EndUser_Assignment", "setting": {"isApprovalRequired": true, "approvalStages": [3, {}]}}]));
        let sent = rules(json!({"approverUserIds": [USER]}), &stages);
        assert_eq!(
            sent[0]["setting"]["approvalStages"],
            json!([{"primaryApprovers": [
                {"id": USER, "description": "", "isBackup": false, "userType": "User"}
            ]}])
        );
    }
}
