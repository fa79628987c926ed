//! Principals, and the roles that they may have or have.

use jiff::Timestamp;

use super::Kind;
use crate::scenario::ServicePrincipal;
use crate::scenario::pim::{Access, Group};

/// A user, a group or a service principal.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Object id.
    pub id: String,
    /// Name.
    pub display_name: String,
    /// User principal name; others than users have none.
    pub user_principal_name: Option<String>,
    /// What the scenario says of a group; absent for others.
    pub group: Option<Group>,
    /// Application id of a service principal; absent for others.
    pub application: Option<String>,
    /// A service principal that belongs to a managed identity.
    pub is_managed_identity: bool,
}

impl Principal {
    /// A user.
    pub fn user(id: impl Into<String>, user_principal_name: impl Into<String>, display_name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            display_name: display_name.into(),
            user_principal_name: Some(user_principal_name.into()),
            group: None,
            application: None,
            is_managed_identity: false,
        }
    }

    /// A group.
    #[must_use]
    pub fn group(group: &Group) -> Self {
        Self {
            id: group.id.clone(),
            display_name: group.display_name.clone(),
            user_principal_name: None,
            group: Some(group.clone()),
            application: None,
            is_managed_identity: false,
        }
    }

    /// A service principal.
    #[must_use]
    pub fn service(principal: &ServicePrincipal<'_>) -> Self {
        Self {
            id: principal.object_id.to_owned(),
            display_name: principal.display_name.to_owned(),
            user_principal_name: None,
            group: None,
            application: Some(principal.client_id.to_owned()),
            is_managed_identity: principal.is_managed_identity,
        }
    }

    /// `User`, `Group` or `ServicePrincipal`, as Azure Resource Manager writes it.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match (&self.user_principal_name, &self.application) {
            (Some(_), _) => "User",
            (None, Some(_)) => "ServicePrincipal",
            (None, None) => "Group",
        }
    }
}

/// A role that a principal may activate.
#[derive(Clone, Debug)]
pub struct Eligibility {
    /// Schedule id.
    pub id: String,
    /// Family.
    pub kind: Kind,
    /// Object id of the user or group.
    pub principal: String,
    /// Role definition id without any scope in front.
    pub role: String,
    /// Scope as the service writes it.
    pub scope: String,
    /// Start.
    pub start: Timestamp,
    /// End; never if absent.
    pub end: Option<Timestamp>,
    /// Condition of an Azure role.
    pub condition: Option<String>,
}

impl Eligibility {
    /// Whether it is in force.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.start <= now && self.end.is_none_or(|end| now < end)
    }
}

/// A role that a principal has, or will have.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// Schedule id.
    pub id: String,
    /// Family.
    pub kind: Kind,
    /// Object id of the user or group.
    pub principal: String,
    /// Role definition id without any scope in front.
    pub role: String,
    /// Scope as the service writes it.
    pub scope: String,
    /// Start.
    pub start: Timestamp,
    /// End; never if absent.
    pub end: Option<Timestamp>,
    /// The eligibility behind an activation; absent for what was assigned.
    pub activated_from: Option<String>,
    /// The request that made it.
    pub request: Option<String>,
    /// Condition of an Azure role.
    pub condition: Option<String>,
}

impl Assignment {
    /// Whether it is in force.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.start <= now && self.end.is_none_or(|end| now < end)
    }

    /// `Activated` or `Assigned`.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        if self.activated_from.is_some() { "Activated" } else { "Assigned" }
    }
}

/// A group that a principal may become a member or an owner of.
#[derive(Clone, Debug)]
pub struct GroupEligibility {
    /// Schedule id.
    pub id: String,
    /// Object id of the group.
    pub group: String,
    /// Object id of the user or group that is eligible.
    pub principal: String,
    /// What the principal may become.
    pub access: Access,
    /// Start.
    pub start: Timestamp,
    /// End; never if absent.
    pub end: Option<Timestamp>,
}

impl GroupEligibility {
    /// Whether it is in force.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.start <= now && self.end.is_none_or(|end| now < end)
    }
}
