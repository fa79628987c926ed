//! The authorization request: parsed and checked before anything is shown.

use std::collections::BTreeMap;

use url::Url;

use super::demand::Demand;
use super::refusal::Refusal;
use super::scopes::Scopes;
use super::tenants::{Authority, authority};
use crate::scenario::{Application, Client};
use crate::state::State;

/// How the answer travels to the application.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

/// What the application wants to be shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Prompt {
    Automatic,
    None,
    Login,
    Consent,
    SelectAccount,
}

/// What a sign-in is for, checked before anything is shown.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) authority: Authority,
    pub(super) client: Client,
    pub(super) scopes: Scopes,
    pub(super) prompt: Prompt,
    pub(super) login_hint: Option<String>,
    pub(super) demand: Demand,
    pub(super) purpose: Purpose,
}

/// Who gets what at the end of a sign-in.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// The application that sent the browser here gets a code.
    Code(CodeRequest),
    /// The device with this device code may go on.
    Device(String),
}

/// What only a request for a code has.
#[derive(Clone, Debug)]
pub(super) struct CodeRequest {
    pub(super) answer: AnswerTo,
    pub(super) challenge: String,
    pub(super) nonce: Option<String>,
    pub(super) client_info: bool,
    pub(super) id_token: bool,
}

impl Request {
    /// Where the browser goes back to; a device is asked nothing.
    pub(super) fn answer_to(&self) -> Option<&AnswerTo> {
        match &self.purpose {
            Purpose::Code(code) => Some(&code.answer),
            Purpose::Device(_) => None,
        }
    }

    /// The id under which the application finds this sign-in in the service's logs.
    pub(super) fn correlation(&self) -> Option<&str> {
        self.answer_to().and_then(|answer| answer.correlation.as_deref())
    }
}

/// Where and how the application gets its answer.
#[derive(Clone, Debug)]
pub(super) struct AnswerTo {
    pub(super) redirect_uri: String,
    pub(super) mode: ResponseMode,
    pub(super) state: Option<String>,
    pub(super) correlation: Option<String>,
}

/// A refusal of the authorization request.
pub(super) enum Wrong {
    /// The application is not known well enough to send it anything: a page for the user.
    Page(Refusal),
    /// The application is told.
    Answer(Refusal, AnswerTo),
}

/// Parameters once each; repeats and monsters are refused.
pub(super) fn once_each(encoded: &[u8]) -> Result<BTreeMap<String, String>, Refusal> {
    if encoded.len() > 64 * 1024 {
        return Err(Refusal::invalid_request(90_015, "The query is too long."));
    }
    let mut all = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(encoded) {
        if all.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return Err(Refusal::invalid_request(9_002_313, format!("The parameter '{}' occurs more than once.", name.escape_debug())));
        }
    }
    Ok(all)
}

impl Request {
    /// Checks a request to `/{tenant}/oauth2/v2.0/authorize`.
    pub(super) fn for_code(state: &State, tenant: &str, query: &str) -> Result<Self, Wrong> {
        let parameters = once_each(query.as_bytes()).map_err(Wrong::Page)?;
        let get = |name: &str| parameters.get(name).map(String::as_str).filter(|value| !value.is_empty());
        let need = |name: &str| get(name).ok_or_else(|| Wrong::Page(Refusal::missing(name)));

        let authority = authority(state, tenant).map_err(Wrong::Page)?;
        let client = find_client(state, need("client_id")?).map_err(Wrong::Page)?;
        if client.redirect_uris.is_empty() {
            return Err(Wrong::Page(Refusal::invalid_request(500_113, "No reply address is registered for the application.")));
        }
        let redirect_uri = need("redirect_uri")?;
        if !is_registered(&client, redirect_uri) {
            return Err(Wrong::Page(Refusal::invalid_request(
                50_011,
                format!(
                    "The redirect address '{}' is not registered for the application '{}'.",
                    redirect_uri.escape_debug(),
                    client.client_id
                ),
            )));
        }
        let mode = match get("response_mode") {
            None | Some("query") => Some(ResponseMode::Query),
            Some("fragment") => Some(ResponseMode::Fragment),
            Some("form_post") => Some(ResponseMode::FormPost),
            Some(_) => None,
        };
        let answer = AnswerTo {
            redirect_uri: redirect_uri.to_owned(),
            mode: mode.unwrap_or(ResponseMode::Query),
            state: get("state").map(str::to_owned),
            correlation: get("client-request-id").map(str::to_owned),
        };
        let tell = |refusal: Refusal| Wrong::Answer(refusal, answer.clone());
        if mode.is_none() {
            return Err(tell(Refusal::invalid_request(9_002_313, "The parameter 'response_mode' has an unknown value.")));
        }
        let response_type = get("response_type").ok_or_else(|| tell(Refusal::missing("response_type")))?;
        let id_token = match response_type {
            "code" => false,
            "code id_token" | "id_token code" => true,
            _ => {
                return Err(tell(Refusal::new(
                    "unsupported_response_type",
                    700_054,
                    "The response type is not enabled for the application.",
                )));
            }
        };
        let scopes = get("scope")
            .ok_or_else(|| tell(Refusal::missing("scope")))
            .and_then(|text| Scopes::parse(state, &client, text).map_err(&tell))?;
        let challenge = pkce_challenge(get("code_challenge"), get("code_challenge_method")).map_err(&tell)?;
        let prompt = match get("prompt") {
            None => Prompt::Automatic,
            Some("none") => Prompt::None,
            Some("login") => Prompt::Login,
            Some("consent") => Prompt::Consent,
            Some("select_account") => Prompt::SelectAccount,
            Some(_) => return Err(tell(Refusal::invalid_request(90_023, "The parameter 'prompt' has an unknown value."))),
        };
        if id_token && get("nonce").is_none() {
            return Err(tell(Refusal::missing("nonce")));
        }
        Ok(Self {
            demand: Demand::parse(get("claims")).map_err(&tell)?,
            login_hint: get("login_hint").map(str::to_owned),
            purpose: Purpose::Code(CodeRequest {
                nonce: get("nonce").map(str::to_owned),
                client_info: get("client_info") == Some("1"),
                answer: answer.clone(),
                challenge,
                id_token,
            }),
            authority,
            client,
            scopes,
            prompt,
        })
    }
}

