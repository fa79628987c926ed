//! The operations by name: all that a host can ask for. One file each.

mod account_membership;
mod authentication_context_list;
mod cache_clear;
mod challenge_parse;
mod directory_role_eligibility;
mod directory_role_policy;
mod group_eligibility;
mod group_list;
mod management_group_eligibility;
mod resource_role_assign_eligibility;
mod resource_role_definitions;
mod resource_role_policy;
mod resource_role_set_policy;
mod rest_invoke;
mod role_activate;
mod role_list;
mod session_connect;
mod session_disconnect;
mod session_show;
mod subscription_eligibility;
mod token_acquire;

use std::future::Future;
use std::pin::Pin;

use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Event;
use crate::json;
use crate::session::Session;

/// One operation: its name, its documents, its work.
trait Operation {
    /// For example `role.activate`.
    const NAME: &'static str;
    /// One sentence for the header.
    const SUMMARY: &'static str;
    /// The PowerShell commands that use it; empty where it has none.
    const COMMANDS: &'static [&'static str];
    type Request: DeserializeOwned + JsonSchema + Send;
    /// Type of each output; [`Nothing`] if there are none.
    type Output: Serialize + JsonSchema;
    type Reply: Serialize + JsonSchema;

    fn run(session: &Session, call: &Call, request: Self::Request) -> impl Future<Output = Result<Self::Reply>> + Send;

    /// What `run` would reply if that is known already, without events and without anything begun.
    fn at_hand(_session: &Session, _request: Self::Request) -> Option<Self::Reply> {
        None
    }
}

/// No value.
#[derive(Debug, JsonSchema, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

type AtHand = fn(&Session, &[u8], &mut [u8]) -> Option<usize>;
type Run = for<'a> fn(&'a Session, &'a Call, &'a [u8]) -> Pin<Box<dyn Future<Output = Result<Value>> + Send + 'a>>;

/// What is known of an operation from outside.
pub struct Description {
    /// For example `role.activate`.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The PowerShell commands that use it.
    pub commands: &'static [&'static str],
    /// Schema of the request.
    pub request: fn() -> Schema,
    /// Schema of each output.
    pub output: fn() -> Schema,
    /// Schema of the `done` event's value.
    pub reply: fn() -> Schema,
    run: Run,
    at_hand: AtHand,
}

const fn describe<O: Operation + 'static>() -> Description {
    Description {
        name: O::NAME,
        summary: O::SUMMARY,
        commands: O::COMMANDS,
        request: || schema_for!(O::Request),
        output: || schema_for!(O::Output),
        reply: || schema_for!(O::Reply),
        run: |session, call, request| Box::pin(run_as::<O>(session, call, request)),
        at_hand: at_hand_as::<O>,
    }
}

async fn run_as<O: Operation>(session: &Session, call: &Call, request: &[u8]) -> Result<Value> {
    let request = json::read_object(request).map_err(|error| {
        Error::new(ErrorCode::InvalidRequest, format!("the request of `{}` is not understood: {error}", O::NAME)).target(O::NAME)
    })?;
    let reply = O::run(session, call, request).await?;
    serde_json::to_value(reply).map_err(|error| Error::new(ErrorCode::Internal, "a reply could not be written as JSON").cause(&error))
}

fn at_hand_as<O: Operation>(session: &Session, request: &[u8], reply: &mut [u8]) -> Option<usize> {
    let value = O::at_hand(session, json::read_object(request).ok()?)?;
    let capacity = reply.len();
    let mut room = &mut *reply;
    let written = serde_json::to_writer(&mut room, &value);
    let length = capacity - room.len();
    if written.is_err() {
        // The beginning of a token is of no use to anybody.
        reply[..length].fill(0);
        return None;
    }
    Some(length)
}

/// Every operation, in the order of the documentation.
pub const ALL: &[Description] = &[
    describe::<challenge_parse::ChallengeParse>(),
    describe::<session_connect::SessionConnect>(),
    describe::<session_show::SessionShow>(),
    describe::<session_disconnect::SessionDisconnect>(),
    describe::<cache_clear::CacheClear>(),
    describe::<token_acquire::TokenAcquire>(),
    describe::<role_list::RoleList>(),
    describe::<role_activate::RoleActivate>(),
    describe::<rest_invoke::RestInvoke>(),
    describe::<authentication_context_list::AuthenticationContextList>(),
    describe::<directory_role_policy::DirectoryRolePolicyRead>(),
    describe::<directory_role_eligibility::DirectoryRoleEligibilityList>(),
    describe::<group_list::GroupList>(),
    describe::<group_eligibility::GroupEligibilityList>(),
    describe::<account_membership::AccountMembership>(),
    describe::<resource_role_definitions::ResourceRoleDefinitions>(),
    describe::<management_group_eligibility::ManagementGroupEligibilityList>(),
    describe::<subscription_eligibility::SubscriptionEligibilityList>(),
    describe::<resource_role_policy::ResourceRolePolicy>(),
    describe::<resource_role_set_policy::ResourceRoleSetPolicy>(),
    describe::<resource_role_assign_eligibility::ResourceRoleAssignEligibility>(),
];

/// Writes the reply of an operation as JSON if it is known already, and tells its length. `None` where there is work to do, where the reply
/// does not fit, and where something is wrong: [`run`] does the work, or says what is wrong.
#[must_use]
pub fn at_hand(session: &Session, name: &str, request: &[u8], reply: &mut [u8]) -> Option<usize> {
    let operation = ALL.iter().find(|operation| operation.name == name)?;
    (operation.at_hand)(session, request, reply)
}

/// Runs an operation to its end. The result is the final event.
pub async fn run(session: &Session, call: &Call, name: &str, request: &[u8]) -> Event {
    let Some(operation) = ALL.iter().find(|operation| operation.name == name) else {
        let names = ALL.iter().map(|operation| format!("`{}`", operation.name)).collect::<Vec<_>>().join(", ");
        let error = Error::new(ErrorCode::UnknownOperation, format!("there is no operation `{}`", name.escape_debug()))
            .hint(format!("the operations are {names}"));
        return Event::Failed { error: Box::new(error) };
    };
    let result = tokio::select! {
        biased;
        () = call.cancelled() => Err(cancelled(call)),
        result = (operation.run)(session, call, request) => result,
    };
    match result {
        Ok(value) => Event::Done { value },
        Err(error) => Event::Failed { error: Box::new(error) },
    }
}

fn cancelled(call: &Call) -> Error {
    let mut error = Error::new(ErrorCode::Cancelled, "the call was cancelled");
    error.writes = call.writes();
    if error.writes.iter().any(|write| write.state == "sent") {
        error.hint = Some("a write had been sent and its answer was not seen: list the roles to learn what the service did".to_owned());
    }
    error
}
