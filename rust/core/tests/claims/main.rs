//! Claims challenges: published samples, cases of our own, properties, time.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod cases;
mod headers;
mod operation;
mod properties;
mod requests;
mod samples;
mod time;
