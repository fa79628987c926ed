//! Sign-in and tokens against a token service that does what each test wants of it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, missing_docs)]

mod crowd;
mod emulated;
mod guests;
mod host_session;
#[path = "../scripted/http.rs"]
mod http_server;
mod listener;
mod paste;
mod refusals;
mod secrets;
mod service;
mod sharing;
mod step_up;
mod stored;
mod tokens;
mod user;
