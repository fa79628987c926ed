//! The endpoint of App Service and Functions, version 2019-08-01.

use axum::Json;
use axum::extract::{RawQuery, State as Extract};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::managed::{check_version, identity, only, parameters, token as token_of};
use super::refusal::Refusal;
use crate::state::State;

const VERSION: &str = "2019-08-01";

/// `GET {IDENTITY_ENDPOINT}`
pub(super) async fn token(Extract(state): Extract<State>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    match answer(&state, query.as_deref().unwrap_or_default(), &headers) {
        Ok(body) => Json(body).into_response(),
        Err(refusal) => refusal.of_app_service(),
    }
}

fn answer(state: &State, query: &str, headers: &HeaderMap) -> Result<Value, Refusal> {
    let shown = headers.get("x-identity-header").map(http::HeaderValue::as_bytes);
    if shown != Some(state.machine.identity_header.as_bytes()) {
        return Err(Refusal::violation("the header X-IDENTITY-HEADER is missing or wrong").with_status(StatusCode::UNAUTHORIZED));
    }
    let parameters = parameters(query.as_bytes())?;
    check_version(&parameters, VERSION)?;
    let identity = identity(state, &parameters, [&["client_id"], &["principal_id", "object_id"], &["mi_res_id"]]).map_err(|refusal| {
        if refusal.is_violation {
            return refusal;
        }
        Refusal {
            message: "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.".to_owned(),
            ..refusal
        }
    })?;
    let answer = token_of(state, identity, &parameters)?;
    Ok(only(&answer, &["access_token", "client_id", "expires_on", "resource", "token_type"]))
}
