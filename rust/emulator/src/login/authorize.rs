//! `GET /{tenant}/oauth2/v2.0/authorize`: the beginning of a sign-in.

use axum::extract::{Path, RawQuery, State as Extract};
use axum::response::Response;
use http::HeaderMap;

use super::browser::Browser;
use super::flow::{advance, live_session, refuse};
use super::refusal::Refusal;
use super::request::{Prompt, Request, Wrong};
use super::store::{Account, Flow, Memory, random_text};
use super::tenants::{by_account, by_name};
use crate::journal;
use crate::state::State;

/// How long the pages wait for the user.
const PATIENCE_SECONDS: i64 = 15 * 60;

pub(super) async fn authorize(
    Extract(state): Extract<State>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let browser = Browser::of(&state, &headers);
    let answer = match begin(&state, &browser, &tenant, query.as_deref().unwrap_or_default()) {
        Ok(flow) => advance(&state, &browser, &flow),
        Err(wrong) => refuse(&state, &wrong),
    };
    browser.remember(&state, answer)
}

fn begin(state: &State, browser: &Browser, tenant: &str, query: &str) -> Result<String, Wrong> {
    let request = Request::for_code(state, tenant, query)?;
    journal::note(|notes| notes.client = Some(request.client.client_id.clone()));
    let account = choose_account(state, browser, &request)?;
    Ok(open_flow(state, browser, request, account))
}

/// A sign-in under way, by its id.
pub(super) fn open_flow(state: &State, browser: &Browser, request: Request, account: Option<Account>) -> String {
    let now = state.clock.seconds();
    let flow = Flow {
        browser: browser.id.clone(),
        // A second's grain: what is proved in this very second is fresh.
        since: if request.prompt == Prompt::Login { now } else { 0 },
        account,
        request,
        consented: false,
        confirmed: false,
        challenge: None,
        problem: None,
        expires: now + PATIENCE_SECONDS,
    };
    let id = random_text("");
    state.login.with(|memory| {
        memory.forget_flows(now);
        if flow.request.prompt == Prompt::Login {
            forget_proof(memory, browser, flow.account.as_ref());
        }
        memory.flows.insert(id.clone(), flow);
    });
    id
}

/// `prompt=login`: the session of the account starts anew, so that nothing proved before counts.
fn forget_proof(memory: &mut Memory, browser: &Browser, account: Option<&Account>) {
    if let Some(sessions) = memory.browsers.get_mut(&browser.id) {
        sessions.retain(|session| account.is_some_and(|account| &session.account != account));
    }
}

/// The account that the request points at; `None` lets the user choose.
fn choose_account(state: &State, browser: &Browser, request: &Request) -> Result<Option<Account>, Wrong> {
    if let Some(hint) = &request.login_hint {
        let Some(person) = by_name(state, hint) else {
            let message = format!("The account '{}' does not exist in the directory.", hint.escape_debug());
            return Err(Wrong::Page(Refusal::invalid_request(50_034, message)));
        };
        if !request.authority.admits(person) {
            let message =
                format!("The account '{}' does not exist in the tenant '{}'.", hint.escape_debug(), request.authority.display_name(state));
            return Err(Wrong::Page(Refusal::invalid_request(50_020, message)));
        }
        return Ok((request.prompt != Prompt::SelectAccount).then(|| person.account()));
    }
    if request.prompt == Prompt::SelectAccount {
        return Ok(None);
    }
    let accounts: Vec<Account> =
        state.login.with(|memory| memory.browsers.get(&browser.id).into_iter().flatten().map(|session| session.account.clone()).collect());
    let mut usable = accounts.into_iter().filter(|account| {
        by_account(state, account).is_some_and(|person| request.authority.admits(person))
            && live_session(state, &browser.id, account).is_some()
    });
    Ok(match (usable.next(), usable.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    })
}
