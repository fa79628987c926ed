//! Azure Resource Manager: the part of `Microsoft.Authorization` that role activation needs.

mod batch;
mod error;
mod grants;
mod lists;
mod objects;
mod policies;
mod policy_wire;
mod requests;
mod wire;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use self::error::bad_request;
use crate::exchange::{Answer, Exchange, decoded, encoded};
use crate::journal;
use crate::odata::Query;
use crate::pim::Caller;
use crate::pim::world::World;
use crate::state::State;
use crate::tokens::Audience;

/// The frame has bounded the body already.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// Versions of the PIM types; the old preview is served for lists, where public scripts still ask for it.
const PIM: &[&str] = &["2020-10-01"];
const PIM_LISTS: &[&str] = &["2020-10-01", "2020-10-01-preview"];
/// The published example of a validation asks for a later version than its own specification.
const PIM_VALIDATE: &[&str] = &["2020-10-01", "2022-04-01"];
const DEFINITIONS: &[&str] = &["2022-04-01", "2022-05-01-preview", "2018-07-01"];
const SUBSCRIPTIONS: &[&str] = &["2022-12-01", "2020-01-01"];
const MANAGEMENT_GROUPS: &[&str] = &["2020-05-01", "2021-04-01", "2023-04-01"];
const RESOURCES: &[&str] = &["2021-04-01", "2022-09-01", "2024-03-01"];
const BATCH: &[&str] = &["2020-06-01"];

/// Routes of the service.
pub fn router(state: State) -> Router {
    Router::new().fallback(async move |request: Request| handle(&state, request).await)
}

async fn handle(state: &State, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let token = match state.authenticate(&parts.headers, Audience::Arm) {
        Ok(token) => token,
        Err(refusal) => return refusal,
    };
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let path = decoded(parts.uri.path());
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let (caller, no_options) = (Caller::from(&token), Query::default());
    let json = json_body(&parts.headers, &body);
    let exchange = Exchange {
        method: parts.method.as_str(),
        path: &path,
        query: query.as_ref().unwrap_or(&no_options),
        body: json.as_ref().unwrap_or(&Value::Null),
        caller: &caller,
        now: state.clock.now(),
        origin: &state.origins.arm,
        login: &state.origins.login,
        faults: &state.faults,
        strict: state.scenario.behaviour.strict_schemas,
    };
    let mut answer = match (&query, &json) {
        (Err(problem), _) | (_, Err(problem)) => bad_request("InvalidRequestContent", problem),
        _ if path.trim_end_matches('/').eq_ignore_ascii_case("/batch") => {
            checked(&exchange, BATCH).unwrap_or_else(|| batch::answer(&state.directory, &exchange))
        }
        _ => route(&mut state.directory.at(exchange.now), &exchange),
    };
    journal::note(|notes| {
        notes.violation = answer.violation.take().or_else(|| notes.violation.take());
        notes.challenge |= answer.challenge;
    });
    rendered(answer, &exchange, &parts.headers)
}

