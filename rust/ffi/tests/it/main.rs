//! The C ABI from outside: what it promises in words (header, documentation, golden files) and how it behaves.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../support/driver.rs"]
mod driver;

mod at_hand;
mod cancel;
mod documents;
mod files;
mod golden;
mod header;
mod hostile;
mod misuse;
mod random;
mod tenant;
mod threads;
