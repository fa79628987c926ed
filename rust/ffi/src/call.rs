//! Calls across the boundary.

use std::sync::Arc;
use std::time::Duration;

use pim_core::operations;
use serde::Deserialize;
use serde_json::Value;

use crate::bytes::{bytes_out, room_in, text_at, text_in};
use crate::guard::guard;
use crate::handles::Table;
use crate::queue::{Next, Queue};
use crate::session::{SESSIONS, Session};
use crate::status::{Misuse, PIM_EVENT, PIM_FINAL, PIM_OK};
use crate::task;

static CALLS: Table<Call> = Table::new(0x43);

const LONGEST_OPERATION: u32 = 256;
const LONGEST_REQUEST: u32 = 64 << 20;
const LONGEST_ANSWER: u32 = 16 << 20;

struct Call {
    running: pim_core::call::Call,
    events: Arc<Queue>,
    /// Keeps the session's threads for as long as the call is not freed.
    _session: Arc<Session>,
}

/// An answer to an `ask` event.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    id: u64,
    answer: Value,
}

/// Results of a call that its host has not taken.
#[cfg(test)]
pub(crate) fn backlog(call: u64) -> crate::queue::Backlog {
    CALLS.get(call).map(|call| call.events.backlog()).unwrap_or_default()
}

/// Starts an operation in the background and returns at once.
///
/// `operation` is its name, `request` its request as JSON (length 0 stands for `{}`, at most 64 MiB); both are copied.
/// Whatever is wrong with them is reported as the `failed` event of the call.
/// `*call` is written on success only, and is then to be freed once with `pim_call_free`.
///
/// Returns `PIM_OK`, `PIM_ERROR_NULL`, `PIM_ERROR_HANDLE`, `PIM_ERROR_UTF8`, `PIM_ERROR_TOO_LONG`.
///
/// # Safety
/// `operation` and `request` are null or point at as many readable bytes as said; `call` is null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pim_call_start(
    session: u64,
    operation: *const u8,
    operation_len: u32,
    request: *const u8,
    request_len: u32,
    call: *mut u64,
) -> i32 {
    guard(|| {
        if call.is_null() {
            return Err(Misuse::Null);
        }
        let session = SESSIONS.get(session)?;
        // SAFETY: the caller promises `operation_len` readable bytes at `operation`.
        let operation = unsafe { text_in(operation, operation_len, LONGEST_OPERATION) }?;
        // SAFETY: the caller promises `request_len` readable bytes at `request`.
        let mut request = unsafe { text_in(request, request_len, LONGEST_REQUEST) }?;
        if request.is_empty() {
            request.push_str("{}");
        }
        let (running, events) = task::start(&session, operation, request);
        let handle = CALLS.insert(Arc::new(Call { running, events, _session: session }));
        // SAFETY: not null, and the caller promises that it may be written.
        unsafe { call.write(handle) };
        Ok(PIM_OK)
    })
}

/// Answers an operation at once if its reply is known already, such as a token that the session has, and starts nothing.
///
/// `operation` and `request` are as with `pim_call_start`. The reply, as the `done` event has it in `value`, is written to the `capacity`
/// bytes at `reply`: JSON in UTF-8 without a terminating zero. It may hold a token; wipe it after use.
///
/// Returns the reply's length in bytes; `PIM_OK` if nothing is at hand, if it does not fit, or if something is wrong with operation or
/// request: `pim_call_start` then does the work, or tells what is wrong. Else `PIM_ERROR_NULL`, `PIM_ERROR_HANDLE`, `PIM_ERROR_UTF8`,
/// `PIM_ERROR_TOO_LONG`.
///
/// # Safety
/// `operation` and `request` are null or point at as many readable bytes as said; `reply` is null or points at `capacity` bytes that may be
/// read and written and that nothing else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pim_call_at_hand(
    session: u64,
    operation: *const u8,
    operation_len: u32,
    request: *const u8,
    request_len: u32,
    reply: *mut u8,
    capacity: u32,
) -> i32 {
    guard(|| {
        let session = SESSIONS.get(session)?;
        // SAFETY: the caller promises `operation_len` readable bytes at `operation`.
        let operation = unsafe { text_at(operation, operation_len, LONGEST_OPERATION) }?;
        // SAFETY: the caller promises `request_len` readable bytes at `request`.
        let request = unsafe { text_at(request, request_len, LONGEST_REQUEST) }?;
        let request = if request.is_empty() { "{}" } else { request };
        // SAFETY: the caller promises `capacity` bytes at `reply` to this function alone.
        let reply = unsafe { room_in(reply, capacity) }?;
        let length = session.core.made().and_then(|session| operations::at_hand(session, operation, request.as_bytes(), reply));
        length.map_or(Ok(PIM_OK), |length| i32::try_from(length).map_err(|_| Misuse::TooLong))
    })
}

