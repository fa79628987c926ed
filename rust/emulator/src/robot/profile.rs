//! What a browser keeps: cookies and passkeys.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use http::HeaderMap;
use http::header::SET_COOKIE;
use serde::{Deserialize, Serialize};

use super::passkey::Passkey;
use crate::error::{Error, Result, without_texts};

/// Cookies by host and name, and passkeys with their private keys: for an emulator only.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Profile {
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) passkeys: Vec<Passkey>,
}

impl Profile {
    /// Reads a profile; a file that does not exist is an empty profile.
    ///
    /// # Errors
    /// A file that cannot be read or is no profile.
    pub fn load(path: &Path) -> Result<Self> {
        match std::fs::read(path) {
            Ok(bytes) => {
                let no_profile = |error| Error::Robot(format!("`{}` is no profile: {}", path.display(), without_texts(&error)));
                serde_json::from_slice(&bytes).map_err(no_profile)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::Robot(format!("`{}` cannot be read: {error}", path.display()))),
        }
    }

    /// Writes a profile; whoever reads at the same time sees the old one or the new one.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let failed = |source: io::Error| Error::Write { path: path.display().to_string(), source };
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}", std::process::id()));
        std::fs::write(&beside, text).map_err(failed)?;
        std::fs::rename(&beside, path).map_err(failed)
    }

    pub(super) fn forget_cookies(&mut self) {
        self.cookies.clear();
    }

    /// The header `Cookie` for a host. Browsers do not keep ports apart.
    pub(super) fn cookie_header(&self, host: &str) -> Option<String> {
        let cookies = self.cookies.get(host)?;
        let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    pub(super) fn take_cookies(&mut self, host: &str, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
            if let Some((name, value)) = pair {
                self.cookies.entry(host.to_owned()).or_default().insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_profile_is_told_without_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("profile.json");
        std::fs::write(&file, r#"{"cookies": "hunter2"}"#).unwrap();
        let error = Profile::load(&file).unwrap_err().to_string();
        assert!(error.contains("is no profile: invalid type: string, expected a map at line 1") && !error.contains("hunter2"), "{error}");
    }
}
