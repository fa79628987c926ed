//! `role.activate`: activates eligible roles, many at once.

use super::Operation;
use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::pim::{ActivationRequest, ActivationResult, ActivationSummary};
use crate::session::Session;

pub(super) struct RoleActivate;

impl Operation for RoleActivate {
    const NAME: &'static str = "role.activate";
    const SUMMARY: &'static str = "Activates eligible roles of the signed-in user; a claims challenge is satisfied by one sign-in for all.";
    const COMMANDS: &'static [&'static str] = &["Invoke-PIMDirectoryRoleActivation", "Invoke-PIMResourceRoleActivation"];
    type Request = ActivationRequest;
    type Output = ActivationResult;
    type Reply = ActivationSummary;

    async fn run(_session: &Session, _call: &Call, request: ActivationRequest) -> Result<ActivationSummary> {
        Err(Error::new(ErrorCode::Internal, format!("the activation of {} roles is not in this build", request.kind.word())))
    }
}
