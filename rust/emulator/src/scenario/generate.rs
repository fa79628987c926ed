//! Tenants of any size, made up but the same in every run.

use super::Scenario;
use super::pim::{Access, DirectoryRole, Grant, Group, GroupGrant, Policy, ResourcePolicy, ResourceScope};
use crate::error::Result;
use crate::pim::world::derived_id;
use crate::scenario::User;
use crate::scenario::identity::refuse;

/// More of anything doesn't tell a client apart from this much, and has to be held in memory.
const MOST: usize = 200_000;

/// The administrator of the tenant: reads all, and is Owner of everything in Azure.
const ADMINISTRATOR: &str = "patti@contoso.example";
const ADMINISTRATOR_ROLE: &str = "Privileged Role Administrator";

const GIVEN: [&str; 12] = ["Ada", "Björn", "Chidi", "Dana", "Emre", "Fatima", "Goran", "Hana", "Ines", "Jonas", "Kofi", "Linh"];
const FAMILY: [&str; 10] = ["Almeida", "Brandt", "Costa", "Dvořák", "Eriksen", "Fontaine", "García", "Haddad", "Ito", "Jansen"];

/// How much of everything the tenant has. Contoso's four users, its roles and its authentication contexts are always among it.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Eligibilities for directory roles; a tenth belongs to groups.
    pub eligibilities: usize,
    /// Groups, of every kind that PIM can or can't manage. Every fourth has one eligibility, every eighth a second one.
    pub groups: usize,
    /// Subscriptions, of which every 25th is disabled. Each has an eligibility, every third a resource group with another one.
    pub subscriptions: usize,
    /// Management groups, three levels deep or more, with an eligibility each. At least the root exists.
    pub management_groups: usize,
    /// Directory roles, built-in ones first.
    pub roles: usize,
    /// Entries on a page of a list.
    pub page_size: usize,
    /// Makes another tenant of the same size: other ids, other people.
    pub seed: u64,
}

impl Default for Size {
    fn default() -> Self {
        Self { eligibilities: 100, groups: 50, subscriptions: 10, management_groups: 5, roles: 30, page_size: 100, seed: 0 }
    }
}

impl Scenario {
    /// Makes up a tenant of this size.
    ///
    /// # Errors
    /// A size without a role, with empty pages, or with more than 200,000 of anything.
    pub fn generate(size: &Size) -> Result<Self> {
        let counts = [
            ("eligibilities", size.eligibilities, 0),
            ("groups", size.groups, 0),
            ("subscriptions", size.subscriptions, 0),
            ("managementGroups", size.management_groups, 0),
            ("roles", size.roles, 1),
            ("pageSize", size.page_size, 1),
        ];
        for (name, count, least) in counts {
            if !(least..=MOST).contains(&count) {
                return refuse(name, format!("{count} is not between {least} and {MOST}"));
            }
        }
        let mut scenario = Self::contoso()?;
        let maker = Maker { size };
        let contoso = std::mem::take(&mut scenario.pim);
        scenario.pim.behaviour = contoso.behaviour;
        scenario.pim.behaviour.page_size = size.page_size;
        scenario.pim.resource_roles = contoso.resource_roles;
        scenario.pim.directory_roles = maker.roles(contoso.directory_roles);
        scenario.pim.directory_assignments.push(grant(ADMINISTRATOR, ADMINISTRATOR_ROLE, None));
        scenario.users.extend((scenario.users.len()..maker.users()).map(|number| maker.user(number)));
        scenario.pim.groups = (0..size.groups).map(|number| maker.group(number, &scenario.users)).collect();
        scenario.pim.group_eligibilities = maker.group_eligibilities(&scenario);
        scenario.pim.directory_eligibilities = maker.eligibilities(&scenario);
        maker.resources(&mut scenario);
        scenario.check()?;
        Ok(scenario)
    }
}

struct Maker<'a> {
    size: &'a Size,
}

