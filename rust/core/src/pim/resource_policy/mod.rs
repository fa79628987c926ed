//! Azure roles as administrators manage them: role definitions of a scope, the policy of a role, and its change.

mod approvers;
mod change;
mod contradiction;
mod merge;
mod read;
mod role;
mod settings;
mod update;

pub(super) use role::Role;

pub use change::ResourcePolicyChange;
pub use read::{resource_role_definitions, resource_role_policy};
pub use role::ResourceRoleDefinition;
pub use settings::{Difference, ResourcePolicySettings};
pub use update::{ResourcePolicyUpdate, set_resource_role_policy};