/// The client of an application id.
pub(super) fn find_client(state: &State, client_id: &str) -> Result<Client, Refusal> {
    let known = state.scenario.clients.iter().find(|client| client.client_id.eq_ignore_ascii_case(client_id)).cloned();
    let known = known.or_else(|| state.scenario.application(client_id).map(Application::as_client));
    known.ok_or_else(|| unknown_client(client_id, &state.scenario.tenant.display_name))
}

pub(super) fn unknown_client(client_id: &str, tenant: &str) -> Refusal {
    let message = format!("The application '{}' was not found in the tenant '{}'.", client_id.escape_debug(), tenant.escape_debug());
    Refusal::new("unauthorized_client", 700_016, message)
}

/// RFC 7636, S256 alone; every client here is a public one, so a proof key is demanded always.
fn pkce_challenge(challenge: Option<&str>, method: Option<&str>) -> Result<String, Refusal> {
    let Some(challenge) = challenge else {
        return Err(Refusal::invalid_request(9_002_325, "A proof key for code exchange is required: 'code_challenge' is missing."));
    };
    if method != Some("S256") {
        return Err(Refusal::invalid_request(50_147, "The parameter 'code_challenge_method' must be 'S256'."));
    }
    let in_alphabet = challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if challenge.len() != 43 || !in_alphabet {
        return Err(Refusal::invalid_request(501_491, "The parameter 'code_challenge' has an invalid length or form."));
    }
    Ok(challenge.to_owned())
}

/// Entra's rules (entra-docs `reply-url.md`): exact, but of http on loopback the port does not count. `[::1]` is not supported.
fn is_registered(client: &Client, redirect_uri: &str) -> bool {
    let Ok(asked) = Url::parse(redirect_uri) else { return false };
    if asked.fragment().is_some() || !asked.username().is_empty() || asked.password().is_some() {
        return false;
    }
    client.redirect_uris.iter().any(|registered| {
        registered == redirect_uri || Url::parse(registered).is_ok_and(|registered| is_same_loopback(&registered, &asked))
    })
}

fn is_same_loopback(registered: &Url, asked: &Url) -> bool {
    registered.scheme() == "http"
        && asked.scheme() == "http"
        && matches!(registered.host_str(), Some("localhost" | "127.0.0.1"))
        && registered.host_str() == asked.host_str()
        && registered.path() == asked.path()
        && registered.query() == asked.query()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Consent;

    #[test]
    fn of_a_loopback_redirect_only_the_port_is_free() {
        let client = Client {
            client_id: String::new(),
            display_name: String::new(),
            redirect_uris: vec!["http://localhost".to_owned(), "http://localhost/done".to_owned(), "https://app.example/cb".to_owned()],
            resources: None,
            consent: Consent::Granted,
            granted_scopes: None,
        };
        for good in
            ["http://localhost", "http://localhost:1/", "http://localhost:65535", "http://localhost:8/done", "https://app.example/cb"]
        {
            assert!(is_registered(&client, good), "{good}");
        }
        for bad in [
            "http://127.0.0.1:1/",
            "http://[::1]:1/",
            "https://localhost:1/",
            "http://localhost:1/other",
            "http://localhost:1/?a=b",
            "http://localhost:1/#x",
            "http://user@localhost:1/",
            "http://localhost.evil.example/",
            "https://app.example:8443/cb",
            "https://app.example/cb/",
            "nonsense",
        ] {
            assert!(!is_registered(&client, bad), "{bad}");
        }
    }
}
