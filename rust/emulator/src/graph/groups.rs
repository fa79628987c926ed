//! Groups, and who may get into them: PIM for Groups.

use super::error::bad_request;
use super::list::{Kind, list};
use super::wire;
use crate::exchange::{Answer, Exchange};
use crate::odata::filter::Filter;
use crate::pim::world::World;

const GROUPS: Kind = Kind {
    context: "groups",
    type_name: "group",
    filterable: &["id", "displayName", "mailEnabled", "securityEnabled", "onPremisesSyncEnabled"],
    expandable: &[],
};

/// `GET /groups`.
pub(super) fn groups(world: &World, exchange: &Exchange<'_>) -> Answer {
    let filter = exchange.query.get("$filter").map(Filter::parse);
    if filter.is_some_and(|filter| filter.is_ok_and(|filter| filter.excludes())) {
        return bad_request("a filter by `ne` is an advanced query of the directory, and that isn't emulated");
    }
    list(world, exchange, &GROUPS, world.scenario.groups.iter().collect(), wire::group)
}
