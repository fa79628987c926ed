//! A register of every secret that the emulator handed out or shares with its clients, so that a test can search a client's output for them.

use std::sync::Mutex;

use serde::Serialize;

use crate::scenario::Scenario;
use crate::state::lock;

/// What kind of secret it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SecretKind {
    /// Authorization code.
    Code,
    /// Client secret of an application in the scenario.
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

    /// Notes a secret that is about to be handed out.
    pub fn register(&self, kind: SecretKind, value: &str) {
        lock(&self.issued).push(IssuedSecret { kind, value: value.to_owned() });
    }

    /// All secrets so far, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<IssuedSecret> {
        lock(&self.issued).clone()
    }
}
