//! The one way through which a panic leaves Rust: as a status and a text, never as an unwinding into the host.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::panic::{self, AssertUnwindSafe, Location, PanicHookInfo};
use std::pin::pin;
use std::sync::{Mutex, Once, PoisonError};
use std::task::Poll;
use std::thread;

use pim_core::error::{Error, ErrorCode};

use crate::status::{Misuse, PIM_ERROR_PANIC};

/// The text of a panic, freed of everything that could be a secret.
#[derive(Debug)]
pub(crate) struct Fault(String);

impl Fault {
    pub(crate) fn into_error(self) -> Error {
        let mut error = Error::new(ErrorCode::Internal, "a fault inside the library ended the call")
            .hint("report it together with the operation and the causes shown here");
        error.causes.push(self.0);
        error
    }
}

/// Runs the body of an exported function.
pub(crate) fn guard(body: impl FnOnce() -> Result<i32, Misuse>) -> i32 {
    match caught(body) {
        Ok(Ok(status)) => status,
        Ok(Err(misuse)) => misuse.status(),
        Err(fault) => {
            let _ = KEPT.try_with(|kept| kept.replace(Some(fault.0)));
            PIM_ERROR_PANIC
        }
    }
}

/// Runs anything else that must not unwind into the host.
pub(crate) fn caught<T>(body: impl FnOnce() -> T) -> Result<T, Fault> {
    observe_panics();
    let outer = GUARDED.replace(true);
    // State behind locks is written in one step each, so a body that ended half way leaves nothing torn.
    let result = panic::catch_unwind(AssertUnwindSafe(|| {
        #[cfg(test)]
        crate::tests::panic_if_asked();
        body()
    }));
    GUARDED.set(outer);
    result.map_err(|_| fault())
}

/// As [`caught`], for a future: each poll is guarded.
pub(crate) async fn caught_future<T>(future: impl Future<Output = T>) -> Result<T, Fault> {
    let mut future = pin!(future);
    poll_fn(|context| match caught(|| future.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Err(fault) => Poll::Ready(Err(fault)),
    })
    .await
}

/// Marks a thread of the library's own: its panics are not printed into the host's console.
pub(crate) fn adopt_thread() {
    ADOPTED.set(true);
}

/// The text of this thread's last panic that had no call to report it.
pub(crate) fn take_kept() -> Option<String> {
    KEPT.try_with(RefCell::take).ok().flatten()
}

/// The text of the last panic in a task that an operation had started beside itself.
pub(crate) fn take_stray() -> Option<String> {
    STRAY.lock().unwrap_or_else(PoisonError::into_inner).take()
}

static STRAY: Mutex<Option<String>> = Mutex::new(None);

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static ADOPTED: Cell<bool> = const { Cell::new(false) };
    static SEEN: RefCell<Option<String>> = const { RefCell::new(None) };
    static KEPT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The place of a panic is known to the hook alone. Panics outside of the library's reach go on to the former hook.
fn observe_panics() {
    static INSTALLED: Once = Once::new();
    if thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let former = panic::take_hook();
        panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            if GUARDED.get() {
                // A thread on its way out has no such storage any more, and a panic here would end the process.
                let _ = SEEN.try_with(|seen| seen.replace(Some(text(info))));
            } else if ADOPTED.get() {
                *STRAY.lock().unwrap_or_else(PoisonError::into_inner) = Some(text(info));
            } else {
                former(info);
            }
        }));
    });
}

fn fault() -> Fault {
    let seen = SEEN.try_with(RefCell::take).ok().flatten();
    Fault(seen.unwrap_or_else(|| "a panic without text".to_owned()))
}

fn text(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let text = text.map_or_else(|| "a panic without text".to_owned(), without_values);
    info.location().map_or_else(|| text.clone(), |location| format!("{text} (at {})", place(location)))
}

/// File and line, without the folders of the machine that built the library.
fn place(location: &Location<'_>) -> String {
    let file = location.file().replace('\\', "/");
    let start = file.rfind("/src/").map_or(0, |source| file[..source].rfind('/').map_or(0, |parent| parent + 1));
    format!("{}:{}", &file[start..], location.line())
}

/// Panic messages quote the values they stumbled over, for example the whole string that was sliced badly. Those values go.
fn without_values(text: &str) -> String {
    const LONGEST: usize = 300;
    const LONGEST_WORD: usize = 24;
    let quote = |character| matches!(character, '`' | '"' | '\'');
    let unquoted = match (text.find(quote), text.rfind(quote)) {
        (Some(first), Some(last)) if last > first => format!("{}…{}", &text[..first], &text[last + 1..]),
        (Some(first), _) => format!("{}…", &text[..first]),
        _ => text.to_owned(),
    };
    let words = unquoted.split_whitespace().map(|word| if word.len() > LONGEST_WORD { "…" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_inside_a_panic_message_goes() {
        let secret = "eyJ0é`zq\"zw";
        let text = caught(|| secret[..5].len()).unwrap_err().0;
        assert!(!text.contains("eyJ0") && !text.contains('z') && text.contains('…'), "{text}");
        assert_eq!(without_values("left 1 right 2"), "left 1 right 2");
        assert_eq!(without_values("token eyJhbGciOiJSUzI1NiIsImtpZCI6Ig found"), "token … found");
        assert_eq!(without_values("it couldn't"), "it couldn…");
    }

    #[test]
    fn the_place_has_no_foreign_folders() {
        let fault = caught(|| panic!("went wrong")).unwrap_err();
        let text = fault.0;
        assert!(text.starts_with("went wrong (at ffi/src/guard.rs:"), "{text}");
    }
}
