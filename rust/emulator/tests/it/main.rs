//! The emulator from outside: its frame, its token service, its program. One binary, since linking takes longer than the tests.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod frame;
mod guide;
mod login_code;
mod login_stepup;
mod login_webauthn;
mod program;
mod support;