/// Takes the call's next event, waiting for it on the calling thread for at most `timeout_ms` milliseconds; 0 looks once.
///
/// On `PIM_EVENT` and `PIM_FINAL`, and on these alone, `*event` and `*len` are written: JSON in UTF-8 without a terminating zero,
/// to be freed with `pim_buffer_free`. A call has exactly one final event, also when it was cancelled.
///
/// Returns `PIM_EVENT`, `PIM_FINAL`, `PIM_OK` (nothing yet), `PIM_ERROR_NULL`, `PIM_ERROR_HANDLE` (also when the call is freed
/// meanwhile), `PIM_ERROR_ENDED`.
///
/// # Safety
/// `event` and `len` are null or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pim_call_next(call: u64, timeout_ms: u32, event: *mut *mut u8, len: *mut u32) -> i32 {
    guard(|| {
        if event.is_null() || len.is_null() {
            return Err(Misuse::Null);
        }
        let call = CALLS.get(call)?;
        let (status, text) = match call.events.next(Duration::from_millis(timeout_ms.into()), || task::abandoned(&call.running)) {
            Next::Nothing => return Ok(PIM_OK),
            Next::Ended => return Err(Misuse::Ended),
            Next::Freed => return Err(Misuse::Handle),
            Next::Event(text) => (PIM_EVENT, text),
            Next::Final(text) => (PIM_FINAL, text),
        };
        // SAFETY: neither is null, and the caller promises that both may be written.
        unsafe { bytes_out(text, event, len) }?;
        Ok(status)
    })
}

/// Answers a question of the call (event `ask`) with the JSON `{"id": <its number>, "answer": <anything>}` of at most 16 MiB, which is
/// copied.
///
/// Returns `PIM_OK`, `PIM_ERROR_NULL`, `PIM_ERROR_HANDLE`, `PIM_ERROR_UTF8`, `PIM_ERROR_ANSWER`, `PIM_ERROR_ENDED`,
/// `PIM_ERROR_TOO_LONG`.
///
/// # Safety
/// `answer` is null or points at `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pim_call_reply(call: u64, answer: *const u8, len: u32) -> i32 {
    guard(|| {
        let call = CALLS.get(call)?;
        // SAFETY: the caller promises `len` readable bytes at `answer`.
        let text = unsafe { text_in(answer, len, LONGEST_ANSWER) }?;
        if call.events.is_ended() {
            return Err(Misuse::Ended);
        }
        let Answer { id, answer } = serde_json::from_str(&text).map_err(|_| Misuse::Answer)?;
        if call.running.answer(id, answer) { Ok(PIM_OK) } else { Err(Misuse::Answer) }
    })
}

/// Asks the call to end. Its final event follows soon: `failed` with `Cancelled`, or what it had come to before. To cancel a call
/// that has ended, or twice, does no harm.
///
/// Returns `PIM_OK`, `PIM_ERROR_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn pim_call_cancel(call: u64) -> i32 {
    guard(|| {
        let call = CALLS.get(call)?;
        call.running.cancel();
        call.events.cancel();
        Ok(PIM_OK)
    })
}

/// Frees a call, and cancels it if it is still running. Events not taken yet are dropped; a thread that waits in
/// `pim_call_next` is sent away with `PIM_ERROR_HANDLE`. Events taken before stay valid until `pim_buffer_free`.
///
/// Returns `PIM_OK`, `PIM_ERROR_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn pim_call_free(call: u64) -> i32 {
    guard(|| {
        let call = CALLS.remove(call)?;
        // In this order: nobody is to take the end of a call that is freed.
        call.events.free();
        call.running.cancel();
        Ok(PIM_OK)
    })
}
