//! What the token service refuses, in the three forms in which it says so: an error object, an answer to the application, a page.

use http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::journal;
use crate::state::State;

/// A refusal: the OAuth error word, the AADSTS code and a sentence.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) error: &'static str,
    pub(super) code: u32,
    pub(super) message: String,
    pub(super) suberror: Option<&'static str>,
    pub(super) claims: Option<String>,
}

impl Refusal {
    pub(super) fn new(error: &'static str, code: u32, message: impl Into<String>) -> Self {
        Self { error, code, message: message.into(), suberror: None, claims: None }
    }

    pub(super) fn invalid_request(code: u32, message: impl Into<String>) -> Self {
        Self::new("invalid_request", code, message)
    }

    pub(super) fn invalid_grant(code: u32, message: impl Into<String>) -> Self {
        Self::new("invalid_grant", code, message)
    }

    pub(super) fn missing(field: &str) -> Self {
        Self::invalid_request(900_144, format!("The request lacks the field '{field}'."))
    }

    pub(super) fn suberror(mut self, suberror: &'static str) -> Self {
        self.suberror = Some(suberror);
        self
    }

    pub(super) fn claims(mut self, claims: String) -> Self {
        self.claims = Some(claims);
        self
    }

    pub(super) fn status(&self) -> StatusCode {
        match self.error {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            "server_error" => StatusCode::INTERNAL_SERVER_ERROR,
            "temporarily_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// Tells the journal: a demand for a stronger sign-in, or a rule that the client broke. What lies with the user, the tenant or time
    /// is neither.
    pub(super) fn note(&self) {
        const OF_THE_CLIENT: &[u32] = &[50_011, 54_005, 70_000, 501_481, 501_491, 700_005];
        /// What lies with the user, or with how the application is set up.
        const OF_THE_USER: &[u32] = &[50_020, 50_034, 50_089, 70_025, 700_027, 700_211, 700_212, 700_213, 7_000_215, 7_000_218, 7_000_222];
        let malformed = matches!(self.error, "slow_down" | "bad_verification_code")
            || self.error.starts_with("unsupported_")
            || self.error == "unauthorized_client";
        let malformed = malformed || (self.error.starts_with("invalid_") && self.error != "invalid_grant");
        if self.claims.is_some() {
            journal::note_challenge();
        } else if (malformed && !OF_THE_USER.contains(&self.code)) || OF_THE_CLIENT.contains(&self.code) {
            journal::note_violation(format!("AADSTS{}: {}", self.code, self.message));
        }
    }

    pub(super) fn stamped(&self, state: &State, correlation: Option<&str>) -> Stamp {
        Stamp {
            trace: Uuid::new_v4(),
            correlation: correlation.and_then(|text| Uuid::parse_str(text).ok()).unwrap_or_else(Uuid::new_v4),
            time: state.clock.now().strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        }
    }

    /// The description as Entra composes it: code, sentence, then the ids under which the service's logs have it.
    pub(super) fn description(&self, stamp: &Stamp) -> String {
        format!(
            "AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}",
            self.code, self.message, stamp.trace, stamp.correlation, stamp.time
        )
    }

    /// The error object of the token endpoint.
    pub(super) fn to_json(&self, state: &State, correlation: Option<&str>) -> Value {
        let stamp = self.stamped(state, correlation);
        let mut object = Map::new();
        object.insert("error".to_owned(), json!(self.error));
        object.insert("error_description".to_owned(), json!(self.description(&stamp)));
        object.insert("error_codes".to_owned(), json!([self.code]));
        object.insert("timestamp".to_owned(), json!(stamp.time));
        object.insert("trace_id".to_owned(), json!(stamp.trace));
        object.insert("correlation_id".to_owned(), json!(stamp.correlation));
        object.insert("error_uri".to_owned(), json!(format!("{}/error?code={}", state.origins.login, self.code)));
        if let Some(suberror) = self.suberror {
            object.insert("suberror".to_owned(), json!(suberror));
        }
        if let Some(claims) = &self.claims {
            object.insert("claims".to_owned(), json!(claims));
        }
        Value::Object(object)
    }
}

/// The ids under which a refusal is found again.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    pub(super) trace: Uuid,
    pub(super) correlation: Uuid,
    pub(super) time: String,
}
