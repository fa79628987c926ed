//! Which permissions each path of Microsoft Graph accepts: delegated ones of users' tokens, application permissions of others.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::pim::Caller;

const TABLE: &str = include_str!("../../schemas/graph-permissions.json");

type Table = BTreeMap<String, BTreeMap<String, Vec<String>>>;

static PERMISSIONS: LazyLock<Table> = LazyLock::new(|| serde_json::from_str(TABLE).unwrap_or_default());

/// What a path asks for.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Permission {
    /// The token has one of the permissions.
    Granted,
    /// The token has none of these.
    Missing(Vec<String>),
    /// The path isn't in the table.
    Unknown,
}

/// Looks the path up, without its version, and compares with the token.
pub(super) fn check(method: &str, path: &str, caller: &Caller) -> Permission {
    let path = path.to_ascii_lowercase();
    let of_path = PERMISSIONS.iter().filter(|(pattern, _)| matches(pattern, &path));
    // A pattern without placeholders is the better match.
    let best = of_path.min_by_key(|(pattern, _)| pattern.matches('{').count());
    let Some(accepted) = best.and_then(|(_, methods)| methods.get(method)) else { return Permission::Unknown };
    // The published table of these paths has no application permission of this kind, though there are such.
    let accepted = accepted
        .iter()
        .filter(|name| !(caller.is_application && name.starts_with("RoleManagementPolicy.") && name.ends_with(".Directory")));
    let accepted: Vec<_> = accepted.cloned().collect();
    let has = |permission: &String| caller.scopes.iter().any(|scope| scope.eq_ignore_ascii_case(permission));
    if accepted.iter().any(has) { Permission::Granted } else { Permission::Missing(accepted) }
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.trim_end_matches('/').split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some("{id}"), Some(segment)) if !segment.is_empty() && !segment.starts_with("filterbycurrentuser(") => {}
            (Some("filterbycurrentuser(on={on})"), Some(segment)) if segment.starts_with("filterbycurrentuser(") => {}
            (Some(pattern), Some(segment)) if pattern == segment => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::login::GRAPH_SCOPES;

    #[test]
    fn tokens_with_each_permission_can_be_had() {
        let of_all_paths = PERMISSIONS.values().flat_map(BTreeMap::values).flatten();
        let unknown: Vec<_> = of_all_paths.filter(|permission| !GRAPH_SCOPES.contains(&permission.as_str())).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn applications_have_their_own_permissions() {
        let application =
            Caller { scopes: ["RoleManagementPolicy.Read.Directory".to_owned()].into(), is_application: true, ..Caller::default() };
        assert!(matches!(check("GET", "/policies/roleManagementPolicies", &application), Permission::Missing(_)));
        assert_eq!(check("GET", "/policies/roleManagementPolicies", &Caller { is_application: false, ..application }), Permission::Granted);
    }

    #[test]
    fn the_table_is_read_and_matched() {
        let caller = Caller { scopes: ["User.Read".to_owned()].into(), ..Caller::default() };
        assert_eq!(check("GET", "/me", &caller), Permission::Granted);
        let path = "/roleManagement/directory/roleAssignmentSchedules/filterByCurrentUser(on='principal')";
        assert!(matches!(check("GET", path, &caller), Permission::Missing(names) if names[0] == "RoleAssignmentSchedule.Read.Directory"));
        assert_eq!(check("GET", "/users", &caller), Permission::Unknown);
        assert_eq!(check("DELETE", "/me", &caller), Permission::Unknown);
    }
}
