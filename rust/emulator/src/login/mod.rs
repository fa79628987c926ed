//! The token service: what Entra ID does between an application and a user.
//!
//! A sign-in begins in `authorize`, goes through the `pages` in as many `steps` as `policy` demands, and ends with a code that `token`
//! exchanges.

mod answer;
mod authorize;
mod browser;
mod demand;
mod device;
mod flow;
mod metadata;
mod pages;
mod policy;
mod refusal;
mod request;
mod scopes;
mod steps;
mod store;
mod tenants;
mod token;
mod webauthn;

use axum::Router;
use axum::extract::{Path, State as Extract};
use axum::response::Response;
use axum::routing::{get, post};
use http::HeaderMap;

pub use store::Login;
pub(crate) use store::random_text;

use crate::state::State;
use crate::tokens::CriticalEvent;

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
    "AuthenticationContext.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadBasic.All",
    "Group.ReadWrite.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Policy.Read.All",
    "Policy.Read.ConditionalAccess",
    "Policy.ReadWrite.ConditionalAccess",
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
    "RoleEligibilitySchedule.Remove.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
    "RoleManagementPolicy.Read.AzureADGroup",
    "RoleManagementPolicy.Read.Directory",
    "RoleManagementPolicy.ReadWrite.AzureADGroup",
    "RoleManagementPolicy.ReadWrite.Directory",
    "User.Read",
    "User.Read.All",
    "User.ReadBasic.All",
    "User.ReadWrite",
    "User.ReadWrite.All",
];
/// Those of [`GRAPH_SCOPES`] that do not exist as application permissions.
const DELEGATED_ONLY: &[&str] = &["Group.ReadBasic.All", "User.Read", "User.ReadWrite"];

/// Whether it is an application permission of Microsoft Graph that the emulator knows.
pub(crate) fn is_application_permission(name: &str) -> bool {
    GRAPH_SCOPES.contains(&name) && !DELEGATED_ONLY.contains(&name)
}

/// The one delegated permission of Azure Resource Manager.
pub(crate) const ARM_SCOPES: &[&str] = &["user_impersonation"];

/// Routes of the service.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(metadata::configuration))
        .route("/{tenant}/.well-known/openid-configuration", get(metadata::configuration))
        .route("/{tenant}/discovery/v2.0/keys", get(metadata::keys))
        .route("/{tenant}/discovery/instance", get(metadata::instance))
        .route("/{tenant}/oauth2/v2.0/authorize", get(authorize::authorize))
        .route("/{tenant}/oauth2/v2.0/token", post(token::token).fallback(token::only_post))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(device::authorization).fallback(token::only_post))
        .route("/{tenant}/oauth2/v2.0/logout", get(logout))
        .route("/common/oauth2/deviceauth", get(device::ask_code).post(device::take_code))
        .route("/signin", get(steps::show))
        .route("/signin/account", post(steps::account))
        .route("/signin/switch", post(steps::switch))
        .route("/signin/demo", post(steps::demo))
        .route("/signin/passkey", post(steps::passkey))
        .route("/signin/register", post(steps::register))
        .route("/signin/consent", post(steps::consent))
        .route("/signin/confirm", post(steps::confirm))
        .route("/signin/cancel", post(steps::cancel))
        .route("/error", get(about_code))
        .fallback(async |Extract(state): Extract<State>| {
            let mut page = flow::refuse_on_page(&state, &refusal::Refusal::invalid_request(900_561, "The token service has no such page."));
            *page.status_mut() = http::StatusCode::NOT_FOUND;
            page
        })
        .with_state(state)
}

/// Whether a resource that is named in any of its ways is Microsoft Graph; `None` for one that the tenant does not know.
pub(crate) fn resource(state: &State, name: &str) -> Option<bool> {
    scopes::is_graph(state, name)
}

/// Lets something happen to a user after which access tokens are evaluated anew; `false` when there is no such user.
pub fn happen(state: &State, user_principal_name: &str, event: CriticalEvent) -> bool {
    let Some(person) = tenants::by_name(state, user_principal_name) else { return false };
    state.tokens.happen(&person.user.object_id, event, state.clock.seconds());
    true
}

/// `GET /{tenant}/oauth2/v2.0/logout`: the browser's sessions end; refresh tokens live on, as in Entra.
async fn logout(Extract(state): Extract<State>, Path(_tenant): Path<String>, headers: HeaderMap) -> Response {
    let browser = browser::Browser::of(&state, &headers);
    state.login.with(|memory| memory.browsers.remove(&browser.id));
    pages::signed_out()
}

async fn about_code(axum::extract::RawQuery(query): axum::extract::RawQuery) -> Response {
    let code =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes()).find(|(name, _)| name == "code").map(|(_, value)| value.into_owned());
    let digits: String = code.unwrap_or_default().chars().filter(char::is_ascii_digit).take(10).collect();
    pages::about_code(&digits)
}
