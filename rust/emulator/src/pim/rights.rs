//! What somebody may do at a place in the Azure hierarchy, by the roles that are active there or above.

use jiff::Timestamp;

use super::world::World;
use super::{Caller, Kind};

/// Owner and User Access Administrator: the roles that may give roles to others and change policies.
const ADMINISTRATORS: &[&str] = &["8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"];

/// Contributor and Reader, who read all that the former do.
const READERS: &[&str] = &["b24988ac-6180-42a0-ab88-20f7382dd24c", "acdd72a7-3385-48ef-bd42-f606fba81ae7"];

impl World {
    /// Whether somebody may give roles and change policies at a scope.
    #[must_use]
    pub fn may_administer(&self, caller: &Caller, scope: &str, now: Timestamp) -> bool {
        self.has_one_of(&[ADMINISTRATORS], caller, scope, now)
    }

    /// Whether somebody may see who has which role at a scope.
    #[must_use]
    pub fn may_read(&self, caller: &Caller, scope: &str, now: Timestamp) -> bool {
        self.has_one_of(&[ADMINISTRATORS, READERS], caller, scope, now)
    }

    fn has_one_of(&self, roles: &[&[&str]], caller: &Caller, scope: &str, now: Timestamp) -> bool {
        let (identities, chain) = (self.identities(&caller.object_id), self.at_and_above(scope));
        self.assignments(Kind::Resource, now).any(|entry| {
            entry.holds(now)
                && identities.contains(&entry.principal.to_ascii_lowercase())
                && roles.concat().iter().any(|role| role.eq_ignore_ascii_case(&entry.role))
                && chain.iter().any(|above| above.eq_ignore_ascii_case(&entry.scope))
        })
    }
}
