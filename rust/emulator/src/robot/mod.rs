//! A scripted browser: it walks through the sign-in pages over HTTP as a user would, with a cookie jar and a software passkey.

mod page;
mod passkey;
mod profile;
mod walk;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

pub use passkey::Tamper;
pub use profile::Profile;
pub use walk::{Callback, Outcome};

use crate::state::lock;

/// How the robot behaves as a user.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Manner {
    /// Goes through to the end.
    #[default]
    Complete,
    /// Closes the window on the first page.
    Close,
    /// Closes the window when a passkey is asked for.
    CloseAtPasskey,
    /// Takes `Cancel` on the first page.
    Cancel,
    /// Goes through to the end, and from the page of a refusal back to the application.
    Return,
    /// Signs in and does not agree: neither on the consent page, nor where a device's sign-in has to be confirmed.
    DeclineConsent,
}

/// A browser of one user. Cookies and passkeys stay with it from one sign-in to the next.
#[derive(Debug)]
pub struct Robot {
    account: Option<String>,
    trusted: Option<PathBuf>,
    manner: Manner,
    tamper: Option<Tamper>,
    profile: Mutex<Profile>,
}

impl Robot {
    /// A browser for a user.
    #[must_use]
    pub fn new(user_principal_name: &str) -> Self {
        Self { account: Some(user_principal_name.to_owned()), ..Self::anybody() }
    }

    /// A browser whose user takes the account that is shown, or the first one.
    #[must_use]
    pub fn anybody() -> Self {
        Self { account: None, trusted: None, manner: Manner::default(), tamper: None, profile: Mutex::default() }
    }

    /// Trusts the certificates in a PEM file, and none else.
    #[must_use]
    pub fn trusting(mut self, certificate_file: Option<&Path>) -> Self {
        self.trusted = certificate_file.map(Path::to_owned);
        self
    }

    /// Behaves otherwise than going through to the end.
    #[must_use]
    pub fn manner(mut self, manner: Manner) -> Self {
        self.manner = manner;
        self
    }

    /// Spoils what its passkey answers.
    #[must_use]
    pub fn tampering(mut self, tamper: Tamper) -> Self {
        self.tamper = Some(tamper);
        self
    }

    /// Begins with cookies and passkeys of an earlier browser.
    #[must_use]
    pub fn with_profile(self, profile: Profile) -> Self {
        *lock(&self.profile) = profile;
        self
    }

    /// Cookies and passkeys as they are now.
    #[must_use]
    pub fn profile(&self) -> Profile {
        lock(&self.profile).clone()
    }

    /// Forgets its cookies, as a private window would; its passkeys stay.
    pub fn forget_cookies(&self) {
        lock(&self.profile).forget_cookies();
    }
}
