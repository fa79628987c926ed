//! The tenant as PIM sees it: principals, roles, and who may have or has which of them.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::Kind;
use super::entries::{Assignment, Eligibility, Principal};
use super::groups::Groups;
use super::lifecycle::Request;
use super::policies::ChangedPolicy;
use crate::error::Error;
use crate::scenario::pim::{AdministrativeUnit, DirectoryRole, Grant, Pim, Policy, ResourceRole, ResourceScope};
use crate::scenario::{AuthenticationContext, Scenario};

/// A scenario that can't be: says what in it refers to nothing.
#[derive(Debug, thiserror::Error)]
#[error("the scenario's {list} name {what} `{name}`, which it doesn't define")]
pub struct Dangling {
    /// The list with the reference.
    pub list: &'static str,
    /// What kind of thing is referred to.
    pub what: &'static str,
    /// The name.
    pub name: String,
}

impl From<Dangling> for Error {
    fn from(dangling: Dangling) -> Self {
        Self::Scenario { place: format!("pim.{}", dangling.list), problem: format!("there is no {} `{}`", dangling.what, dangling.name) }
    }
}

/// The tenant and everything that has been ordered in it.
#[derive(Debug)]
pub struct World {
    /// What the scenario says about roles. Its behaviour may be changed while the emulator runs.
    pub scenario: Pim,
    /// Tenant id.
    pub tenant_id: String,
    /// Authentication contexts of the tenant.
    pub contexts: Vec<AuthenticationContext>,
    /// A context counts only in a token whose client declares the capability `cp1`.
    pub contexts_need_capability: bool,
    pub(super) principals: Vec<Principal>,
    pub(super) groups: Groups,
    /// Places of principals by object id, and of resource scopes and directory roles by id, in lower case: lists of thousands look each of
    /// them up.
    principal_index: HashMap<String, usize>,
    /// Places of users by user principal name in lower case, and of groups and service principals by name.
    name_index: HashMap<String, usize>,
    scope_index: HashMap<String, usize>,
    role_index: HashMap<String, usize>,
    pub(super) eligibilities: Vec<Eligibility>,
    pub(super) assignments: Vec<Assignment>,
    pub(super) requests: Vec<Request>,
    /// Administrators' requests for eligibilities of Azure roles.
    pub(super) eligibility_requests: Vec<Request>,
    /// Places of eligibilities of Azure roles by scope, of those for directory roles by role, and of resource scopes by the scope right above,
    /// in lower case.
    eligible_at: HashMap<String, Vec<usize>>,
    eligible_for: HashMap<String, Vec<usize>>,
    below: HashMap<String, Vec<usize>>,
    pub(super) changed_policies: HashMap<(String, String), ChangedPolicy>,
    pub(super) released: Vec<(Assignment, Timestamp)>,
}

