//! The cookie by which a browser is known again.

use http::header::{COOKIE, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

use axum::response::Response;

use super::store::random_text;
use crate::secrets::SecretKind;
use crate::state::State;

/// A browser, known or new.
pub(super) struct Browser {
    pub(super) id: String,
    is_new: bool,
}

impl Browser {
    /// The browser of a request.
    pub(super) fn of(state: &State, headers: &HeaderMap) -> Self {
        let name = cookie_name(state);
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
        let known = cookies
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(cookie, value)| *cookie == name && (40..=64).contains(&value.len()))
            .map(|(_, value)| value.to_owned());
        match known {
            Some(id) => Self { id, is_new: false },
            None => Self { id: random_text(""), is_new: true },
        }
    }

    /// Gives a new browser its cookie.
    pub(super) fn remember(&self, state: &State, mut answer: Response) -> Response {
        if self.is_new {
            state.secrets.register(SecretKind::Cookie, &self.id);
            let secure = if state.origins.login.starts_with("https:") { "; Secure" } else { "" };
            let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Lax{secure}", cookie_name(state), self.id);
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                answer.headers_mut().append(SET_COOKIE, cookie);
            }
        }
        answer
    }
}

/// Browsers do not keep the cookies of two ports apart: the name does.
fn cookie_name(state: &State) -> String {
    let port = state.origins.login.rsplit(':').next().unwrap_or_default();
    format!("pim_emulator_{port}")
}

/// Whether a form comes from the emulator's own pages. Clients that are no browsers send no `Origin`.
pub(super) fn is_own_form(state: &State, headers: &HeaderMap) -> bool {
    headers.get(ORIGIN).is_none_or(|origin| origin.as_bytes() == state.origins.login.as_bytes())
}
