//! Privileged Identity Management: one flow for every kind of role.

mod activate;
mod choose;
mod directory;
mod directory_eligibility;
mod directory_policy;
mod eligibility;
mod everybody;
mod group_eligibility;
mod groups;
mod list;
mod membership;
mod model;
mod names;
mod places;
mod policy;
mod principals;
mod provider;
mod resolve;
mod resource;
mod resource_policy;
pub(crate) mod rights;
mod role;
mod scope_eligibility;
mod step_up;
mod submit;
mod terms;
mod time;

use crate::call::Call;
use crate::error::Result;
use crate::session::Session;

pub use directory_eligibility::{DirectoryEligibilityRequest, DirectoryRoleEligibility, directory_role_eligibilities};
pub use directory_policy::{DirectoryRolePolicy, directory_role_policy};
pub use eligibility::{EligibilityAssignment, EligibilityRequest, assign_eligibility};
pub use group_eligibility::{GroupEligibility, GroupFailure, GroupListSummary, group_eligibilities};
pub use groups::{ManagedGroup, list_groups};
pub use membership::{Membership, MembershipRequest, memberships};
pub use model::{ActivationRequest, ActivationResult, ActivationSummary, Kind, Outcome, Policy, RoleEntry, RoleSelector, State, Ticket};
pub use resource_policy::{
    Difference, ResourcePolicyChange, ResourcePolicySettings, ResourcePolicyUpdate, ResourceRoleDefinition, resource_role_definitions,
    resource_role_policy, set_resource_role_policy,
};
pub use scope_eligibility::{
    ManagementGroupEligibility, ScopeFailure, ScopeListSummary, SubscriptionEligibility, management_group_eligibilities,
    subscription_eligibilities,
};

/// Lists the user's roles. Each is an output as soon as its page is there; the count is returned.
///
/// # Errors
/// Those of the sign-in, the connection and the service. An error means that the list is not whole.
pub async fn list(session: &Session, call: &Call, kind: Kind, state: State) -> Result<usize> {
    let count = match kind {
        Kind::Directory => list::directory_roles(session, call, state).await,
        Kind::Resource => list::resource_roles(session, call, state).await,
    };
    count.map_err(|error| rights::own(kind).explain(error))
}

/// Activates roles. Each result is an output as soon as it is there.
///
/// # Errors
/// What concerns all roles: a request that is wrong in itself, nothing to activate at all, no sign-in, an unreadable list.
pub async fn activate(session: &Session, call: &Call, request: &ActivationRequest) -> Result<ActivationSummary> {
    let summary = match request.kind {
        Kind::Directory => activate::activate(session, call, &directory::Directory::new(session, call), request).await,
        Kind::Resource => activate::activate(session, call, &resource::Resources::new(session, call), request).await,
    };
    summary.map_err(|error| rights::own(request.kind).explain(error))
}