impl World {
    /// Builds the tenant as it is at `now`.
    ///
    /// # Errors
    ///
    /// [`Dangling`] where a grant or a policy names a principal, role, scope or authentication context that the scenario lacks.
    pub fn new(scenario: &Scenario, now: Timestamp) -> Result<Self, Dangling> {
        let users = scenario.users.iter();
        let mut world = Self {
            tenant_id: scenario.tenant.id.clone(),
            contexts: scenario.authentication_contexts.clone(),
            contexts_need_capability: scenario.behaviour.contexts_need_capability,
            principals: users.map(|user| Principal::user(&user.object_id, &user.user_principal_name, &user.display_name)).collect(),
            groups: Groups::default(),
            principal_index: HashMap::new(),
            name_index: HashMap::new(),
            scope_index: HashMap::new(),
            role_index: HashMap::new(),
            eligibilities: Vec::new(),
            assignments: Vec::new(),
            requests: Vec::new(),
            eligibility_requests: Vec::new(),
            eligible_at: HashMap::new(),
            eligible_for: HashMap::new(),
            below: HashMap::new(),
            changed_policies: HashMap::new(),
            released: Vec::new(),
            scenario: scenario.pim.clone(),
        };
        world.principals.extend(world.scenario.groups.iter().map(Principal::group));
        world.principals.extend(scenario.service_principals().map(|principal| Principal::service(&principal)));
        let indexed = |(index, id): (usize, &String)| (id.to_ascii_lowercase(), index);
        world.principal_index = world.principals.iter().map(|principal| &principal.id).enumerate().map(indexed).collect();
        world.scope_index = world.scenario.resource_scopes.iter().map(|scope| &scope.id).enumerate().map(indexed).collect();
        world.role_index = world.scenario.directory_roles.iter().map(|role| &role.id).enumerate().map(indexed).collect();
        for (index, principal) in world.principals.iter().enumerate() {
            let name = principal.user_principal_name.as_ref().map_or_else(|| principal.display_name.clone(), |name| name.to_lowercase());
            world.name_index.entry(name).or_insert(index);
        }
        for (index, scope) in world.scenario.resource_scopes.iter().enumerate() {
            if let Some(parent) = world.at_and_above(&scope.id).get(1) {
                world.below.entry(parent.to_ascii_lowercase()).or_default().push(index);
            }
        }
        world.check_policies()?;
        world.groups = Groups::new(&world, now)?;
        let lists = [
            (Kind::Directory, "directoryEligibilities", world.scenario.directory_eligibilities.clone()),
            (Kind::Resource, "resourceEligibilities", world.scenario.resource_eligibilities.clone()),
        ];
        for (kind, list, grants) in lists {
            for grant in grants {
                let eligibility = world.eligibility(kind, list, grant, now)?;
                world.add_eligibility(eligibility);
            }
        }
        let lists = [
            (Kind::Directory, "directoryAssignments", world.scenario.directory_assignments.clone()),
            (Kind::Resource, "resourceAssignments", world.scenario.resource_assignments.clone()),
        ];
        for (kind, list, grants) in lists {
            for grant in grants {
                let Eligibility { id, principal, role, scope, start, end, condition, .. } = world.eligibility(kind, list, grant, now)?;
                world.assignments.push(Assignment {
                    id,
                    kind,
                    principal,
                    role,
                    scope,
                    start,
                    end,
                    activated_from: None,
                    request: None,
                    condition,
                });
            }
        }
        Ok(world)
    }

    fn check_policies(&self) -> Result<(), Dangling> {
        let scenario = &self.scenario;
        let of_roles = scenario.directory_roles.iter().map(|role| ("directoryRoles", &role.policy));
        let of_groups = scenario.group_policies.iter().map(|entry| ("groupPolicies", &entry.policy));
        let of_resources = scenario.resource_policies.iter().map(|entry| ("resourcePolicies", &entry.policy));
        for (list, policy) in of_roles.chain(of_groups).chain(of_resources) {
            if let Some(id) = &policy.authentication_context
                && !self.contexts.iter().any(|context| context.id == *id)
            {
                return Err(Dangling { list, what: "authentication context", name: id.clone() });
            }
            if let Some(name) = policy.approvers.iter().find(|name| self.principal_named(name).is_none()) {
                return Err(Dangling { list, what: "approver", name: name.clone() });
            }
        }
        for entry in &self.scenario.resource_policies {
            let list = "resourcePolicies";
            self.resource_role_named(&entry.role).ok_or_else(|| Dangling { list, what: "role", name: entry.role.clone() })?;
            self.resource_scope(&entry.scope).ok_or_else(|| Dangling { list, what: "scope", name: entry.scope.clone() })?;
        }
        Ok(())
    }

    fn eligibility(&self, kind: Kind, list: &'static str, grant: Grant, now: Timestamp) -> Result<Eligibility, Dangling> {
        let dangling = |what, name: &str| Dangling { list, what, name: name.to_owned() };
        let principal = self.principal_named(&grant.principal).ok_or_else(|| dangling("principal", &grant.principal))?.id.clone();
        let role = match kind {
            Kind::Directory => {
                self.scenario.directory_roles.iter().find(|role| role.display_name == grant.role).map(|role| role.id.clone())
            }
            Kind::Resource => self.resource_role_named(&grant.role).map(|role| role.id.clone()),
        }
        .ok_or_else(|| dangling("role", &grant.role))?;
        let scope = grant.scope.unwrap_or_else(|| "/".to_owned());
        let known = match kind {
            Kind::Directory => scope == "/" || self.unit_at(&scope).is_some(),
            Kind::Resource => self.resource_scope(&scope).is_some(),
        };
        if !known {
            return Err(dangling("scope", &scope));
        }
        let at = |seconds| now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
        Ok(Eligibility {
            id: grant.id.unwrap_or_else(|| derived_id(&[list, &principal, &role, &scope])),
            kind,
            principal,
            role,
            scope,
            start: at(grant.starts_in_seconds),
            end: grant.ends_in_seconds.map(at),
            condition: grant.condition,
        })
    }

