use std::ptr;
use std::time::Duration;

use pim_core::event::Event;
use pim_stepup::*;

use crate::driver::{Call, PATIENCE, Session, Taken, failure, length, next, reply, start};

const NOT_UTF8: &[u8] = b"{\"text\": \"\xff\"}";

/// Handles that are none: never given out, or of the other kind.
fn strangers(session: &Session, call: &Call) -> Vec<u64> {
    let low = 0x00ff_ffff_ffff_ffff;
    vec![0, 1, u64::MAX, session.0 & low, call.0 & low, session.0 ^ (1 << 63), call.0 + (1 << 40), session.0 + (1 << 40)]
}

fn new(config: *const u8, len: u32, place: *mut u64) -> i32 {
    // SAFETY: the callers pass null or memory that outlives this function.
    unsafe { pim_session_new(config, len, place) }
}

#[test]
fn null_is_a_status_where_something_is_needed() {
    let session = Session::new("{}");
    let call = session.start("challenge.parse", r#"{"text":""}"#);
    let mut place = 7;
    let (mut event, mut size) = (ptr::null_mut(), 7);
    assert_eq!(new(ptr::null(), 2, &raw mut place), PIM_ERROR_NULL);
    assert_eq!(new(b"{}".as_ptr(), 2, ptr::null_mut()), PIM_ERROR_NULL);
    // SAFETY: everything that is not null outlives the block.
    let statuses = unsafe {
        [
            pim_call_start(session.0, ptr::null(), 1, b"{}".as_ptr(), 2, &raw mut place),
            pim_call_start(session.0, b"x".as_ptr(), 1, ptr::null(), 2, &raw mut place),
            pim_call_start(session.0, b"x".as_ptr(), 1, b"{}".as_ptr(), 2, ptr::null_mut()),
            pim_call_next(call.0, 0, ptr::null_mut(), &raw mut size),
            pim_call_next(call.0, 0, &raw mut event, ptr::null_mut()),
            pim_call_reply(call.0, ptr::null(), 1),
        ]
    };
    assert_eq!(statuses, [PIM_ERROR_NULL; 6]);
    assert_eq!((place, event, size), (7, ptr::null_mut(), 7), "nothing is written");
    assert!(matches!(call.next(PATIENCE), Taken::Final(Event::Done { .. })), "no event was lost");
}

#[test]
fn length_zero_is_allowed_with_null() {
    let mut handle = 0;
    assert_eq!(new(ptr::null(), 0, &raw mut handle), PIM_OK);
    let session = Session(handle);
    let mut handle = 0;
    // SAFETY: nothing is read at length 0; the place may be written.
    assert_eq!(unsafe { pim_call_start(session.0, ptr::null(), 0, ptr::null(), 0, &raw mut handle) }, PIM_OK);
    assert_eq!(failure(&Call(handle).finish()), "UnknownOperation");
    let call = session.start("challenge.parse", r#"{"text":""}"#);
    // SAFETY: nothing is read at length 0.
    assert_eq!(unsafe { pim_call_reply(call.0, ptr::null(), 0) }, PIM_ERROR_ANSWER);
}

#[test]
fn foreign_handles_are_a_status_everywhere() {
    let session = Session::new("{}");
    let call = session.start("challenge.parse", r#"{"text":""}"#);
    for handle in strangers(&session, &call).into_iter().chain([session.0]) {
        assert_eq!(next(handle, 0), Taken::Status(PIM_ERROR_HANDLE), "{handle:x}");
        assert_eq!([reply(handle, b"{}"), pim_call_cancel(handle), pim_call_free(handle)], [PIM_ERROR_HANDLE; 3], "{handle:x}");
    }
    for handle in strangers(&session, &call).into_iter().chain([call.0]) {
        assert_eq!(start(handle, b"challenge.parse", b"{}"), Err(PIM_ERROR_HANDLE), "{handle:x}");
        assert_eq!(pim_session_free(handle), PIM_ERROR_HANDLE, "{handle:x}");
    }
    assert!(matches!(call.finish().last(), Some(Event::Done { .. })), "the true handles still work");
}

#[test]
fn freed_handles_are_a_status_and_never_come_back() {
    let session = Session::new("{}");
    let call = session.start("challenge.parse", r#"{"text":""}"#);
    assert_eq!((pim_call_free(call.0), pim_call_free(call.0)), (PIM_OK, PIM_ERROR_HANDLE));
    assert_eq!((pim_session_free(session.0), pim_session_free(session.0)), (PIM_OK, PIM_ERROR_HANDLE));
    assert_eq!(call.next(Duration::ZERO), Taken::Status(PIM_ERROR_HANDLE));
    assert_eq!(start(session.0, b"challenge.parse", b"{}"), Err(PIM_ERROR_HANDLE));
    for _ in 0..10 {
        let later = Session::new("{}");
        assert_ne!(later.0, session.0);
        assert_ne!(later.start("challenge.parse", "").0, call.0);
    }
}

#[test]
fn text_that_is_not_utf8_is_a_status() {
    let session = Session::new("{}");
    let call = session.start("challenge.parse", r#"{"text":""}"#);
    let mut place = 0;
    assert_eq!(new(NOT_UTF8.as_ptr(), length(NOT_UTF8), &raw mut place), PIM_ERROR_UTF8);
    assert_eq!(start(session.0, NOT_UTF8, b"{}"), Err(PIM_ERROR_UTF8));
    assert_eq!(start(session.0, b"challenge.parse", NOT_UTF8), Err(PIM_ERROR_UTF8));
    assert_eq!(reply(call.0, NOT_UTF8), PIM_ERROR_UTF8);
    // A UTF-16 surrogate and an overlong slash are no UTF-8 either.
    for text in [b"\xed\xa0\x80".as_slice(), b"\xc0\xaf"] {
        assert_eq!(start(session.0, text, b"{}"), Err(PIM_ERROR_UTF8));
    }
}

#[test]
fn lengths_are_bounded_before_anything_is_read() {
    let session = Session::new("{}");
    let call = session.start("challenge.parse", r#"{"text":""}"#);
    let one = [b'x'];
    let mut place = 0;
    assert_eq!(new(one.as_ptr(), (1 << 20) + 1, &raw mut place), PIM_ERROR_TOO_LONG);
    // SAFETY: a length above the limit is refused before the bytes are looked at.
    let statuses = unsafe {
        [
            pim_call_start(session.0, one.as_ptr(), 257, one.as_ptr(), 1, &raw mut place),
            pim_call_start(session.0, one.as_ptr(), 1, one.as_ptr(), (64 << 20) + 1, &raw mut place),
            pim_call_start(session.0, one.as_ptr(), u32::MAX, one.as_ptr(), 1, &raw mut place),
            pim_call_reply(call.0, one.as_ptr(), u32::MAX),
        ]
    };
    assert_eq!(statuses, [PIM_ERROR_TOO_LONG; 4]);
}

#[test]
fn what_is_wrong_with_configuration_and_request_is_an_event() {
    for config in ["", "[]", "nonsense", r#"{"tenant": ""}"#, r#"{"tenants": "x"}"#, r#"{"concurrency": 0}"#, r#"{"cloud": "Moon"}"#] {
        let events = Session::new(if config.is_empty() { " " } else { config }).run("challenge.parse", r#"{"text":""}"#);
        assert_eq!(failure(&events), "InvalidConfiguration", "{config}");
    }
    let session = Session::new("{}");
    for request in ["[]", "nonsense", r#"{"text": 1}"#, r#"{"texts": ""}"#, "{\"text\": \"\"} {}"] {
        assert_eq!(failure(&session.run("challenge.parse", request)), "InvalidRequest", "{request}");
    }
    for operation in ["challenge", "challenge.parse ", "Challenge.Parse", "test.panic", "\0"] {
        assert_eq!(failure(&session.run(operation, "{}")), "UnknownOperation", "{operation}");
    }
}

#[test]
fn buffers_are_freed_exactly_once_and_only_if_they_are_buffers() {
    let session = Session::new("{}");
    let call = session.start("challenge.parse", r#"{"text":""}"#);
    let (mut event, mut size) = (ptr::null_mut(), 0);
    // SAFETY: both places may be written.
    assert_eq!(unsafe { pim_call_next(call.0, 60_000, &raw mut event, &raw mut size) }, PIM_FINAL);
    let mut own = [1_u8; 8];
    pim_buffer_free(ptr::null_mut(), 0);
    pim_buffer_free(ptr::null_mut(), 5);
    pim_buffer_free(own.as_mut_ptr(), 8);
    pim_buffer_free(event, size + 1);
    pim_buffer_free(event.wrapping_add(1), size - 1);
    drop((call, session));
    // SAFETY: the buffer is alive: none of the calls above named it with its length.
    let text = unsafe { std::slice::from_raw_parts(event, size as usize) };
    assert!(serde_json::from_slice::<Event>(text).unwrap().is_final());
    pim_buffer_free(event, size);
    pim_buffer_free(event, size);
    assert_eq!(own, [1; 8]);
}

#[test]
fn the_versions_are_those_of_the_package() {
    assert_eq!(pim_abi_version(), PIM_ABI_VERSION);
    // SAFETY: the text is static and ends with a zero.
    let version = unsafe { std::ffi::CStr::from_ptr(pim_version()) };
    assert_eq!(version.to_str().unwrap(), env!("CARGO_PKG_VERSION"));
}
