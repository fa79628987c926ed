//! `role.activate`: activates eligible roles, many at once.

use super::Operation;
use crate::call::Call;
use crate::error::Result;
use crate::pim::{self, ActivationRequest, ActivationResult, ActivationSummary};
use crate::session::Session;

pub(super) struct RoleActivate;

impl Operation for RoleActivate {
    const NAME: &'static str = "role.activate";
    const SUMMARY: &'static str = "Activates eligible roles of the signed-in user; a claims challenge is satisfied by one sign-in for all.";
    const COMMANDS: &'static [&'static str] = &["Invoke-PIMDirectoryRoleActivation", "Invoke-PIMResourceRoleActivation"];
    type Request = ActivationRequest;
    type Output = ActivationResult;
    type Reply = ActivationSummary;

    async fn run(session: &Session, call: &Call, request: ActivationRequest) -> Result<ActivationSummary> {
        pim::activate(session, call, &request).await
    }
}