impl Maker<'_> {
    fn id(&self, what: &str, number: usize) -> String {
        derived_id(&["generated", &self.size.seed.to_string(), what, &number.to_string()])
    }

    /// Each user has at most ten roles, so that no eligibility occurs twice.
    fn users(&self) -> usize {
        (self.size.eligibilities / self.size.roles.min(10) + 1).max(50)
    }

    fn user(&self, number: usize) -> User {
        let turn = number + usize::try_from(self.size.seed % 120).unwrap_or_default();
        let (given, family) = (GIVEN[turn % GIVEN.len()], FAMILY[turn / GIVEN.len() % FAMILY.len()]);
        User {
            object_id: self.id("user", number),
            user_principal_name: format!("user{number:06}@contoso.example"),
            display_name: format!("{given} {family} {number}"),
            disabled: false,
            home: None,
        }
    }

    fn roles(&self, mut known: Vec<DirectoryRole>) -> Vec<DirectoryRole> {
        // The administrator's role has to stay however few there are.
        known.sort_by_key(|role| role.display_name != ADMINISTRATOR_ROLE);
        known.truncate(self.size.roles);
        let custom = |number| DirectoryRole {
            id: self.id("role", number),
            display_name: format!("Custom role {number:04}"),
            description: format!("What team {number} needs"),
            is_built_in: false,
            policy: Policy { authentication_context: (number % 4 == 0).then(|| "c1".to_owned()), ..Policy::default() },
        };
        known.extend((known.len()..self.size.roles).map(custom));
        known
    }

    fn group(&self, number: usize, users: &[User]) -> Group {
        let member = |step: usize| users.get((number * 7 + step) % users.len()).map(|user| user.user_principal_name.clone());
        let mut group = Group {
            id: self.id("group", number),
            display_name: format!("Team {number:06}"),
            members: (0..3).filter_map(member).collect(),
            on_premises_sync_enabled: None,
            group_types: Vec::new(),
            mail_enabled: false,
            security_enabled: true,
        };
        match number % 16 {
            3 => group.on_premises_sync_enabled = Some(true),
            7 => group.group_types.push("DynamicMembership".to_owned()),
            11 => group.mail_enabled = true,
            13 => (group.mail_enabled, group.security_enabled) = (true, false),
            14 => {
                group.group_types.push("Unified".to_owned());
                group.mail_enabled = true;
            }
            _ => {}
        }
        group
    }

    fn group_eligibilities(&self, scenario: &Scenario) -> Vec<GroupGrant> {
        let (users, groups) = (&scenario.users, &scenario.pim.groups);
        let of_group = |(number, group): (usize, &Group)| {
            let user = |step: usize| users[(number + step) % users.len()].user_principal_name.clone();
            let first = GroupGrant { principal: user(0), group: group.display_name.clone(), ..GroupGrant::default() };
            // Every other second eligibility belongs to a group, so that there are chains.
            let principal = if number % 16 == 0 && number > 0 { groups[number - 8].display_name.clone() } else { user(1) };
            let access = if number % 32 == 24 { Access::Owner } else { Access::Member };
            let second = (number % 8 == 0).then(|| GroupGrant { principal, access, ..first.clone() });
            std::iter::once(first).chain(second)
        };
        groups.iter().enumerate().filter(|(number, _)| number % 4 == 0).flat_map(of_group).collect()
    }

    fn eligibilities(&self, scenario: &Scenario) -> Vec<Grant> {
        let (users, roles) = (&scenario.users, &scenario.pim.directory_roles);
        // Groups that may hold roles take the place of every tenth user.
        let holders: Vec<_> = scenario.pim.groups.iter().step_by(16).map(|group| &group.display_name).collect();
        let one = |number: usize| {
            let (user, turn) = (number % users.len(), number / users.len());
            let principal = match holders.get(user / 10) {
                Some(group) if user % 10 == 9 => *group,
                _ => &users[user].user_principal_name,
            };
            let ends = number.is_multiple_of(3).then_some(86_400 * 180);
            Grant { ends_in_seconds: ends, ..grant(principal, &roles[(user + turn) % roles.len()].display_name, None) }
        };
        (0..self.size.eligibilities).map(one).collect()
    }

    fn resources(&self, scenario: &mut Scenario) {
        let management_group = |name: &str| format!("/providers/Microsoft.Management/managementGroups/{name}");
        let root = management_group(&scenario.tenant.id);
        let (mut scopes, mut grants, mut policies) = (Vec::new(), Vec::new(), Vec::new());
        let of_group = |number: usize| if number == 0 { root.clone() } else { management_group(&format!("mg-{number:05}")) };
        let count = self.size.management_groups.max(1);
        let name = |number: usize| scenario.users[number % scenario.users.len()].user_principal_name.as_str();
        for number in 0..count {
            let (parent, display_name) = match number {
                0 => (None, "Tenant Root Group".to_owned()),
                _ => (Some(of_group((number - 1) / 10)), format!("Management group {number}")),
            };
            scopes.push(ResourceScope { parent, ..scope(of_group(number), display_name) });
            grants.push(grant(name(number), "Reader", Some(of_group(number))));
        }
        for number in 0..self.size.subscriptions {
            let id = format!("/subscriptions/{}", self.id("subscription", number));
            let disabled = number % 25 == 24;
            let parent = Some(of_group(number % count));
            scopes.push(ResourceScope { parent, disabled, ..scope(id.clone(), format!("Subscription {number:05}")) });
            grants.push(grant(name(number), "Contributor", Some(id.clone())));
            if number % 50 == 0 {
                let policy = Policy { authentication_context: Some("c1".to_owned()), ..Policy::default() };
                policies.push(ResourcePolicy { scope: id.clone(), role: "Contributor".to_owned(), policy });
            }
            if number % 3 == 0 {
                let group = format!("{id}/resourceGroups/rg-{number:05}");
                scopes.push(scope(group.clone(), format!("rg-{number:05}")));
                grants.push(grant(name(number + 1), "Owner", Some(group)));
            }
        }
        scenario.pim.resource_assignments.push(grant(ADMINISTRATOR, "Owner", Some(root)));
        scenario.pim.resource_scopes = scopes;
        scenario.pim.resource_policies = policies;
        scenario.pim.resource_eligibilities = grants;
    }
}

