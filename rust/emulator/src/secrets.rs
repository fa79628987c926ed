//! A register of every secret that the emulator handed out, so that a test can search a client's output for them.

use std::sync::Mutex;

use serde::Serialize;

use crate::state::lock;

/// What kind of secret it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SecretKind {
    /// Authorization code.
    Code,
    /// Access token.
    AccessToken,
    /// Refresh token.
    RefreshToken,
    /// ID token.
    IdToken,
}

/// One secret that was handed out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedSecret {
    /// What it is.
    pub kind: SecretKind,
    /// The secret itself.
    pub value: String,
}

/// All secrets handed out since the start.
#[derive(Debug, Default)]
pub struct Secrets {
    issued: Mutex<Vec<IssuedSecret>>,
}

impl Secrets {
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
