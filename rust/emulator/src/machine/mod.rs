//! The machine that a script runs on: endpoints that hand out tokens to whoever runs there, without a secret in the script.
//!
//! In reality each has an address of its own (a link-local one, a loopback port, a host of the pipeline); here they share an origin and keep to
//! paths of their own. The origin is plain http, also where the services use TLS, as those addresses are.

mod app_service;
mod arc;
mod cloud_shell;
mod federation;
mod imds;
mod managed;
mod pipelines;
mod refusal;

use axum::Router;
use axum::routing::{any, get, post};
use http::StatusCode;
use serde_json::{Map, Value, json};

pub use arc::KeyFolder;
pub use federation::{Federated, mint};

use crate::login::random_text;
use crate::secrets::SecretKind;
use crate::state::State;

/// What the machine's endpoints know and clients have to show.
#[derive(Debug)]
pub struct Machine {
    /// `IDENTITY_HEADER` of App Service.
    identity_header: String,
    /// `ACTIONS_ID_TOKEN_REQUEST_TOKEN` of GitHub Actions.
    git_hub_token: String,
    /// `SYSTEM_ACCESSTOKEN` of Azure Pipelines.
    azure_dev_ops_token: String,
    /// Where Azure Arc puts its keys.
    keys: KeyFolder,
}

impl Machine {
    /// Makes up what clients have to show.
    pub(crate) fn new(keys: KeyFolder) -> Self {
        Self { identity_header: random_text(""), git_hub_token: random_text("gh."), azure_dev_ops_token: random_text("ado."), keys }
    }

    /// Where Azure Arc puts its keys.
    #[must_use]
    pub fn keys(&self) -> &KeyFolder {
        &self.keys
    }
}

/// Routes of the machine.
pub fn router(state: State) -> Router {
    let (offered, machine) = (&state.scenario.machine, &state.machine);
    for (is_offered, kind, secret) in [
        (!offered.managed_identities.is_empty(), SecretKind::IdentityHeader, &machine.identity_header),
        (offered.git_hub.is_some(), SecretKind::PipelineToken, &machine.git_hub_token),
        (offered.azure_dev_ops.is_some(), SecretKind::PipelineToken, &machine.azure_dev_ops_token),
    ] {
        if is_offered {
            state.secrets.register(kind, secret);
        }
    }
    Router::new()
        .route("/metadata/identity/oauth2/token", get(imds::token))
        .route("/appservice/msi/token", get(app_service::token))
        .route("/arc/metadata/identity/oauth2/token", get(arc::token))
        .route("/cloudshell/oauth2/token", post(cloud_shell::token))
        .route("/github/idtoken", get(pipelines::git_hub))
        .route("/azuredevops/oidctoken", post(pipelines::azure_dev_ops))
        .route("/azuredevops/signin", any(pipelines::sign_in))
        .fallback(async || StatusCode::NOT_FOUND)
        .with_state(state)
}

/// The environment variables by which a script finds out where it runs, for each kind of machine that the scenario has something for.
#[must_use]
pub fn environments(state: &State) -> Value {
    let (origin, machine, scenario) = (&state.origins.machine, &state.machine, &state.scenario);
    let mut all = Map::new();
    let mut put = |name: &str, variables: Value| all.insert(name.to_owned(), variables);
    if !scenario.machine.managed_identities.is_empty() {
        put("virtualMachine", json!({ "AZURE_POD_IDENTITY_AUTHORITY_HOST": origin }));
        let endpoint = format!("{origin}/appservice/msi/token");
        put("appService", json!({ "IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": machine.identity_header }));
        let endpoint = format!("{origin}/arc/metadata/identity/oauth2/token");
        put("arc", json!({ "IDENTITY_ENDPOINT": endpoint, "IMDS_ENDPOINT": format!("{origin}/arc") }));
    }
    if scenario.machine.cloud_shell_user.is_some() {
        put("cloudShell", json!({ "MSI_ENDPOINT": format!("{origin}/cloudshell/oauth2/token") }));
    }
    if scenario.machine.git_hub.is_some() {
        put(
            "gitHub",
            json!({
                "GITHUB_ACTIONS": "true",
                "ACTIONS_ID_TOKEN_REQUEST_URL": format!("{origin}/github/idtoken?api-version=2.0"),
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": machine.git_hub_token,
            }),
        );
    }
    if scenario.machine.azure_dev_ops.is_some() {
        put(
            "azureDevOps",
            json!({
                "TF_BUILD": "True",
                "SYSTEM_OIDCREQUESTURI": format!("{origin}/azuredevops/oidctoken"),
                "SYSTEM_ACCESSTOKEN": machine.azure_dev_ops_token,
            }),
        );
    }
    Value::Object(all)
}

/// The endpoints write numbers as text.
fn text(number: i64) -> String {
    number.to_string()
}
