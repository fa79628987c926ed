//! The endpoint of the cloud shell: it hands out tokens of the user who is signed in to the portal.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::managed::{has_metadata_header, parameters, unknown_resource, wanted_resource};
use super::refusal::Refusal;
use super::text;
use crate::journal;
use crate::login::{ARM_SCOPES, resource};
use crate::state::State;
use crate::tokens::{AccessToken, Subject};

/// Application id of the Azure portal, whose tokens these are.
const PORTAL: &str = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";
/// What the portal may do at Microsoft Graph for its user, as far as the emulator knows it: nothing of PIM.
const GRAPH_SCOPES: &[&str] = &["Directory.Read.All", "User.Read"];

/// `POST {MSI_ENDPOINT}`
pub(super) async fn token(Extract(state): Extract<State>, headers: HeaderMap, body: Bytes) -> Response {
    match answer(&state, &headers, &body) {
        Ok(body) => Json(body).into_response(),
        Err(refusal) => refusal.of_cloud_shell(),
    }
}

fn answer(state: &State, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    if !has_metadata_header(headers) {
        return Err(Refusal::violation("Required metadata header not specified"));
    }
    if !headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded")) {
        return Err(Refusal::violation("the body has to be a form"));
    }
    let parameters = parameters(body)?;
    if ["client_id", "object_id", "mi_res_id", "msi_res_id"].iter().any(|name| parameters.contains_key(*name)) {
        return Err(Refusal::violation("the cloud shell has no managed identities"));
    }
    let user = state.scenario.machine.cloud_shell_user.as_ref().and_then(|name| state.scenario.user(name));
    let user = user.ok_or_else(|| Refusal::lacking("NoUser", "nobody is signed in").with_status(StatusCode::NOT_FOUND))?;
    let name = wanted_resource(&parameters)?;
    let is_graph = resource(state, name).ok_or_else(|| unknown_resource(state, name))?;
    let scopes = if is_graph { GRAPH_SCOPES } else { ARM_SCOPES };
    journal::note(|notes| notes.user = Some(user.user_principal_name.clone()));
    let (token, claims) = state
        .issue(&AccessToken {
            subject: Subject::User {
                user,
                scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
                contexts: Vec::new(),
                methods: vec!["pwd".to_owned()],
                session: uuid::Uuid::new_v4().to_string(),
            },
            tenant_id: &state.scenario.tenant.id,
            client_id: PORTAL,
            client_name: "Azure Portal",
            audience: name,
            capabilities: Vec::new(),
            life_seconds: None,
        })
        .map_err(|error| Refusal::lacking("ServerError", error.to_string()).with_status(StatusCode::INTERNAL_SERVER_ERROR))?;
    Ok(json!({
        "access_token": token,
        "refresh_token": "",
        "expires_in": text(claims.exp - claims.iat),
        "expires_on": text(claims.exp),
        "not_before": text(claims.nbf),
        "resource": name,
        "token_type": "Bearer",
    }))
}
