//! `/roleManagement/directory`: role definitions, schedules, their instances, and requests.

use jiff::Timestamp;
use serde_json::Value;

use super::error::{bad_request, not_authorized, not_found, refused};
use super::list::{Kind, list, single};
use super::wire;
use crate::exchange::{Answer, Exchange};
use crate::odata::filter::Filter;
use crate::pim::Kind::Directory;
use crate::pim::entries::{Assignment, Eligibility};
use crate::pim::lifecycle::Request;
use crate::pim::order::{Action, Expiration, Order, Ticket, duration};
use crate::pim::refusal::Refusal;
use crate::pim::world::World;
use crate::schema;

const DEFINITIONS: Kind = Kind {
    context: "roleManagement/directory/roleDefinitions",
    type_name: "unifiedRoleDefinition",
    filterable: &["id", "displayName", "isBuiltIn", "isEnabled", "templateId"],
    expandable: &[],
};

const ASSIGNMENTS: Kind = Kind {
    context: "roleManagement/directory/roleAssignments",
    type_name: "unifiedRoleAssignment",
    filterable: &["principalId", "roleDefinitionId", "directoryScopeId"],
    expandable: &["roleDefinition", "principal"],
};

/// The four lists of what is in force, and the requests.
const COLLECTIONS: [(&str, Kind); 5] = [
    (
        "roleeligibilityschedules",
        Kind {
            context: "roleManagement/directory/roleEligibilitySchedules",
            type_name: "unifiedRoleEligibilitySchedule",
            filterable: &["principalId", "roleDefinitionId", "directoryScopeId", "status", "memberType"],
            expandable: &["roleDefinition", "principal", "directoryScope"],
        },
    ),
    (
        "roleeligibilityscheduleinstances",
        Kind {
            context: "roleManagement/directory/roleEligibilityScheduleInstances",
            type_name: "unifiedRoleEligibilityScheduleInstance",
            filterable: &["principalId", "roleDefinitionId", "directoryScopeId", "memberType", "roleEligibilityScheduleId"],
            expandable: &["roleDefinition", "principal", "directoryScope"],
        },
    ),
    (
        "roleassignmentschedules",
        Kind {
            context: "roleManagement/directory/roleAssignmentSchedules",
            type_name: "unifiedRoleAssignmentSchedule",
            filterable: &["principalId", "roleDefinitionId", "directoryScopeId", "status", "memberType", "assignmentType"],
            expandable: &["roleDefinition", "principal", "directoryScope", "activatedUsing"],
        },
    ),
    (
        "roleassignmentscheduleinstances",
        Kind {
            context: "roleManagement/directory/roleAssignmentScheduleInstances",
            type_name: "unifiedRoleAssignmentScheduleInstance",
            filterable: &[
                "principalId",
                "roleDefinitionId",
                "directoryScopeId",
                "memberType",
                "assignmentType",
                "roleAssignmentScheduleId",
            ],
            expandable: &["roleDefinition", "principal", "directoryScope", "activatedUsing"],
        },
    ),
    (
        "roleassignmentschedulerequests",
        Kind {
            context: "roleManagement/directory/roleAssignmentScheduleRequests",
            type_name: "unifiedRoleAssignmentScheduleRequest",
            filterable: &["principalId", "roleDefinitionId", "directoryScopeId", "status", "action", "targetScheduleId"],
            expandable: &["roleDefinition", "principal", "directoryScope", "activatedUsing", "targetSchedule"],
        },
    ),
];

/// Directory roles whose holders may see everybody's schedules: Global Administrator, Global Reader, Privileged Role Administrator,
/// Security Administrator, Security Reader.
const MAY_SEE_ALL: [&str; 5] = [
    "62e90394-69f5-4237-9190-012177145e10",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "5d6b6bb7-de71-4623-b4af-96380a352509",
];

