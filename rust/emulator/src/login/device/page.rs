//! The page where the code is typed, and how the device learns what its user decided.

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Extract};
use axum::response::Response;
use http::HeaderMap;

use super::super::answer::redirect;
use super::super::authorize::open_flow;
use super::super::browser::{Browser, is_own_form};
use super::super::flow::refuse_on_page;
use super::super::pages;
use super::super::refusal::Refusal;
use super::super::request::{Request, once_each};
use super::super::store::Grant;
use super::Decision;
use crate::journal;
use crate::state::State;

/// `GET /common/oauth2/deviceauth`. A code in the address (`otc`) is filled in, and still has to be sent.
pub(in super::super) async fn ask_code(Extract(state): Extract<State>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let browser = Browser::of(&state, &headers);
    let fields = once_each(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    let page = pages::enter_code(fields.get("otc").map(String::as_str).unwrap_or_default(), None);
    browser.remember(&state, page)
}

/// `POST /common/oauth2/deviceauth`
pub(in super::super) async fn take_code(Extract(state): Extract<State>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_own_form(&state, &headers) {
        return refuse_on_page(&state, &Refusal::invalid_request(9_002_313, "The form was sent from a page of another origin."));
    }
    let fields = match once_each(&body) {
        Ok(fields) => fields,
        Err(refusal) => return refuse_on_page(&state, &refusal),
    };
    let typed = fields.get("otc").map(String::as_str).unwrap_or_default();
    let browser = Browser::of(&state, &headers);
    let answer = match waiting(&state, typed) {
        Ok(request) => {
            journal::note(|notes| notes.client = Some(request.client.client_id.clone()));
            let flow = open_flow(&state, &browser, request, None);
            redirect(&format!("/signin?flow={flow}"))
        }
        Err(code) => pages::enter_code(typed, Some(code)),
    };
    browser.remember(&state, answer)
}

/// The wish that belongs to a user code, as long as nobody has decided it; else the AADSTS code of why not.
fn waiting(state: &State, typed: &str) -> Result<Request, u32> {
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_uppercase()).collect();
    let now = state.clock.seconds();
    state.login.with(|memory| {
        let device = memory.devices.values().find(|device| device.user_code == plain).ok_or(70_018_u32)?;
        match device.decision {
            Decision::Open if now < device.expires => Ok(device.request.clone()),
            Decision::Open => Err(70_019),
            _ => Err(70_018),
        }
    })
}

/// The device may go on.
pub(in super::super) fn approve(state: &State, device_code: &str, grant: Grant) -> Response {
    decide(state, device_code, Decision::Approved(grant))
}

/// The user does not want the device to go on.
pub(in super::super) fn decline(state: &State, device_code: &str) -> Response {
    decide(state, device_code, Decision::Declined)
}

/// The first decision counts.
fn decide(state: &State, device_code: &str, decision: Decision) -> Response {
    let approved = matches!(decision, Decision::Approved(_));
    let now = state.clock.seconds();
    let client = state.login.with(|memory| {
        let device = memory.devices.get_mut(device_code).filter(|device| now < device.expires)?;
        if !matches!(device.decision, Decision::Open) {
            return None;
        }
        device.decision = decision;
        Some(device.request.client.display_name.clone())
    });
    match client {
        Some(client) => pages::device_done(&client, approved),
        None => {
            refuse_on_page(state, &Refusal::invalid_request(70_019, "The code has expired or was used already. Start again on the device."))
        }
    }
}
