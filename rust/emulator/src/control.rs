//! The control API: how a test in another process reads the journal, moves the clock and injects faults.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path, Request, State as Extract};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use http::header::{HOST, ORIGIN};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Service;
use crate::faults::Fault;
use crate::login;
use crate::machine::{self, Federated};
use crate::state::State;
use crate::tokens::CriticalEvent;

/// Routes of the control API.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/healthz", get(async || Json(json!({ "status": "ok" }))))
        .route("/journal", get(journal).delete(clear_journal))
        .route("/clock", get(clock).post(move_clock))
        .route("/faults", get(faults).post(inject).delete(clear_faults))
        .route("/delay", post(delay))
        .route("/secrets", get(secrets).post(find_secrets).layer(DefaultBodyLimit::disable()))
        .route("/scenario", get(scenario))
        .route("/environments", get(environments))
        .route("/federated-token", post(federated_token))
        .route("/users/{upn}/revoke", post(revoke))
        .route("/users/{upn}/challenge", post(challenge))
        .route("/requests/{id}/decision", post(decide))
        .fallback(async || problem(StatusCode::NOT_FOUND, "the control API has no such path"))
        .layer(from_fn(refuse_web_pages))
        .with_state(state)
}

/// A page in the user's browser must not move the clock or read tokens: neither by a form or a script of its own origin (browsers then
/// send `Origin`), nor under a host name that it made point here.
async fn refuse_web_pages(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if !["localhost", "127.0.0.1", "[::1]"].contains(&name) || request.headers().contains_key(ORIGIN) {
        return problem(StatusCode::FORBIDDEN, "the control API is not for web pages");
    }
    next.run(request).await
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}

async fn journal(Extract(state): Extract<State>) -> Response {
    Json(state.journal.entries()).into_response()
}

async fn clear_journal(Extract(state): Extract<State>) -> Response {
    state.journal.clear();
    StatusCode::NO_CONTENT.into_response()
}

fn time(state: &State) -> Response {
    Json(json!({ "now": state.clock.now() })).into_response()
}

async fn clock(Extract(state): Extract<State>) -> Response {
    time(&state)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Advance {
    advance_seconds: i64,
}

/// Parsed by hand, so that a mistake is answered with its reason as JSON whatever the content type was.
fn parsed<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Response> {
    serde_json::from_slice(body).map_err(|error| problem(StatusCode::BAD_REQUEST, &error.to_string()))
}

async fn move_clock(Extract(state): Extract<State>, body: axum::body::Bytes) -> Response {
    match parsed::<Advance>(&body) {
        Ok(advance) => {
            state.clock.move_by(advance.advance_seconds.saturating_mul(1000));
            time(&state)
        }
        Err(refusal) => refusal,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    approve: bool,
}

/// Decides a request for a role that waits for approval, as one of its approvers would.
async fn decide(Extract(state): Extract<State>, Path(id): Path<String>, body: axum::body::Bytes) -> Response {
    match parsed::<Decision>(&body) {
        Ok(decision) if state.directory.decide(&id, decision.approve, state.clock.now()) => StatusCode::NO_CONTENT.into_response(),
        Ok(_) => problem(StatusCode::NOT_FOUND, "no such request waits for approval"),
        Err(refusal) => refusal,
    }
}

async fn faults(Extract(state): Extract<State>) -> Response {
    Json(state.faults.waiting()).into_response()
}

async fn inject(Extract(state): Extract<State>, body: axum::body::Bytes) -> Response {
    match parsed::<Fault>(&body) {
        Ok(fault) if fault.status.is_some_and(|status| !(200..=599).contains(&status)) => {
            problem(StatusCode::BAD_REQUEST, "`status` must lie between 200 and 599")
        }
        Ok(fault) => {
            state.faults.inject(fault);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => refusal,
    }
}

async fn clear_faults(Extract(state): Extract<State>) -> Response {
    state.faults.clear();
    StatusCode::NO_CONTENT.into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Delay {
    service: Service,
    milliseconds: u64,
}

async fn delay(Extract(state): Extract<State>, body: axum::body::Bytes) -> Response {
    match parsed::<Delay>(&body) {
        Ok(delay) => {
            state.faults.delay(delay.service, Duration::from_millis(delay.milliseconds));
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => refusal,
    }
}

async fn secrets(Extract(state): Extract<State>) -> Response {
    Json(state.secrets.all()).into_response()
}

/// Which kinds of secrets stand in a text, without showing them.
async fn find_secrets(Extract(state): Extract<State>, body: axum::body::Bytes) -> Response {
    Json(state.secrets.find(&String::from_utf8_lossy(&body))).into_response()
}

async fn scenario(Extract(state): Extract<State>) -> Response {
    Json(serde_json::to_value(&state.scenario).unwrap_or(Value::Null)).into_response()
}

async fn environments(Extract(state): Extract<State>) -> Response {
    Json(machine::environments(&state)).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wanted {
    issuer: String,
    subject: String,
    #[serde(default)]
    audience: Option<String>,
    #[serde(default)]
    life_seconds: Option<i64>,
}

/// A token of an issuer outside: what stands in the file of a Kubernetes pod, for one.
async fn federated_token(Extract(state): Extract<State>, body: axum::body::Bytes) -> Response {
    let wanted = match parsed::<Wanted>(&body) {
        Ok(wanted) => wanted,
        Err(refusal) => return refusal,
    };
    let mut token = Federated::new(&wanted.issuer, &wanted.subject);
    token.audience = wanted.audience.unwrap_or(token.audience);
    token.life_seconds = wanted.life_seconds.unwrap_or(token.life_seconds);
    match machine::mint(&state, &token) {
        Ok(token) => Json(json!({ "token": token })).into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn revoke(Extract(state): Extract<State>, Path(upn): Path<String>) -> Response {
    happen(&state, &upn, CriticalEvent::Revoked)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Challenge {
    reason: CriticalEvent,
}

/// Something happens after which tokens are evaluated anew; sessions and refresh tokens stay good.
async fn challenge(Extract(state): Extract<State>, Path(upn): Path<String>, body: axum::body::Bytes) -> Response {
    if body.is_empty() {
        return happen(&state, &upn, CriticalEvent::OutdatedPolicies);
    }
    match parsed::<Challenge>(&body) {
        Ok(challenge) => happen(&state, &upn, challenge.reason),
        Err(refusal) => refusal,
    }
}

fn happen(state: &State, upn: &str, event: CriticalEvent) -> Response {
    if login::happen(state, upn, event) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        problem(StatusCode::NOT_FOUND, "the scenario has no such user")
    }
}
