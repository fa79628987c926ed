//! What the forms of the pages do. Each answers with a redirect to the next page, so that a reload repeats nothing.

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Extract};
use axum::response::Response;
use http::HeaderMap;

use super::answer::{redirect, send_refusal};
use super::browser::{Browser, is_own_form};
use super::device;
use super::flow::{advance, lost, refuse_on_page, relying_party, standing_refusal};
use super::refusal::Refusal;
use super::request::{Purpose, once_each};
use super::store::{Account, Flow};
use super::tenants::{by_account, by_name};
use crate::journal;
use crate::state::State;

/// A form that was sent, with the sign-in that it belongs to.
struct Form {
    browser: Browser,
    id: String,
    flow: Flow,
    fields: std::collections::BTreeMap<String, String>,
}

impl Form {
    fn open(state: &State, headers: &HeaderMap, body: &[u8]) -> Result<Self, Response> {
        if !is_own_form(state, headers) {
            return Err(refuse_on_page(state, &Refusal::invalid_request(9_002_313, "The form was sent from a page of another origin.")));
        }
        let fields = once_each(body).map_err(|refusal| refuse_on_page(state, &refusal))?;
        let browser = Browser::of(state, headers);
        let id = fields.get("flow").cloned().unwrap_or_default();
        let flow = state.login.with(|memory| memory.flow(&id, &browser.id, state.clock.seconds()).cloned()).ok_or_else(|| lost(state))?;
        if let Some(person) = flow.account.as_ref().and_then(|account| by_account(state, account)) {
            journal::note(|notes| notes.user = Some(person.user.user_principal_name.clone()));
        }
        Ok(Self { browser, id, flow, fields })
    }

    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Changes the sign-in and shows its next page.
    fn change(&self, state: &State, change: impl FnOnce(&mut Flow)) -> Response {
        state.login.with(|memory| memory.flow(&self.id, &self.browser.id, state.clock.seconds()).map(change));
        redirect(&format!("/signin?flow={}", self.id))
    }

    fn account(&self, state: &State) -> Result<&Account, Response> {
        self.flow.account.as_ref().ok_or_else(|| lost(state))
    }

    /// Notes what the user proved and shows the next page.
    fn prove(&self, state: &State, passkey: bool) -> Response {
        let Ok(account) = self.account(state) else { return lost(state) };
        let (now, count) = (state.clock.seconds(), state.tokens.revocation_count(&account.object_id));
        state.login.with(|memory| memory.prove(&self.browser.id, account, count, now, passkey));
        self.change(state, |_| {})
    }
}

/// Runs a step on a form that is in order.
fn with_form(state: &State, headers: &HeaderMap, body: &[u8], step: impl FnOnce(&Form) -> Response) -> Response {
    Form::open(state, headers, body).map_or_else(|refusal| refusal, |form| step(&form))
}

