//! Role definitions of a scope, and the policy of a role there.

use super::role::{Role, definitions_at};
use crate::arm::{Arm, RolePolicy, RolePolicyProperties, trailing_id};
use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::session::Session;

/// Lists the roles that can be assigned at a scope, by name. Each is an output; the count is returned.
///
/// # Errors
/// `InvalidRequest`, `ScopeNotFound`, and those of the service.
pub async fn resource_role_definitions(session: &Session, call: &Call, scope: &str) -> Result<usize> {
    let definitions = definitions_at(&Arm::new(session, call), scope).await?;
    for definition in &definitions {
        call.output(definition).await?;
    }
    Ok(definitions.len())
}

/// Reads the policy of a role at a scope: its `properties` as the service sends them.
///
/// # Errors
/// `InvalidRequest`, `ScopeNotFound`, `RoleNotFound`, `RoleAmbiguous`, `PolicyNotFound`, and those of the service.
pub async fn resource_role_policy(
    session: &Session,
    call: &Call,
    scope: &str,
    name: Option<&str>,
    id: Option<&str>,
) -> Result<RolePolicyProperties> {
    let arm = Arm::new(session, call);
    let role = Role::find(&arm, scope, name, id).await?;
    Ok(policy(&arm, &role).await?.properties)
}

/// The policy that is assigned to a role at its scope. Its name is always there.
pub(super) async fn policy(arm: &Arm<'_>, role: &Role) -> Result<RolePolicy> {
    let assignments = arm.policy_assignments(&role.scope, &role.definition.role_definition_id).await?;
    let id = assignments.iter().find_map(|assignment| assignment.pointer("/properties/policyId")?.as_str());
    let Some(name) = id.map(trailing_id).filter(|name| !name.is_empty()) else {
        return Err(Error::new(ErrorCode::PolicyNotFound, format!("{} has no policy", role.title()))
            .hint("check that the role can be assigned at this scope, and that the tenant has a licence for Privileged Identity Management")
            .target(role.definition.role_name.clone()));
    };
    let mut policy = arm.policy(&role.scope, name).await?;
    policy.name.get_or_insert_with(|| name.to_owned());
    policy.id = policy.id.or_else(|| id.map(str::to_owned));
    Ok(policy)
}
