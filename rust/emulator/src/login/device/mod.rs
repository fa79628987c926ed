//! Device code (RFC 8628): an application without a browser shows a code, and the user signs in wherever a browser is.

mod page;
mod poll;

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State as Extract};
use axum::response::Response;
use http::HeaderMap;
use rand::RngExt;
use serde_json::{Value, json};

pub(super) use page::{approve, ask_code, decline, take_code};
pub(super) use poll::redeem;

use super::demand::Demand;
use super::refusal::Refusal;
use super::request::{Prompt, Purpose, Request, find_client};
use super::scopes::Scopes;
use super::store::{Grant, random_text};
use super::tenants::authority;
use super::token::{answered, form, need};
use crate::journal;
use crate::secrets::SecretKind;
use crate::state::State;

/// How long a code is good.
const LIFE_SECONDS: i64 = 900;

/// A device that waits for its user.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) request: Request,
    pub(super) user_code: String,
    pub(super) expires: i64,
    /// Time that has to pass between two questions.
    pub(super) interval_milliseconds: i64,
    /// When it asked last (milliseconds).
    pub(super) asked: Option<i64>,
    pub(super) decision: Decision,
}

/// What has become of a device's wish.
#[derive(Clone, Debug)]
pub(super) enum Decision {
    Open,
    Approved(Grant),
    Declined,
    Redeemed,
}

/// `POST /{tenant}/oauth2/v2.0/devicecode`
pub(super) async fn authorization(
    Extract(state): Extract<State>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = query.unwrap_or_default();
    answered(&state, &headers, begin(&state, &tenant, &query, &headers, &body))
}

fn begin(state: &State, tenant: &str, query: &str, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    let authority = authority(state, tenant)?;
    let fields = form(headers, body)?;
    let client = find_client(state, need(&fields, "client_id")?)?;
    journal::note(|notes| notes.client = Some(client.client_id.clone()));
    let scopes = Scopes::parse(state, &client, need(&fields, "scope")?)?;
    let demand = Demand::parse(fields.get("claims").map(String::as_str))?;
    let device_code = random_text("2.device.");
    let user_code = user_code();
    let behaviour = &state.scenario.behaviour;
    let demand = if behaviour.device_code_honours_claims { demand } else { demand.capabilities_alone() };
    let now = state.clock.seconds();
    let device = Device {
        request: Request {
            authority,
            client,
            scopes,
            // Whoever types a code chooses the account, also where one is signed in.
            prompt: Prompt::SelectAccount,
            login_hint: None,
            demand,
            purpose: Purpose::Device(device_code.clone()),
        },
        user_code: user_code.clone(),
        expires: now + LIFE_SECONDS,
        interval_milliseconds: i64::from(behaviour.device_code_interval_seconds) * 1000,
        asked: None,
        decision: Decision::Open,
    };
    state.secrets.register(SecretKind::DeviceCode, &device_code);
    state.login.with(|memory| {
        memory.devices.retain(|_, device| device.expires > now - LIFE_SECONDS);
        memory.devices.insert(device_code.clone(), device);
    });
    let verification_uri = format!("{}/common/oauth2/deviceauth", state.origins.login);
    let language = language(query, &fields);
    Ok(json!({
        "user_code": user_code,
        "device_code": device_code,
        "verification_uri": verification_uri,
        "expires_in": LIFE_SECONDS,
        "interval": behaviour.device_code_interval_seconds,
        "message": message(&language, &verification_uri, &user_code),
    }))
}

/// Nine characters that cannot be taken for one another.
fn user_code() -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut random = rand::rng();
    (0..9).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect()
}

/// `mkt`, in the query or in the form.
fn language(query: &str, fields: &BTreeMap<String, String>) -> String {
    let in_query = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "mkt").map(|(_, value)| value.into_owned());
    let wanted = in_query.or_else(|| fields.get("mkt").cloned()).unwrap_or_default();
    wanted.split('-').next().unwrap_or_default().to_ascii_lowercase()
}

/// What the application shows as it is. Entra has it in many languages; the emulator in three.
fn message(language: &str, uri: &str, code: &str) -> String {
    match language {
        "de" => format!(
            "Um sich anzumelden, öffnen Sie in einem Webbrowser die Seite {uri}, und geben Sie den Code {code} ein, um sich zu authentifizieren."
        ),
        "fr" => format!(
            "Pour vous connecter, utilisez un navigateur web pour ouvrir la page {uri} et entrez le code {code} pour vous authentifier."
        ),
        _ => format!("To sign in, use a web browser to open the page {uri} and enter the code {code} to authenticate."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_follows_the_language_and_falls_back_to_english() {
        let fields = BTreeMap::from([("mkt".to_owned(), "fr-FR".to_owned())]);
        assert_eq!(language("mkt=de-DE", &fields), "de");
        assert_eq!(language("", &fields), "fr");
        assert!(message("de", "https://x", "CODE").starts_with("Um sich anzumelden"));
        assert!(
            message("xx", "https://x", "CODE")
                .starts_with("To sign in, use a web browser to open the page https://x and enter the code CODE")
        );
    }
}
