//! The policy of a directory role, found by the role's name or id.

mod flat;

use std::collections::BTreeSet;

use super::names::{listed, meant, nearest};
use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{Graph, RoleDefinition, RolePolicy};
use crate::http::shown;
use crate::session::Session;

pub use flat::DirectoryRolePolicy;

/// Reads the policy of one directory role, named by its name or its id.
///
/// # Errors
/// `RoleNotFound` with the nearest names, `RoleAmbiguous` with the ids, `PolicyNotFound`, and those of the service.
pub async fn directory_role_policy(session: &Session, call: &Call, name: Option<&str>, id: Option<&str>) -> Result<DirectoryRolePolicy> {
    let graph = Graph::new(session, call);
    let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    match (given(name), given(id)) {
        (Some(name), None) => by_name(&graph, &name).await,
        (None, Some(id)) => by_id(&graph, &id).await,
        _ => Err(Error::new(ErrorCode::InvalidRequest, "a directory role is named by its name or by its id")
            .hint("give either `roleName` or `roleId`")
            .target("roleName")),
    }
}

async fn by_name(graph: &Graph<'_>, name: &str) -> Result<DirectoryRolePolicy> {
    let mut roles = graph.roles_named(name).await?;
    if roles.is_empty() {
        let all = graph.role_definitions().await?;
        let names: BTreeSet<_> = all.iter().filter_map(|role| role.display_name.as_deref()).collect();
        let hint = nearest(&names, name).unwrap_or_else(|| format!("the roles are {}", listed(names)));
        roles = all.into_iter().filter(|role| role.display_name.as_deref().is_some_and(|known| same(known, name))).collect();
        if roles.is_empty() {
            let title = shown(name, 200);
            return Err(Error::new(ErrorCode::RoleNotFound, format!("no directory role is called `{title}`")).hint(hint).target(title));
        }
    }
    let ids: BTreeSet<_> = roles.iter().filter_map(|role| role.id.as_deref()).collect();
    if ids.len() > 1 {
        let title = shown(name, 200);
        let message = format!("{} directory roles are called `{title}`: {}", ids.len(), listed(ids));
        return Err(Error::new(ErrorCode::RoleAmbiguous, message).hint("give the id of one of them").target(title));
    }
    let role = roles.swap_remove(0);
    match policy_of(graph, &role).await? {
        Some(policy) => {
            let (name, id) = (role.display_name.as_deref().unwrap_or(name), role.id.unwrap_or_default());
            Ok(DirectoryRolePolicy::flatten(name, &id, &policy))
        }
        None => Err(no_policy(name)),
    }
}

async fn by_id(graph: &Graph<'_>, id: &str) -> Result<DirectoryRolePolicy> {
    if let Some(policy) = graph.role_policy(id).await? {
        return Ok(DirectoryRolePolicy::flatten("", id, &policy));
    }
    let roles = graph.role_definitions().await?;
    let Some(role) = roles.iter().find(|role| [&role.id, &role.template_id].into_iter().flatten().any(|known| same(known, id))) else {
        let title = shown(id, 200);
        let known = roles.iter().filter_map(|role| Some((role.id.as_deref()?, role.display_name.as_deref())));
        let hint = meant(known, id).unwrap_or_else(|| "give the role's name, or the id of its role definition".to_owned());
        return Err(Error::new(ErrorCode::RoleNotFound, format!("no directory role has the id `{title}`")).hint(hint).target(title));
    };
    match policy_of(graph, role).await? {
        Some(policy) => Ok(DirectoryRolePolicy::flatten("", id, &policy)),
        None => Err(no_policy(id)),
    }
}

/// Policies of custom roles are filed under the template's id.
async fn policy_of(graph: &Graph<'_>, role: &RoleDefinition) -> Result<Option<RolePolicy>> {
    let mut keys: Vec<_> = [&role.template_id, &role.id].into_iter().flatten().filter(|key| !key.is_empty()).collect();
    keys.dedup();
    for key in keys {
        if let Some(policy) = graph.role_policy(key).await? {
            return Ok(Some(policy));
        }
    }
    Ok(None)
}

fn same(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}

fn no_policy(role: &str) -> Error {
    let title = shown(role, 200);
    Error::new(ErrorCode::PolicyNotFound, format!("the directory role `{title}` has no policy"))
        .hint("check that the tenant has a licence for Privileged Identity Management")
        .target(title)
}
