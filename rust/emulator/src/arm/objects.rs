//! Role definitions, children of a scope, subscriptions, management groups.

use std::collections::HashSet;
use std::convert::identity;

use serde_json::json;

use super::error::{bad_request, not_found};
use super::{Place, listed, unknown_scope, wire};
use crate::exchange::{Answer, Exchange};
use crate::odata::filter::Filter;
use crate::pim::Kind::Resource;
use crate::pim::world::World;
use crate::scenario::pim::ResourceScope;

/// Reads the options of a list whose filter compares properties.
pub(super) fn filter_of(exchange: &Exchange<'_>, options: &[&str], properties: &[&str]) -> Result<Option<Filter>, Answer> {
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

/// `GET /subscriptions`: those in which the caller has a role, or below or above which.
pub(super) fn subscriptions(world: &World, exchange: &Exchange<'_>) -> Answer {
    if let Some(option) = exchange.query.other_than(&["api-version", "$skiptoken"]) {
        return bad_request("BadRequestFormat", format!("the query option `{option}` isn't emulated"));
    }
    let held = held(world, exchange);
    let above_held: HashSet<_> = held.iter().flat_map(|scope| world.at_and_above(scope)).map(|scope| scope.to_ascii_lowercase()).collect();
    let is_seen = |id: &str| above_held.contains(&id.to_ascii_lowercase()) || is_below(world, &held, id);
    let scopes = world.scenario.resource_scopes.iter();
    let items = scopes.filter(|scope| wire::scope_type(&scope.id) == "subscription" && is_seen(&scope.id)).collect();
    listed(world, exchange, "/subscriptions", items, |scope| {
        json!({
            "id": scope.id,
            "authorizationSource": "RoleBased",
            "subscriptionId": scope.id.rsplit('/').next(),
            "tenantId": world.tenant_id,
            "displayName": scope.display_name,
            "state": if scope.disabled { "Disabled" } else { "Enabled" },
        })
    })
}

/// `GET /providers/Microsoft.Management/managementGroups`: those at or below which the caller has a role.
pub(super) fn management_groups(world: &World, exchange: &Exchange<'_>) -> Answer {
    if let Some(option) = exchange.query.other_than(&["api-version", "$skiptoken"]) {
        return bad_request("BadRequestFormat", format!("the query option `{option}` isn't emulated"));
    }
    let held = held(world, exchange);
    let scopes = world.scenario.resource_scopes.iter();
    let items = scopes.filter(|scope| wire::scope_type(&scope.id) == "managementgroup" && is_below(world, &held, &scope.id)).collect();
    listed(world, exchange, "/providers/Microsoft.Management/managementGroups", items, |scope| {
        json!({
            "id": scope.id,
            "type": "Microsoft.Management/managementGroups",
            "name": scope.id.rsplit('/').next(),
            "properties": { "tenantId": world.tenant_id, "displayName": scope.display_name },
        })
    })
}

/// `GET /subscriptions/{id}/resourceGroups` and `…/{name}/resources`: those at or above which the caller has a role.
pub(super) fn below(world: &World, exchange: &Exchange<'_>, place: &Place, path: &[&str]) -> Answer {
    if let Some(option) = exchange.query.other_than(&["api-version", "$skiptoken"]) {
        return bad_request("BadRequestFormat", format!("the query option `{option}` isn't emulated"));
    }
    let (outer, kind) = match path {
        [subscription, group] => (format!("/subscriptions/{subscription}/resourceGroups/{group}"), "resource"),
        _ => (format!("/subscriptions/{}", path.first().copied().unwrap_or_default()), "resourcegroup"),
    };
    if let Some(missing) = unknown_scope(world, &outer) {
        return missing;
    }
    let held = held(world, exchange);
    let outer = format!("{}/", outer.to_ascii_lowercase());
    let is_inside = |scope: &ResourceScope| wire::scope_type(&scope.id) == kind && scope.id.to_ascii_lowercase().starts_with(&outer);
    let scopes = world.scenario.resource_scopes.iter();
    let items = scopes.filter(|scope| is_inside(scope) && is_below(world, &held, &scope.id)).collect();
    listed(world, exchange, &place.path, items, |scope| {
        let name = scope.id.rsplit('/').next();
        let type_name = match scope.id.rsplit('/').collect::<Vec<_>>().as_slice() {
            [_, kind, namespace, ..] if path.len() > 1 => format!("{namespace}/{kind}"),
            _ => "Microsoft.Resources/resourceGroups".to_owned(),
        };
        json!({ "id": scope.id, "name": name, "type": type_name, "location": "westeurope" })
    })
}

/// The scopes at which the caller has a role now, in lower case.
fn held(world: &World, exchange: &Exchange<'_>) -> HashSet<String> {
    let identities = world.identities(&exchange.caller.object_id);
    world
        .assignments(Resource, exchange.now)
        .filter(|entry| entry.holds(exchange.now) && identities.contains(&entry.principal.to_ascii_lowercase()))
        .map(|entry| entry.scope.to_ascii_lowercase())
        .collect()
}

fn is_below(world: &World, held: &HashSet<String>, id: &str) -> bool {
    world.at_and_above(id).iter().any(|scope| held.contains(&scope.to_ascii_lowercase()))
}
