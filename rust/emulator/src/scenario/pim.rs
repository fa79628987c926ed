//! The part of a scenario that Graph and Azure Resource Manager need.

use serde::{Deserialize, Serialize};

use super::Scenario;
use crate::error::Result;

/// Roles, eligibilities, assignments, policies.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Pim {}

impl Pim {
    /// Checks that everything that is named exists.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check(&self, _scenario: &Scenario) -> Result<()> {
        Ok(())
    }
}
