//! The C ABI of PIMStepUp: sessions, calls and events over one small mechanism. All knowledge is in `pim-core`.
//!
//! The conventions stand in the header, `include/pim_stepup.h`.

#![deny(clippy::multiple_unsafe_ops_per_block)]
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

#[cfg(test)]
extern crate self as pim_stepup;

mod allocator;
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
mod version;

pub use bytes::pim_buffer_free;
pub use call::{pim_call_at_hand, pim_call_cancel, pim_call_free, pim_call_next, pim_call_reply, pim_call_start};
pub use session::{pim_session_free, pim_session_new};
pub use status::*;
pub use version::{PIM_ABI_VERSION, pim_abi_version, pim_version};
