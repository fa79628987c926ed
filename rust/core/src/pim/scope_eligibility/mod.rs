//! Who is eligible in subscriptions and management groups, as administrators list it.

mod management_groups;
mod subscriptions;

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rights::READ_RESOURCES;
use crate::arm::{Arm, Scope};
use crate::call::Call;
use crate::error::{Error, ErrorCode};
use crate::http::concerns_one;

pub use management_groups::{ManagementGroupEligibility, management_group_eligibilities};
pub use subscriptions::{SubscriptionEligibility, subscription_eligibilities};

/// A scope whose list could not be read, or not to its end. The other scopes are not concerned.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScopeFailure {
    /// Resource id of the scope.
    pub scope: String,
    /// Why.
    pub error: Error,
}

/// What a list over several scopes came to.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScopeListSummary {
    /// Number of outputs.
    pub count: usize,
    /// Scopes that are missing in the outputs, or not whole in them. Empty if all was read.
    pub failed: Vec<ScopeFailure>,
}

impl ScopeListSummary {
    /// Notes the failure of one scope; hands back one that concerns them all.
    fn fail(&mut self, call: &Call, scope: &Scope, error: Error) -> Result<(), Error> {
        if !concerns_one(&error) && error.code != ErrorCode::ScopeNotFound {
            return Err(error);
        }
        let error = READ_RESOURCES.explain(error);
        call.verbose(format!("the eligibilities of `{}` are not told: {error}", scope.as_str()));
        self.failed.push(ScopeFailure { scope: scope.as_str().to_owned(), error });
        Ok(())
    }
}

/// Name of a role whose row brings none, asked for once. None if it cannot be told.
async fn role_name(arm: &Arm<'_>, known: &mut HashMap<String, Option<String>>, scope: &str, role_definition_id: &str) -> Option<String> {
    if let Some(name) = known.get(role_definition_id) {
        return name.clone();
    }
    let name = arm.role_name(&Scope::parse(scope).ok()?, role_definition_id).await.ok().flatten();
    known.insert(role_definition_id.to_owned(), name.clone());
    name
}
