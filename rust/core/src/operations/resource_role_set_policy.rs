//! `resourceRole.setPolicy`: changes what is demanded for an Azure role at a scope.

use super::{Nothing, Operation};
use crate::call::Call;
use crate::error::Result;
use crate::pim::rights::CHANGE_RESOURCES;
use crate::pim::{self, ResourcePolicyChange, ResourcePolicyUpdate};
use crate::session::Session;

pub(super) struct ResourceRoleSetPolicy;

impl Operation for ResourceRoleSetPolicy {
    const NAME: &'static str = "resourceRole.setPolicy";
    const SUMMARY: &'static str = "Changes the policy of an Azure role at a scope: what is not named stays as it is.";
    const COMMANDS: &'static [&'static str] = &["New-PIMResourceEligibleRoleAssignment", "Set-PIMResourceRoleAssignmentSetting"];
    type Request = ResourcePolicyChange;
    type Output = Nothing;
    type Reply = ResourcePolicyUpdate;

    async fn run(session: &Session, call: &Call, request: ResourcePolicyChange) -> Result<ResourcePolicyUpdate> {
        pim::set_resource_role_policy(session, call, &request).await.map_err(|error| CHANGE_RESOURCES.explain(error))
    }
}
