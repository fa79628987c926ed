//! `subscription.eligibility`: who is eligible in subscriptions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Operation;
use crate::call::Call;
use crate::error::Result;
use crate::pim::rights::READ_RESOURCES;
use crate::pim::{self, ScopeListSummary, SubscriptionEligibility};
use crate::session::Session;

pub(super) struct SubscriptionEligibilityList;

/// Which subscriptions.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// Ids of subscriptions; absent or empty for all that are enabled.
    #[serde(default)]
    pub ids: Vec<String>,
}

impl Operation for SubscriptionEligibilityList {
    const NAME: &'static str = "subscription.eligibility";
    const SUMMARY: &'static str = "Lists who is eligible in subscriptions, resource groups and resources.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMSubscriptionEligibleAssignment"];
    type Request = Request;
    type Output = SubscriptionEligibility;
    type Reply = ScopeListSummary;

    async fn run(session: &Session, call: &Call, request: Request) -> Result<ScopeListSummary> {
        pim::subscription_eligibilities(session, call, &request.ids).await.map_err(|error| READ_RESOURCES.explain(error))
    }
}
