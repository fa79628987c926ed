//! What goes wrong with real sign-ins and policies, from the operation to the services and back: it ends in success or in an error that
//! says what to do, and the stored sign-in is kept or dropped as it should be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod aging;
mod blocks;
mod evaluation;
mod factors;
mod numbers;
mod sign_in;
#[path = "../tenant/mod.rs"]
mod tenant;
