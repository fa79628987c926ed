//! Azure Arc lets a caller prove to be privileged: it names a file that only such a caller can read, and wants to hear what is in it.

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

use crate::error::{Error, ErrorCode, Result};

/// Longest key that is read.
const LARGEST_KEY: u64 = 4096;

/// The `Authorization` header that answers a challenge. Whoever listens in Arc's place could name any file: only a key file of the
/// agent's own folder is read.
pub(super) fn key(headers: &HeaderMap, folder: &Path) -> Result<reqwest::header::HeaderValue> {
    let challenge = headers.get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = challenge.strip_prefix("Basic realm=").map(|path| path.trim_matches('"')).map(PathBuf::from);
    let path = path.ok_or_else(|| refuse("its challenge names no file"))?;
    let is_key = path.extension().is_some_and(|extension| extension == "key") && path.parent() == Some(folder);
    // `parent` is textual: a name of two dots has no extension, so nothing can lead out of the folder.
    if !is_key {
        return Err(refuse("its challenge names a file outside of the agent's folder"));
    }
    let unreadable = |error: &dyn std::error::Error| {
        refuse("its key file cannot be read").cause(error).hint("run as an administrator or as a member of the group `himds`")
    };
    let kind = fs::symlink_metadata(&path).map_err(|error| unreadable(&error))?;
    if !kind.is_file() || kind.len() > LARGEST_KEY {
        return Err(refuse("its key is no file of a key's size"));
    }
    let text = fs::read_to_string(&path).map_err(|error| unreadable(&error))?;
    let mut value = reqwest::header::HeaderValue::from_str(&format!("Basic {}", text.trim()))
        .map_err(|_| refuse("its key has characters that no header has"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn refuse(why: &str) -> Error {
    Error::new(ErrorCode::SignInFailed, format!("Azure Arc's identity endpoint cannot be used: {why}"))
        .hint("check that the Azure Connected Machine agent runs on this computer")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(path: &Path) -> HeaderMap {
        HeaderMap::from_iter([(WWW_AUTHENTICATE, format!("Basic realm={}", path.display()).parse().unwrap())])
    }

    #[test]
    fn the_agents_key_files_are_read_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = folder.path().join("tokens");
        fs::create_dir_all(tokens.join("sub")).unwrap();
        let write = |name: &str, text: &str| {
            let path = tokens.join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let good = write("a.key", "s3cret\n");
        assert_eq!(key(&challenge(&good), &tokens).unwrap(), "Basic s3cret");
        assert!(!format!("{:?}", key(&challenge(&good), &tokens).unwrap()).contains("s3cret"));
        fs::write(folder.path().join("outside.key"), "x").unwrap();
        fs::write(tokens.join("sub/b.key"), "x").unwrap();
        for bad in [
            write("a.txt", "x"),
            write("large.key", &"x".repeat(4097)),
            write("broken.key", "a\r\nX: y"),
            folder.path().join("outside.key"),
            tokens.join("../outside.key"),
            tokens.join("sub/b.key"),
            tokens.join("missing.key"),
            PathBuf::from("/etc/passwd"),
        ] {
            assert_eq!(key(&challenge(&bad), &tokens).unwrap_err().code, ErrorCode::SignInFailed, "{}", bad.display());
        }
        assert!(key(&HeaderMap::new(), &tokens).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_key_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret"), "x").unwrap();
        let link = folder.path().join("a.key");
        std::os::unix::fs::symlink(folder.path().join("secret"), &link).unwrap();
        assert!(key(&challenge(&link), folder.path()).is_err());
    }
}
