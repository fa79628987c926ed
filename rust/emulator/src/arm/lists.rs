//! Lists of eligibilities and assignments.

use serde_json::Value;

use super::error::{bad_request, not_found, unauthorized};
use super::wire::{self, Seen};
use super::{Place, listed};
use crate::exchange::{Answer, Exchange};
use crate::odata::filter::Filter;
use crate::pim::Kind::Resource;
use crate::pim::world::World;

const OPTIONS: &[&str] = &["api-version", "$filter", "$skiptoken"];

/// Whose entries, and which of them.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Entries of the caller and the caller's groups.
    pub(super) as_target: bool,
    /// Requests that the caller has made.
    pub(super) as_requestor: bool,
    /// Requests that the caller may approve.
    pub(super) as_approver: bool,
    /// Entries of this principal alone.
    pub(super) principal: Option<String>,
    /// Entries of this user and the user's groups.
    pub(super) assigned_to: Option<String>,
    /// Entries at the scope and above, not below.
    pub(super) at_scope: bool,
}

impl Wanted {
    /// Reads the options of a list of `kind` at a scope.
    ///
    /// # Errors
    ///
    /// The refusal of what isn't understood, and of a list of everybody's entries to who may not read them.
    pub(super) fn of(world: &World, exchange: &Exchange<'_>, place: &Place) -> Result<Self, Answer> {
        if let Some(option) = exchange.query.other_than(OPTIONS) {
            return Err(bad_request("BadRequestFormat", format!("the query option `{option}` isn't emulated")));
        }
        let mut wanted = Self::default();
        if let Some(text) = exchange.query.get("$filter") {
            let filter = Filter::parse(text).map_err(|problem| bad_request("BadRequestFormat", problem))?;
            let terms = filter.conjunction().ok_or_else(|| bad_request("BadRequestFormat", "`or` isn't emulated in this filter"))?;
            for term in terms {
                wanted.take(term).ok_or_else(|| bad_request("BadRequestFormat", format!("the filter `{text}` isn't emulated")))?;
            }
        }
        let own = |id: &Option<String>| id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(&exchange.caller.object_id));
        if wanted.as_target || wanted.as_requestor || wanted.as_approver || own(&wanted.principal) || own(&wanted.assigned_to) {
            return Ok(wanted);
        }
        if !place.scope.is_empty() {
            return if world.may_read(exchange.caller, &place.scope, exchange.now) {
                Ok(wanted)
            } else {
                Err(unauthorized(exchange, &format!("Microsoft.Authorization/{}/read", place.rest[0]), &place.scope))
            };
        }
        let message = format!(
            "The requestor {} does not have permissions for this request. Please use $filter=asTarget() to filter on the requestor's assignments.",
            exchange.caller.object_id
        );
        Err(Answer::error(403, "InsufficientPermissions", &message))
    }

    /// Whether the list is of what one user has, directly or through groups.
    const fn is_of_user(&self) -> bool {
        self.as_target || self.assigned_to.is_some()
    }

    fn take(&mut self, term: &Filter) -> Option<()> {
        match term {
            Filter::Call { name, arguments } => match (name.to_ascii_lowercase().as_str(), arguments.as_slice()) {
                ("astarget", []) => self.as_target = true,
                ("asrequestor", []) => self.as_requestor = true,
                ("asapprover", []) => self.as_approver = true,
                ("atscope", []) => self.at_scope = true,
                ("assignedto", [user]) => self.assigned_to = Some(user.clone()),
                _ => return None,
            },
            Filter::Compare { property, equal: true, literal } if property.eq_ignore_ascii_case("principalId") => {
                self.principal = Some(literal.as_str()?.to_owned());
            }
            _ => return None,
        }
        Some(())
    }

    /// Whether an entry of this principal is wanted.
    pub(super) fn takes(&self, principal: &str, identities: &[String]) -> bool {
        let is_own = identities.contains(&principal.to_ascii_lowercase());
        let is_that = self.principal.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(principal));
        is_that && (is_own || !self.is_of_user())
    }

    /// How an entry at one scope is seen in a list at another; `None` when it isn't.
    /// The tenant shows all. What is inherited from a management group isn't seen below it by the user who has it, as users report.
    pub(super) fn sees(&self, at: &str, entry: &str, world: &World) -> Option<Seen> {
        let same = |left: &str, right: &str| left.eq_ignore_ascii_case(right);
        let seen = |inherited| Seen { inherited, of_user: self.is_of_user() };
        let above = |scope: &str, of: &str| world.at_and_above(of).iter().skip(1).any(|parent| same(parent, scope));
        if at.is_empty() {
            return (!self.at_scope).then_some(seen(false));
        }
        if same(at, entry) {
            return Some(seen(false));
        }
        if above(entry, at) {
            let through_group = wire::scope_type(entry) == "managementgroup" && wire::scope_type(at) != "managementgroup";
            return (!through_group || !self.is_of_user()).then_some(seen(true));
        }
        (!self.at_scope && above(at, entry)).then_some(seen(false))
    }
}

