//! A sign-in's way from page to page: what is shown next, and the code at the end.

use std::collections::BTreeSet;

use axum::response::Response;
use http::StatusCode;

use super::answer::{client_info, send, send_refusal};
use super::browser::Browser;
use super::demand::Demand;
use super::device;
use super::pages::{self, Context};
use super::policy::{Unmet, Verdict, device_flow_blocked, is_too_old, judge, still_met};
use super::refusal::Refusal;
use super::request::{CodeRequest, Prompt, Purpose, Request, Wrong};
use super::store::{Account, Code, Flow, Grant, Session, random_bytes, random_text};
use super::tenants::{Person, by_account};
use super::token::id_token;
use super::webauthn::RelyingParty;
use crate::journal;
use crate::scenario::{Consent, DeviceCodeFlow};
use crate::secrets::SecretKind;
use crate::state::State;

/// What comes next.
enum Step {
    PickAccount,
    SignIn,
    Passkey(Unmet),
    Consent,
    Confirm,
    Refused(Refusal),
    Done,
}

/// Shows the next page of a sign-in, or answers the application when nothing is left to do.
pub(super) fn advance(state: &State, browser: &Browser, flow_id: &str) -> Response {
    let now = state.clock.seconds();
    let Some(flow) = state.login.with(|memory| memory.flow(flow_id, &browser.id, now).cloned()) else {
        return lost(state);
    };
    let person = flow.account.as_ref().and_then(|account| by_account(state, account));
    let session = flow.account.as_ref().and_then(|account| live_session(state, &browser.id, account));
    journal::note(|notes| {
        notes.client = Some(flow.request.client.client_id.clone());
        notes.user = person.map(|person| person.user.user_principal_name.clone());
    });
    let step = next(state, &flow, person, session.as_ref());
    if flow.request.prompt == Prompt::None
        && let Some(refusal) = silent_refusal(&step)
        && let Some(answer) = flow.request.answer_to()
    {
        state.login.with(|memory| memory.flows.remove(flow_id));
        return send_refusal(state, answer, &refusal, None);
    }
    let context = Context { state, flow: flow_id, request: &flow.request };
    match (step, person, session) {
        (Step::Refused(refusal), _, _) => {
            refusal.note();
            pages::refused(Some(&context), &refusal, &refusal.stamped(state, flow.request.correlation()))
        }
        (Step::SignIn, Some(person), _) => pages::sign_in(&context, person),
        (Step::Passkey(_), Some(person), _) => passkey_page(&context, &flow, &browser.id, person),
        (Step::Consent, Some(person), _) => pages::consent(&context, person),
        (Step::Confirm, Some(person), _) => pages::confirm(&context, person),
        (Step::Done, Some(person), Some(session)) => finish(state, flow_id, &flow, person, &session),
        _ => pages::pick_account(&context),
    }
}

/// The refusal that a sign-in has run into, if it has.
pub(super) fn standing_refusal(state: &State, browser: &str, flow: &Flow) -> Option<Refusal> {
    let person = flow.account.as_ref().and_then(|account| by_account(state, account));
    let session = flow.account.as_ref().and_then(|account| live_session(state, browser, account));
    match next(state, flow, person, session.as_ref()) {
        Step::Refused(refusal) => Some(refusal),
        _ => None,
    }
}

fn next(state: &State, flow: &Flow, person: Option<Person<'_>>, session: Option<&Session>) -> Step {
    let Some(person) = person else { return Step::PickAccount };
    if person.user.disabled {
        return Step::Refused(Refusal::new("access_denied", 50_057, "The account is disabled."));
    }
    let is_fresh = |session: &&Session| session.proof.signed_in >= flow.since && !is_too_old(state, session.proof);
    let Some(session) = session.filter(is_fresh) else { return Step::SignIn };
    if matches!(flow.request.purpose, Purpose::Device(_))
        && let Some(refusal) = device_flow_blocked(state, DeviceCodeFlow::Blocked)
    {
        return Step::Refused(refusal);
    }
    match judge(state, &flow.request.demand, session.proof, flow.since) {
        Verdict::Met => {}
        Verdict::Passkey(unmet) => return Step::Passkey(unmet),
        Verdict::Never(refusal) => return Step::Refused(refusal),
    }
    match consent_step(state, flow, person) {
        // AADSTS50199: nobody is to finish the sign-in of somebody else's device.
        Step::Done if matches!(flow.request.purpose, Purpose::Device(_)) && !flow.confirmed => Step::Confirm,
        step => step,
    }
}

fn consent_step(state: &State, flow: &Flow, person: Person<'_>) -> Step {
    let (client, scopes) = (&flow.request.client, &flow.request.scopes);
    let key = (person.user.object_id.clone(), client.client_id.clone());
    let remembered = state.login.with(|memory| memory.consents.contains(&key));
    let asks = match client.consent {
        Consent::Admin => return Step::Refused(admin_consent(&client.display_name)),
        Consent::Granted if !scopes.missing_consent.is_empty() => return Step::Refused(admin_consent(&client.display_name)),
        Consent::Granted => false,
        Consent::User => !remembered,
    };
    if (asks || flow.request.prompt == Prompt::Consent) && !flow.consented { Step::Consent } else { Step::Done }
}

