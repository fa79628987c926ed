//! Role management policies in the form of Microsoft Graph: seventeen rules for each directory role, and for membership and ownership of each group.

use serde_json::{Value, json};

use crate::pim::Kind;
use crate::pim::world::{World, derived_id};
use crate::scenario::pim::{Access, DirectoryRole, Group, Policy};

/// The three situations that rules are written for: who asks, and for what.
const SITUATIONS: [(&str, &str); 3] = [("Admin", "Eligibility"), ("Admin", "Assignment"), ("EndUser", "Assignment")];

/// What a policy is about.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    /// A directory role.
    Role(&'a DirectoryRole),
    /// Membership in a group, or its ownership.
    Group(&'a Group, Access),
}

impl<'a> Subject<'a> {
    /// What the policies of a scope are about: each role at the directory, membership and ownership at a group.
    pub(super) fn all(world: &'a World, group: Option<&str>) -> Vec<Self> {
        match group {
            None => world.scenario.directory_roles.iter().map(Self::Role).collect(),
            Some(id) => {
                let group = world.group(id);
                [Access::Owner, Access::Member].into_iter().filter_map(|access| Some(Self::Group(group?, access))).collect()
            }
        }
    }

    /// What the policy with this id is about. The id of an assignment of the policy begins with it.
    pub(super) fn of_policy(world: &'a World, id: &str) -> Option<Self> {
        let group = id.strip_prefix("Group_").and_then(|rest| rest.split('_').next());
        Self::all(world, group).into_iter().find(|subject| {
            let policy = subject.policy_id(world);
            let rest = id.get(policy.len()..).filter(|_| id[..policy.len()].eq_ignore_ascii_case(&policy));
            rest.is_some_and(|rest| rest.is_empty() || rest.eq_ignore_ascii_case(&format!("_{}", subject.role())))
        })
    }

    /// What the policy assigned to a role at a scope is about: an entry of the list of assignments, or of eligibilities, names both.
    pub(super) fn of_assignment(world: &'a World, item: &Value) -> Option<Self> {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        let group = (text("scopeType") == "Group").then(|| text("scopeId"));
        if group.is_none() {
            return world.directory_role(text("roleDefinitionId")).map(Self::Role);
        }
        Self::all(world, group).into_iter().find(|subject| subject.role() == text("roleDefinitionId"))
    }

    /// What stands as role: a role definition id, or `member` or `owner`.
    fn role(self) -> &'a str {
        match self {
            Self::Role(role) => &role.id,
            Self::Group(_, access) => access.name(),
        }
    }

    /// Scope id and scope type.
    fn scope(self) -> (&'a str, &'static str) {
        match self {
            Self::Role(_) => ("/", "DirectoryRole"),
            Self::Group(group, _) => (&group.id, "Group"),
        }
    }

    /// Id of the policy: the kind of scope, the tenant or the group, the policy's own GUID.
    pub(super) fn policy_id(self, world: &World) -> String {
        match self {
            Self::Role(role) => format!("DirectoryRole_{}_{}", world.tenant_id, derived_id(&["policy", &role.id])),
            Self::Group(group, access) => format!("Group_{}_{}", group.id, derived_id(&["policy", &group.id, access.name()])),
        }
    }

    fn demands(self, world: &World) -> Policy {
        match self {
            Self::Role(role) => world.policy(Kind::Directory, &role.id, "/"),
            Self::Group(group, access) => world.group_policy(&group.id, access),
        }
    }
}

/// `unifiedRoleManagementPolicyAssignment`.
pub(super) fn assignment(subject: Subject<'_>, world: &World) -> Value {
    let (policy, (scope, scope_type)) = (subject.policy_id(world), subject.scope());
    json!({
        "id": format!("{policy}_{}", subject.role()),
        "policyId": policy,
        "scopeId": scope,
        "scopeType": scope_type,
        "roleDefinitionId": subject.role(),
    })
}

/// `unifiedRoleManagementPolicy`, without its rules.
pub(super) fn policy(subject: Subject<'_>, world: &World) -> Value {
    let (scope, scope_type) = subject.scope();
    json!({
        "id": subject.policy_id(world),
        "displayName": scope_type,
        "description": scope_type,
        "isOrganizationDefault": false,
        "scopeId": scope,
        "scopeType": scope_type,
        "lastModifiedDateTime": null,
        "lastModifiedBy": { "displayName": null, "id": null },
    })
}

/// All rules of a policy.
pub(super) fn rules(subject: Subject<'_>, world: &World) -> Vec<Value> {
    let policy = subject.demands(world);
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
