//! Policies of Azure roles that an administrator has changed.

use jiff::Timestamp;
use serde_json::Value;

use super::order::duration;
use super::world::World;
use super::{Caller, Kind};
use crate::scenario::pim::Policy;

/// A policy after a change.
#[derive(Clone, Debug)]
pub struct ChangedPolicy {
    /// What it demands.
    pub policy: Policy,
    /// Its rules in the words of the service, with all that this emulator has no use for.
    pub rules: Vec<Value>,
    /// Object id of who changed it last.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Why a policy can't be changed so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BadPolicy {
    /// Multi-factor authentication and an authentication context exclude each other.
    MfaAndContext,
    /// Anything else, in words.
    Invalid(String),
}

impl World {
    /// The policy of a role at a scope if it was changed.
    #[must_use]
    pub fn changed_policy(&self, role: &str, scope: &str) -> Option<&ChangedPolicy> {
        self.changed_policies.get(&key(role, scope))
    }

    /// Changes the policy of an Azure role at a scope. `rules` are those in force; `sent` replace what they name in the rules of the same ids.
    ///
    /// # Errors
    ///
    /// [`BadPolicy`]; nothing has changed then.
    pub fn change_policy(
        &mut self,
        caller: &Caller,
        (role, scope): (&str, &str),
        mut rules: Vec<Value>,
        sent: &[Value],
        now: Timestamp,
    ) -> Result<(), BadPolicy> {
        let invalid = |problem: String| Err(BadPolicy::Invalid(problem));
        for (index, change) in sent.iter().enumerate() {
            let id = &change["id"];
            if sent[..index].iter().any(|other| other["id"] == *id) {
                return invalid(format!("the rule {id} is given twice"));
            }
            let Some(rule) = rules.iter_mut().find(|rule| rule["id"] == *id) else {
                return invalid(format!("there is no rule {id}"));
            };
            if rule["ruleType"] != change["ruleType"] {
                return invalid(format!("the rule {id} isn't a {}", change["ruleType"]));
            }
            for (name, member) in change.as_object().into_iter().flatten().filter(|(_, member)| !member.is_null()) {
                rule[name.as_str()] = member.clone();
            }
        }
        let policy = self.demands(self.policy(Kind::Resource, role, scope), &rules)?;
        self.changed_policies.insert(key(role, scope), ChangedPolicy { policy, rules, by: caller.object_id.clone(), at: now });
        Ok(())
    }

    /// What the rules demand.
    fn demands(&self, mut policy: Policy, rules: &[Value]) -> Result<Policy, BadPolicy> {
        let rule = |id: &str| rules.iter().find(|rule| rule["id"] == id).unwrap_or(&Value::Null);
        let invalid = |problem: String| BadPolicy::Invalid(problem);
        let length = |id: &str| {
            let text = rule(id)["maximumDuration"].as_str().unwrap_or_default();
            duration(text).map(|length| (text.to_owned(), length)).ok_or_else(|| invalid(format!("`{text}` is no duration in {id}")))
        };
        let (text, activation) = length("Expiration_EndUser_Assignment")?;
        if !(30..=24 * 60).contains(&activation.as_mins()) {
            return Err(invalid("an activation lasts from 30 minutes to 24 hours at most".to_owned()));
        }
        policy.maximum_duration = text;
        policy.maximum_eligible_duration = length("Expiration_Admin_Eligibility")?.0;
        policy.permanent_eligibility = rule("Expiration_Admin_Eligibility")["isExpirationRequired"] != true;

        let enabled = &rule("Enablement_EndUser_Assignment")["enabledRules"];
        let has = |name: &str| enabled.as_array().is_some_and(|names| names.iter().any(|own| own == name));
        policy.justification = has("Justification");
        policy.ticket = has("Ticketing");
        policy.mfa = has("MultiFactorAuthentication");

        let context = rule("AuthenticationContext_EndUser_Assignment");
        policy.authentication_context = None;
        if context["isEnabled"] == true {
            let id = context["claimValue"].as_str().unwrap_or_default();
            if policy.mfa {
                return Err(BadPolicy::MfaAndContext);
            }
            if !self.contexts.iter().any(|known| known.id == id) {
                return Err(invalid(format!("there is no authentication context `{id}`")));
            }
            policy.authentication_context = Some(id.to_owned());
        }

        let setting = &rule("Approval_EndUser_Assignment")["setting"];
        policy.approvers.clear();
        if setting["isApprovalRequired"] == true {
            let stages = setting["approvalStages"].as_array().into_iter().flatten();
            for approver in stages.flat_map(|stage| stage["primaryApprovers"].as_array().into_iter().flatten()) {
                let id = approver["id"].as_str().unwrap_or_default();
                let known = self.principal(id).ok_or_else(|| invalid(format!("there is no approver `{id}`")))?;
                policy.approvers.push(known.user_principal_name.clone().unwrap_or_else(|| known.display_name.clone()));
            }
            if policy.approvers.is_empty() {
                return Err(invalid("approval is required, and nobody can approve".to_owned()));
            }
        }
        Ok(policy)
    }
}

/// Role and scope as they are looked up.
pub(super) fn key(role: &str, scope: &str) -> (String, String) {
    (role.to_ascii_lowercase(), scope.to_ascii_lowercase())
}
