//! `authenticationContext.list`: the tenant's authentication contexts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Nothing, Operation};
use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{AuthenticationContext, Graph};
use crate::pim::rights::READ_CONTEXTS;
use crate::session::Session;

pub(super) struct AuthenticationContextList;

/// One authentication context.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// For example `c1`; the value of `acrs` in a claims request.
    pub id: String,
    /// Its name.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is published to applications.
    pub is_available: Option<bool>,
}

/// How many there were.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Reply {
    /// Number of outputs.
    pub count: usize,
}

impl Operation for AuthenticationContextList {
    const NAME: &'static str = "authenticationContext.list";
    const SUMMARY: &'static str = "Lists the authentication contexts of the tenant.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMAuthenticationContext"];
    type Request = Nothing;
    type Output = Output;
    type Reply = Reply;

    async fn run(session: &Session, call: &Call, _request: Nothing) -> Result<Reply> {
        let mut pages = Graph::new(session, call).authentication_contexts();
        let mut count = 0;
        while let Some(page) = pages.next().await.map_err(|error| READ_CONTEXTS.explain(error))? {
            for item in page.items {
                let context: AuthenticationContext = serde_json::from_value(item).map_err(|error| {
                    Error::new(ErrorCode::UnexpectedResponse, "an authentication context is not what the service documents").cause(&error)
                })?;
                let Some(id) = context.id else { continue };
                let AuthenticationContext { display_name, description, is_available, .. } = context;
                call.output(&Output { id, display_name, description, is_available }).await?;
                count += 1;
            }
        }
        Ok(Reply { count })
    }
}
