//! Microsoft Graph: the part of v1.0 that role activation and its administration need, and the little of beta that older scripts use.

mod batch;
mod error;
mod groups;
mod list;
mod objects;
mod permissions;
pub(crate) mod policy;
mod roles;
mod wire;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use self::error::{bad_request, missing_permission, with_inner_error};
use self::permissions::Permission;
use crate::exchange::{Answer, Exchange, decoded};
use crate::journal;
use crate::odata::Query;
use crate::pim::Caller;
use crate::pim::world::World;
use crate::state::State;
use crate::tokens::Audience;

/// The frame has bounded the body already.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

const JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// Routes of the service.
pub fn router(state: State) -> Router {
    Router::new().fallback(async move |request: Request| handle(&state, request).await)
}

async fn handle(state: &State, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let token = match state.authenticate(&parts.headers, Audience::Graph) {
        Ok(token) => token,
        Err(refusal) => return refusal,
    };
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let request_id = Uuid::new_v4().to_string();
    let sent_id = parts.headers.get("client-request-id").and_then(|id| id.to_str().ok()).filter(|id| Uuid::parse_str(id).is_ok());
    let client_request_id = sent_id.unwrap_or(&request_id).to_owned();
    let path = decoded(parts.uri.path());
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let (caller, no_options) = (Caller::from(&token), Query::default());
    let json = json_body(&parts.headers, &body);
    let version = if path.starts_with("/beta/") { "/beta" } else { "/v1.0" };
    let below = path.strip_prefix(version).filter(|rest| rest.starts_with('/'));
    let exchange = Exchange {
        method: parts.method.as_str(),
        path: below.unwrap_or_default(),
        query: query.as_ref().unwrap_or(&no_options),
        body: json.as_ref().unwrap_or(&Value::Null),
        caller: &caller,
        now: state.clock.now(),
        origin: &format!("{}{version}", state.origins.graph),
        login: &state.origins.login,
        faults: &state.faults,
        strict: state.scenario.behaviour.strict_schemas,
    };
    let mut answer = match (below, &query, &json) {
        (None, ..) => bad_request(format!("Invalid version: the emulator serves `/v1.0/`, not `{path}`.")),
        (_, Err(problem), _) => bad_request(problem),
        (_, _, Err(problem)) => bad_request(problem),
        (Some("/$batch"), ..) => batch::answer(&state.directory, &exchange),
        _ => route(&mut state.directory.at(exchange.now), &exchange),
    };
    if let Some(body) = &mut answer.body {
        with_inner_error(body, &exchange, &request_id, &client_request_id);
    }
    journal::note(|notes| {
        notes.violation = answer.violation.take().or_else(|| notes.violation.take());
        notes.challenge |= answer.challenge;
    });
    rendered(answer, &[("request-id", &request_id), ("client-request-id", &client_request_id)])
}

/// Finds who answers a request that comes alone or in a batch.
fn route(world: &mut World, exchange: &Exchange<'_>) -> Answer {
    let path = exchange.path.trim_end_matches('/');
    if exchange.origin.ends_with("/beta") && !in_beta(path) {
        return bad_request(format!("Invalid version: the emulator serves `/v1.0{path}`, not `/beta{path}`."));
    }
    match permissions::check(exchange.method, &path.to_ascii_lowercase().replace("microsoft.graph.", ""), exchange.caller) {
        Permission::Granted => {}
        Permission::Missing(accepted) => return missing_permission(path, &accepted),
        Permission::Unknown => return not_served(exchange),
    }
    let segments: Vec<_> = path.split('/').skip(1).collect();
    let lower: Vec<_> = segments.iter().map(|segment| segment.to_ascii_lowercase().replace("microsoft.graph.", "")).collect();
    let lower: Vec<_> = lower.iter().map(String::as_str).collect();
    let answer = match (exchange.method, lower.as_slice()) {
        (_, ["rolemanagement", "directory", ..]) => roles::answer(world, exchange, &segments[2..]),
        ("GET", ["groups"]) => Some(groups::groups(world, exchange)),
        ("GET", ["identitygovernance", "privilegedaccess", "group", "eligibilityschedules"]) => Some(groups::schedules(world, exchange)),
        ("GET", ["identitygovernance", "privilegedaccess", "group", "eligibilityscheduleinstances"]) => {
            Some(groups::instances(world, exchange))
        }
        ("POST", ["directoryobjects", id, "getmembergroups"]) => Some(groups::of_member(world, exchange, id)),
        ("GET", ["me"]) => Some(objects::me(world, exchange)),
        ("POST", ["directoryobjects", "getbyids"]) => Some(objects::by_ids(world, exchange)),
        ("GET", ["identity", "conditionalaccess", "authenticationcontextclassreferences", rest @ ..]) => {
            Some(objects::contexts(world, exchange, rest.first().copied()))
        }
        ("GET", ["policies", "rolemanagementpolicyassignments", ..]) => {
            Some(objects::policy_assignments(world, exchange, segments.get(2).copied()))
        }
        ("GET", ["policies", "rolemanagementpolicies", ..]) => Some(objects::policies(world, exchange, &segments[2..])),
        _ => None,
    };
    answer.unwrap_or_else(|| not_served(exchange))
}

/// What scripts that are still in use ask of beta; it answers there as in v1.0.
fn in_beta(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.starts_with("/policies/rolemanagementpolic") || path.ends_with("getmembergroups")
}

fn not_served(exchange: &Exchange<'_>) -> Answer {
    let segment = exchange.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let violation = format!("the emulator does not serve `{} {}`", exchange.method, exchange.path);
    Answer::error(400, "BadRequest", &format!("Resource not found for the segment '{segment}'.")).violating(violation)
}

/// The body as JSON; null for none.
fn json_body(headers: &HeaderMap, body: &Bytes) -> Result<Value, String> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !content_type.to_ascii_lowercase().starts_with("application/json") {
        return Err(format!("the body has the content type `{content_type}` rather than `application/json`"));
    }
    serde_json::from_slice(body).map_err(|problem| format!("Unable to read JSON request payload: {problem}."))
}

fn rendered(answer: Answer, ids: &[(&'static str, &str)]) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match answer.body {
        Some(body) => {
            let mut response = (status, body.to_string()).into_response();
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
            response.headers_mut().insert("odata-version", HeaderValue::from_static("4.0"));
            response
        }
        None => status.into_response(),
    };
    let own = answer.headers.iter().map(|(name, value)| (*name, value.as_str()));
    for (name, value) in own.chain(ids.iter().copied()) {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}