pub(super) fn admin_consent(client: &str) -> Refusal {
    Refusal::new("access_denied", 90_094, format!("An administrator has to agree to the permissions that '{client}' asks for."))
}

fn silent_refusal(step: &Step) -> Option<Refusal> {
    match step {
        Step::Done => None,
        Step::PickAccount => Some(Refusal::new("interaction_required", 16_000, "An account has to be chosen.")),
        Step::SignIn => Some(Refusal::new("login_required", 50_058, "Nobody is signed in to this browser.")),
        // An answer in an address carries no claims.
        Step::Passkey(unmet) => Some(Refusal { claims: None, suberror: None, ..unmet.refusal(&Demand::default()) }),
        Step::Consent => Some(Refusal::new("consent_required", 65_001, "The user has not agreed to what the application asks for.")),
        Step::Confirm => Some(Refusal::new("interaction_required", 50_199, "The user has to confirm the sign-in.")),
        Step::Refused(refusal) => Some(refusal.clone()),
    }
}

/// The session of an account in a browser, unless it was revoked.
pub(super) fn live_session(state: &State, browser: &str, account: &Account) -> Option<Session> {
    let count = state.tokens.revocation_count(&account.object_id);
    state.login.with(|memory| memory.session(browser, account).filter(|session| session.revocations == count).cloned())
}

/// A page that belongs to no sign-in under way: too late, or another browser's.
pub(super) fn lost(state: &State) -> Response {
    refuse_on_page(state, &Refusal::invalid_request(50_089, "This sign-in has ended or took too long. Start again in the application."))
}

/// A refusal that only the user can be told.
pub(super) fn refuse_on_page(state: &State, refusal: &Refusal) -> Response {
    refusal.note();
    let mut page = pages::refused(None, refusal, &refusal.stamped(state, None));
    *page.status_mut() = StatusCode::BAD_REQUEST;
    page
}

pub(super) fn refuse(state: &State, wrong: &Wrong) -> Response {
    match wrong {
        Wrong::Page(refusal) => refuse_on_page(state, refusal),
        Wrong::Answer(refusal, to) => send_refusal(state, to, refusal, None),
    }
}

/// The relying party: the login origin, under its host name.
pub(super) fn relying_party(state: &State) -> RelyingParty<'_> {
    RelyingParty { origin: &state.origins.login, id: "localhost" }
}

fn passkey_page(context: &Context<'_>, flow: &Flow, browser: &str, person: Person<'_>) -> Response {
    let state = context.state;
    let challenge = random_bytes();
    let user = person.user;
    let passkeys = state.login.with(|memory| {
        if let Some(flow) = memory.flow(context.flow, browser, state.clock.seconds()) {
            flow.challenge = Some(challenge);
            flow.problem = None;
        }
        memory.passkeys.get(&user.object_id).cloned().unwrap_or_default()
    });
    let party = relying_party(state);
    let get = (!passkeys.is_empty()).then(|| party.request_options(&challenge, &passkeys));
    let create = party.creation_options(&challenge, &user.object_id, &user.user_principal_name, &user.display_name, &passkeys);
    pages::passkey(context, person, get.as_ref(), &create, flow.problem.as_deref())
}

/// What the user granted, by all that this browser has proved so far.
fn finish(state: &State, flow_id: &str, flow: &Flow, person: Person<'_>, session: &Session) -> Response {
    let request = &flow.request;
    let asked: BTreeSet<String> = session.contexts.union(&request.demand.contexts).cloned().collect();
    let grant = Grant {
        account: person.account(),
        client_id: request.client.client_id.clone(),
        session: session.id.clone(),
        proof: session.proof,
        contexts: still_met(state, &asked, session.proof),
        revocations: session.revocations,
        by_device_code: matches!(request.purpose, Purpose::Device(_)),
    };
    state.login.with(|memory| {
        memory.flows.remove(flow_id);
        if let Some(session) = memory.session(&flow.browser, &grant.account) {
            session.contexts.clone_from(&grant.contexts);
        }
        if flow.consented {
            memory.consents.insert((grant.account.object_id.clone(), grant.client_id.clone()));
        }
    });
    match &request.purpose {
        Purpose::Code(wanted) => hand_out_code(state, flow, wanted, grant),
        Purpose::Device(code) => device::approve(state, code, grant),
    }
}

fn hand_out_code(state: &State, flow: &Flow, wanted: &CodeRequest, grant: Grant) -> Response {
    let code = random_text("0.code.");
    state.secrets.register(SecretKind::Code, &code);
    let mut fields = vec![("code", code.clone())];
    if wanted.id_token
        && let Ok(token) = id_token(state, &grant, wanted.nonce.as_deref())
    {
        fields.push(("id_token", token));
    }
    if wanted.client_info {
        fields.push(("client_info", client_info(state, &grant.account)));
    }
    fields.push(("session_state", grant.session.clone()));
    let Request { scopes, demand, .. } = flow.request.clone();
    let expires = state.clock.seconds().saturating_add(state.scenario.behaviour.code_seconds);
    let kept = Code { grant, scopes, demand, request: wanted.clone(), expires, used: false };
    state.login.with(|memory| memory.codes.insert(code, kept));
    send(&wanted.answer, fields)
}
