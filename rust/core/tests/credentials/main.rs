//! The ways to a token beside the browser: against the emulator, and against servers that answer as each test wants.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, missing_docs)]

mod access_token;
mod client_secret;
mod device_code;
mod host;
mod scripted;