/// Answers below `/roleManagement/directory`; `None` for what isn't served.
pub(super) fn answer(world: &mut World, exchange: &Exchange<'_>, segments: &[&str]) -> Option<Answer> {
    let lower: Vec<_> = segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
    let lower: Vec<_> = lower.iter().map(String::as_str).collect();
    let answer = match (exchange.method, lower.as_slice()) {
        ("GET", ["roledefinitions"]) => {
            list(world, exchange, &DEFINITIONS, world.scenario.directory_roles.iter().collect(), wire::role_definition)
        }
        ("GET", ["roledefinitions", id]) => match world.directory_role(id) {
            Some(role) => single(world, exchange, &DEFINITIONS, 200, wire::role_definition(role)),
            None => not_found(id),
        },
        ("GET", ["roleassignments"]) => {
            let held = world.assignments(Directory, exchange.now).filter(|entry| entry.holds(exchange.now));
            list(world, exchange, &ASSIGNMENTS, held.collect(), wire::assignment)
        }
        ("POST", ["roleassignmentschedulerequests"]) => post(world, exchange),
        ("POST", ["roleassignmentschedulerequests", id, "cancel"]) => cancel(world, exchange, id),
        ("GET", [collection, rest @ ..]) => {
            let (name, kind) = COLLECTIONS.iter().find(|(name, _)| name == collection)?;
            match rest {
                [] => everybody(world, exchange, name, kind),
                [function] if function.starts_with("filterbycurrentuser(") => own(world, exchange, name, kind, function),
                [id] => one(world, exchange, name, kind, id),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(answer)
}

fn own(world: &World, exchange: &Exchange<'_>, name: &str, kind: &Kind, function: &str) -> Answer {
    if exchange.caller.is_application {
        return not_authorized();
    }
    let on = function.strip_prefix("filterbycurrentuser(on='").and_then(|rest| rest.strip_suffix("')"));
    let items = match (name, on) {
        (_, Some("principal")) => of_principals(world, name, Some(&world.identities(&exchange.caller.object_id)), None, exchange.now),
        ("roleassignmentschedulerequests", Some("createdby")) => {
            let by = |requestor: &str| requestor.eq_ignore_ascii_case(&exchange.caller.object_id);
            world.requests(Directory).filter(|request| by(&request.requestor)).map(Entry::Request).collect()
        }
        ("roleassignmentschedulerequests", Some("approver")) => {
            let identities = world.identities(&exchange.caller.object_id);
            let approves = |role: &str| {
                let approvers = world.policy(Directory, role, "/").approvers;
                approvers.iter().filter_map(|name| world.principal_named(name)).any(|approver| identities.contains(&approver.id))
            };
            world
                .requests(Directory)
                .filter(|request| request.needs_approval && approves(&request.order.role))
                .map(Entry::Request)
                .collect()
        }
        _ => return bad_request(format!("`{function}` isn't emulated for `{}`", kind.type_name)),
    };
    list(world, exchange, kind, items, |entry| entry.written(world))
}

/// Whether the caller may see what others have, as far as the directory roles that the caller holds now say. An application's permissions are
/// for everybody's entries.
pub(super) fn may_see_all(world: &World, exchange: &Exchange<'_>) -> bool {
    if exchange.caller.is_application {
        return true;
    }
    let roles = world.active_directory_roles(&exchange.caller.object_id, exchange.now);
    roles.iter().any(|role| MAY_SEE_ALL.contains(&role.as_str()))
}

fn everybody(world: &World, exchange: &Exchange<'_>, name: &str, kind: &Kind) -> Answer {
    if !may_see_all(world, exchange) {
        return not_authorized();
    }
    // What the filter says of principal and role is looked at before thousands of entries are written out for the rest of it.
    let filter = exchange.query.get("$filter").and_then(|filter| Filter::parse(filter).ok());
    let required = |name| filter.as_ref().and_then(|filter| filter.required(name));
    let principal = required("principalId").map(|id| [id.to_ascii_lowercase()]);
    let principals = principal.as_ref().map(<[String; 1]>::as_slice);
    let items = of_principals(world, name, principals, required("roleDefinitionId"), exchange.now);
    list(world, exchange, kind, items, |entry| entry.written(world))
}

fn one(world: &mut World, exchange: &Exchange<'_>, name: &str, kind: &Kind, id: &str) -> Answer {
    if name == "roleassignmentschedulerequests" {
        let identities = readable(world, exchange);
        let found = world.read_request(Directory, id, exchange.now);
        let is_readable = |principal: &str| identities.as_ref().is_none_or(|own| own.contains(&principal.to_ascii_lowercase()));
        let own = found.filter(|request| is_readable(&request.order.principal)).map(wire::request);
        return match own {
            Some(item) => single(world, exchange, kind, 200, item),
            None => not_found(id),
        };
    }
    let items = of_principals(world, name, readable(world, exchange).as_deref(), None, exchange.now);
    match items
        .into_iter()
        .map(|entry| entry.written(world))
        .find(|item| item["id"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(id)))
    {
        Some(item) => single(world, exchange, kind, 200, item),
        None => not_found(id),
    }
}

/// Whose entries the caller may read one by one; `None` for everybody's.
fn readable(world: &World, exchange: &Exchange<'_>) -> Option<Vec<String>> {
    (!exchange.caller.is_application).then(|| world.identities(&exchange.caller.object_id))
}

/// An entry of one of the collections.
enum Entry<'a> {
    EligibilitySchedule(&'a Eligibility),
    EligibilityInstance(&'a Eligibility),
    AssignmentSchedule(&'a Assignment),
    AssignmentInstance(&'a Assignment),
    Request(&'a Request),
}

impl Entry<'_> {
    fn written(&self, world: &World) -> Value {
        match self {
            Self::EligibilitySchedule(entry) => wire::eligibility_schedule(entry, world),
            Self::EligibilityInstance(entry) => wire::eligibility_instance(entry, world),
            Self::AssignmentSchedule(entry) => wire::assignment_schedule(entry, world),
            Self::AssignmentInstance(entry) => wire::assignment_instance(entry, world),
            Self::Request(request) => wire::request(request),
        }
    }
}

/// The entries of a collection that belong to these principals, or to anybody, and are for this role, or for any.
fn of_principals<'a>(world: &'a World, name: &str, principals: Option<&[String]>, role: Option<&str>, now: Timestamp) -> Vec<Entry<'a>> {
    let belongs = |principal: &str| principals.is_none_or(|principals| principals.contains(&principal.to_ascii_lowercase()));
    let is_for = |other: &str| role.is_none_or(|role| role.eq_ignore_ascii_case(other));
    let of_role = role.into_iter().flat_map(|role| world.eligibilities_for(role, now));
    let of_any = role.is_none().then(|| world.eligibilities(Directory, now)).into_iter().flatten();
    let eligible = of_role.chain(of_any).filter(|entry| belongs(&entry.principal));
    let assigned = world.assignments(Directory, now).filter(|entry| belongs(&entry.principal) && is_for(&entry.role));
    let requested = world.requests(Directory).filter(|request| belongs(&request.order.principal) && is_for(&request.order.role));
    match name {
        "roleeligibilityschedules" => eligible.map(Entry::EligibilitySchedule).collect(),
        "roleeligibilityscheduleinstances" => eligible.filter(|entry| entry.holds(now)).map(Entry::EligibilityInstance).collect(),
        "roleassignmentschedules" => assigned.map(Entry::AssignmentSchedule).collect(),
        "roleassignmentscheduleinstances" => assigned.filter(|entry| entry.holds(now)).map(Entry::AssignmentInstance).collect(),
        _ => requested.map(Entry::Request).collect(),
    }
}

fn post(world: &mut World, exchange: &Exchange<'_>) -> Answer {
    let behaviour = world.scenario.behaviour.clone();
    let (order, violation) = match order(exchange.body) {
        Ok(order) => (order, None),
        // Where the schema is only watched, what can be understood of the body goes to PIM.
        Err((violation, Some(order))) if !exchange.strict => (order, Some(violation)),
        Err((violation, _)) => return refused(&Refusal::Invalid, exchange, &behaviour).violating(violation),
    };
    let mut answer = match world.order(exchange.caller, order, exchange.now) {
        Ok(request) => single(world, exchange, &COLLECTIONS[4].1, 201, wire::request(&request)),
        Err(refusal) => refused(&refusal, exchange, &behaviour),
    };
    answer.violation = violation.or(answer.violation);
    answer
}

fn cancel(world: &mut World, exchange: &Exchange<'_>, id: &str) -> Answer {
    let behaviour = world.scenario.behaviour.clone();
    match world.cancel(Directory, id, exchange.caller, exchange.now) {
        Some(true) => Answer::empty(204),
        Some(false) => refused(&Refusal::Invalid, exchange, &behaviour),
        None => not_found(id),
    }
}

/// Reads the body of a request; with an error comes the order if the body says enough for one.
fn order(body: &Value) -> Result<Order, (String, Option<Order>)> {
    let body = canonical(body);
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let action_text = text(&body, "action").unwrap_or_default();
    let (action, definition) = match action_text.as_str() {
        "selfActivate" => (Action::SelfActivate, "graphRoleSelfActivate"),
        "selfDeactivate" => (Action::SelfDeactivate, "graphRoleSelfDeactivate"),
        "selfExtend" | "selfRenew" => (Action::SelfProlong, "graphRoleSelfExtend"),
        "adminRemove" => (Action::Admin, "graphRoleAdminRemove"),
        "adminAssign" | "adminUpdate" | "adminExtend" | "adminRenew" => (Action::Admin, "graphRoleAdminAssign"),
        other => return Err((format!("the body has the action `{other}`, which doesn't exist"), None)),
    };
    let checked = schema::check(definition, &body);
    let schedule = body.get("scheduleInfo").cloned().unwrap_or_default();
    let start = text(&schedule, "startDateTime").map(|start| start.parse::<Timestamp>()).transpose();
    let expiration = expiration(&schedule["expiration"]);
    let (Ok(start), Some(expiration)) = (start, expiration) else {
        return Err((checked.err().unwrap_or_else(|| "the body has a time that doesn't exist".to_owned()), None));
    };
    let ticket = body.get("ticketInfo").map(|ticket| Ticket { number: text(ticket, "ticketNumber"), system: text(ticket, "ticketSystem") });
    let order = Order {
        kind: Directory,
        name: None,
        action,
        action_text,
        principal: text(&body, "principalId").unwrap_or_default(),
        role: text(&body, "roleDefinitionId").unwrap_or_default(),
        scope: text(&body, "directoryScopeId").unwrap_or_default(),
        justification: text(&body, "justification"),
        ticket,
        start,
        expiration,
        link: None,
        condition: None,
        validate_only: body["isValidationOnly"] == Value::Bool(true),
    };
    match checked {
        Ok(()) => Ok(order),
        Err(violation) => Err((violation, Some(order))),
    }
}

/// The service treats null as absent and takes the expiration's type in any case; its answers have the canonical one.
fn canonical(body: &Value) -> Value {
    let mut body = schema::without_nulls(body);
    if let Some(kind) = body.pointer_mut("/scheduleInfo/expiration/type") {
        let known = ["afterDuration", "afterDateTime", "noExpiration"];
        if let Some(name) = known.iter().find(|name| kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case(name))) {
            *kind = Value::from(*name);
        }
    }
    body
}

fn expiration(value: &Value) -> Option<Expiration> {
    match value["type"].as_str() {
        Some("afterDuration") => {
            let text = value["duration"].as_str()?;
            Some(Expiration::After { text: text.to_owned(), length: duration(text)? })
        }
        Some("afterDateTime") => Some(Expiration::At(value["endDateTime"].as_str()?.parse().ok()?)),
        _ => Some(Expiration::Never),
    }
}
