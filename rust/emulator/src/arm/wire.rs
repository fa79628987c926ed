//! What PIM knows, in the form of Azure Resource Manager. Members: the specification and its examples.

use serde_json::{Value, json};

use crate::exchange::stamp;
use crate::pim::entries::{Assignment, Eligibility};
use crate::pim::lifecycle::Request;
use crate::pim::order::Expiration;
use crate::pim::world::{World, derived_id};
use crate::scenario::pim::ResourceRole;

pub(super) const AUTHORIZATION: &str = "/providers/Microsoft.Authorization";

/// The kind of a scope, as expanded properties and child resources write it.
pub(super) fn scope_type(scope: &str) -> &'static str {
    let parts: Vec<_> = scope.split('/').skip(1).map(str::to_ascii_lowercase).collect();
    match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["providers", "microsoft.management", "managementgroups", _] => "managementgroup",
        ["subscriptions", _] => "subscription",
        ["subscriptions", _, "resourcegroups", _] => "resourcegroup",
        _ => "resource",
    }
}

/// The role's id as it is written at a scope: below a subscription it begins with the subscription.
pub(super) fn role_definition_id(role: &str, scope: &str) -> String {
    let parts: Vec<_> = scope.split('/').collect();
    let subscription = (parts.len() > 2 && parts[1].eq_ignore_ascii_case("subscriptions")).then(|| format!("/subscriptions/{}", parts[2]));
    format!("{}{AUTHORIZATION}/roleDefinitions/{role}", subscription.unwrap_or_default())
}

/// The id of an eligibility's schedule.
pub(super) fn eligibility_id(entry: &Eligibility) -> String {
    format!("{}{AUTHORIZATION}/roleEligibilitySchedules/{}", entry.scope, entry.id)
}

/// How an entry concerns who reads it at some scope.
pub(super) struct Seen {
    /// It stands above the scope that is read.
    pub(super) inherited: bool,
    /// The list is of one user's entries, so that those of groups are the user's through a group.
    pub(super) of_user: bool,
}

fn member_type(principal: &str, seen: &Seen, world: &World) -> &'static str {
    let is_group = world.principal(principal).is_some_and(|principal| principal.group.is_some());
    match (is_group && seen.of_user, seen.inherited) {
        (true, _) => "Group",
        (false, true) => "Inherited",
        (false, false) => "Direct",
    }
}

fn expanded(world: &World, scope: &str, role: &str, principal: &str) -> Value {
    let scope_name = world.resource_scope(scope).map(|scope| scope.display_name.as_str());
    let definition = world.resource_role(role);
    let holder = world.principal(principal);
    json!({
        "scope": { "id": scope, "displayName": scope_name, "type": scope_type(scope) },
        "roleDefinition": {
            "id": role_definition_id(role, scope),
            "displayName": definition.map(|role| role.display_name.as_str()),
            "type": definition.map(role_type),
        },
        "principal": {
            "id": principal,
            "displayName": holder.map(|holder| holder.display_name.as_str()),
            "email": holder.and_then(|holder| holder.user_principal_name.as_deref()),
            "type": holder.map(|holder| holder.type_name()),
        },
    })
}

pub(super) const fn role_type(role: &ResourceRole) -> &'static str {
    if role.is_built_in { "BuiltInRole" } else { "CustomRole" }
}

fn condition_version(condition: Option<&String>) -> Option<&'static str> {
    condition.map(|_| "2.0")
}

pub(super) fn resource(scope: &str, kind: &str, name: &str, properties: Value) -> Value {
    let mut first = kind.chars();
    let pascal: String = first.next().into_iter().flat_map(char::to_uppercase).chain(first).collect();
    json!({
        "properties": properties,
        "name": name,
        "id": format!("{scope}{AUTHORIZATION}/{kind}/{name}"),
        "type": format!("Microsoft.Authorization/{pascal}"),
    })
}

/// `RoleEligibilitySchedule`, or its instance.
pub(super) fn eligibility(entry: &Eligibility, instance: bool, seen: &Seen, world: &World) -> Value {
    let mut properties = json!({
        "scope": entry.scope,
        "roleDefinitionId": role_definition_id(&entry.role, &entry.scope),
        "principalId": entry.principal,
        "principalType": world.principal(&entry.principal).map(|principal| principal.type_name()),
        "status": "Provisioned",
        "startDateTime": stamp(entry.start),
        "endDateTime": entry.end.map(stamp),
        "memberType": member_type(&entry.principal, seen, world),
        "createdOn": stamp(entry.start),
        "condition": entry.condition,
        "conditionVersion": condition_version(entry.condition.as_ref()),
        "expandedProperties": expanded(world, &entry.scope, &entry.role, &entry.principal),
    });
    if instance {
        properties["roleEligibilityScheduleId"] = json!(eligibility_id(entry));
        return resource(&entry.scope, "roleEligibilityScheduleInstances", &derived_id(&["instance", &entry.id]), properties);
    }
    properties["updatedOn"] = json!(stamp(entry.start));
    properties["roleEligibilityScheduleRequestId"] =
        json!(format!("{}{AUTHORIZATION}/roleEligibilityScheduleRequests/{}", entry.scope, derived_id(&["request", &entry.id])));
    resource(&entry.scope, "roleEligibilitySchedules", &entry.id, properties)
}

