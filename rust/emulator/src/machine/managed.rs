//! Managed identities: which one is meant, and its token.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::text;
use crate::journal;
use crate::login::resource;
use crate::scenario::ManagedIdentity;
use crate::state::State;
use crate::tokens::{AccessToken, Subject};

/// Tokens of managed identities live for a day.
const LIFE_SECONDS: i64 = 86_400;

/// Parameters of a request to an endpoint of the machine.
pub(super) type Parameters = BTreeMap<String, String>;

/// Parameters once each.
pub(super) fn parameters(encoded: &[u8]) -> Result<Parameters, Refusal> {
    let mut all = Parameters::new();
    for (name, value) in form_urlencoded::parse(encoded) {
        if all.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return Err(Refusal::violation(format!("the parameter `{name}` occurs more than once")));
        }
    }
    Ok(all)
}

/// The header by which an endpoint knows that no web page asks it.
pub(super) fn has_metadata_header(headers: &HeaderMap) -> bool {
    headers.get("metadata").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
}

/// The version of the endpoint's contract.
pub(super) fn check_version(parameters: &Parameters, served: &str) -> Result<(), Refusal> {
    match parameters.get("api-version").map(String::as_str) {
        Some(version) if version == served => Ok(()),
        Some(version) => Err(Refusal::violation(format!("the api-version `{version}` is not supported, `{served}` is"))),
        None => Err(Refusal::violation("Required query variable 'api-version' is missing")),
    }
}

/// The identity that the parameters mean: by one of the names that the endpoint has for its ids, or the machine's own.
///
/// Names: of the application id, of the object id, of the resource id.
pub(super) fn identity<'a>(state: &'a State, parameters: &Parameters, names: [&[&str]; 3]) -> Result<&'a ManagedIdentity, Refusal> {
    let given: Vec<_> = names
        .iter()
        .enumerate()
        .flat_map(|(kind, names)| names.iter().filter_map(move |name| Some((kind, parameters.get(*name)?))))
        .collect();
    let all = &state.scenario.machine.managed_identities;
    let not_found = || Refusal::lacking("invalid_request", "Identity not found");
    match given.as_slice() {
        [] => match all.iter().find(|identity| identity.resource_id.is_none()) {
            Some(own) => Ok(own),
            None if all.len() > 1 => Err(Refusal::lacking(
                "invalid_request",
                "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request",
            )),
            None => all.first().ok_or_else(not_found),
        },
        [(kind, id)] => {
            let is_it = |identity: &&ManagedIdentity| match kind {
                0 => identity.client_id.eq_ignore_ascii_case(id),
                1 => identity.object_id.eq_ignore_ascii_case(id),
                _ => identity.resource_id.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(id)),
            };
            all.iter().find(is_it).ok_or_else(not_found)
        }
        _ => Err(Refusal::violation("more than one id of an identity was given")),
    }
}

/// A token of an identity, with all that any of the endpoints says of it.
pub(super) fn token(state: &State, identity: &ManagedIdentity, parameters: &Parameters) -> Result<Value, Refusal> {
    let name = wanted_resource(parameters)?;
    let Some(is_graph) = resource(state, name) else {
        return Err(unknown_resource(state, name));
    };
    journal::note(|notes| notes.client = Some(identity.client_id.clone()));
    let (token, claims) = state
        .issue(&AccessToken {
            subject: Subject::Application {
                object_id: &identity.object_id,
                roles: if is_graph { identity.permissions.clone() } else { Vec::new() },
                proof: "2",
            },
            tenant_id: &state.scenario.tenant.id,
            client_id: &identity.client_id,
            client_name: &identity.display_name,
            audience: name,
            capabilities: Vec::new(),
            life_seconds: Some(LIFE_SECONDS),
        })
        .map_err(|error| Refusal::lacking("server_error", error.to_string()).with_status(http::StatusCode::INTERNAL_SERVER_ERROR))?;
    Ok(json!({
        "access_token": token,
        "client_id": identity.client_id,
        "expires_in": text(claims.exp - claims.iat),
        "expires_on": text(claims.exp),
        "ext_expires_in": text(claims.exp - claims.iat),
        "not_before": text(claims.nbf),
        "resource": name,
        "token_type": "Bearer",
    }))
}

pub(super) fn wanted_resource(parameters: &Parameters) -> Result<&str, Refusal> {
    let name = parameters.get("resource").map(String::as_str).filter(|name| !name.is_empty());
    name.ok_or_else(|| Refusal::violation("Required query variable 'resource' is missing"))
}

pub(super) fn unknown_resource(state: &State, name: &str) -> Refusal {
    let message = format!(
        "AADSTS500011: The resource principal named {name} was not found in the tenant named {}.",
        state.scenario.tenant.display_name
    );
    Refusal { is_violation: true, ..Refusal::lacking("invalid_resource", message) }
}

/// What App Service and others tell of a token, out of all that can be told.
pub(super) fn only(answer: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| ((*name).to_owned(), answer[*name].clone())).collect::<serde_json::Map<_, _>>().into()
}
