use pim_core::event::Event;

use super::driver::{self, Session, Taken, failure, reply};
use super::panic_in_next_export;
use crate::*;

#[test]
fn a_panicking_task_ends_its_call_with_the_text_and_without_the_secret() {
    let session = Session::new("{}");
    for operation in ["test.panic", "test.panicLater", "test.panicBeside"] {
        let events = session.run(operation, "{}");
        assert_eq!(failure(&events), "Internal");
        let Some(Event::Failed { error }) = events.last() else { unreachable!() };
        assert!(error.causes[0].starts_with("asked to panic with secret …"), "{error:?}");
        assert!(error.causes[0].contains("(at ffi/src/tests/mod.rs:"), "{error:?}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
    assert_eq!(session.run("test.panicLater", "{}").len(), 2, "what was said before the panic is delivered");
    assert!(matches!(session.run("test.twoEnds", "{}").last(), Some(Event::Done { .. })), "the session outlives a panic");
}

#[test]
fn a_panic_in_any_export_is_a_status_and_is_reported_by_the_next_call() {
    let session = Session::new("{}");
    let call = session.start("test.never", "");
    let mut place = 0;
    type Export<'a> = Box<dyn Fn(&mut u64) -> i32 + 'a>;
    let exports: [(&str, Export<'_>); 6] = [
        // SAFETY: length 0 reads nothing; the place may be written.
        ("pim_session_new", Box::new(|place| unsafe { pim_session_new(std::ptr::null(), 0, place) })),
        ("pim_call_start", Box::new(|_| driver::start(session.0, b"test.never", b"").unwrap_err())),
        ("pim_call_reply", Box::new(|_| reply(call.0, b"{}"))),
        ("pim_call_cancel", Box::new(|_| pim_call_cancel(call.0))),
        ("pim_call_free", Box::new(|_| pim_call_free(call.0))),
        ("pim_session_free", Box::new(|_| pim_session_free(session.0))),
    ];
    for (name, export) in &exports {
        panic_in_next_export();
        assert_eq!(export(&mut place), PIM_ERROR_PANIC, "{name}");
        assert_eq!(place, 0, "{name} wrote without success");
    }
    panic_in_next_export();
    assert_eq!(driver::next(call.0, 0), Taken::Status(PIM_ERROR_PANIC));
    panic_in_next_export();
    pim_buffer_free(std::ptr::null_mut(), 0);

    let events = session.run("test.twoEnds", "");
    let warned = events.iter().any(|event| {
        matches!(event, Event::Warning { code, message } if code == "LibraryFault" && message.contains("asked to panic") && !message.contains("hunter2"))
    });
    assert!(warned, "{events:?}");
    pim_call_cancel(call.0);
    assert_eq!(failure(&call.finish()), "Cancelled", "the call outlives panics of its exports");
}
