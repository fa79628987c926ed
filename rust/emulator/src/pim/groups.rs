//! Groups: who is in them, who may get into them, and what that demands. All of it is found by id, since a tenant has thousands.

use std::collections::{HashMap, HashSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::entries::GroupEligibility;
use super::world::{Dangling, World, derived_id};
use crate::scenario::pim::{Access, Group, GroupGrant, Policy};

/// Indexes over the groups of a scenario. Object ids are in lower case.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// Groups that somebody is a direct member of.
    member_of: HashMap<String, Vec<String>>,
    eligibilities: Vec<GroupEligibility>,
    /// Places of the eligibilities for a group, and of those that a principal has.
    of_group: HashMap<String, Vec<usize>>,
    of_principal: HashMap<String, Vec<usize>>,
    policies: HashMap<(String, Access), Policy>,
}

impl Groups {
    /// Reads what the scenario says; the world has its principals already.
    pub(super) fn new(world: &World, now: Timestamp) -> Result<Self, Dangling> {
        let mut groups = Self::default();
        for group in &world.scenario.groups {
            for member in &group.members {
                let id = id_of(world, "groups", "member", member)?;
                groups.member_of.entry(id.to_ascii_lowercase()).or_default().push(group.id.to_ascii_lowercase());
            }
        }
        for grant in &world.scenario.group_eligibilities {
            let eligibility = eligibility(world, grant, now)?;
            let place = groups.eligibilities.len();
            groups.of_group.entry(eligibility.group.to_ascii_lowercase()).or_default().push(place);
            groups.of_principal.entry(eligibility.principal.to_ascii_lowercase()).or_default().push(place);
            groups.eligibilities.push(eligibility);
        }
        for entry in &world.scenario.group_policies {
            let group = group_named(world, "groupPolicies", &entry.group)?;
            groups.policies.insert((group.id.to_ascii_lowercase(), entry.access), entry.policy.clone());
        }
        Ok(groups)
    }

    fn at<'a>(&'a self, places: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a GroupEligibility> {
        places.into_iter().flatten().filter_map(|place| self.eligibilities.get(*place))
    }
}

fn id_of(world: &World, list: &'static str, what: &'static str, name: &str) -> Result<String, Dangling> {
    let principal = world.principal_named(name).ok_or_else(|| Dangling { list, what, name: name.to_owned() })?;
    Ok(principal.id.clone())
}

fn group_named<'a>(world: &'a World, list: &'static str, name: &str) -> Result<&'a Group, Dangling> {
    let principal = world.principal_named(name).and_then(|principal| principal.group.as_ref());
    principal.ok_or_else(|| Dangling { list, what: "group", name: name.to_owned() })
}

fn eligibility(world: &World, grant: &GroupGrant, now: Timestamp) -> Result<GroupEligibility, Dangling> {
    let list = "groupEligibilities";
    let group = group_named(world, list, &grant.group)?.id.clone();
    let principal = id_of(world, list, "principal", &grant.principal)?;
    let at = |seconds| now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
    // The same principal may be eligible again at another time.
    let times = format!("{} {:?}", grant.starts_in_seconds, grant.ends_in_seconds);
    let own = derived_id(&[list, &principal, &group, grant.access.name(), &times]);
    Ok(GroupEligibility {
        id: format!("{group}_{}_{own}", grant.access.name()),
        group,
        principal,
        access: grant.access,
        start: at(grant.starts_in_seconds),
        end: grant.ends_in_seconds.map(at),
    })
}

impl World {
    /// The group with this object id.
    #[must_use]
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.principal(id)?.group.as_ref()
    }

    /// Ids of the groups that somebody is a direct member of.
    #[must_use]
    pub fn direct_groups(&self, id: &str) -> &[String] {
        self.groups.member_of.get(&id.to_ascii_lowercase()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Ids of the groups that somebody is a member of, directly or through other groups, nearest first and each once.
    #[must_use]
    pub fn all_groups(&self, id: &str) -> Vec<String> {
        let own = id.to_ascii_lowercase();
        let (mut found, mut seen) = (Vec::new(), HashSet::from([own.clone()]));
        let mut waiting = VecDeque::from([own]);
        while let Some(member) = waiting.pop_front() {
            for group in self.direct_groups(&member) {
                if seen.insert(group.clone()) {
                    found.push(group.clone());
                    waiting.push_back(group.clone());
                }
            }
        }
        found
    }

    /// Eligibilities for groups, in force now or later: of one group, of one principal, or all.
    #[must_use]
    pub fn group_eligibilities(&self, group: Option<&str>, principal: Option<&str>, now: Timestamp) -> Vec<&GroupEligibility> {
        let is = |wanted: Option<&str>, id: &str| wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(id));
        let fits =
            |entry: &&GroupEligibility| is(group, &entry.group) && is(principal, &entry.principal) && entry.end.is_none_or(|end| now < end);
        let lower = |id: &str| id.to_ascii_lowercase();
        match (group, principal) {
            (Some(group), _) => self.groups.at(self.groups.of_group.get(&lower(group))).filter(fits).collect(),
            (None, Some(principal)) => self.groups.at(self.groups.of_principal.get(&lower(principal))).filter(fits).collect(),
            (None, None) => self.groups.eligibilities.iter().filter(fits).collect(),
        }
    }

    /// What becoming a member or an owner of a group demands.
    #[must_use]
    pub fn group_policy(&self, group: &str, access: Access) -> Policy {
        self.groups.policies.get(&(group.to_ascii_lowercase(), access)).cloned().unwrap_or_default()
    }
}
