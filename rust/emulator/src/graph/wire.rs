//! What PIM knows, in the form of Microsoft Graph. Members and their order: the published examples and the service's metadata.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::exchange::stamp;
use crate::pim::entries::{Assignment, Eligibility, GroupEligibility, Principal};
use crate::pim::lifecycle::Request;
use crate::pim::order::Expiration;
use crate::pim::world::{World, derived_id};
use crate::scenario::pim::{AdministrativeUnit, DirectoryRole, Group};

/// `unifiedRoleDefinition`.
pub(super) fn role_definition(role: &DirectoryRole) -> Value {
    json!({
        "id": role.id,
        "description": role.description,
        "displayName": role.display_name,
        "isBuiltIn": role.is_built_in,
        "isEnabled": true,
        "resourceScopes": ["/"],
        "templateId": role.id,
        "version": "1",
        "rolePermissions": [{ "allowedResourceActions": ["microsoft.directory/users/standard/read"], "condition": null }],
        // Every built-in role inherits from Directory Readers.
        "inheritsPermissionsFrom": if role.is_built_in { json!([{ "id": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b" }]) } else { json!([]) },
    })
}

/// `unifiedRoleDefinition` where it is expanded itself: its own relations aren't there then.
pub(super) fn expanded_role_definition(role: &DirectoryRole) -> Value {
    let mut definition = role_definition(role);
    if let Value::Object(members) = &mut definition {
        members.remove("inheritsPermissionsFrom");
    }
    definition
}

/// A user, group or service principal as `directoryObject`.
pub(super) fn principal(principal: &Principal) -> Value {
    match (&principal.user_principal_name, &principal.application) {
        (_, Some(app_id)) => json!({
            "@odata.type": "#microsoft.graph.servicePrincipal",
            "id": principal.id,
            "accountEnabled": true,
            "appDisplayName": principal.display_name,
            "appId": app_id,
            "displayName": principal.display_name,
            "servicePrincipalType": if principal.is_managed_identity { "ManagedIdentity" } else { "Application" },
        }),
        (Some(name), None) => json!({
            "@odata.type": "#microsoft.graph.user",
            "id": principal.id,
            "businessPhones": [],
            "displayName": principal.display_name,
            "givenName": principal.display_name.split(' ').next(),
            "jobTitle": null,
            "mail": name,
            "mobilePhone": null,
            "officeLocation": null,
            "preferredLanguage": null,
            "surname": principal.display_name.split(' ').next_back(),
            "userPrincipalName": name,
        }),
        (None, None) => {
            let mut object = json!({ "@odata.type": "#microsoft.graph.group" });
            if let (Value::Object(members), Some(Value::Object(own))) = (&mut object, principal.group.as_ref().map(group)) {
                members.extend(own);
            }
            object
        }
    }
}

/// `group`, with the properties that clients of PIM read.
pub(super) fn group(group: &Group) -> Value {
    let (dynamic, synced) = (group.is_dynamic(), group.on_premises_sync_enabled.is_some());
    let nickname: String = group.display_name.chars().filter(char::is_ascii_alphanumeric).collect();
    json!({
        "id": group.id,
        "deletedDateTime": null,
        "classification": null,
        "description": null,
        "displayName": group.display_name,
        "groupTypes": group.group_types,
        // Only what the directory itself holds, and whose members are chosen one by one, can be given a role.
        "isAssignableToRole": (group.security_enabled && !group.mail_enabled && !dynamic && !synced).then_some(true),
        "mail": group.mail_enabled.then(|| format!("{nickname}@groups.example").to_ascii_lowercase()),
        "mailEnabled": group.mail_enabled,
        "mailNickname": nickname,
        "membershipRule": dynamic.then_some("user.accountEnabled -eq true"),
        "onPremisesSyncEnabled": group.on_premises_sync_enabled,
        "securityEnabled": group.security_enabled,
        "visibility": null,
    })
}

/// An administrative unit as `directoryObject`.
pub(super) fn administrative_unit(unit: &AdministrativeUnit) -> Value {
    json!({ "@odata.type": "#microsoft.graph.administrativeUnit", "id": unit.id, "displayName": unit.display_name })
}

/// `unifiedRoleEligibilitySchedule`.
pub(super) fn eligibility_schedule(entry: &Eligibility, world: &World) -> Value {
    json!({
        "id": entry.id,
        "principalId": entry.principal,
        "roleDefinitionId": entry.role,
        "directoryScopeId": entry.scope,
        "appScopeId": null,
        "createdUsing": entry.id,
        "createdDateTime": stamp(entry.start),
        "modifiedDateTime": "0001-01-01T08:00:00Z",
        "status": "Provisioned",
        "memberType": member_type(&entry.principal, world),
        "scheduleInfo": schedule(entry.start, entry.end),
    })
}

/// `unifiedRoleEligibilityScheduleInstance`.
pub(super) fn eligibility_instance(entry: &Eligibility, world: &World) -> Value {
    json!({
        "id": instance_id(&entry.role, &entry.principal, &entry.scope, "1-e"),
        "principalId": entry.principal,
        "roleDefinitionId": entry.role,
        "directoryScopeId": entry.scope,
        "appScopeId": null,
        "startDateTime": stamp(entry.start),
        "endDateTime": entry.end.map(stamp),
        "memberType": member_type(&entry.principal, world),
        "roleEligibilityScheduleId": entry.id,
    })
}

/// `privilegedAccessGroupEligibilitySchedule`.
pub(super) fn group_schedule(entry: &GroupEligibility) -> Value {
    json!({
        "id": entry.id,
        "createdDateTime": stamp(entry.start),
        "modifiedDateTime": null,
        "createdUsing": entry.id,
        "status": "Provisioned",
        "scheduleInfo": schedule(entry.start, entry.end),
        "accessId": entry.access.name(),
        "principalId": entry.principal,
        "groupId": entry.group,
        // The entry says who was made eligible; what others have through it isn't listed.
        "memberType": "direct",
    })
}

/// `privilegedAccessGroupEligibilityScheduleInstance`.
pub(super) fn group_instance(entry: &GroupEligibility) -> Value {
    json!({
        "id": format!("{}_{}_{}", entry.group, entry.access.name(), derived_id(&["instance", &entry.id])),
        "startDateTime": stamp(entry.start),
        "endDateTime": entry.end.map(stamp),
        "accessId": entry.access.name(),
        "principalId": entry.principal,
        "groupId": entry.group,
        "memberType": "direct",
        "eligibilityScheduleId": entry.id,
    })
}

/// `unifiedRoleAssignmentSchedule`.
pub(super) fn assignment_schedule(entry: &Assignment, world: &World) -> Value {
    json!({
        "id": entry.id,
        "principalId": entry.principal,
        "roleDefinitionId": entry.role,
        "directoryScopeId": entry.scope,
        "appScopeId": null,
        "createdUsing": entry.request,
        "createdDateTime": stamp(entry.start),
        "modifiedDateTime": null,
        "status": "Provisioned",
        "assignmentType": entry.type_name(),
        "memberType": member_type(&entry.principal, world),
        "scheduleInfo": schedule(entry.start, entry.end),
    })
}

/// `unifiedRoleAssignmentScheduleInstance`. A permanent assignment has no start.
pub(super) fn assignment_instance(entry: &Assignment, world: &World) -> Value {
    let permanent = entry.request.is_none() && entry.end.is_none();
    let ending = if entry.activated_from.is_some() { "2" } else { "1" };
    let id = instance_id(&entry.role, &entry.principal, &entry.scope, ending);
    json!({
        "id": id,
        "principalId": entry.principal,
        "roleDefinitionId": entry.role,
        "directoryScopeId": entry.scope,
        "appScopeId": null,
        "startDateTime": (!permanent).then(|| stamp(entry.start)),
        "endDateTime": entry.end.map(stamp),
        "assignmentType": entry.type_name(),
        "memberType": member_type(&entry.principal, world),
        "roleAssignmentOriginId": id,
        "roleAssignmentScheduleId": entry.id,
    })
}

/// `unifiedRoleAssignment`, which knows no time.
pub(super) fn assignment(entry: &Assignment) -> Value {
    json!({
        "id": instance_id(&entry.role, &entry.principal, &entry.scope, "1"),
        "principalId": entry.principal,
        "roleDefinitionId": entry.role,
        "directoryScopeId": entry.scope,
    })
}

/// `unifiedRoleAssignmentScheduleRequest`.
pub(super) fn request(request: &Request) -> Value {
    let order = &request.order;
    let (kind, end, duration) = match &order.expiration {
        Expiration::Never => ("noExpiration", None, None),
        Expiration::At(end) => ("afterDateTime", Some(stamp(*end)), None),
        Expiration::After { text, .. } => ("afterDuration", None, Some(text.as_str())),
    };
    let has_schedule = order.action_text != "selfDeactivate";
    let ticket = order.ticket.clone().unwrap_or_default();
    json!({
        "id": request.id,
        "status": request.status.name(),
        "createdDateTime": stamp(request.created),
        "completedDateTime": request.completed.map(stamp),
        "approvalId": request.needs_approval.then_some(&request.id),
        "customData": null,
        "action": order.action_text,
        "principalId": order.principal,
        "roleDefinitionId": order.role,
        "directoryScopeId": order.scope,
        "appScopeId": null,
        "isValidationOnly": order.validate_only,
        "targetScheduleId": request.schedule,
        "justification": order.justification,
        "createdBy": { "application": null, "device": null, "user": { "displayName": null, "id": request.requestor } },
        "scheduleInfo": has_schedule.then(|| json!({
            "startDateTime": stamp(request.start),
            "recurrence": null,
            "expiration": { "type": kind, "endDateTime": end, "duration": duration },
        })),
        "ticketInfo": { "ticketNumber": ticket.number, "ticketSystem": ticket.system },
    })
}

/// `Group` where the entry belongs to a group, else `Direct`.
fn member_type(principal: &str, world: &World) -> &'static str {
    let is_group = world.principal(principal).is_some_and(|principal| principal.group.is_some());
    if is_group { "Group" } else { "Direct" }
}

fn schedule(start: Timestamp, end: Option<Timestamp>) -> Value {
    let kind = if end.is_some() { "afterDateTime" } else { "noExpiration" };
    json!({
        "startDateTime": stamp(start),
        "recurrence": null,
        "expiration": { "type": kind, "endDateTime": end.map(stamp), "duration": null },
    })
}

/// Instances are named by role and principal, packed as two GUIDs in the directory's byte order; a narrower scope adds a third part.
fn instance_id(role: &str, principal: &str, scope: &str, ending: &str) -> String {
    let packed = |id: &str| Uuid::parse_str(id).unwrap_or_default().to_bytes_le();
    let mut bytes = [packed(role), packed(principal)].concat();
    if scope != "/" {
        bytes.extend(packed(&derived_id(&[scope])));
    }
    format!("{}-{ending}", URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_named_as_published() {
        let id = instance_id("62e90394-69f5-4237-9190-012177145e10", "6be4b305-b75e-4efc-bfcc-31bd3b53a5f8", "/", "1");
        assert_eq!(id, "lAPpYvVpN0KRkAEhdxReEAWz5Gtet_xOv8wxvTtTpfg-1");
    }
}
