//! Roles, schedules and requests: what Graph and Azure Resource Manager show and change.

use jiff::Timestamp;

use crate::scenario::Scenario;

/// The tenant's roles and who has them.
#[derive(Debug, Default)]
pub struct Directory {}

impl Directory {
    /// The state that a scenario describes.
    #[must_use]
    pub fn new(_scenario: &Scenario, _now: Timestamp) -> Self {
        Self {}
    }

    /// Template ids of the directory roles that a user holds at this moment, as the claim `wids` lists them.
    #[must_use]
    pub fn active_role_template_ids(&self, _object_id: &str, _now: Timestamp) -> Vec<String> {
        Vec::new()
    }
}
