//! A register of every secret that the emulator handed out, received or shares with its clients, and a search for them in whatever a
//! client shows.

mod traces;

use std::sync::Mutex;

use serde::Serialize;

pub use traces::Form;
use traces::Text;

use crate::scenario::Scenario;
use crate::state::lock;

/// Shortest secret that is searched for.
const SHORTEST: usize = 8;

/// What kind of secret it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SecretKind {
    /// Authorization code.
    Code,
    /// Proof of the client that asked for a code (RFC 7636).
    CodeVerifier,
    /// By which a browser is known again.
    Cookie,
    /// Client secret of an application in the scenario, and whatever else an application has sent as one.
    ClientSecret,
    /// Client assertion that an application sent.
    ClientAssertion,
    /// Token of an issuer outside, for workload identity federation.
    FederatedToken,
    /// `IDENTITY_HEADER` of App Service.
    IdentityHeader,
    /// What a pipeline gives a job to ask for tokens with.
    PipelineToken,
    /// Content of a key file of Azure Arc.
    ArcKey,
    /// Device code.
    DeviceCode,
    /// Access token.
    AccessToken,
    /// Refresh token.
    RefreshToken,
    /// ID token.
    IdToken,
}

/// One secret.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedSecret {
    /// What it is.
    pub kind: SecretKind,
    /// The secret itself.
    pub value: String,
}

/// A secret that was found where it must not be. It does not say which, so that it can be shown itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Leak {
    /// What it is.
    pub kind: SecretKind,
    /// How it was written.
    pub form: Form,
}

/// All secrets since the start.
#[derive(Debug, Default)]
pub struct Secrets {
    issued: Mutex<Vec<IssuedSecret>>,
}

impl Secrets {
    /// Those that a scenario begins with.
    pub(crate) fn of(scenario: &Scenario) -> Self {
        let secrets = Self::default();
        for secret in scenario.applications.iter().flat_map(|application| &application.secrets) {
            secrets.register(SecretKind::ClientSecret, &secret.value);
        }
        secrets
    }

    /// Notes a secret that is about to be handed out, or that a client has sent.
    pub fn register(&self, kind: SecretKind, value: &str) {
        let mut issued = lock(&self.issued);
        if !value.is_empty() && !issued.iter().any(|known| known.kind == kind && known.value == value) {
            issued.push(IssuedSecret { kind, value: value.to_owned() });
        }
    }

    /// The secrets that stand in a text, each once for each form.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Leak> {
        let text = Text::new(text);
        // Shorter ones, which a test may have made up, are found anywhere by chance.
        let secrets = self.all().into_iter().filter(|secret| secret.value.len() >= SHORTEST).collect::<Vec<_>>();
        let found = secrets.iter().flat_map(|secret| text.forms_of(&secret.value).into_iter().map(|form| Leak { kind: secret.kind, form }));
        found.collect()
    }

    /// All secrets so far, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<IssuedSecret> {
        lock(&self.issued).clone()
    }
}
