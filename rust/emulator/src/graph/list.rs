//! Lists and single objects with the query options of OData.

use serde_json::{Map, Value, json};

use super::error::bad_request;
use super::policy::{self, Subject};
use super::wire;
use crate::exchange::{Answer, Exchange, encoded};
use crate::odata::filter::Filter;
use crate::odata::page::{page, page_of};
use crate::odata::select::{Expand, apply, parse_expand, parse_select};
use crate::pim::Kind::Directory;
use crate::pim::world::World;

/// What kind of objects a path serves.
pub(super) struct Kind {
    /// Path after `$metadata#`.
    pub(super) context: &'static str,
    /// Type name, for error messages and for lists that say the type of each entry.
    pub(super) type_name: &'static str,
    /// Properties that a filter may name.
    pub(super) filterable: &'static [&'static str],
    /// Relations that may be expanded.
    pub(super) expandable: &'static [&'static str],
}

const OPTIONS: &[&str] = &["$select", "$filter", "$expand", "$top", "$skiptoken", "$count"];

/// Answers a list. Entries are written out as far as the page goes, and all of them where they are counted.
pub(super) fn list<T>(world: &World, exchange: &Exchange<'_>, kind: &Kind, items: Vec<T>, mut written: impl FnMut(T) -> Value) -> Answer {
    let query = exchange.query;
    if let Some(option) = query.other_than(OPTIONS) {
        return bad_request(format!("the query option `{option}` isn't emulated"));
    }
    let filter = match query.get("$filter").map(Filter::parse).transpose() {
        Ok(filter) => filter,
        Err(problem) => return bad_request(problem),
    };
    if let Some(property) = filter.as_ref().and_then(|filter| filter.other_than(kind.filterable)) {
        return bad_request(format!("a filter by `{property}` isn't emulated for `{}`", kind.type_name));
    }
    let shape = match Shape::parse(exchange, kind) {
        Ok(shape) => shape,
        Err(answer) => return answer,
    };
    let mut size = world.scenario.behaviour.page_size;
    if let Some(top) = query.get("$top") {
        match top.parse::<usize>() {
            Ok(top) if (1..=999).contains(&top) => size = size.min(top),
            _ => return bad_request(format!("`$top={top}` isn't understood")),
        }
    }
    let counted = match query.get("$count") {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => return bad_request(format!("`$count={other}` isn't understood")),
    };

    let mut kept = |item: T| Some(written(item)).filter(|item| filter.as_ref().is_none_or(|filter| filter.accepts(item)));
    let (count, page) = if counted {
        let items: Vec<_> = items.into_iter().filter_map(&mut kept).collect();
        (items.len(), page(items, exchange.path, query, size))
    } else {
        (0, page_of(items, exchange.path, query, size, kept))
    };
    let Ok(page) = page else {
        return bad_request("the `$skiptoken` doesn't belong to this list");
    };
    let mut value = Vec::new();
    for item in page.items {
        match shape.apply(world, item, kind) {
            Ok(item) => value.push(item),
            Err(answer) => return answer,
        }
    }
    let mut body = Map::new();
    body.insert("@odata.context".to_owned(), json!(format!("{}/$metadata#{}", exchange.origin, kind.context)));
    if counted {
        body.insert("@odata.count".to_owned(), json!(count));
    }
    if let Some(next) = page.next {
        let path = encoded(exchange.path);
        body.insert("@odata.nextLink".to_owned(), json!(format!("{}{path}?{next}", exchange.origin)));
    }
    body.insert("value".to_owned(), json!(value));
    Answer::with(200, Value::Object(body))
}

/// Answers a single object.
pub(super) fn single(world: &World, exchange: &Exchange<'_>, kind: &Kind, status: u16, item: Value) -> Answer {
    if let Some(option) = exchange.query.other_than(&["$select", "$expand"]) {
        return bad_request(format!("the query option `{option}` isn't emulated here"));
    }
    let shaped = Shape::parse(exchange, kind).and_then(|shape| shape.apply(world, item, kind));
    match shaped {
        Ok(Value::Object(members)) => {
            let mut body = Map::new();
            body.insert("@odata.context".to_owned(), json!(format!("{}/$metadata#{}/$entity", exchange.origin, kind.context)));
            body.extend(members);
            Answer::with(status, Value::Object(body))
        }
        Ok(other) => Answer::with(status, other),
        Err(answer) => answer,
    }
}

