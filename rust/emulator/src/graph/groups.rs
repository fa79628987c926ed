//! Groups, and who may get into them: PIM for Groups.

use serde_json::{Value, json};

use super::error::{bad_request, not_authorized};
use super::list::{Kind, list};
use super::roles::may_see_all;
use super::wire;
use crate::exchange::{Answer, Exchange};
use crate::odata::filter::Filter;
use crate::pim::entries::GroupEligibility;
use crate::pim::world::World;
use crate::schema;

const GROUPS: Kind = Kind {
    context: "groups",
    type_name: "group",
    filterable: &["id", "displayName", "mailEnabled", "securityEnabled", "onPremisesSyncEnabled"],
    expandable: &[],
};

const SCHEDULES: Kind = Kind {
    context: "identityGovernance/privilegedAccess/group/eligibilitySchedules",
    type_name: "privilegedAccessGroupEligibilitySchedule",
    filterable: &["groupId", "principalId", "accessId", "memberType", "status"],
    expandable: &["principal"],
};

const INSTANCES: Kind = Kind {
    context: "identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
    type_name: "privilegedAccessGroupEligibilityScheduleInstance",
    filterable: &["groupId", "principalId", "accessId", "memberType", "eligibilityScheduleId"],
    expandable: &["principal"],
};

/// `GET /groups`.
pub(super) fn groups(world: &World, exchange: &Exchange<'_>) -> Answer {
    let filter = exchange.query.get("$filter").map(Filter::parse);
    if filter.is_some_and(|filter| filter.is_ok_and(|filter| filter.excludes())) {
        return bad_request("a filter by `ne` is an advanced query of the directory, and that isn't emulated");
    }
    list(world, exchange, &GROUPS, world.scenario.groups.iter().collect(), wire::group)
}

/// `GET …/eligibilitySchedules`: what holds now or will.
pub(super) fn schedules(world: &World, exchange: &Exchange<'_>) -> Answer {
    match eligibilities(world, exchange) {
        Ok(found) => list(world, exchange, &SCHEDULES, found, wire::group_schedule),
        Err(answer) => answer,
    }
}

/// `GET …/eligibilityScheduleInstances`: what holds now.
pub(super) fn instances(world: &World, exchange: &Exchange<'_>) -> Answer {
    match eligibilities(world, exchange) {
        Ok(mut found) => {
            found.retain(|entry| entry.holds(exchange.now));
            list(world, exchange, &INSTANCES, found, wire::group_instance)
        }
        Err(answer) => answer,
    }
}

/// The service wants to know the group or the principal. What concerns others is for those who may see everything.
fn eligibilities<'a>(world: &'a World, exchange: &Exchange<'_>) -> Result<Vec<&'a GroupEligibility>, Answer> {
    let filter = exchange.query.get("$filter").map(Filter::parse).transpose().map_err(bad_request)?;
    let required = |name: &str| filter.as_ref().and_then(|filter| filter.required(name));
    let (group, principal) = (required("groupId"), required("principalId"));
    if group.is_none() && principal.is_none() {
        return Err(bad_request("The filter must name groupId or principalId."));
    }
    let own = principal.is_some_and(|principal| principal.eq_ignore_ascii_case(&exchange.caller.object_id));
    if !own && !may_see_all(world, exchange) {
        return Err(not_authorized());
    }
    Ok(world.group_eligibilities(group, principal, exchange.now))
}

/// `POST /directoryObjects/{id}/getMemberGroups`: ids of the groups that an object is in, directly or through others.
pub(super) fn of_member(world: &World, exchange: &Exchange<'_>, id: &str) -> Answer {
    if let Some(option) = exchange.query.other_than(&[]) {
        return bad_request(format!("the query option `{option}` isn't emulated here"));
    }
    if let Err(violation) = schema::check("graphGetMemberGroups", exchange.body) {
        return bad_request(violation);
    }
    if world.principal(id).is_none() {
        let message = format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
        return Answer::error(404, "Request_ResourceNotFound", &message);
    }
    let security_only = exchange.body["securityEnabledOnly"] == Value::Bool(true);
    let groups = world.all_groups(id).into_iter().filter_map(|id| world.group(&id));
    let ids: Vec<_> = groups.filter(|group| !security_only || group.security_enabled).map(|group| &group.id).collect();
    let context = format!("{}/$metadata#Collection(Edm.String)", exchange.origin);
    Answer::with(200, json!({ "@odata.context": context, "value": ids }))
}
