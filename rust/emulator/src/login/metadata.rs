//! What clients find out before a sign-in: OpenID Connect discovery, signing keys, instance discovery.

use axum::Json;
use axum::extract::{Path, RawQuery, State as Extract};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use super::tenants::{Authority, authority};
use crate::state::State;
use crate::tokens::signing_key;

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub(super) async fn configuration(Extract(state): Extract<State>, Path(tenant): Path<String>) -> Response {
    let found = match authority(&state, &tenant) {
        Ok(found) => found,
        Err(refusal) => return (StatusCode::BAD_REQUEST, Json(refusal.to_json(&state, None))).into_response(),
    };
    let login = &state.origins.login;
    // Of `organizations` and `common` the issuer is a pattern: each tenant's tokens name the tenant.
    let (segment, issuer) = match &found {
        Authority::Tenant(id) => (id.as_str(), id.as_str()),
        Authority::Any => (tenant.as_str(), "{tenantid}"),
    };
    let base = format!("{login}/{segment}");
    Json(json!({
        "issuer": format!("{login}/{issuer}/v2.0"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "code id_token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
        "request_uri_parameter_supported": false,
        "tenant_region_scope": "EU",
        "cloud_instance_name": login.trim_start_matches("http://").trim_start_matches("https://"),
        "msgraph_host": state.origins.graph.trim_start_matches("http://").trim_start_matches("https://"),
    }))
    .into_response()
}

/// `GET /{tenant}/discovery/v2.0/keys`
pub(super) async fn keys() -> Response {
    match signing_key() {
        Ok(key) => Json(key.key_set()).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// `GET /common/discovery/instance`: Microsoft's libraries ask it whether an authority is one of a known cloud.
pub(super) async fn instance(Extract(state): Extract<State>, RawQuery(query): RawQuery) -> Response {
    let endpoint = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "authorization_endpoint")
        .map(|(_, value)| value.into_owned());
    let tenant =
        endpoint.as_deref().and_then(|address| url::Url::parse(address).ok()).and_then(|url| Some(url.path_segments()?.next()?.to_owned()));
    let tenant = tenant.unwrap_or_else(|| "common".to_owned());
    let login = &state.origins.login;
    // MSAL.NET knows a cloud by its host's name alone, others by name and port.
    let host = login.trim_start_matches("http://").trim_start_matches("https://");
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let known_as = |name: &str| json!({ "preferred_network": name, "preferred_cache": name, "aliases": [name] });
    Json(json!({
        "tenant_discovery_endpoint": format!("{login}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [known_as(name), known_as(host)],
    }))
    .into_response()
}
