//! The C ABI of PIMStepUp: sessions, calls and events over one small mechanism. All knowledge is in `pim-core`.
//!
//! The conventions stand in the header, `include/pim_stepup.h`.

#![deny(clippy::multiple_unsafe_ops_per_block, unsafe_op_in_unsafe_fn)]
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

#[cfg(test)]
extern crate self as pim_stepup;

mod bytes;
mod call;
mod guard;
mod handles;
mod queue;
mod runtime;
mod session;
mod status;
mod task;
#[cfg(test)]
mod tests;

use std::ffi::c_char;

pub use bytes::pim_buffer_free;
pub use call::{pim_call_cancel, pim_call_free, pim_call_next, pim_call_reply, pim_call_start};
pub use session::{pim_session_free, pim_session_new};
pub use status::*;

/// Version of the ABI that this header describes.
pub const PIM_ABI_VERSION: u32 = 1;

/// The ABI version of the loaded library. It grows when something that worked before works differently; new functions,
/// operations, fields and events do not change it. Compare it with `PIM_ABI_VERSION`.
#[unsafe(no_mangle)]
pub extern "C" fn pim_abi_version() -> u32 {
    PIM_ABI_VERSION
}

/// The version of the library, as text that ends with a zero. It is valid for ever and must not be freed.
#[unsafe(no_mangle)]
pub extern "C" fn pim_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}
