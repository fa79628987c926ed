//! Who asks for a token, and whether it really does.

use super::super::refusal::Refusal;
use super::super::request::find_client;
use super::super::tenants::Authority;
use super::assertion;
use super::{Fields, optional};
use crate::scenario::{Application, Client};
use crate::secrets::SecretKind;
use crate::state::State;

/// The value of `client_assertion_type`, from RFC 7523.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An application, by what it can prove.
pub(super) enum Party<'a> {
    /// It runs where nothing can be kept secret.
    Public(Client),
    /// It has to prove that it is itself.
    Confidential(&'a Application),
}

/// With what an application has proved that it is itself: the claim `appidacr`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Proof {
    None,
    Secret,
    Assertion,
}

impl Proof {
    pub(super) const fn claim(self) -> &'static str {
        match self {
            Self::None => "0",
            Self::Secret => "1",
            Self::Assertion => "2",
        }
    }
}

impl<'a> Party<'a> {
    pub(super) fn find(state: &'a State, client_id: &str) -> Result<Self, Refusal> {
        match state.scenario.application(client_id) {
            Some(application) => Ok(Self::Confidential(application)),
            None => find_client(state, client_id).map(Self::Public),
        }
    }

    pub(super) fn client_id(&self) -> &str {
        match self {
            Self::Public(client) => &client.client_id,
            Self::Confidential(application) => &application.client_id,
        }
    }

    pub(super) fn into_client(self) -> Client {
        match self {
            Self::Public(client) => client,
            Self::Confidential(application) => application.as_client(),
        }
    }

    /// Checks what the application proves itself with: nothing for a public one, a secret or an assertion for a confidential one.
    pub(super) fn authenticate(&self, state: &State, authority: &Authority, tenant: &str, fields: &Fields) -> Result<Proof, Refusal> {
        let (secret, assertion) = (optional(fields, "client_secret"), optional(fields, "client_assertion"));
        // Whoever listens to the client's output must not find these there, as little as what the emulator handed out.
        for (kind, name) in [
            (SecretKind::ClientAssertion, "client_assertion"),
            (SecretKind::ClientSecret, "client_secret"),
            (SecretKind::CodeVerifier, "code_verifier"),
        ] {
            state.secrets.register(kind, optional(fields, name).unwrap_or_default());
        }
        let application = match self {
            Self::Public(_) if secret.is_some() || assertion.is_some() => {
                return Err(invalid_client(700_025, "The client is public: it must send neither a secret nor an assertion."));
            }
            Self::Public(_) => return Ok(Proof::None),
            Self::Confidential(application) => application,
        };
        match (secret, assertion) {
            (None, None) => Err(invalid_client(
                7_000_218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            )),
            (Some(_), Some(_)) => Err(Refusal::invalid_request(9_002_313, "A secret and an assertion exclude each other.")),
            (Some(secret), None) => check_secret(state, application, secret).map(|()| Proof::Secret),
            (None, Some(assertion)) => {
                if optional(fields, "client_assertion_type") != Some(JWT_BEARER) {
                    let message = format!("The parameter 'client_assertion_type' must be '{JWT_BEARER}'.");
                    return Err(Refusal::invalid_request(9_002_313, message));
                }
                assertion::check(state, application, authority, tenant, assertion).map(|()| Proof::Assertion)
            }
        }
    }
}

pub(super) fn invalid_client(code: u32, message: impl Into<String>) -> Refusal {
    Refusal::new("invalid_client", code, message)
}

/// Whether something that expires so many seconds after the start has expired.
pub(super) fn has_expired(state: &State, expires_in_seconds: Option<i64>) -> bool {
    expires_in_seconds.is_some_and(|seconds| state.clock.seconds() >= state.started.as_second().saturating_add(seconds))
}

fn check_secret(state: &State, application: &Application, sent: &str) -> Result<(), Refusal> {
    let Some(secret) = application.secrets.iter().find(|secret| secret.value == sent) else {
        return Err(invalid_client(
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret \
                 ID, for a secret added to app '{}'.",
                application.client_id
            ),
        ));
    };
    if has_expired(state, secret.expires_in_seconds) {
        let message = format!("The provided client secret keys for app '{}' are expired.", application.client_id);
        return Err(invalid_client(7_000_222, message));
    }
    Ok(())
}
