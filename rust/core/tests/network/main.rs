//! Networks as they are: proxies, private roots, captive portals, and answers that do not come.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, missing_docs)]

mod certificates;
mod portals;
mod proxies;
mod proxy;
#[path = "../scripted/mod.rs"]
mod scripted;
mod session;
mod timeouts;
