//! Who is eligible in subscriptions and management groups: few requests, whole lists, a stable order.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod administered;
mod batches;
mod management_groups;
mod subscriptions;
#[path = "../tenant/mod.rs"]
mod tenant;
