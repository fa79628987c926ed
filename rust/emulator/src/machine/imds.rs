//! The instance metadata service of a virtual machine, at `169.254.169.254` in reality.

use axum::Json;
use axum::extract::{RawQuery, State as Extract};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use serde_json::Value;

use super::managed::{check_version, has_metadata_header, identity, parameters, token as token_of};
use super::refusal::Refusal;
use crate::state::State;

const VERSION: &str = "2018-02-01";

/// `GET /metadata/identity/oauth2/token`
pub(super) async fn token(Extract(state): Extract<State>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    match answer(&state, query.as_deref().unwrap_or_default(), &headers) {
        Ok(body) => Json(body).into_response(),
        Err(refusal) => refusal.of_metadata_service(),
    }
}

fn answer(state: &State, query: &str, headers: &HeaderMap) -> Result<Value, Refusal> {
    if !has_metadata_header(headers) {
        return Err(Refusal::violation("Required metadata header not specified"));
    }
    // The service answers nobody who comes through a proxy.
    if headers.contains_key("x-forwarded-for") {
        return Err(Refusal::violation("the request came through a proxy"));
    }
    let parameters = parameters(query.as_bytes())?;
    check_version(&parameters, VERSION)?;
    let identity = identity(state, &parameters, [&["client_id"], &["object_id"], &["msi_res_id", "mi_res_id"]])?;
    token_of(state, identity, &parameters)
}
