//! `roleAssignmentScheduleRequests`: activation, deactivation, what became of them.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::error::{bad_request, not_found, refused, unauthorized};
use super::lists::Wanted;
use super::{Place, listed, wire};
use crate::exchange::{Answer, Exchange};
use crate::pim::Kind::Resource;
use crate::pim::lifecycle::Request;
use crate::pim::order::{Action, Expiration, Link, Order, Ticket, duration};
use crate::pim::refusal::Refusal;
use crate::pim::world::World;
use crate::schema;

/// The caller's requests, or those that the caller may approve.
pub(super) fn list(world: &World, exchange: &Exchange<'_>, place: &Place) -> Answer {
    let wanted = match Wanted::of(world, exchange, place) {
        Ok(wanted) => wanted,
        Err(refusal) => return refusal,
    };
    let identities = world.identities(&exchange.caller.object_id);
    let same = |left: &str, right: &str| left.eq_ignore_ascii_case(right);
    let approves = |request: &Request| {
        let approvers = world.policy(Resource, &request.order.role, &request.order.scope).approvers;
        request.needs_approval
            && approvers.iter().filter_map(|name| world.principal_named(name)).any(|approver| identities.contains(&approver.id))
    };
    let items = world
        .requests(Resource)
        .filter(|request| {
            if wanted.as_approver {
                approves(request)
            } else if wanted.as_requestor {
                same(&request.requestor, &exchange.caller.object_id)
            } else {
                identities.contains(&request.order.principal.to_ascii_lowercase())
            }
        })
        .filter(|request| wanted.sees(&place.scope, &request.order.scope, world).is_some())
        .collect();
    listed(world, exchange, &place.path, items, |request| shown(request, world))
}

/// One request.
pub(super) fn get(world: &mut World, exchange: &Exchange<'_>, place: &Place, name: &str) -> Answer {
    if let Some(option) = exchange.query.other_than(&["api-version"]) {
        return bad_request("BadRequestFormat", format!("the query option `{option}` isn't emulated"));
    }
    let request = world.read_request(Resource, name, exchange.now).cloned();
    let own = request.filter(|request| {
        request.requestor.eq_ignore_ascii_case(&exchange.caller.object_id) && request.order.scope.eq_ignore_ascii_case(&place.scope)
    });
    match own {
        Some(request) => Answer::with(200, shown(&request, world)),
        None => not_found(name),
    }
}

/// Creates a request, or only checks whether it could be created.
pub(super) fn put(world: &mut World, exchange: &Exchange<'_>, place: &Place, name: &str, validate: bool) -> Answer {
    if Uuid::parse_str(name).is_err() {
        return bad_request("BadRequestFormat", format!("the request's name `{name}` has to be a GUID"));
    }
    let (mut order, violation) = match order(exchange.body, name, &place.scope, ["armAdminAssign", "armAdminRemove"]) {
        Ok(order) => (order, None),
        // Where the schema is only watched, what can be understood of the body goes to PIM.
        Err((violation, Some(order))) if !exchange.strict => (order, Some(violation)),
        Err((violation, _)) => return refused(&Refusal::Invalid, world, exchange).violating(violation),
    };
    order.validate_only = validate;
    // A second request under the name of the first: a client that lost the answer gets the same one again.
    if let Some(earlier) = world.request(Resource, name).filter(|_| !validate) {
        let same = earlier.order.action_text == order.action_text
            && earlier.order.role.eq_ignore_ascii_case(&order.role)
            && earlier.order.scope.eq_ignore_ascii_case(&order.scope)
            && earlier.requestor.eq_ignore_ascii_case(&exchange.caller.object_id);
        if same {
            return Answer::with(201, shown(earlier, world));
        }
        return Answer::error(409, "Conflict", "A role assignment schedule request with this name already exists.");
    }
    if !defined_there(exchange.body, &place.scope, world) {
        return refused(&Refusal::UnknownRole, world, exchange);
    }
    if let Some(refusal) = unreadable_group(world, exchange, &order) {
        return refusal;
    }
    let mut answer = match world.order(exchange.caller, order, exchange.now) {
        Ok(request) => Answer::with(if validate { 200 } else { 201 }, shown(&request, world)),
        Err(refusal) => refused(&refusal, world, exchange),
    };
    answer.violation = violation.or(answer.violation);
    answer
}

/// Withdraws a request that is still pending.
pub(super) fn cancel(world: &mut World, exchange: &Exchange<'_>, name: &str) -> Answer {
    match world.cancel(Resource, name, exchange.caller, exchange.now) {
        Some(true) => Answer::empty(200),
        Some(false) => refused(&Refusal::Invalid, world, exchange),
        None => not_found(name),
    }
}

fn shown(request: &Request, world: &World) -> Value {
    wire::request(request, world, request.eligibility.as_deref().and_then(|id| world.eligibility_by_id(id)))
}

