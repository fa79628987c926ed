//! Sessions across the boundary.

use std::sync::Arc;

use once_cell::sync::OnceCell;
use pim_core::error::Result;
use pim_core::secret::Secret;

use crate::bytes::text_in;
use crate::guard::guard;
use crate::handles::Table;
use crate::runtime::Threads;
use crate::status::{Misuse, PIM_OK};

pub(crate) static SESSIONS: Table<Session> = Table::new(0x51);

const LONGEST_CONFIGURATION: u32 = 1 << 20;

/// What a session's handle and each of its calls hold. Tasks hold the [`Core`] alone, so that the threads are never
/// ended by one of themselves.
pub(crate) struct Session {
    pub(crate) core: Arc<Core>,
    pub(crate) threads: Threads,
}

/// The session itself, made at the first call: what is wrong with its configuration is an event and not a number.
pub(crate) struct Core {
    configuration: Secret,
    session: OnceCell<pim_core::session::Session>,
}

impl Core {
    /// The session, if a call has made it already. Making it reads the certificates that the system trusts.
    pub(crate) fn made(&self) -> Option<&pim_core::session::Session> {
        self.session.get()
    }

    pub(crate) fn session(&self) -> Result<&pim_core::session::Session> {
        self.session.get_or_try_init(|| pim_core::session::Session::new(self.configuration.expose().as_bytes()))
    }
}

/// Makes a session: one user of one tenant in one cloud, with its sign-in and its tokens in memory. Nothing is sent and no
/// thread is started.
///
/// `config` is `len` bytes of JSON, at most 1 MiB, read before the function returns; length 0 stands for `{}`. What is wrong
/// in it is reported by the first call as the failure `InvalidConfiguration`.
/// `*session` is written on success only, and is then to be freed once with `pim_session_free`.
///
/// Returns `PIM_OK`, `PIM_ERROR_NULL`, `PIM_ERROR_UTF8`, `PIM_ERROR_TOO_LONG`.
///
/// # Safety
/// `config` is null or points at `len` readable bytes; `session` is null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pim_session_new(config: *const u8, len: u32, session: *mut u64) -> i32 {
    guard(|| {
        if session.is_null() {
            return Err(Misuse::Null);
        }
        // SAFETY: the caller promises `len` readable bytes at `config`.
        let mut configuration = unsafe { text_in(config, len, LONGEST_CONFIGURATION) }?;
        if configuration.is_empty() {
            configuration.push_str("{}");
        }
        let core = Arc::new(Core { configuration: Secret::from(configuration), session: OnceCell::new() });
        let handle = SESSIONS.insert(Arc::new(Session { core, threads: Threads::default() }));
        // SAFETY: not null, and the caller promises that it may be written.
        unsafe { session.write(handle) };
        Ok(PIM_OK)
    })
}

/// Frees a session. Its calls go on and keep what they need; the tokens and threads are gone when the last of them is freed.
///
/// Returns `PIM_OK`, `PIM_ERROR_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn pim_session_free(session: u64) -> i32 {
    guard(|| SESSIONS.remove(session).map(|_| PIM_OK))
}