/// `RoleAssignmentSchedule`, or its instance.
pub(super) fn assignment(entry: &Assignment, instance: bool, seen: &Seen, world: &World, eligible: Option<&Eligibility>) -> Value {
    let mut properties = json!({
        "linkedRoleEligibilityScheduleId": eligible.map(eligibility_id),
        "assignmentType": entry.type_name(),
        "scope": entry.scope,
        "roleDefinitionId": role_definition_id(&entry.role, &entry.scope),
        "principalId": entry.principal,
        "principalType": world.principal(&entry.principal).map(|principal| principal.type_name()),
        "status": "Provisioned",
        "startDateTime": stamp(entry.start),
        "endDateTime": entry.end.map(stamp),
        "memberType": member_type(&entry.principal, seen, world),
        "createdOn": stamp(entry.start),
        "condition": entry.condition,
        "conditionVersion": condition_version(entry.condition.as_ref()),
        "expandedProperties": expanded(world, &entry.scope, &entry.role, &entry.principal),
    });
    let own = |kind: &str, name: &str| format!("{}{AUTHORIZATION}/{kind}/{name}", entry.scope);
    if instance {
        properties["roleAssignmentScheduleId"] = json!(own("roleAssignmentSchedules", &entry.id));
        properties["originRoleAssignmentId"] = json!(own("roleAssignments", &derived_id(&["assignment", &entry.id])));
        let linked = eligible.map(|eligible| derived_id(&["instance", &eligible.id]));
        properties["linkedRoleEligibilityScheduleInstanceId"] = json!(
            eligible.zip(linked).map(|(entry, name)| format!("{}{AUTHORIZATION}/roleEligibilityScheduleInstances/{name}", entry.scope))
        );
        return resource(&entry.scope, "roleAssignmentScheduleInstances", &derived_id(&["instance", &entry.id]), properties);
    }
    properties["updatedOn"] = json!(stamp(entry.start));
    properties["roleAssignmentScheduleRequestId"] = json!(entry.request.as_ref().map(|id| own("roleAssignmentScheduleRequests", id)));
    resource(&entry.scope, "roleAssignmentSchedules", &entry.id, properties)
}

/// `RoleAssignmentScheduleRequest`.
pub(super) fn request(request: &Request, world: &World, eligible: Option<&Eligibility>) -> Value {
    let mut properties = of_request(request, world);
    properties["targetRoleAssignmentScheduleId"] = json!(request.schedule);
    properties["targetRoleAssignmentScheduleInstanceId"] = Value::Null;
    properties["linkedRoleEligibilityScheduleId"] = json!(eligible.map(eligibility_id));
    resource(&request.order.scope, "roleAssignmentScheduleRequests", &request.id, properties)
}

/// `RoleEligibilityScheduleRequest`.
pub(super) fn eligibility_request(request: &Request, world: &World) -> Value {
    let mut properties = of_request(request, world);
    properties["targetRoleEligibilityScheduleId"] = json!(request.schedule);
    properties["targetRoleEligibilityScheduleInstanceId"] = Value::Null;
    resource(&request.order.scope, "roleEligibilityScheduleRequests", &request.id, properties)
}

/// What the requests for assignments and eligibilities have in common.
fn of_request(request: &Request, world: &World) -> Value {
    let order = &request.order;
    let (kind, end, duration) = match &order.expiration {
        Expiration::Never => ("NoExpiration", None, None),
        Expiration::At(end) => ("AfterDateTime", Some(stamp(*end)), None),
        Expiration::After { text, .. } => ("AfterDuration", None, Some(text.as_str())),
    };
    let ticket = order.ticket.clone().unwrap_or_default();
    let has_schedule = !matches!(order.action_text.as_str(), "SelfDeactivate" | "AdminRemove");
    json!({
        "scope": order.scope,
        "roleDefinitionId": role_definition_id(&order.role, &order.scope),
        "principalId": order.principal,
        "principalType": world.principal(&order.principal).map(|principal| principal.type_name()),
        "requestType": order.action_text,
        "status": request.status.name(),
        "approvalId": request.needs_approval.then(|| format!("{AUTHORIZATION}/roleAssignmentApprovals/{}", request.id)),
        "scheduleInfo": has_schedule.then(|| json!({
            "startDateTime": stamp(request.start),
            "expiration": { "type": kind, "endDateTime": end, "duration": duration },
        })),
        "ticketInfo": { "ticketNumber": ticket.number, "ticketSystem": ticket.system },
        "justification": order.justification,
        "requestorId": request.requestor,
        "createdOn": stamp(request.created),
        "condition": order.condition,
        "conditionVersion": condition_version(order.condition.as_ref()),
        "expandedProperties": expanded(world, &order.scope, &order.role, &order.principal),
    })
}

/// `RoleDefinition`.
pub(super) fn role_definition(role: &ResourceRole, scope: &str) -> Value {
    json!({
        "properties": {
            "roleName": role.display_name,
            "type": role_type(role),
            "description": role.description,
            "assignableScopes": ["/"],
            "permissions": [{ "actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": [] }],
            "createdOn": "2015-02-02T21:55:09.8806423Z",
            "updatedOn": "2023-07-10T15:10:53.947865Z",
            "createdBy": null,
            "updatedBy": null,
        },
        "id": role_definition_id(&role.id, scope),
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.id,
    })
}