/// A role's id may begin with the scope, with one above it, or with none.
pub(super) fn defined_there(body: &Value, scope: &str, world: &World) -> bool {
    let id = body["properties"]["roleDefinitionId"].as_str().unwrap_or_default();
    let Some(at) = id.to_ascii_lowercase().rfind("/providers/microsoft.authorization/") else { return true };
    at == 0 || world.at_and_above(scope).iter().any(|parent| parent.eq_ignore_ascii_case(&id[..at]))
}

/// Azure Resource Manager looks whether the caller may read a resource group before PIM sees the request: nobody may whose only right to it is
/// an eligibility that comes from a management group.
fn unreadable_group(world: &World, exchange: &Exchange<'_>, order: &Order) -> Option<Answer> {
    if wire::scope_type(&order.scope) != "resourcegroup" {
        return None;
    }
    let chain = world.at_and_above(&order.scope);
    let identities = world.identities(&exchange.caller.object_id);
    let here = |scope: &str| chain.iter().any(|parent| parent.eq_ignore_ascii_case(scope));
    let own = |principal: &str| identities.contains(&principal.to_ascii_lowercase());
    let active =
        world.assignments(Resource, exchange.now).any(|entry| entry.holds(exchange.now) && own(&entry.principal) && here(&entry.scope));
    let mut eligible = world.eligibilities(Resource, exchange.now).filter(|entry| own(&entry.principal) && here(&entry.scope)).peekable();
    let only_above = eligible.peek().is_some() && eligible.all(|entry| wire::scope_type(&entry.scope) == "managementgroup");
    let action = "Microsoft.Resources/subscriptions/resourceGroups/read";
    (!active && only_above).then(|| unauthorized(exchange, action, &order.scope))
}

/// Reads the body of a request, whose administrators' forms have schemas of their own for assignments and eligibilities; with an error comes the order if the body says enough for one.
pub(super) fn order(body: &Value, name: &str, scope: &str, [assign, remove]: [&str; 2]) -> Result<Order, (String, Option<Order>)> {
    let body = schema::without_nulls(body);
    let properties = body.get("properties").cloned().unwrap_or_default();
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let action_text = text(&properties, "requestType").unwrap_or_default();
    let (action, definition) = match action_text.as_str() {
        "SelfActivate" => (Action::SelfActivate, "armSelfActivate"),
        "SelfDeactivate" => (Action::SelfDeactivate, "armSelfDeactivate"),
        "SelfExtend" | "SelfRenew" => (Action::SelfProlong, "armSelfExtend"),
        "AdminRemove" => (Action::Admin, remove),
        "AdminAssign" | "AdminUpdate" | "AdminExtend" | "AdminRenew" => (Action::Admin, assign),
        other => return Err((format!("the body has the request type `{other}`, which doesn't exist"), None)),
    };
    let checked = schema::check(definition, &body);
    let schedule = properties.get("scheduleInfo").cloned().unwrap_or_default();
    let start = text(&schedule, "startDateTime").map(|start| start.parse::<Timestamp>()).transpose();
    let (Ok(start), Some(expiration)) = (start, expiration(&schedule["expiration"])) else {
        return Err((checked.err().unwrap_or_else(|| "the body has a time that doesn't exist".to_owned()), None));
    };
    let role = text(&properties, "roleDefinitionId").unwrap_or_default();
    let ticket = properties.get("ticketInfo");
    let order = Order {
        kind: Resource,
        name: Some(name.to_owned()),
        action,
        action_text,
        principal: text(&properties, "principalId").unwrap_or_default(),
        role: role.rsplit('/').next().unwrap_or_default().to_owned(),
        scope: scope.to_owned(),
        justification: text(&properties, "justification"),
        ticket: ticket.map(|ticket| Ticket { number: text(ticket, "ticketNumber"), system: text(ticket, "ticketSystem") }),
        start,
        expiration,
        link: text(&properties, "linkedRoleEligibilityScheduleId").map(|link| link_of(&link)),
        condition: text(&properties, "condition"),
        validate_only: false,
    };
    match checked {
        Ok(()) => Ok(order),
        Err(violation) => Err((violation, Some(order))),
    }
}

fn link_of(link: &str) -> Link {
    let name = link.rsplit('/').next().unwrap_or_default().to_owned();
    let scope = link.to_ascii_lowercase().rfind("/providers/microsoft.authorization/").map(|at| link[..at].to_owned());
    Link { scope, id: name }
}

fn expiration(value: &Value) -> Option<Expiration> {
    match value["type"].as_str() {
        Some("AfterDuration") => {
            let text = value["duration"].as_str()?;
            Some(Expiration::After { text: text.to_owned(), length: duration(text)? })
        }
        Some("AfterDateTime") => Some(Expiration::At(value["endDateTime"].as_str()?.parse().ok()?)),
        _ => Some(Expiration::Never),
    }
}