/// What of each object is wanted.
struct Shape {
    select: Option<Vec<String>>,
    expand: Vec<Expand>,
}

impl Shape {
    fn parse(exchange: &Exchange<'_>, kind: &Kind) -> Result<Self, Answer> {
        let select = exchange.query.get("$select").map(parse_select).transpose().map_err(bad_request)?;
        let expand = exchange.query.get("$expand").map(parse_expand).transpose().map_err(bad_request)?.unwrap_or_default();
        match expand.iter().find(|entry| !kind.expandable.iter().any(|name| name.eq_ignore_ascii_case(&entry.name))) {
            Some(entry) => Err(bad_request(format!("`$expand={}` isn't emulated for `{}`", entry.name, kind.type_name))),
            None => Ok(Self { select, expand }),
        }
    }

    fn apply(&self, world: &World, item: Value, kind: &Kind) -> Result<Value, Answer> {
        let expanded = self.expand.iter().map(|entry| related(world, &item, entry)).collect::<Result<Vec<_>, _>>()?;
        let mut shaped = match &self.select {
            Some(names) => apply(item, names).map_err(|name| unknown_property(&name, kind.type_name))?,
            None => item,
        };
        if let Value::Object(members) = &mut shaped {
            members.extend(expanded);
        }
        Ok(shaped)
    }
}

fn unknown_property(name: &str, type_name: &str) -> Answer {
    let message =
        format!("Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.{type_name}'.");
    Answer::error(400, "BadRequest", &message).violating(message)
}

/// The eligibility behind an activation, in the form that fits the entry: an instance for an instance.
fn activated_using(world: &World, item: &Value) -> Option<Value> {
    let id = |name: &str| item.get(name).and_then(Value::as_str);
    let instance = id("roleAssignmentScheduleId");
    let schedule = instance.or_else(|| id("targetScheduleId")).or_else(|| id("id"))?;
    let of_request = world.request(Directory, id("id")?).and_then(|request| request.eligibility.as_deref());
    let of_assignment = world.assignment_by_id(Directory, schedule).and_then(|entry| entry.activated_from.as_deref());
    let eligible = world.eligibility_by_id(of_request.or(of_assignment)?)?;
    let form = if instance.is_some() { wire::eligibility_instance } else { wire::eligibility_schedule };
    Some(form(eligible, world))
}

/// The related object under its name.
fn related(world: &World, item: &Value, expand: &Expand) -> Result<(String, Value), Answer> {
    let id = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
    let role = || world.directory_role(id("roleDefinitionId"));
    let (name, object) = match expand.name.to_ascii_lowercase().as_str() {
        "roledefinition" => ("roleDefinition", role().map(wire::expanded_role_definition)),
        "principal" => ("principal", world.principal(id("principalId")).map(wire::principal)),
        "policy" => ("policy", Subject::of_assignment(world, item).map(|subject| policy::policy(subject, world))),
        "rules" => {
            let subject = Subject::of_policy(world, id("id"));
            ("rules", subject.map(|subject| Value::Array(policy::rules(subject, world))))
        }
        "directoryscope" => ("directoryScope", world.unit_at(id("directoryScopeId")).map(wire::administrative_unit)),
        "activatedusing" => ("activatedUsing", activated_using(world, item)),
        "targetschedule" => {
            let schedule = world.assignment_by_id(Directory, id("targetScheduleId"));
            ("targetSchedule", schedule.map(|schedule| wire::assignment_schedule(schedule, world)))
        }
        other => return Err(bad_request(format!("`$expand={other}` isn't emulated"))),
    };
    let mut object = object.unwrap_or(Value::Null);
    let inner = expand.expand.iter().map(|entry| related(world, &object, entry)).collect::<Result<Vec<_>, _>>()?;
    if let Some(names) = &expand.select {
        object = apply(object, names).map_err(|property| unknown_property(&property, name))?;
    }
    if let Value::Object(members) = &mut object {
        members.extend(inner);
    }
    Ok((name.to_owned(), object))
}
