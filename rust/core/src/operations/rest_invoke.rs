//! `rest.invoke`: any request to an API that Entra protects.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Operation;
use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::session::Session;

pub(super) struct RestInvoke;

/// The request to send.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// HTTP method; `GET` by default.
    #[serde(default = "get")]
    pub method: String,
    /// Absolute address on the cloud's Graph or ARM host (or on `resource`'s host), or a path on Graph such as `/v1.0/me`.
    pub uri: String,
    /// Further headers. `Authorization`, `Host` and headers of the connection are refused.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// JSON, or text.
    #[serde(default)]
    pub body: Option<Value>,
    /// Media type of the body; `application/json` by default, `text/plain` for text that is no JSON.
    #[serde(default)]
    pub content_type: Option<String>,
    /// `graph`, `arm`, or the application id URI of another API; by default that of the address.
    #[serde(default)]
    pub resource: Option<String>,
    /// Permissions that the token must have, as short or full names.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Claims that the token must satisfy: JSON, base64, or anything that carries a challenge.
    #[serde(default)]
    pub claims: Option<String>,
    /// Follow next links; each item is an `output` event.
    #[serde(default)]
    pub all: bool,
}

fn get() -> String {
    "GET".to_owned()
}

/// The answer. One of `body`, `text` and `base64` is there unless the answer is empty or `all` was asked for.
#[derive(Debug, Default, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers in lower case; repeated ones are joined with `, `.
    pub headers: BTreeMap<String, String>,
    /// A JSON answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// A text answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Any other answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// With `all`: number of `output` events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
}

impl Operation for RestInvoke {
    const NAME: &'static str = "rest.invoke";
    const SUMMARY: &'static str = "Sends a request to Microsoft Graph, Azure Resource Manager or another Entra-protected API.";
    const COMMANDS: &'static [&'static str] = &["Invoke-PIMRestMethod"];
    type Request = Request;
    type Output = Value;
    type Reply = Reply;

    async fn run(_session: &Session, _call: &Call, request: Request) -> Result<Reply> {
        Err(Error::new(ErrorCode::Internal, format!("`{} {}` is not in this build", request.method, request.uri)))
    }
}
