//! The answer of the authorize endpoint to the application.

use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CACHE_CONTROL, LOCATION};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use url::Url;

use super::pages;
use super::refusal::Refusal;
use super::request::{AnswerTo, ResponseMode};
use super::store::Account;
use super::tenants::by_account;
use crate::state::State;

/// A redirect within the pages or to the application.
pub(super) fn redirect(target: &str) -> Response {
    let mut answer = StatusCode::FOUND.into_response();
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(target) = HeaderValue::from_str(target) {
        answer.headers_mut().insert(LOCATION, target);
    }
    answer
}

/// Sends fields to the application in the way it asked for.
pub(super) fn send(to: &AnswerTo, mut fields: Vec<(&str, String)>) -> Response {
    if let Some(state) = &to.state {
        fields.push(("state", state.clone()));
    }
    let Ok(mut url) = Url::parse(&to.redirect_uri) else { return StatusCode::BAD_REQUEST.into_response() };
    match to.mode {
        ResponseMode::FormPost => pages::form_post(&to.redirect_uri, &fields),
        ResponseMode::Query => {
            url.query_pairs_mut().extend_pairs(fields);
            redirect(url.as_str())
        }
        ResponseMode::Fragment => {
            let encoded: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            url.set_fragment(Some(&encoded));
            redirect(url.as_str())
        }
    }
}

/// Tells the application about a refusal.
pub(super) fn send_refusal(state: &State, to: &AnswerTo, refusal: &Refusal, subcode: Option<&str>) -> Response {
    refusal.note();
    let stamp = refusal.stamped(state, to.correlation.as_deref());
    let mut fields = vec![
        ("error", refusal.error.to_owned()),
        ("error_description", refusal.description(&stamp)),
        ("error_uri", format!("{}/error?code={}", state.origins.login, refusal.code)),
    ];
    if let Some(subcode) = subcode {
        fields.push(("error_subcode", subcode.to_owned()));
    }
    if let Some(claims) = &refusal.claims {
        fields.push(("claims", claims.clone()));
    }
    send(to, fields)
}

/// `client_info`: the account's ids in its home tenant, which for a guest is another than the tenant that signs it in.
pub(super) fn client_info(state: &State, account: &Account) -> String {
    let home = by_account(state, account).and_then(|person| person.user.home.as_ref());
    let (object, tenant) = home.map_or((&account.object_id, &account.tenant_id), |home| (&home.object_id, &home.tenant_id));
    URL_SAFE_NO_PAD.encode(json!({ "uid": object, "utid": tenant }).to_string())
}
