//! Bytes across the boundary.
//!
//! In: borrowed for the length of one function, checked, copied. Out: owned by this library's table of buffers until
//! `pim_buffer_free`, so that a wrong pointer given back frees nothing.

use std::collections::BTreeMap;
use std::slice;
use std::sync::{Mutex, PoisonError};

use crate::guard::guard;
use crate::status::{Misuse, PIM_OK};

static BUFFERS: Mutex<BTreeMap<usize, Vec<u8>>> = Mutex::new(BTreeMap::new());

/// Copies a text that came in. Null with length 0 is the empty text.
///
/// # Safety
/// `start` is null or points at `length` readable bytes.
pub(crate) unsafe fn text_in(start: *const u8, length: u32, limit: u32) -> Result<String, Misuse> {
    // SAFETY: by this function's contract the bytes are readable until it returns, and the text is copied by then.
    unsafe { text_at(start, length, limit) }.map(|text| text.to_owned())
}

/// A text in the host's memory. Null with length 0 is the empty text.
///
/// # Safety
/// `start` is null or points at `length` bytes that are readable and do not change for as long as the result lives.
pub(crate) unsafe fn text_at<'a>(start: *const u8, length: u32, limit: u32) -> Result<&'a str, Misuse> {
    if length == 0 {
        return Ok("");
    }
    if start.is_null() {
        return Err(Misuse::Null);
    }
    if length > limit {
        return Err(Misuse::TooLong);
    }
    // SAFETY: not null, and by this function's contract `length` bytes are readable.
    let bytes = unsafe { slice::from_raw_parts(start, length as usize) };
    str::from_utf8(bytes).map_err(|_| Misuse::Utf8)
}

/// Room of the host's for an answer.
///
/// # Safety
/// `start` is null or points at `length` bytes that may be read and written, and that nothing else uses for as long as the result lives.
pub(crate) unsafe fn room_in<'a>(start: *mut u8, length: u32) -> Result<&'a mut [u8], Misuse> {
    if start.is_null() {
        return Err(Misuse::Null);
    }
    // What is returned tells a length with 31 bits.
    let length = length.min(i32::MAX as u32) as usize;
    // SAFETY: not null, and by this function's contract these bytes are the result's alone.
    Ok(unsafe { slice::from_raw_parts_mut(start, length) })
}

/// Hands bytes to the host.
///
/// # Safety
/// `start` and `length` are not null and may be written.
pub(crate) unsafe fn bytes_out(mut bytes: Vec<u8>, start: *mut *mut u8, length: *mut u32) -> Result<(), Misuse> {
    let size = u32::try_from(bytes.len()).map_err(|_| Misuse::TooLong)?;
    let address = bytes.as_mut_ptr();
    BUFFERS.lock().unwrap_or_else(PoisonError::into_inner).insert(address.addr(), bytes);
    // SAFETY: by this function's contract it may be written.
    unsafe { start.write(address) };
    // SAFETY: the same.
    unsafe { length.write(size) };
    Ok(())
}

/// Wipes and frees an event that `pim_call_next` handed over, with the length that came with it.
///
/// Null is fine. A pointer that is no live buffer of this library, or a wrong length, frees nothing.
#[unsafe(no_mangle)]
pub extern "C" fn pim_buffer_free(buffer: *mut u8, len: u32) {
    guard(|| {
        let mut buffers = BUFFERS.lock().unwrap_or_else(PoisonError::into_inner);
        if buffers.get(&buffer.addr()).is_some_and(|bytes| bytes.len() == len as usize) {
            buffers.remove(&buffer.addr());
            if buffers.is_empty() {
                *buffers = BTreeMap::new();
            }
        }
        Ok(PIM_OK)
    });
}