/// Finds who answers a request that comes alone or in a batch.
fn route(world: &mut World, exchange: &Exchange<'_>) -> Answer {
    let place = Place::of(exchange.path);
    let lower: Vec<_> = place.rest.iter().map(|segment| segment.to_ascii_lowercase()).collect();
    let lower: Vec<_> = lower.iter().map(String::as_str).collect();
    let versions = match (exchange.method, lower.as_slice()) {
        ("GET", ["roleassignmentschedulerequests" | "roleeligibilityschedulerequests", _]) | ("PUT", _) | ("POST", [_, _, "cancel"]) => PIM,
        ("POST", [_, _, "validate"]) => PIM_VALIDATE,
        ("GET", ["roledefinitions", ..]) => DEFINITIONS,
        ("GET", ["subscriptions"]) => SUBSCRIPTIONS,
        ("GET", ["providers", "microsoft.management", "managementgroups"]) => MANAGEMENT_GROUPS,
        ("GET", ["subscriptions", _, "resourcegroups", ..]) => RESOURCES,
        ("GET" | "PATCH", ["rolemanagementpolicies", ..]) => PIM,
        _ => PIM_LISTS,
    };
    if let Some(refusal) = checked(exchange, versions) {
        return refusal;
    }
    if let Some(missing) = unknown_scope(world, &place.scope) {
        return missing;
    }
    let write = exchange.method != "GET";
    let proved = exchange.caller.used_mfa() || exchange.caller.contexts.contains("p1");
    // Workload identities are exempt.
    if write && world.scenario.behaviour.arm_requires_mfa && !exchange.caller.is_application && !proved {
        return error::mandatory_mfa(world, exchange);
    }
    if write && let Some(refusal) = disabled(world, &place.scope) {
        return refusal;
    }
    match (exchange.method, lower.as_slice()) {
        ("GET", ["roleeligibilityschedules" | "roleeligibilityscheduleinstances"]) => lists::eligibilities(world, exchange, &place),
        ("GET", ["roleassignmentschedules" | "roleassignmentscheduleinstances"]) => lists::assignments(world, exchange, &place),
        ("GET", ["roleeligibilityschedules" | "roleeligibilityscheduleinstances", name]) => {
            lists::eligibility(world, exchange, &place, name)
        }
        ("GET", ["roleassignmentschedules" | "roleassignmentscheduleinstances", name]) => lists::assignment(world, exchange, &place, name),
        ("GET", ["roleassignmentschedulerequests"]) => requests::list(world, exchange, &place),
        ("GET", ["roleassignmentschedulerequests", name]) => requests::get(world, exchange, &place, name),
        ("PUT", ["roleassignmentschedulerequests", name]) => requests::put(world, exchange, &place, name, false),
        ("POST", ["roleassignmentschedulerequests", name, "validate"]) => requests::put(world, exchange, &place, name, true),
        ("POST", ["roleassignmentschedulerequests", name, "cancel"]) => requests::cancel(world, exchange, name),
        ("GET", ["roleeligibilityschedulerequests"]) => grants::list(world, exchange, &place),
        ("GET", ["roleeligibilityschedulerequests", name]) => grants::get(world, exchange, &place, name),
        ("PUT", ["roleeligibilityschedulerequests", name]) => grants::put(world, exchange, &place, name, false),
        ("POST", ["roleeligibilityschedulerequests", name, "validate"]) => grants::put(world, exchange, &place, name, true),
        ("GET", ["rolemanagementpolicyassignments"]) => policies::assignments(world, exchange, &place),
        ("GET", ["rolemanagementpolicyassignments", name]) => policies::assignment(world, exchange, &place, name),
        ("GET", ["roledefinitions", rest @ ..]) if rest.len() < 2 => {
            objects::role_definitions(world, exchange, &place, rest.first().copied())
        }
        ("GET", ["eligiblechildresources"]) => objects::eligible_children(world, exchange, &place),
        ("GET", ["rolemanagementpolicies"]) => policies::list(world, exchange, &place),
        ("PATCH", ["rolemanagementpolicies", name]) => policies::update(world, exchange, &place, name),
        ("GET", ["rolemanagementpolicies", name]) => policies::get(world, exchange, &place, name),
        ("GET", ["subscriptions"]) => objects::subscriptions(world, exchange),
        ("GET", ["providers", "microsoft.management", "managementgroups"]) => objects::management_groups(world, exchange),
        ("GET", ["subscriptions", subscription, "resourcegroups"]) => objects::below(world, exchange, &place, &[subscription]),
        ("GET", ["subscriptions", subscription, "resourcegroups", group, "resources"]) => {
            objects::below(world, exchange, &place, &[subscription, group])
        }
        _ => {
            let violation = format!("the emulator does not serve `{} {}`", exchange.method, exchange.path);
            Answer::error(404, "InvalidResourceType", "The resource type could not be found in the namespace 'Microsoft.Authorization'.")
                .violating(violation)
        }
    }
}

/// What a path says: the scope in front of `Microsoft.Authorization`, and what is wanted there.
struct Place {
    /// Resource id with a leading slash; empty for the tenant.
    scope: String,
    /// What comes after the provider.
    rest: Vec<String>,
    /// The whole path without doubled slashes, for links.
    path: String,
}

const PROVIDER: &str = "/providers/microsoft.authorization/";

impl Place {
    fn of(path: &str) -> Self {
        // Scripts put a leading slash of a scope behind the slash of the template; the service doesn't mind.
        let path = format!("/{}", path.split('/').filter(|segment| !segment.is_empty()).collect::<Vec<_>>().join("/"));
        let (scope, rest) = match path.to_ascii_lowercase().rfind(PROVIDER) {
            Some(at) => (&path[..at], &path[at + PROVIDER.len()..]),
            None => ("", &path[1..]),
        };
        // The published examples write subscriptions as resources of a provider.
        let long_form = "/providers/microsoft.subscription/subscriptions/";
        let scope =
            if scope.to_ascii_lowercase().starts_with(long_form) { &scope["/providers/microsoft.subscription".len()..] } else { scope };
        Self { scope: scope.to_owned(), rest: rest.split('/').map(str::to_owned).collect(), path: path.clone() }
    }
}

