//! The knowledge of PIMStepUp: claims challenges, tokens that satisfy them, and Privileged Identity Management.
//!
//! Data passes in the order of the modules: a call names an [operation](operations); [`pim`] asks [`graph`] and [`arm`];
//! they ask [`http`]; [`http`] asks [`auth`] for a token. Never the other way.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

pub mod arm;
pub mod auth;
pub mod call;
pub mod claims;
pub mod cloud;
mod environment;
pub mod error;
pub mod event;
pub mod graph;
pub mod http;
mod json;
pub mod meanwhile;
pub mod operations;
mod pem;
pub mod pim;
pub mod secret;
pub mod session;
pub mod transport;
