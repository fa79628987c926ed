//! Sign-ins that outlive the process: refresh tokens in one sealed file of the user, whose key the operating system keeps.
//!
//! Nothing here may fail a sign-in. Where there is no credential store, or the file cannot be used, tokens stay in memory, and the
//! user is told once.

mod contents;
mod key;
mod sealed;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use contents::Contents;
pub(super) use contents::{Identity, StoredContexts, StoredGrant, StoredSession};

use crate::secret::Secret;

/// Larger files are not ours: a thousand sign-ins take less.
const LARGEST_FILE: u64 = 4 << 20;

/// The file, and what has been said about it.
pub(super) struct Cache {
    path: PathBuf,
    said: AtomicBool,
}

/// Something that the user should know: a stable name and a sentence.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Notice {
    pub code: &'static str,
    pub message: String,
}

impl Notice {
    fn unavailable(why: &str) -> Self {
        Self { code: "CacheUnavailable", message: format!("the sign-in is kept in memory only: {why}") }
    }
}

/// What a use of the cache came to. The work is done as far as it could be.
#[derive(Debug, Default)]
pub(super) struct Used<T> {
    pub value: T,
    pub notices: Vec<Notice>,
}

impl Cache {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), said: AtomicBool::new(false) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The stored sign-in that fits and was used last. Blocks on files and the credential store, as everything here.
    pub(super) fn find(&self, fits: impl Fn(&StoredSession) -> bool) -> Used<Option<StoredSession>> {
        self.with(|contents| {
            (contents.sessions.iter().filter(|session| fits(session)).max_by_key(|session| session.last_used).cloned(), false)
        })
    }

    /// Stores a sign-in over an earlier one of the same account. Grants of other clients that are stored with it stay. One that was stored
    /// before and is gone has been removed by somebody, and stays away: false then.
    pub(super) fn store(&self, session: StoredSession, stored_before: bool) -> Used<bool> {
        self.with(|contents| {
            let removed = stored_before && !contents.has(&session.identity());
            if !removed {
                contents.put(session);
            }
            (!removed, !removed)
        })
    }

    /// Removes a refresh token that is dead, unless another process has stored a newer one meanwhile.
    pub(super) fn forget_grant(&self, identity: &Identity, client_id: &str, secret: &Secret) -> Used<()> {
        self.with(|contents| ((), contents.forget_grant(identity, client_id, secret)))
    }

    /// Removes the sign-in of one account.
    pub(super) fn remove(&self, identity: &Identity) -> Used<()> {
        self.with(|contents| ((), contents.remove(identity)))
    }

    /// Removes the file and its key.
    ///
    /// # Errors
    /// What the file system or the credential store says.
    pub(super) fn clear(&self) -> Result<(), String> {
        let files = [self.path.clone(), self.aside()];
        // Nothing is made where there is nothing to remove.
        if files.iter().any(|path| path.symlink_metadata().is_ok()) {
            let _lock = self.lock()?;
            for path in files {
                if let Err(error) = fs::remove_file(&path)
                    && error.kind() != io::ErrorKind::NotFound
                {
                    return Err(format!("`{}`: {error}", path.display()));
                }
            }
        }
        key::remove(&self.path)
    }

    fn with<T: Default>(&self, work: impl FnOnce(&mut Contents) -> (T, bool)) -> Used<T> {
        let mut used = Used::default();
        match self.locked(work, &mut used.notices) {
            Ok(value) => used.value = value,
            Err(why) => used.notices.push(Notice::unavailable(&why)),
        }
        // The same trouble at every token would drown everything else.
        if !used.notices.is_empty() && self.said.swap(true, Ordering::Relaxed) {
            used.notices.clear();
        }
        used
    }

    /// Reads, lets `work` change, and writes if it did: under one lock, so that no other process's change is lost.
    fn locked<T>(&self, work: impl FnOnce(&mut Contents) -> (T, bool), notices: &mut Vec<Notice>) -> Result<T, String> {
        let _lock = self.lock()?;
        let key = key::get_or_create(&self.path)?;
        let mut contents = match self.read().map_err(|error| format!("`{}` cannot be read: {error}", self.path.display()))? {
            None => Contents::default(),
            Some(bytes) => match sealed::open(&key, &bytes).and_then(|text| Contents::parse(&text)) {
                Some(contents) => contents,
                None => {
                    fs::rename(&self.path, self.aside()).map_err(|error| format!("an unreadable file cannot be set aside: {error}"))?;
                    notices.push(Notice {
                        code: "CacheSetAside",
                        message: format!(
                            "the stored sign-ins could not be read and were set aside as `{}`; sign in once more",
                            self.aside().display()
                        ),
                    });
                    Contents::default()
                }
            },
        };
        let (value, changed) = work(&mut contents);
        if changed {
            let bytes = sealed::seal(&key, &contents.text())?;
            self.replace(&bytes).map_err(|error| format!("`{}` cannot be written: {error}", self.path.display()))?;
        }
        Ok(value)
    }

    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        if !is_there(&self.path)? {
            return Ok(None);
        }
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(LARGEST_FILE).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// All or nothing: a new file, readable by its owner alone, takes the place of the old one.
    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    /// Held until dropped. A file of its own, because the other one is replaced.
    fn lock(&self) -> Result<File, String> {
        if let Some(folder) = self.path.parent() {
            create_private(folder).map_err(|error| format!("the folder `{}` cannot be made: {error}", folder.display()))?;
        }
        let path = self.beside("lock");
        let open = || {
            is_there(&path)?;
            let file = private(OpenOptions::new().create(true).truncate(false).write(true)).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        open().map_err(|error: io::Error| format!("`{}` cannot be locked: {error}", path.display()))
    }

    fn aside(&self) -> PathBuf {
        self.beside("unreadable")
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".");
        name.push(suffix);
        name.into()
    }
}

/// Whether there is a file. To open something else, such as a named pipe, could wait for ever.
fn is_there(path: &Path) -> io::Result<bool> {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => Ok(true),
        Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A file that is made is its owner's alone: whoever else could open this one could hold the lock for ever.
#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}