    /// The user, group or service principal with this user principal name or display name.
    #[must_use]
    pub fn principal_named(&self, name: &str) -> Option<&Principal> {
        let index = self.name_index.get(name).or_else(|| self.name_index.get(&name.to_lowercase()))?;
        let principal = self.principals.get(*index)?;
        // The name of a group or of an application counts as it is written.
        (principal.user_principal_name.is_some() || principal.display_name == name).then_some(principal)
    }

    /// The user, group or service principal with this object id.
    #[must_use]
    pub fn principal(&self, id: &str) -> Option<&Principal> {
        self.principal_index.get(&id.to_ascii_lowercase()).map(|index| &self.principals[*index])
    }

    /// The object ids as which somebody may act: the user's own and those of the user's groups.
    #[must_use]
    pub fn identities(&self, user: &str) -> Vec<String> {
        let own = std::iter::once(user.to_ascii_lowercase());
        own.chain(self.direct_groups(user).iter().cloned()).collect()
    }

    /// Eligibilities of a family, in force now or later.
    pub fn eligibilities(&self, kind: Kind, now: Timestamp) -> impl Iterator<Item = &Eligibility> {
        self.eligibilities.iter().filter(move |entry| entry.kind == kind && entry.end.is_none_or(|end| now < end))
    }

    pub(super) fn add_eligibility(&mut self, entry: Eligibility) {
        let places = match entry.kind {
            Kind::Resource => self.eligible_at.entry(entry.scope.to_ascii_lowercase()),
            Kind::Directory => self.eligible_for.entry(entry.role.to_ascii_lowercase()),
        };
        places.or_default().push(self.eligibilities.len());
        self.eligibilities.push(entry);
    }

    /// Eligibilities for a directory role, in force now or later.
    pub fn eligibilities_for(&self, role: &str, now: Timestamp) -> impl Iterator<Item = &Eligibility> {
        let places = self.eligible_for.get(&role.to_ascii_lowercase());
        let entries = places.into_iter().flatten().map(|place| &self.eligibilities[*place]);
        entries.filter(move |entry| entry.end.is_none_or(|end| now < end))
    }

    /// Eligibilities of Azure roles at a scope, above and below it, in force now or later; all of them for the tenant, whose scope is empty.
    #[must_use]
    pub fn eligibilities_around(&self, scope: &str, now: Timestamp) -> Vec<&Eligibility> {
        if scope.is_empty() {
            return self.eligibilities(Kind::Resource, now).collect();
        }
        let mut scopes: HashSet<_> = self.at_and_above(scope).iter().map(|scope| scope.to_ascii_lowercase()).collect();
        let mut open = vec![scope.to_ascii_lowercase()];
        while let Some(parent) = open.pop() {
            for index in self.below.get(&parent).into_iter().flatten() {
                let child = self.scenario.resource_scopes[*index].id.to_ascii_lowercase();
                // Two scopes could be each other's parent.
                if scopes.insert(child.clone()) {
                    open.push(child);
                }
            }
        }
        let mut places: Vec<_> = scopes.iter().filter_map(|scope| self.eligible_at.get(scope)).flatten().copied().collect();
        places.sort_unstable();
        let entries = places.into_iter().map(|place| &self.eligibilities[place]);
        entries.filter(|entry| entry.end.is_none_or(|end| now < end)).collect()
    }

    /// The eligibility with this schedule id, also one that has ended.
    #[must_use]
    pub fn eligibility_by_id(&self, id: &str) -> Option<&Eligibility> {
        self.eligibilities.iter().find(|entry| entry.id.eq_ignore_ascii_case(id))
    }

    /// The assignment with this schedule id.
    #[must_use]
    pub fn assignment_by_id(&self, kind: Kind, id: &str) -> Option<&Assignment> {
        self.assignments.iter().find(|entry| entry.kind == kind && entry.id.eq_ignore_ascii_case(id))
    }

