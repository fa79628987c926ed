//! `roleEligibilityScheduleRequests`: what administrators give and take.

use uuid::Uuid;

use super::error::{bad_request, not_found, refused, unauthorized};
use super::lists::Wanted;
use super::requests::{defined_there, order};
use super::{Place, listed, wire};
use crate::exchange::{Answer, Exchange};
use crate::pim::lifecycle::Request;
use crate::pim::order::Action;
use crate::pim::refusal::Refusal;
use crate::pim::world::World;

/// Requests at a scope: the caller's own, those for the caller, or everybody's to who may read them.
pub(super) fn list(world: &World, exchange: &Exchange<'_>, place: &Place) -> Answer {
    let wanted = match Wanted::of(world, exchange, place) {
        Ok(wanted) => wanted,
        Err(refusal) => return refusal,
    };
    let identities = world.identities(&exchange.caller.object_id);
    let is_wanted = |request: &&Request| {
        if wanted.as_requestor {
            return request.requestor.eq_ignore_ascii_case(&exchange.caller.object_id);
        }
        !wanted.as_approver && wanted.takes(&request.order.principal, &identities)
    };
    let requests = world.eligibility_requests().filter(is_wanted);
    let items = requests.filter(|request| wanted.sees(&place.scope, &request.order.scope, world).is_some()).collect();
    listed(world, exchange, &place.path, items, |request| wire::eligibility_request(request, world))
}

/// One request, to who made it, whom it is for, and who may read all.
pub(super) fn get(world: &World, exchange: &Exchange<'_>, place: &Place, name: &str) -> Answer {
    if let Some(option) = exchange.query.other_than(&["api-version"]) {
        return bad_request("BadRequestFormat", format!("the query option `{option}` isn't emulated"));
    }
    let mut at_scope = world.eligibility_requests().filter(|request| request.order.scope.eq_ignore_ascii_case(&place.scope));
    let own = |id: &str| id.eq_ignore_ascii_case(&exchange.caller.object_id);
    match at_scope.find(|request| request.id.eq_ignore_ascii_case(name)) {
        Some(request)
            if own(&request.requestor) || own(&request.order.principal) || world.may_read(exchange.caller, &place.scope, exchange.now) =>
        {
            Answer::with(200, wire::eligibility_request(request, world))
        }
        _ => not_found(name),
    }
}

/// Creates a request, or only checks whether it could be created.
pub(super) fn put(world: &mut World, exchange: &Exchange<'_>, place: &Place, name: &str, validate: bool) -> Answer {
    if Uuid::parse_str(name).is_err() {
        return bad_request("BadRequestFormat", format!("the request's name `{name}` has to be a GUID"));
    }
    let (mut order, violation) = match order(exchange.body, name, &place.scope, ["armEligibilityAdminAssign", "armEligibilityAdminRemove"])
    {
        Ok(order) => (order, None),
        Err((violation, Some(order))) if !exchange.strict => (order, Some(violation)),
        Err((violation, _)) => return refused(&Refusal::Invalid, world, exchange).violating(violation),
    };
    order.validate_only = validate;
    if order.action != Action::Admin {
        return refused(&Refusal::NotEmulated("extensions and renewals of one's own eligibilities"), world, exchange);
    }
    if !world.may_administer(exchange.caller, &place.scope, exchange.now) {
        return unauthorized(exchange, "Microsoft.Authorization/roleEligibilityScheduleRequests/write", &place.scope);
    }
    if let Some(earlier) = world.eligibility_requests().find(|request| request.id.eq_ignore_ascii_case(name)).filter(|_| !validate) {
        let same = earlier.order.action_text == order.action_text
            && earlier.order.role.eq_ignore_ascii_case(&order.role)
            && earlier.order.scope.eq_ignore_ascii_case(&order.scope)
            && earlier.order.principal.eq_ignore_ascii_case(&order.principal);
        if same {
            return Answer::with(201, wire::eligibility_request(earlier, world));
        }
        return Answer::error(409, "Conflict", "A role eligibility schedule request with this name already exists.");
    }
    if !defined_there(exchange.body, &place.scope, world) {
        return refused(&Refusal::UnknownRole, world, exchange);
    }
    let mut answer = match world.grant(exchange.caller, order, exchange.now) {
        Ok(request) => Answer::with(if validate { 200 } else { 201 }, wire::eligibility_request(&request, world)),
        Err(refusal) => refused(&refusal, world, exchange),
    };
    answer.violation = violation.or(answer.violation);
    answer
}