fn grant(principal: &str, role: &str, scope: Option<String>) -> Grant {
    Grant { principal: principal.to_owned(), role: role.to_owned(), scope, ..Grant::default() }
}

const fn scope(id: String, display_name: String) -> ResourceScope {
    ResourceScope { id, display_name, parent: None, disabled: false }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_tenant_has_the_size_that_was_asked_for_and_no_eligibility_twice() {
        for roles in [1, 4, 120] {
            let size = Size { eligibilities: 1_000, groups: 64, subscriptions: 60, management_groups: 30, roles, page_size: 7, seed: 3 };
            let made = Scenario::generate(&size).unwrap();
            let pim = &made.pim;
            assert_eq!((pim.directory_eligibilities.len(), pim.groups.len(), pim.directory_roles.len()), (1_000, 64, roles));
            let kinds = |start: &str, depth: usize| {
                pim.resource_scopes.iter().filter(|scope| scope.id.starts_with(start) && scope.id.split('/').count() == depth).count()
            };
            assert_eq!((kinds("/providers/", 5), kinds("/subscriptions/", 3), kinds("/subscriptions/", 5)), (30, 60, 20));
            let all = pim.directory_eligibilities.iter().chain(&pim.resource_eligibilities);
            let distinct: HashSet<_> = all.clone().map(|grant| (&grant.principal, &grant.role, &grant.scope)).collect();
            assert_eq!(distinct.len(), all.count());
            assert!(pim.group_eligibilities.len() > 16 && pim.behaviour.page_size == 7);
        }
    }

    #[test]
    fn the_seed_decides_and_nothing_else() {
        let text = |seed| serde_json::to_string(&Scenario::generate(&Size { seed, ..Size::default() }).unwrap()).unwrap();
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }

    #[test]
    fn impossible_sizes_are_refused() {
        for size in [Size { roles: 0, ..Size::default() }, Size { page_size: 0, ..Size::default() }] {
            assert!(Scenario::generate(&size).is_err());
        }
        let problem = Scenario::generate(&Size { groups: MOST + 1, ..Size::default() }).unwrap_err().to_string();
        assert!(problem.contains("groups"), "{problem}");
    }
}
