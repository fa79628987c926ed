//! What is known already is answered without a call.

use std::ptr;

use pim_stepup::*;
use serde_json::Value;

use crate::driver::{Session, length};

fn at_hand(session: u64, operation: &[u8], request: &[u8], room: &mut [u8]) -> i32 {
    // SAFETY: all three live until the function returns.
    unsafe {
        pim_call_at_hand(session, operation.as_ptr(), length(operation), request.as_ptr(), length(request), room.as_mut_ptr(), length(room))
    }
}

#[test]
fn a_known_reply_is_written_and_an_unknown_one_is_not() {
    let session = Session::new(r#"{"browser":{"mode":"never"}}"#);
    let mut room = [7; 4096];
    assert_eq!(at_hand(session.0, b"session.show", b"{}", &mut room), PIM_OK, "no call has made the session yet");
    let shown = session.run("session.show", "{}").pop().unwrap();
    let written = usize::try_from(at_hand(session.0, b"session.show", b"", &mut room)).unwrap();
    let value: Value = serde_json::from_slice(&room[..written]).unwrap();
    assert_eq!(shown, pim_core::event::Event::Done { value });
    assert!(room[written..].iter().all(|byte| *byte == 7));

    for (operation, request) in [
        ("token.acquire", "{}"),
        ("role.list", "{}"),
        ("nothing", "{}"),
        ("session.show", r#"{"unknown":1}"#),
        ("session.show", "{"),
        ("", ""),
    ] {
        assert_eq!(at_hand(session.0, operation.as_bytes(), request.as_bytes(), &mut room), PIM_OK, "{operation} {request}");
    }
}

#[test]
fn what_does_not_fit_leaves_nothing() {
    let session = Session::new(r#"{"browser":{"mode":"never"}}"#);
    session.run("session.show", "{}");
    let mut room = [0; 4096];
    let whole = usize::try_from(at_hand(session.0, b"session.show", b"{}", &mut room)).unwrap();
    for size in [0, 1, whole - 1] {
        let mut room = vec![0; size];
        assert_eq!(at_hand(session.0, b"session.show", b"{}", &mut room), PIM_OK);
        assert!(room.iter().all(|byte| *byte == 0), "{room:?}");
    }
    assert_eq!(at_hand(session.0, b"session.show", b"{}", &mut vec![0; whole]), i32::try_from(whole).unwrap());
}

#[test]
fn misuse_is_a_status() {
    let session = Session::new("{}");
    let mut room = [0; 16];
    assert_eq!(at_hand(session.0 ^ (1 << 63), b"session.show", b"{}", &mut room), PIM_ERROR_HANDLE);
    assert_eq!(at_hand(session.0, b"\xff", b"{}", &mut room), PIM_ERROR_UTF8);
    assert_eq!(at_hand(session.0, b"session.show", b"\xff", &mut room), PIM_ERROR_UTF8);
    // SAFETY: nothing is read at length 0, and null is asked for.
    assert_eq!(unsafe { pim_call_at_hand(session.0, ptr::null(), 0, ptr::null(), 0, ptr::null_mut(), 16) }, PIM_ERROR_NULL);
    // SAFETY: nothing is read at length 0.
    let status = unsafe { pim_call_at_hand(session.0, ptr::null(), 1, ptr::null(), 0, room.as_mut_ptr(), 16) };
    assert_eq!(status, PIM_ERROR_NULL);
    assert_eq!(room, [0; 16]);
}
