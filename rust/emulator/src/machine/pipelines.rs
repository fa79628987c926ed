//! What jobs of GitHub Actions and Azure Pipelines ask for tokens about themselves.

use axum::Json;
use axum::extract::{RawQuery, State as Extract};
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use super::federation::{Federated, mint};
use super::managed::{Parameters, parameters};
use super::refusal::Refusal;
use crate::journal;
use crate::state::State;

/// A job's token is used at once.
const LIFE_SECONDS: i64 = 600;

fn bears(headers: &HeaderMap, token: &str) -> bool {
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|text| text.split_once(' '));
    shown.is_some_and(|(scheme, shown)| scheme.eq_ignore_ascii_case("Bearer") && shown == token)
}

fn query_of(query: Option<String>) -> Result<Parameters, Refusal> {
    parameters(query.unwrap_or_default().as_bytes())
}

/// `GET {ACTIONS_ID_TOKEN_REQUEST_URL}&audience=…`
pub(super) async fn git_hub(Extract(state): Extract<State>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(job) = &state.scenario.machine.git_hub else { return StatusCode::NOT_FOUND.into_response() };
    if !bears(&headers, &state.machine.git_hub_token) {
        journal::note_violation("the request token is missing or wrong");
        return (StatusCode::UNAUTHORIZED, Json(json!({ "message": "Unauthorized" }))).into_response();
    }
    let parameters = match query_of(query) {
        Ok(parameters) => parameters,
        Err(refusal) => return refusal.of_metadata_service(),
    };
    if parameters.get("api-version").is_none_or(|version| !version.starts_with("2.0")) {
        // The address that a job is given has it already: a client that cuts its query off loses it.
        return Refusal::violation("the api-version of the address is missing").of_metadata_service();
    }
    let owner = job.subject.trim_start_matches("repo:").split('/').next().unwrap_or_default();
    let audience = parameters.get("audience").cloned().unwrap_or_else(|| format!("https://github.com/{owner}"));
    let token = Federated { audience, life_seconds: LIFE_SECONDS, ..Federated::new(&job.issuer, &job.subject) };
    match mint(&state, &token) {
        Ok(token) => Json(json!({ "count": token.len(), "value": token })).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// `POST {SYSTEM_OIDCREQUESTURI}?api-version=7.1&serviceConnectionId=…`
pub(super) async fn azure_dev_ops(Extract(state): Extract<State>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(job) = &state.scenario.machine.azure_dev_ops else { return StatusCode::NOT_FOUND.into_response() };
    if !bears(&headers, &state.machine.azure_dev_ops_token) {
        journal::note_violation("the job's access token is missing or wrong");
        return unauthorized(&state, &headers);
    }
    let refused = |status: StatusCode, message: String| {
        journal::note_violation(message.clone());
        (status, Json(json!({ "$id": "1", "message": message, "typeName": "Microsoft.VisualStudio.Services.Common.VssServiceException" })))
            .into_response()
    };
    let parameters = match query_of(query) {
        Ok(parameters) => parameters,
        Err(refusal) => return refused(StatusCode::BAD_REQUEST, refusal.message),
    };
    if !headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json")) {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the content type has to be `application/json`".to_owned());
    }
    if parameters.get("api-version").is_none_or(|version| !version.starts_with("7.1")) {
        let message = "No api-version was supplied for the \"POST\" request. The version must be supplied either as part of the Accept header \
                       (e.g. \"application/json; api-version=1.0\") or as a query parameter (e.g. \"?api-version=1.0\").";
        return refused(StatusCode::BAD_REQUEST, message.to_owned());
    }
    let connection = parameters.get("serviceConnectionId").map(String::as_str).unwrap_or_default();
    if !connection.eq_ignore_ascii_case(&job.service_connection_id) {
        return refused(
            StatusCode::NOT_FOUND,
            format!("The service connection `{connection}` does not exist or is not authorized for use."),
        );
    }
    match mint(&state, &Federated { life_seconds: LIFE_SECONDS, ..Federated::new(&job.issuer, &job.subject) }) {
        Ok(token) => Json(json!({ "oidcToken": token })).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Azure DevOps sends whom it does not know to a page for people, unless the header `X-TFS-FedAuthRedirect` says `Suppress`.
fn unauthorized(state: &State, headers: &HeaderMap) -> Response {
    if headers.get("x-tfs-fedauthredirect").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"Suppress")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut answer = StatusCode::FOUND.into_response();
    if let Ok(target) = HeaderValue::from_str(&format!("{}/azuredevops/signin", state.origins.machine)) {
        answer.headers_mut().insert(LOCATION, target);
    }
    answer
}

/// The page for people.
pub(super) async fn sign_in() -> Response {
    let page =
        "<!DOCTYPE html><html lang=\"en\"><title>Azure DevOps Services | Sign In</title><p>Sign in to Azure DevOps Services.</p></html>";
    (StatusCode::NON_AUTHORITATIVE_INFORMATION, [(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}
