use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pim_core::event::Event;
use pim_stepup::*;

use crate::driver::{Call, PATIENCE, Session, Taken, next, reply, start};

#[test]
fn sessions_on_many_threads_do_not_disturb_each_other() {
    thread::scope(|scope| {
        for number in 0..8 {
            scope.spawn(move || {
                let session = Session::new("{}");
                for turn in 0..20 {
                    let text = format!(r#"{{"text": "thread {number} turn {turn}"}}"#);
                    assert!(matches!(session.run("challenge.parse", &text).last(), Some(Event::Done { .. })));
                }
            });
        }
    });
}

#[test]
fn one_session_serves_many_threads_and_each_call_ends_once() {
    let session = Session::new("{}");
    let handle = session.0;
    let ends = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let call = Call(start(handle, b"challenge.parse", br#"{"text": ""}"#).unwrap());
                    ends.fetch_add(call.finish().iter().filter(|event| event.is_final()).count(), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(ends.into_inner(), 160);
}

#[test]
fn everything_at_once_on_one_call_is_safe() {
    let session = Session::new("{}");
    for turn in 0..50 {
        let call = session.start("challenge.parse", r#"{"text": "claims="}"#);
        let handle = call.0;
        let ends = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    loop {
                        match next(handle, u32::try_from(PATIENCE.as_millis()).unwrap()) {
                            Taken::Final(_) => _ = ends.fetch_add(1, Ordering::Relaxed),
                            Taken::Event(_) => {}
                            Taken::Status(status) => return assert!([PIM_ERROR_ENDED, PIM_ERROR_HANDLE].contains(&status), "{status}"),
                        }
                    }
                });
            }
            scope.spawn(|| assert!([PIM_OK, PIM_ERROR_HANDLE].contains(&pim_call_cancel(handle))));
            scope.spawn(|| {
                assert!([PIM_ERROR_ANSWER, PIM_ERROR_ENDED, PIM_ERROR_HANDLE].contains(&reply(handle, br#"{"id":1,"answer":1}"#)))
            });
            if turn % 2 == 0 {
                scope.spawn(|| assert_eq!(pim_call_free(handle), PIM_OK));
            }
        });
        assert!(ends.into_inner() <= 1);
    }
}

#[test]
fn a_session_freed_under_its_running_calls_is_safe() {
    for _ in 0..20 {
        let session = Session::new("{}");
        let calls = (0..4).map(|_| session.start("challenge.parse", r#"{"text": ""}"#)).collect::<Vec<_>>();
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(pim_session_free(session.0), PIM_OK));
            for call in &calls {
                scope.spawn(|| assert!(call.finish().last().is_some_and(Event::is_final)));
            }
        });
    }
}
