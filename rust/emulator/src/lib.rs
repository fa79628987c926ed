//! A local Microsoft Entra ID, Microsoft Graph and Azure Resource Manager that behave as the real services do for privileged role activation.
//!
//! [`Emulator::start`] runs the services on loopback ports, each its own origin. What exists in the tenant comes from a [`Scenario`];
//! what happened is in the [`journal`]; time can be moved with the [`clock`], and answers can be delayed, replaced or cut with [`faults`].

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

pub mod arm;
pub mod certificate;
pub mod clock;
pub mod control;
mod emulator;
pub mod error;
mod exchange;
pub mod faults;
pub mod graph;
pub mod journal;
pub mod login;
pub mod machine;
pub mod odata;
pub mod pim;
pub mod robot;
pub mod scenario;
pub mod schema;
pub mod secrets;
mod server;
mod service;
mod state;
mod tls;
pub mod tokens;

pub use emulator::{Emulator, Options};
pub use error::{Error, Result};
pub use faults::Fault;
pub use journal::JournalEntry;
pub use robot::Robot;
pub use scenario::Scenario;
pub use service::Service;
pub use state::{Inner, Origins, State};
