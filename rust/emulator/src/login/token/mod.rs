//! `POST /{tenant}/oauth2/v2.0/token`: grants become access tokens.

mod application;
mod assertion;
mod client;
mod id_token;
mod user;

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Extract};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

pub(super) use id_token::id_token;

use super::refusal::Refusal;
use super::request::once_each;
use super::tenants::authority;
use crate::journal;
use crate::state::State;
use crate::tokens::TokenClaims;
use client::Party;

/// Tokens that live longer than this come with the advice to refresh them at half of their life.
const LONG_LIVED_SECONDS: i64 = 2 * 3600;

pub(super) type Fields = BTreeMap<String, String>;

pub(super) async fn token(Extract(state): Extract<State>, Path(tenant): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    answered(&state, &headers, exchange(&state, &tenant, &headers, &body))
}

pub(super) async fn only_post(Extract(state): Extract<State>) -> Response {
    let refusal = Refusal::invalid_request(900_561, "The endpoint accepts POST requests only.");
    answered(&state, &HeaderMap::new(), Err(refusal))
}

/// The answer of the token endpoint and its like: JSON that nobody keeps.
pub(super) fn answered(state: &State, headers: &HeaderMap, result: Result<Value, Refusal>) -> Response {
    let correlation = headers.get("client-request-id").and_then(|value| value.to_str().ok());
    let (status, body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err(refusal) => {
            refusal.note();
            (refusal.status(), refusal.to_json(state, correlation))
        }
    };
    let mut answer = (status, Json(body)).into_response();
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    answer.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    answer
}

/// The fields of a request, which has to be a form.
pub(super) fn form(headers: &HeaderMap, body: &[u8]) -> Result<Fields, Refusal> {
    let is_form = headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if !is_form {
        return Err(Refusal::invalid_request(900_144, "The request body must be a form of the type 'application/x-www-form-urlencoded'."));
    }
    once_each(body)
}

pub(super) fn need<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, Refusal> {
    optional(fields, name).ok_or_else(|| Refusal::missing(name))
}

fn optional<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

fn exchange(state: &State, tenant: &str, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    let authority = authority(state, tenant)?;
    let fields = form(headers, body)?;
    let party = Party::find(state, need(&fields, "client_id")?)?;
    journal::note(|notes| notes.client = Some(party.client_id().to_owned()));
    let grant_type = need(&fields, "grant_type")?;
    if grant_type == "client_credentials" {
        return application::client_credentials(state, &authority, &party, tenant, &fields);
    }
    party.authenticate(state, &authority, tenant, &fields)?;
    let request = user::Exchange { state, authority, client: party.into_client(), fields: &fields };
    match grant_type {
        "authorization_code" => request.code(),
        "refresh_token" => request.refresh(),
        // The short name is older than the RFC, and what MSAL.NET still sends.
        "urn:ietf:params:oauth:grant-type:device_code" | "device_code" => request.device(),
        other => {
            Err(Refusal::new("unsupported_grant_type", 70_003, format!("The grant type '{}' is not supported.", other.escape_debug())))
        }
    }
}

/// The lives of an access token, as every answer of the token endpoint tells them.
fn put_lives(answer: &mut Map<String, Value>, claims: &TokenClaims) {
    let life = claims.exp - claims.iat;
    answer.insert("expires_in".to_owned(), json!(life));
    answer.insert("ext_expires_in".to_owned(), json!(life));
    if life > LONG_LIVED_SECONDS {
        answer.insert("refresh_in".to_owned(), json!(life / 2));
    }
}
