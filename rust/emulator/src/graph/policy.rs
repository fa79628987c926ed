//! Role management policies in the form of Microsoft Graph: seventeen rules for each role.

use serde_json::{Value, json};

use crate::pim::Kind;
use crate::pim::world::{World, derived_id};
use crate::scenario::pim::{DirectoryRole, Policy};

/// The three situations that rules are written for: who asks, and for what.
const SITUATIONS: [(&str, &str); 3] = [("Admin", "Eligibility"), ("Admin", "Assignment"), ("EndUser", "Assignment")];

/// Id of the policy of a role. Microsoft Graph writes the tenant and the policy's own GUID into it.
pub(super) fn policy_id(role: &DirectoryRole, world: &World) -> String {
    format!("DirectoryRole_{}_{}", world.tenant_id, derived_id(&["policy", &role.id]))
}

/// `unifiedRoleManagementPolicyAssignment`.
pub(super) fn assignment(role: &DirectoryRole, world: &World) -> Value {
    let policy = policy_id(role, world);
    json!({
        "id": format!("{policy}_{}", role.id),
        "policyId": policy,
        "scopeId": "/",
        "scopeType": "DirectoryRole",
        "roleDefinitionId": role.id,
    })
}

/// `unifiedRoleManagementPolicy`, without its rules.
pub(super) fn policy(role: &DirectoryRole, world: &World) -> Value {
    json!({
        "id": policy_id(role, world),
        "displayName": "DirectoryRole",
        "description": "DirectoryRole",
        "isOrganizationDefault": false,
        "scopeId": "/",
        "scopeType": "DirectoryRole",
        "lastModifiedDateTime": null,
        "lastModifiedBy": { "displayName": null, "id": null },
    })
}

/// All rules of a role's policy.
pub(super) fn rules(role: &DirectoryRole, world: &World) -> Vec<Value> {
    let policy = world.policy(Kind::Directory, &role.id, "/");
    let mut rules = Vec::new();
    for (caller, level) in SITUATIONS {
        let end_user = caller == "EndUser";
        let maximum = match (end_user, level) {
            (true, _) => policy.maximum_duration.as_str(),
            (false, "Eligibility") => "P365D",
            (false, _) => "P180D",
        };
        rules.push(rule("Expiration", caller, level, json!({ "isExpirationRequired": end_user, "maximumDuration": maximum })));
        let enabled = if end_user { enabled_rules(&policy) } else { Vec::new() };
        rules.push(rule("Enablement", caller, level, json!({ "enabledRules": enabled })));
        if end_user {
            rules.push(rule("Approval", caller, level, json!({ "setting": approval(&policy, world) })));
            let context = &policy.authentication_context;
            rules.push(rule("AuthenticationContext", caller, level, json!({ "isEnabled": context.is_some(), "claimValue": context })));
        }
        for recipient in ["Admin", "Requestor", "Approver"] {
            let mut notification = rule(
                "Notification",
                caller,
                level,
                json!({
                    "notificationType": "Email",
                    "recipientType": recipient,
                    "notificationLevel": "All",
                    "isDefaultRecipientsEnabled": true,
                    "notificationRecipients": [],
                }),
            );
            notification["id"] = json!(format!("Notification_{recipient}_{caller}_{level}"));
            rules.push(notification);
        }
    }
    rules
}

/// The demands that `enabledRules` names, in both services.
pub(crate) fn enabled_rules(policy: &Policy) -> Vec<&'static str> {
    let all = [(policy.mfa, "MultiFactorAuthentication"), (policy.justification, "Justification"), (policy.ticket, "Ticketing")];
    all.into_iter().filter(|(enabled, _)| *enabled).map(|(_, name)| name).collect()
}

fn rule(kind: &str, caller: &str, level: &str, own: Value) -> Value {
    let mut rule = json!({
        "@odata.type": format!("#microsoft.graph.unifiedRoleManagementPolicy{kind}Rule"),
        "id": format!("{kind}_{caller}_{level}"),
    });
    if let (Value::Object(rule), Value::Object(own)) = (&mut rule, own) {
        rule.extend(own);
        let target = json!({
            "caller": caller,
            "operations": ["all"],
            "level": level,
            "inheritableSettings": [],
            "enforcedSettings": [],
        });
        rule.insert("target".to_owned(), target);
    }
    rule
}

fn approval(policy: &Policy, world: &World) -> Value {
    let approvers = policy.approvers.iter().filter_map(|name| world.principal_named(name));
    let approvers: Vec<_> = approvers
        .map(|approver| match approver.user_principal_name {
            Some(_) => json!({ "@odata.type": "#microsoft.graph.singleUser", "userId": approver.id, "description": approver.display_name }),
            None => json!({ "@odata.type": "#microsoft.graph.groupMembers", "groupId": approver.id, "description": approver.display_name }),
        })
        .collect();
    json!({
        "isApprovalRequired": !policy.approvers.is_empty(),
        "isApprovalRequiredForExtension": false,
        "isRequestorJustificationRequired": true,
        "approvalMode": "SingleStage",
        "approvalStages": [{
            "approvalStageTimeOutInDays": 1,
            "isApproverJustificationRequired": true,
            "escalationTimeInMinutes": 0,
            "isEscalationEnabled": false,
            "primaryApprovers": approvers,
            "escalationApprovers": [],
        }],
    })
}
