//! The token service.

use axum::Router;
use http::StatusCode;

use crate::scenario::Scenario;
use crate::state::State;

/// Application id of Microsoft Graph.
pub const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";
/// Application id of Azure Service Management.
pub const ARM_APP_ID: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
/// Names of Microsoft Graph in scopes and audiences, besides its origin.
pub(crate) const GRAPH_AUDIENCES: &[&str] = &[GRAPH_APP_ID, "https://graph.microsoft.com"];
/// Names of Azure Resource Manager in scopes and audiences, besides its origin.
pub(crate) const ARM_AUDIENCES: &[&str] = &[ARM_APP_ID, "https://management.azure.com", "https://management.core.windows.net"];

/// Delegated permissions of Microsoft Graph that the emulator knows. Names: the Graph permissions reference.
pub(crate) const GRAPH_SCOPES: &[&str] = &[
    "AdministrativeUnit.Read.All",
    "Application.Read.All",
    "AuthenticationContext.Read.All",
    "Directory.Read.All",
    "Group.Read.All",
    "Policy.Read.All",
    "Policy.Read.ConditionalAccess",
    "PrivilegedAccess.Read.AzureADGroup",
    "PrivilegedAccess.ReadWrite.AzureADGroup",
    "PrivilegedAssignmentSchedule.Read.AzureADGroup",
    "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
    "PrivilegedEligibilitySchedule.Read.AzureADGroup",
    "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
    "RoleAssignmentSchedule.Read.Directory",
    "RoleAssignmentSchedule.ReadWrite.Directory",
    "RoleAssignmentSchedule.Remove.Directory",
    "RoleEligibilitySchedule.Read.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
    "RoleManagementPolicy.Read.AzureADGroup",
    "RoleManagementPolicy.Read.Directory",
    "User.Read",
    "User.Read.All",
    "User.ReadBasic.All",
];
/// The one delegated permission of Azure Resource Manager.
pub(crate) const ARM_SCOPES: &[&str] = &["user_impersonation"];

/// Browser sessions, passkeys, codes, refresh tokens.
#[derive(Debug, Default)]
pub struct Login {}

impl Login {
    pub(crate) fn new(_scenario: &Scenario) -> Self {
        Self {}
    }
}

/// Routes of the service.
pub fn router(state: State) -> Router {
    Router::new().fallback(async || StatusCode::NOT_FOUND).with_state(state)
}

/// Ends all sessions of a user; `false` when there is no such user.
pub fn revoke(state: &State, user_principal_name: &str) -> bool {
    let Some(user) = state.scenario.user(user_principal_name) else { return false };
    state.tokens.revoke(&user.object_id, state.clock.seconds());
    true
}
