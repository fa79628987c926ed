//! `resourceRole.assignEligibility`: makes somebody eligible for an Azure role.

use super::{Nothing, Operation};
use crate::call::Call;
use crate::error::Result;
use crate::pim::rights::CHANGE_RESOURCES;
use crate::pim::{self, EligibilityAssignment, EligibilityRequest};
use crate::session::Session;

pub(super) struct ResourceRoleAssignEligibility;

impl Operation for ResourceRoleAssignEligibility {
    const NAME: &'static str = "resourceRole.assignEligibility";
    const SUMMARY: &'static str = "Makes a user, group or service principal eligible for an Azure role at a scope.";
    const COMMANDS: &'static [&'static str] = &["New-PIMResourceEligibleRoleAssignment"];
    type Request = EligibilityRequest;
    type Output = Nothing;
    type Reply = EligibilityAssignment;

    async fn run(session: &Session, call: &Call, request: EligibilityRequest) -> Result<EligibilityAssignment> {
        pim::assign_eligibility(session, call, &request).await.map_err(|error| CHANGE_RESOURCES.explain(error))
    }
}
