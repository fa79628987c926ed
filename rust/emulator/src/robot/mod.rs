//! A scripted browser.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A browser that walks through the sign-in pages as a user would.
#[derive(Debug)]
pub struct Robot {
    account: String,
    trusted: Option<PathBuf>,
}

impl Robot {
    /// A browser for a user.
    #[must_use]
    pub fn new(user_principal_name: &str) -> Self {
        Self { account: user_principal_name.to_owned(), trusted: None }
    }

    /// Trusts the certificates in a PEM file.
    #[must_use]
    pub fn trusting(mut self, certificate_file: Option<&Path>) -> Self {
        self.trusted = certificate_file.map(Path::to_owned);
        self
    }

    /// Opens an address and goes on until the browser is back at the application.
    ///
    /// # Errors
    /// A page that the robot cannot handle.
    pub async fn open(&self, _url: &str) -> Result<()> {
        Err(Error::Robot(format!("not for {} {:?}", self.account, self.trusted)))
    }
}
