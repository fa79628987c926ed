//! Drives the exported functions as a careful host does.

use std::ptr;
use std::time::Duration;

use pim_core::event::Event;
use pim_stepup::*;

/// Long enough for a machine that is busy with other tests; nothing waits this long unless it fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Session(pub u64);

pub struct Call(pub u64);

/// What `pim_call_next` gave.
#[derive(Debug, PartialEq)]
pub enum Taken {
    Event(Event),
    Final(Event),
    Status(i32),
}

impl Session {
    pub fn new(config: &str) -> Self {
        let mut handle = 0;
        // SAFETY: the text lives until the function returns, the handle's place too.
        let status = unsafe { pim_session_new(config.as_ptr(), length(config.as_bytes()), &raw mut handle) };
        assert_eq!(status, PIM_OK);
        Self(handle)
    }

    pub fn start(&self, operation: &str, request: &str) -> Call {
        Call(start(self.0, operation.as_bytes(), request.as_bytes()).unwrap())
    }

    /// Runs an operation to its end: all events, the final one last.
    pub fn run(&self, operation: &str, request: &str) -> Vec<Event> {
        self.start(operation, request).finish()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        pim_session_free(self.0);
    }
}

impl Call {
    pub fn next(&self, timeout: Duration) -> Taken {
        next(self.0, u32::try_from(timeout.as_millis()).unwrap())
    }

    pub fn finish(&self) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            match self.next(PATIENCE) {
                Taken::Event(event) => events.push(event),
                Taken::Final(event) => {
                    assert!(event.is_final());
                    assert_eq!(self.next(Duration::ZERO), Taken::Status(PIM_ERROR_ENDED));
                    events.push(event);
                    return events;
                }
                Taken::Status(status) => panic!("status {status} after {events:?}"),
            }
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        pim_call_free(self.0);
    }
}

pub fn start(session: u64, operation: &[u8], request: &[u8]) -> Result<u64, i32> {
    let mut handle = 0;
    // SAFETY: both texts live until the function returns, the handle's place too.
    let status =
        unsafe { pim_call_start(session, operation.as_ptr(), length(operation), request.as_ptr(), length(request), &raw mut handle) };
    if status == PIM_OK { Ok(handle) } else { Err(status) }
}

pub fn next(call: u64, timeout_ms: u32) -> Taken {
    let (mut event, mut size) = (ptr::null_mut(), 0);
    // SAFETY: both places may be written.
    let status = unsafe { pim_call_next(call, timeout_ms, &raw mut event, &raw mut size) };
    if status != PIM_EVENT && status != PIM_FINAL {
        assert!(event.is_null() && size == 0, "written without success");
        return Taken::Status(status);
    }
    // SAFETY: the library handed over `size` bytes, which are freed only below.
    let text = unsafe { std::slice::from_raw_parts(event, size as usize) }.to_vec();
    pim_buffer_free(event, size);
    let parsed = serde_json::from_slice(&text).unwrap();
    if status == PIM_FINAL { Taken::Final(parsed) } else { Taken::Event(parsed) }
}

pub fn reply(call: u64, answer: &[u8]) -> i32 {
    // SAFETY: the bytes live until the function returns.
    unsafe { pim_call_reply(call, answer.as_ptr(), length(answer)) }
}

pub fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

/// The code of a failure.
pub fn failure(events: &[Event]) -> String {
    match events.last() {
        Some(Event::Failed { error }) => error.code.as_str().to_owned(),
        other => panic!("no failure but {other:?}"),
    }
}
