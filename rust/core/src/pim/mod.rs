//! Privileged Identity Management: one flow for every kind of role.

mod model;

pub use model::{ActivationRequest, ActivationResult, ActivationSummary, Kind, Outcome, Policy, RoleEntry, RoleSelector, State, Ticket};
