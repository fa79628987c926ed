//! Policies of Azure roles, in the form of Azure Resource Manager.

use serde_json::{Value, json};

use super::wire::{AUTHORIZATION, resource, role_definition_id, role_type, scope_type};
use crate::exchange::stamp;
use crate::graph::policy::enabled_rules;
use crate::pim::Kind;
use crate::pim::world::{World, derived_id};
use crate::scenario::pim::{ResourceRole, ResourceScope};

/// `RoleManagementPolicyAssignment` with the rules in force.
pub(super) fn policy_assignment(role: &ResourceRole, scope: &ResourceScope, world: &World) -> Value {
    let policy = policy_name(role, scope);
    let name = format!("{policy}_{}", role.id);
    let policy_id = format!("{}{AUTHORIZATION}/roleManagementPolicies/{policy}", scope.id);
    let definition = role_definition_id(&role.id, &scope.id);
    let properties = json!({
        "scope": scope.id,
        "roleDefinitionId": definition,
        "policyId": policy_id,
        "effectiveRules": rules(role, &scope.id, world),
        "policyAssignmentProperties": {
            "scope": { "id": scope.id, "displayName": scope.display_name, "type": scope_type(&scope.id) },
            "roleDefinition": { "id": definition, "displayName": role.display_name, "type": role_type(role) },
            "policy": {
                "id": policy_id,
                "lastModifiedBy": modified_by(role, scope, world),
                "lastModifiedDateTime": world.changed_policy(&role.id, &scope.id).map(|changed| stamp(changed.at)),
            },
        },
    });
    resource(&scope.id, "roleManagementPolicyAssignments", &name, properties)
}

/// The name of a role's policy at a scope.
pub(super) fn policy_name(role: &ResourceRole, scope: &ResourceScope) -> String {
    derived_id(&["policy", &scope.id, &role.id])
}

/// `RoleManagementPolicy`. Nothing is inherited, so the rules in force are the policy's own.
pub(super) fn policy(role: &ResourceRole, scope: &ResourceScope, world: &World) -> Value {
    let rules = rules(role, &scope.id, world);
    let properties = json!({
        "scope": scope.id,
        "isOrganizationDefault": false,
        "lastModifiedBy": modified_by(role, scope, world),
        "lastModifiedDateTime": world.changed_policy(&role.id, &scope.id).map(|changed| stamp(changed.at)),
        "rules": rules,
        "effectiveRules": rules,
        "policyProperties": { "scope": { "id": scope.id, "displayName": scope.display_name, "type": scope_type(&scope.id) } },
    });
    resource(&scope.id, "roleManagementPolicies", &policy_name(role, scope), properties)
}

fn modified_by(role: &ResourceRole, scope: &ResourceScope, world: &World) -> Value {
    let by = world.changed_policy(&role.id, &scope.id).and_then(|changed| world.principal(&changed.by));
    json!({
        "id": by.map(|by| by.id.as_str()),
        "displayName": by.map_or("", |by| by.display_name.as_str()),
        "type": by.map(|by| by.type_name()),
        "email": by.and_then(|by| by.user_principal_name.as_deref()),
    })
}

/// The rules of a role's policy at a scope.
pub(super) fn rules(role: &ResourceRole, scope: &str, world: &World) -> Vec<Value> {
    if let Some(changed) = world.changed_policy(&role.id, scope) {
        return changed.rules.clone();
    }
    let policy = world.policy(Kind::Resource, &role.id, scope);
    let approvers = policy.approvers.iter().filter_map(|name| world.principal_named(name));
    let approvers: Vec<_> = approvers
        .map(|approver| {
            json!({ "id": approver.id, "description": approver.display_name, "isBackup": false, "userType": approver.type_name() })
        })
        .collect();
    let mut rules = Vec::new();
    for (caller, level) in [("Admin", "Eligibility"), ("Admin", "Assignment"), ("EndUser", "Assignment")] {
        let end_user = caller == "EndUser";
        let (required, maximum) = match (caller, level) {
            ("EndUser", _) => (true, policy.maximum_duration.as_str()),
            (_, "Eligibility") => (!policy.permanent_eligibility, policy.maximum_eligible_duration.as_str()),
            _ => (false, "P365D"),
        };
        let enabled = if end_user { enabled_rules(&policy) } else { Vec::new() };
        let mut add = |kind: &str, id: &str, own: Value| rules.push(rule(kind, id, caller, level, own));
        add("Enablement", "Enablement", json!({ "enabledRules": enabled }));
        add("Expiration", "Expiration", json!({ "isExpirationRequired": required, "maximumDuration": maximum }));
        for recipient in ["Admin", "Requestor", "Approver"] {
            let own = json!({
                "notificationType": "Email",
                "recipientType": recipient,
                "isDefaultRecipientsEnabled": true,
                "notificationLevel": "All",
                "notificationRecipients": null,
            });
            add("Notification", &format!("Notification_{recipient}"), own);
        }
        if end_user {
            let context = policy.authentication_context.as_deref();
            let own = json!({ "isEnabled": context.is_some(), "claimValue": context.unwrap_or_default() });
            add("AuthenticationContext", "AuthenticationContext", own);
            let setting = json!({
                "isApprovalRequired": !policy.approvers.is_empty(),
                "isApprovalRequiredForExtension": false,
                "isRequestorJustificationRequired": true,
                "approvalMode": "SingleStage",
                "approvalStages": [{
                    "approvalStageTimeOutInDays": 1,
                    "isApproverJustificationRequired": true,
                    "escalationTimeInMinutes": 0,
                    "primaryApprovers": approvers.clone(),
                    "isEscalationEnabled": false,
                    "escalationApprovers": null,
                }],
            });
            add("Approval", "Approval", json!({ "setting": setting }));
        }
    }
    rules
}

fn rule(kind: &str, id: &str, caller: &str, level: &str, mut own: Value) -> Value {
    own["id"] = json!(format!("{id}_{caller}_{level}"));
    own["ruleType"] = json!(format!("RoleManagementPolicy{kind}Rule"));
    own["target"] = json!({
        "caller": caller,
        "operations": ["All"],
        "level": level,
        "targetObjects": null,
        "inheritableSettings": null,
        "enforcedSettings": null,
    });
    own
}