pub(super) async fn show(Extract(state): Extract<State>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let fields = once_each(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    let browser = Browser::of(&state, &headers);
    advance(&state, &browser, fields.get("flow").map(String::as_str).unwrap_or_default())
}

pub(super) async fn account(Extract(state): Extract<State>, headers: HeaderMap, body: Bytes) -> Response {
    with_form(&state, &headers, &body, |form| {
        let person = by_name(&state, form.field("account")).filter(|person| form.flow.request.authority.admits(*person));
        form.change(&state, |flow| flow.account = person.map(super::tenants::Person::account))
    })
}

pub(super) async fn switch(Extract(state): Extract<State>, headers: HeaderMap, body: Bytes) -> Response {
    with_form(&state, &headers, &body, |form| form.change(&state, |flow| flow.account = None))
}

pub(super) async fn demo(Extract(state): Extract<State>, headers: HeaderMap, body: Bytes) -> Response {
    with_form(&state, &headers, &body, |form| form.prove(&state, false))
}

pub(super) async fn passkey(Extract(state): Extract<State>, headers: HeaderMap, body: Bytes) -> Response {
    with_form(&state, &headers, &body, |form| {
        let Ok(account) = form.account(&state) else { return lost(&state) };
        let verified = spend_challenge(&state, form).and_then(|challenge| {
            // Under one lock, so that a counter cannot be used twice.
            state.login.with(|memory| {
                let passkeys = memory.passkeys.entry(account.object_id.clone()).or_default();
                let (index, counter) = relying_party(&state).verify(&challenge, &account.object_id, passkeys, form.field("credential"))?;
                if let Some(passkey) = passkeys.get_mut(index) {
                    passkey.counter = counter;
                }
                Ok(())
            })
        });
        match verified {
            Ok(()) => form.prove(&state, true),
            Err(problem) => reject(&state, form, problem),
        }
    })
}

pub(super) async fn register(Extract(state): Extract<State>, headers: HeaderMap, body: Bytes) -> Response {
    with_form(&state, &headers, &body, |form| {
        let Ok(account) = form.account(&state) else { return lost(&state) };
        let registered = spend_challenge(&state, form)
            .and_then(|challenge| relying_party(&state).register(&challenge, form.field("credential")))
            .and_then(|passkey| {
                state.login.with(|memory| {
                    if memory.passkeys.values().flatten().any(|known| known.id == passkey.id) {
                        return Err("the passkey is registered already");
                    }
                    memory.passkeys.entry(account.object_id.clone()).or_default().push(passkey);
                    Ok(())
                })
            });
        match registered {
            Ok(()) => form.change(&state, |_| {}),
            Err(problem) => reject(&state, form, problem),
        }
    })
}

/// The challenge of the page, which holds for one answer.
fn spend_challenge(state: &State, form: &Form) -> Result<[u8; 32], &'static str> {
    let spent =
        state.login.with(|memory| memory.flow(&form.id, &form.browser.id, state.clock.seconds()).and_then(|flow| flow.challenge.take()));
    spent.ok_or("the page was used already")
}

fn reject(state: &State, form: &Form, problem: &str) -> Response {
    journal::note_violation(problem);
    form.change(state, |flow| flow.problem = Some(problem.to_owned()))
}

pub(super) async fn consent(Extract(state): Extract<State>, headers: HeaderMap, body: Bytes) -> Response {
    with_form(&state, &headers, &body, |form| match form.field("decision") {
        "accept" => form.change(&state, |flow| flow.consented = true),
        _ => {
            let refusal = Refusal::new("access_denied", 65_004, "The user did not agree to what the application asks for.");
            end(&state, form, &refusal, None)
        }
    })
}

pub(super) async fn cancel(Extract(state): Extract<State>, headers: HeaderMap, body: Bytes) -> Response {
    with_form(&state, &headers, &body, |form| match standing_refusal(&state, &form.browser.id, &form.flow) {
        Some(refusal) => end(&state, form, &refusal, None),
        None => end(&state, form, &Refusal::new("access_denied", 65_004, "The user cancelled the sign-in."), Some("cancel")),
    })
}

/// The user says that a device's sign-in is the user's own, or that it is not.
pub(super) async fn confirm(Extract(state): Extract<State>, headers: HeaderMap, body: Bytes) -> Response {
    with_form(&state, &headers, &body, |form| match form.field("decision") {
        "continue" => form.change(&state, |flow| flow.confirmed = true),
        _ => end(&state, form, &Refusal::new("access_denied", 65_004, "The user cancelled the sign-in."), Some("cancel")),
    })
}

fn end(state: &State, form: &Form, refusal: &Refusal, subcode: Option<&str>) -> Response {
    state.login.with(|memory| memory.flows.remove(&form.id));
    match &form.flow.request.purpose {
        Purpose::Code(code) => send_refusal(state, &code.answer, refusal, subcode),
        Purpose::Device(code) => device::decline(state, code),
    }
}