    /// Assignments of a family, in force now or later.
    pub fn assignments(&self, kind: Kind, now: Timestamp) -> impl Iterator<Item = &Assignment> {
        self.assignments.iter().filter(move |entry| entry.kind == kind && entry.end.is_none_or(|end| now < end))
    }

    /// Requests of a family, oldest first.
    pub fn requests(&self, kind: Kind) -> impl Iterator<Item = &Request> {
        self.requests.iter().filter(move |request| request.kind == kind)
    }

    /// Role template ids of the directory roles that a user has now for the whole directory: what goes into the claim `wids`.
    #[must_use]
    pub fn active_directory_roles(&self, user: &str, now: Timestamp) -> Vec<String> {
        let identities = self.identities(user);
        let mut roles: Vec<_> = self
            .assignments(Kind::Directory, now)
            .filter(|entry| entry.holds(now) && entry.scope == "/" && identities.contains(&entry.principal.to_ascii_lowercase()))
            .map(|entry| entry.role.clone())
            .collect();
        roles.sort();
        roles.dedup();
        roles
    }

    /// The directory role with this id.
    #[must_use]
    pub fn directory_role(&self, id: &str) -> Option<&DirectoryRole> {
        self.role_index.get(&id.to_ascii_lowercase()).map(|index| &self.scenario.directory_roles[*index])
    }

    /// The Azure role with this GUID.
    #[must_use]
    pub fn resource_role(&self, id: &str) -> Option<&ResourceRole> {
        self.scenario.resource_roles.iter().find(|role| role.id.eq_ignore_ascii_case(id))
    }

    fn resource_role_named(&self, name: &str) -> Option<&ResourceRole> {
        self.scenario.resource_roles.iter().find(|role| role.display_name == name)
    }

    /// The place in the Azure hierarchy with this resource id.
    #[must_use]
    pub fn resource_scope(&self, id: &str) -> Option<&ResourceScope> {
        self.scope_index.get(&id.to_ascii_lowercase()).and_then(|index| self.scenario.resource_scopes.get(*index))
    }

    /// The administrative unit that a directory scope such as `/administrativeUnits/{id}` means.
    #[must_use]
    pub fn unit_at(&self, scope: &str) -> Option<&AdministrativeUnit> {
        let id = scope.strip_prefix("/administrativeUnits/")?;
        self.scenario.administrative_units.iter().find(|unit| unit.id.eq_ignore_ascii_case(id))
    }

    /// A scope and all that is above it in the Azure hierarchy, nearest first.
    #[must_use]
    pub fn at_and_above(&self, scope: &str) -> Vec<String> {
        let mut chain = vec![scope.to_owned()];
        // A scenario could let two scopes be each other's parent; the hierarchy is never deeper than this.
        while chain.len() < 16 {
            let last = &chain[chain.len() - 1];
            let parent = self.resource_scope(last).and_then(|scope| scope.parent.clone()).or_else(|| containing(last));
            match parent {
                Some(parent) => chain.push(parent),
                None => break,
            }
        }
        chain
    }

    /// What an activation of a role at a scope demands.
    #[must_use]
    pub fn policy(&self, kind: Kind, role: &str, scope: &str) -> Policy {
        match kind {
            Kind::Directory => self.directory_role(role).map(|role| role.policy.clone()).unwrap_or_default(),
            Kind::Resource => {
                if let Some(changed) = self.changed_policy(role, scope) {
                    return changed.policy.clone();
                }
                let name = self.resource_role(role).map_or("", |role| &role.display_name);
                let policies = &self.scenario.resource_policies;
                let of_role = policies.iter().find(|entry| entry.role == name && entry.scope.eq_ignore_ascii_case(scope));
                of_role.map(|entry| entry.policy.clone()).unwrap_or_default()
            }
        }
    }
}

/// The resource group of a resource, or the subscription of a resource group.
fn containing(scope: &str) -> Option<String> {
    let parts: Vec<_> = scope.split('/').collect();
    let is = |index: usize, name: &str| parts.get(index).is_some_and(|part: &&str| part.eq_ignore_ascii_case(name));
    if is(1, "subscriptions") && is(3, "resourceGroups") {
        return Some(parts[..if parts.len() > 5 { 5 } else { 3 }].join("/"));
    }
    None
}

/// A GUID that is the same in every run, so that a scenario's ids can be relied on without being written down.
#[must_use]
pub fn derived_id(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\n").to_ascii_lowercase());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
