//! The ways to a token beside the browser: against the emulator, and against servers that answer as each test wants.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, missing_docs)]

mod access_token;
mod certificate;
mod client_secret;
#[cfg(unix)]
mod command_line;
mod device_code;
mod emulated;
mod host;
mod managed_identity;
#[path = "../scripted/mod.rs"]
mod scripted;
mod workload_identity;
