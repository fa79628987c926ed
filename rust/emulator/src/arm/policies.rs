//! Policies of Azure roles. Each role has one at each scope, whether anybody has changed it or not.

use serde_json::Value;

use super::error::{bad_request, not_found, unauthorized};
use super::lists::one;
use super::objects::filter_of;
use super::{Place, listed, policy_wire};
use crate::exchange::{Answer, Exchange};
use crate::odata::filter::Filter;
use crate::pim::policies::BadPolicy;
use crate::pim::world::World;
use crate::scenario::pim::{ResourceRole, ResourceScope};
use crate::schema;

/// `roleManagementPolicyAssignments` at a scope. The role is named by its full id.
pub(super) fn assignments(world: &World, exchange: &Exchange<'_>, place: &Place) -> Answer {
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
    listed(world, exchange, &place.path, wanted.collect(), |role| policy_wire::policy_assignment(role, scope, world))
}

/// One of the `roleManagementPolicyAssignments` at a scope.
pub(super) fn assignment(world: &World, exchange: &Exchange<'_>, place: &Place, name: &str) -> Answer {
    let Some(scope) = world.resource_scope(&place.scope) else { return not_found(name) };
    one(exchange, name, world.scenario.resource_roles.iter().map(|role| policy_wire::policy_assignment(role, scope, world)))
}

/// `roleManagementPolicies` at a scope.
pub(super) fn list(world: &World, exchange: &Exchange<'_>, place: &Place) -> Answer {
    if let Some(option) = exchange.query.other_than(&["api-version", "$skiptoken"]) {
        return bad_request("BadRequestFormat", format!("the query option `{option}` isn't emulated"));
    }
    let Some(scope) = world.resource_scope(&place.scope) else {
        return bad_request("InvalidScope", "policies of Azure roles belong to a scope below the tenant");
    };
    let roles = world.scenario.resource_roles.iter().collect();
    listed(world, exchange, &place.path, roles, |role| policy_wire::policy(role, scope, world))
}

/// One of the `roleManagementPolicies` at a scope.
pub(super) fn get(world: &World, exchange: &Exchange<'_>, place: &Place, name: &str) -> Answer {
    if let Some(option) = exchange.query.other_than(&["api-version"]) {
        return bad_request("BadRequestFormat", format!("the query option `{option}` isn't emulated"));
    }
    match found(world, place, name) {
        Some((role, scope)) => Answer::with(200, policy_wire::policy(role, scope, world)),
        None => not_found(name),
    }
}

/// Changes one of the `roleManagementPolicies` at a scope.
pub(super) fn update(world: &mut World, exchange: &Exchange<'_>, place: &Place, name: &str) -> Answer {
    let Some((role, scope)) = found(world, place, name).map(|(role, scope)| (role.clone(), scope.clone())) else {
        return not_found(name);
    };
    if !world.may_administer(exchange.caller, &scope.id, exchange.now) {
        return unauthorized(exchange, "Microsoft.Authorization/roleManagementPolicies/write", &scope.id);
    }
    let violation = schema::check("armPolicyUpdate", &schema::without_nulls(exchange.body)).err();
    if let (true, Some(violation)) = (exchange.strict, &violation) {
        return bad_request("InvalidPolicy", violation);
    }
    let rules = policy_wire::rules(&role, &scope.id, world);
    let sent = exchange.body["properties"]["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut answer = match world.change_policy(exchange.caller, (&role.id, &scope.id), rules, sent, exchange.now) {
        Ok(()) => Answer::with(200, policy_wire::policy(&role, &scope, world)),
        Err(BadPolicy::MfaAndContext) => {
            let message = "Multi-factor authentication and an authentication context can't be required together.";
            Answer::error(400, "MfaAndAcrsConflict", message)
        }
        Err(BadPolicy::Invalid(problem)) => Answer::error(400, "InvalidPolicy", &format!("The policy is invalid: {problem}.")),
    };
    answer.violation = violation;
    answer
}

/// The role and the scope whose policy has this name.
fn found<'a>(world: &'a World, place: &Place, name: &str) -> Option<(&'a ResourceRole, &'a ResourceScope)> {
    let scope = world.resource_scope(&place.scope)?;
    let role = world.scenario.resource_roles.iter().find(|role| policy_wire::policy_name(role, scope).eq_ignore_ascii_case(name))?;
    Some((role, scope))
}