/// `roleEligibilitySchedules` and their instances.
pub(super) fn eligibilities(world: &World, exchange: &Exchange<'_>, place: &Place) -> Answer {
    let wanted = match Wanted::of(world, exchange, place) {
        Ok(wanted) => wanted,
        Err(refusal) => return refusal,
    };
    let instances = is_instance(place);
    let identities = world.identities(&exchange.caller.object_id);
    let items: Vec<_> = world
        .eligibilities_around(&place.scope, exchange.now)
        .into_iter()
        .filter(|entry| (!instances || entry.holds(exchange.now)) && wanted.takes(&entry.principal, &identities))
        .filter_map(|entry| Some((entry, wanted.sees(&place.scope, &entry.scope, world)?)))
        .collect();
    listed(world, exchange, &place.path, items, |(entry, seen)| wire::eligibility(entry, instances, &seen, world))
}

/// `roleAssignmentSchedules` and their instances.
pub(super) fn assignments(world: &World, exchange: &Exchange<'_>, place: &Place) -> Answer {
    let wanted = match Wanted::of(world, exchange, place) {
        Ok(wanted) => wanted,
        Err(refusal) => return refusal,
    };
    let instances = is_instance(place);
    let identities = world.identities(&exchange.caller.object_id);
    let items: Vec<_> = world
        .assignments(Resource, exchange.now)
        .filter(|entry| (!instances || entry.holds(exchange.now)) && wanted.takes(&entry.principal, &identities))
        .filter_map(|entry| Some((entry, wanted.sees(&place.scope, &entry.scope, world)?)))
        .collect();
    listed(world, exchange, &place.path, items, |(entry, seen)| {
        let eligible = entry.activated_from.as_deref().and_then(|id| world.eligibility_by_id(id));
        wire::assignment(entry, instances, &seen, world, eligible)
    })
}

/// One of the caller's eligibility schedules or instances.
pub(super) fn eligibility(world: &World, exchange: &Exchange<'_>, place: &Place, name: &str) -> Answer {
    let (instance, identities) = (is_instance(place), world.identities(&exchange.caller.object_id));
    let own = world.eligibilities(Resource, exchange.now).filter(|entry| identities.contains(&entry.principal.to_ascii_lowercase()));
    let at_scope = own.filter(|entry| entry.scope.eq_ignore_ascii_case(&place.scope) && (!instance || entry.holds(exchange.now)));
    one(exchange, name, at_scope.map(|entry| wire::eligibility(entry, instance, &Seen { inherited: false, of_user: true }, world)))
}

/// One of the caller's assignment schedules or instances.
pub(super) fn assignment(world: &World, exchange: &Exchange<'_>, place: &Place, name: &str) -> Answer {
    let (instance, identities) = (is_instance(place), world.identities(&exchange.caller.object_id));
    let own = world.assignments(Resource, exchange.now).filter(|entry| identities.contains(&entry.principal.to_ascii_lowercase()));
    let at_scope = own.filter(|entry| entry.scope.eq_ignore_ascii_case(&place.scope) && (!instance || entry.holds(exchange.now)));
    let written = at_scope.map(|entry| {
        let eligible = entry.activated_from.as_deref().and_then(|id| world.eligibility_by_id(id));
        wire::assignment(entry, instance, &Seen { inherited: false, of_user: true }, world, eligible)
    });
    one(exchange, name, written)
}

/// The object with this name.
pub(super) fn one(exchange: &Exchange<'_>, name: &str, mut objects: impl Iterator<Item = Value>) -> Answer {
    if let Some(option) = exchange.query.other_than(&["api-version"]) {
        return bad_request("BadRequestFormat", format!("the query option `{option}` isn't emulated"));
    }
    match objects.find(|object| object["name"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(name))) {
        Some(object) => Answer::with(200, object),
        None => not_found(name),
    }
}

fn is_instance(place: &Place) -> bool {
    place.rest[0].to_ascii_lowercase().ends_with("instances")
}
