//! The key of a cache file, kept by the operating system: the kernel's key store on Linux, Keychain on macOS, Credential Manager on
//! Windows.

use std::path::Path;

use keyring::{Entry, Error};
use rand::TryRng as _;
use rand::rngs::SysRng;

/// Length of a key of `XChaCha20-Poly1305`.
pub(super) const LENGTH: usize = 32;

const SERVICE: &str = "PIMStepUp token cache";

/// The key, made at its first use. The error says why there is none.
pub(super) fn get_or_create(path: &Path) -> Result<Vec<u8>, String> {
    let entry = entry(path)?;
    match entry.get_secret() {
        Ok(key) if key.len() == LENGTH => return Ok(key),
        Ok(_) | Err(Error::NoEntry) => {}
        Err(error) => return Err(describe(&error)),
    }
    let mut key = vec![0; LENGTH];
    SysRng.try_fill_bytes(&mut key).map_err(|error| format!("the system gives no random numbers ({error})"))?;
    entry.set_secret(&key).map_err(|error| describe(&error))?;
    Ok(key)
}

/// Forgets the key.
pub(super) fn remove(path: &Path) -> Result<(), String> {
    match entry(path)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(describe(&error)),
    }
}

/// One key for each file, so that clearing one leaves the others readable.
///
/// Twice, because on Linux the first one of a thread that has no session keyring gives the thread one, and names the old.
fn entry(path: &Path) -> Result<Entry, String> {
    let make = || Entry::new(SERVICE, &path.to_string_lossy()).map_err(|error| describe(&error));
    make()?;
    make()
}

fn describe(error: &Error) -> String {
    format!("the system's credential store cannot be used ({error})")
}
