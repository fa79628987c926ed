//! Policies, role definitions, children of a scope, subscriptions.

use std::convert::identity;

use serde_json::{Value, json};

use super::error::{bad_request, not_found};
use super::lists::one;
use super::{Place, listed, wire};
use crate::exchange::{Answer, Exchange};
use crate::odata::filter::Filter;
use crate::pim::Kind::Resource;
use crate::pim::world::World;
use crate::scenario::pim::ResourceScope;

/// Reads the options of a list whose filter compares properties.
fn filter_of(exchange: &Exchange<'_>, options: &[&str], properties: &[&str]) -> Result<Option<Filter>, Answer> {
    let refuse = |problem: String| bad_request("BadRequestFormat", problem);
    if let Some(option) = exchange.query.other_than(options) {
        return Err(refuse(format!("the query option `{option}` isn't emulated")));
    }
    let filter = exchange.query.get("$filter").map(Filter::parse).transpose().map_err(refuse)?;
    match filter.as_ref().and_then(|filter| filter.other_than(properties)) {
        Some(property) => Err(refuse(format!("a filter by `{property}` isn't emulated here"))),
        None => Ok(filter),
    }
}

/// `roleManagementPolicyAssignments` at a scope. The role is named by its full id.
pub(super) fn policy_assignments(world: &World, exchange: &Exchange<'_>, place: &Place) -> Answer {
    let filter = match filter_of(exchange, &["api-version", "$filter", "$skiptoken"], &["roleDefinitionId"]) {
        Ok(filter) => filter,
        Err(refusal) => return refusal,
    };
    let role = match filter {
        None => None,
        Some(Filter::Compare { equal: true, literal: Value::String(id), .. }) if id.contains("/roleDefinitions/") => {
            Some(id.rsplit('/').next().unwrap_or_default().to_owned())
        }
        Some(_) => return bad_request("BadRequestFormat", "the filter has to compare `roleDefinitionId` with the full id of a role"),
    };
    let Some(scope) = world.resource_scope(&place.scope) else {
        return bad_request("InvalidScope", "policies of Azure roles belong to a scope below the tenant");
    };
    let roles = world.scenario.resource_roles.iter();
    let wanted = roles.filter(|known| role.as_ref().is_none_or(|role| role.eq_ignore_ascii_case(&known.id)));
    listed(world, exchange, &place.path, wanted.collect(), |role| wire::policy_assignment(role, scope, world))
}

/// One of the `roleManagementPolicyAssignments` at a scope.
pub(super) fn policy_assignment(world: &World, exchange: &Exchange<'_>, place: &Place, name: &str) -> Answer {
    let Some(scope) = world.resource_scope(&place.scope) else { return not_found(name) };
    one(exchange, name, world.scenario.resource_roles.iter().map(|role| wire::policy_assignment(role, scope, world)))
}

/// `roleDefinitions`, all or one.
pub(super) fn role_definitions(world: &World, exchange: &Exchange<'_>, place: &Place, id: Option<&str>) -> Answer {
    if let Some(id) = id {
        return match world.resource_role(id) {
            Some(role) => Answer::with(200, wire::role_definition(role, &place.scope)),
            None => {
                Answer::error(404, "RoleDefinitionDoesNotExist", &format!("The specified role definition with ID '{id}' does not exist."))
            }
        };
    }
    let filter = match filter_of(exchange, &["api-version", "$filter", "$skiptoken"], &["roleName", "type"]) {
        Ok(filter) => filter,
        Err(refusal) => return refusal,
    };
    let roles = world.scenario.resource_roles.iter().map(|role| wire::role_definition(role, &place.scope));
    let items = roles.filter(|role| filter.as_ref().is_none_or(|filter| filter.accepts(&role["properties"]))).collect();
    listed(world, exchange, &place.path, items, identity)
}

/// `eligibleChildResources`: where below a scope an eligibility could be used.
pub(super) fn eligible_children(world: &World, exchange: &Exchange<'_>, place: &Place) -> Answer {
    let options = ["api-version", "$filter", "$skiptoken", "$getAllChildren", "getAllChildren"];
    let filter = match filter_of(exchange, &options, &["resourceType"]) {
        Ok(filter) => filter,
        Err(refusal) => return refusal,
    };
    if world.resource_scope(&place.scope).is_none() {
        return not_found(&place.scope);
    }
    let identities = world.identities(&exchange.caller.object_id);
    let chain = world.at_and_above(&place.scope);
    let eligible = world.eligibilities(Resource, exchange.now).any(|entry| {
        identities.contains(&entry.principal.to_ascii_lowercase()) && chain.iter().any(|scope| scope.eq_ignore_ascii_case(&entry.scope))
    });
    let all = ["$getAllChildren", "getAllChildren"].iter().any(|name| exchange.query.get(name) == Some("true"));
    let is_child = |scope: &&ResourceScope| {
        let above = world.at_and_above(&scope.id);
        let mut parents = above.iter().skip(1).take(if all { above.len() } else { 1 });
        parents.any(|parent| parent.eq_ignore_ascii_case(&place.scope))
    };
    let items = world
        .scenario
        .resource_scopes
        .iter()
        .filter(|scope| eligible && is_child(scope) && wire::scope_type(&scope.id) != "resource")
        .map(|scope| (json!({ "id": scope.id, "name": scope.display_name, "type": wire::scope_type(&scope.id) }), scope))
        .filter(|(item, _)| filter.as_ref().is_none_or(|filter| filter.accepts(&json!({ "resourceType": item["type"] }))))
        .map(|(item, _)| item)
        .collect();
    listed(world, exchange, &place.path, items, identity)
}

/// `GET /subscriptions`: those in which the caller has or may have a role.
pub(super) fn subscriptions(world: &World, exchange: &Exchange<'_>) -> Answer {
    if let Some(option) = exchange.query.other_than(&["api-version", "$skiptoken"]) {
        return bad_request("BadRequestFormat", format!("the query option `{option}` isn't emulated"));
    }
    let identities = world.identities(&exchange.caller.object_id);
    let held: Vec<_> = world
        .assignments(Resource, exchange.now)
        .filter(|entry| entry.holds(exchange.now) && identities.contains(&entry.principal.to_ascii_lowercase()))
        .map(|entry| entry.scope.clone())
        .collect();
    let is_seen = |subscription: &str| {
        held.iter().any(|scope| {
            let below = world.at_and_above(scope).iter().any(|parent| parent.eq_ignore_ascii_case(subscription));
            below || world.at_and_above(subscription).iter().any(|parent| parent.eq_ignore_ascii_case(scope))
        })
    };
    let scopes = world.scenario.resource_scopes.iter();
    let items = scopes
        .filter(|scope| wire::scope_type(&scope.id) == "subscription" && is_seen(&scope.id))
        .map(|scope| {
            json!({
                "id": scope.id,
                "authorizationSource": "RoleBased",
                "subscriptionId": scope.id.rsplit('/').next(),
                "tenantId": world.tenant_id,
                "displayName": scope.display_name,
                "state": "Enabled",
            })
        })
        .collect();
    listed(world, exchange, "/subscriptions", items, identity)
}