/// The refusal of a request without an `api-version`, or with one that the type doesn't have.
fn checked(exchange: &Exchange<'_>, versions: &[&str]) -> Option<Answer> {
    let Some(version) = exchange.query.get("api-version") else {
        let message = "The api-version query parameter (?api-version=) is required for all requests.";
        return Some(bad_request("MissingApiVersionParameter", message));
    };
    if versions.contains(&version) {
        return None;
    }
    let message = format!("The api-version '{version}' is invalid. The supported versions are '{}'.", versions.join(","));
    Some(bad_request("InvalidApiVersionParameter", message))
}

/// The refusal of a scope that doesn't exist, by the kind of what is missing.
fn unknown_scope(world: &World, scope: &str) -> Option<Answer> {
    if scope.is_empty() || world.resource_scope(scope).is_some() {
        return None;
    }
    let name = scope.rsplit('/').next().unwrap_or_default();
    let (code, message) = match wire::scope_type(scope) {
        "subscription" => ("SubscriptionNotFound", format!("The subscription '{name}' could not be found.")),
        "resourcegroup" => ("ResourceGroupNotFound", format!("Resource group '{name}' could not be found.")),
        "managementgroup" => ("ManagementGroupNotFound", format!("Management group '{name}' not found.")),
        _ => ("ResourceNotFound", format!("The Resource '{name}' was not found.")),
    };
    Some(Answer::error(404, code, &message))
}

/// The refusal of a write in a disabled subscription.
fn disabled(world: &World, scope: &str) -> Option<Answer> {
    let chain = world.at_and_above(scope);
    let subscription = chain.iter().filter_map(|scope| world.resource_scope(scope)).find(|scope| scope.disabled)?;
    let message = format!(
        "The subscription '{}' is disabled and therefore marked as read only. You cannot perform any write actions on this subscription \
         until it is re-enabled.",
        subscription.id.rsplit('/').next().unwrap_or_default()
    );
    Some(Answer::error(409, "ReadOnlyDisabledSubscription", &message))
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
    serde_json::from_slice(body).map_err(|problem| format!("The request content was invalid and could not be deserialized: '{problem}'."))
}

fn rendered(answer: Answer, exchange: &Exchange<'_>, request: &HeaderMap) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match answer.body {
        Some(body) => (status, [(CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response(),
        None => status.into_response(),
    };
    let id = Uuid::new_v4().to_string();
    let quota = if exchange.method == "GET" { "x-ms-ratelimit-remaining-tenant-reads" } else { "x-ms-ratelimit-remaining-tenant-writes" };
    let mut headers = vec![("x-ms-request-id", id.clone()), ("x-ms-correlation-request-id", id), (quota, "249".to_owned())];
    headers.extend(answer.headers);
    let sent = |name: &str| request.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    if sent("x-ms-return-client-request-id").is_some_and(|wanted| wanted.eq_ignore_ascii_case("true")) {
        headers.extend(sent("x-ms-client-request-id").map(|id| ("x-ms-client-request-id", id)));
    }
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// A list with its link to the next page. Only what is on the page is written out.
fn listed<T>(world: &World, exchange: &Exchange<'_>, path: &str, items: Vec<T>, written: impl FnMut(T) -> Value) -> Answer {
    let Ok(page) = crate::odata::page::page(items, path, exchange.query, world.scenario.behaviour.page_size) else {
        return bad_request("BadRequestFormat", "the `$skiptoken` doesn't belong to this list");
    };
    let mut body = json!({ "value": page.items.into_iter().map(written).collect::<Vec<_>>() });
    if let Some(next) = page.next {
        body["nextLink"] = json!(format!("{}{}?{next}", exchange.origin, encoded(path)));
    }
    Answer::with(200, body)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_path_makes_the_reading_panic(path in "\\PC{0,80}", likely in "/(subscriptions|providers/Microsoft.Authorization|é|/|%){0,6}") {
            for path in [&path, &likely] {
                let place = Place::of(path);
                prop_assert!(!place.rest.is_empty());
                let _ = (wire::scope_type(&place.scope), wire::role_definition_id("1", &place.scope));
            }
        }
    }

    #[test]
    fn places_are_found_in_paths() {
        let place = Place::of("///providers/Microsoft.Authorization/roleAssignmentSchedules");
        assert_eq!((place.scope.as_str(), place.rest[0].as_str()), ("", "roleAssignmentSchedules"));
        let place = Place::of("//subscriptions/1/resourceGroups/a b/providers/microsoft.authorization/roleDefinitions/2");
        assert_eq!(place.scope, "/subscriptions/1/resourceGroups/a b");
        assert_eq!(place.rest, ["roleDefinitions", "2"]);
        assert_eq!(
            Place::of("/providers/Microsoft.Subscription/subscriptions/1/providers/Microsoft.Authorization/x").scope,
            "/subscriptions/1"
        );
        assert_eq!(Place::of("/subscriptions").rest, ["subscriptions"]);
    }
}
