//! `challenge.parse`: finds a claims challenge in anything.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Nothing, Operation};
use crate::call::Call;
use crate::claims::{self, Challenge, Finding, FoundIn, Note, Report};
use crate::error::{Error, ErrorCode, Result};
use crate::session::Session;

pub(super) struct ChallengeParse;

/// What to search: a text of any kind, or the parts of a response.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// Any text: a header line, a body, an error message, console output, base64, percent-encoded or plain JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The status of a response. Without it, headers and body count as if the status fitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The values of its `WWW-Authenticate` headers; lines with the header's name in front will do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// Its body: a string, or the JSON that it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// What was found.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// Whether there is a challenge that can be answered.
    pub found: bool,
    /// The challenges; the first is the one to answer.
    pub challenges: Vec<FoundChallenge>,
    /// The first of those that look like a challenge but must not be forwarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<RejectedChallenge>,
    /// What has to do with signing in and holds no claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<FoundNote>,
}

/// One challenge.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundChallenge {
    /// The claims request.
    pub claims: serde_json::Map<String, Value>,
    /// The claims request exactly as it was sent, decoded.
    pub claims_text: String,
    /// The claims request as compact JSON with ordered names.
    pub claims_canonical: String,
    /// Base64 of `claimsText`: what `Connect-AzAccount -ClaimsChallenge` takes.
    pub claims_base64: String,
    /// The authentication contexts that are asked for.
    pub authentication_contexts: Vec<String>,
    /// The names of all claims that are asked for.
    pub demands: Vec<String>,
    /// Where it was found.
    pub found_in: FoundIn,
    /// The authentication scheme, where it was in a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// The service's error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// `error` of the header or of the token service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// `suberror` of the token service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suberror: Option<String>,
    /// The words that came with `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
    /// The header's authorization address. It is shown and never followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_uri: Option<String>,
    /// The id of the batch item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_item: Option<String>,
}

/// Something that must not be forwarded.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RejectedChallenge {
    /// One stable word.
    pub reason: String,
    /// The reason as a sentence.
    pub message: String,
    /// Where it was found.
    pub found_in: FoundIn,
}

/// A challenge without claims.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum FoundNote {
    /// The service says `insufficient_claims` and does not say which.
    ClaimsMissing,
    /// A step-up after RFC 9470, which has no claims request.
    InsufficientUserAuthentication {
        /// The authentication context class references that would do, separated by spaces.
        #[serde(skip_serializing_if = "Option::is_none")]
        acr_values: Option<String>,
        /// How many seconds ago the user may have signed in.
        #[serde(skip_serializing_if = "Option::is_none")]
        max_age: Option<String>,
    },
}

impl Operation for ChallengeParse {
    const NAME: &'static str = "challenge.parse";
    const SUMMARY: &'static str = "Finds a claims challenge in a response, a header, an error or any text.";
    const COMMANDS: &'static [&'static str] = &["Get-PIMClaimsChallenge"];
    type Request = Request;
    type Output = Nothing;
    type Reply = Reply;

    async fn run(_session: &Session, call: &Call, request: Request) -> Result<Reply> {
        let report = search(&request)?;
        for rejection in &report.rejected {
            call.verbose(format!("something that looks like a claims challenge is not usable: {}", rejection.reason));
        }
        reply(report)
    }
}

fn search(request: &Request) -> Result<Report> {
    match request {
        Request { text: Some(text), status: None, headers, body: None } if headers.is_empty() => Ok(claims::search_text(text)),
        Request { text: Some(_), .. } => {
            Err(Error::new(ErrorCode::InvalidRequest, "`text` stands alone, without `status`, `headers` and `body`").target("text"))
        }
        Request { headers, body: None, .. } if headers.is_empty() => {
            Err(Error::new(ErrorCode::InvalidRequest, "there is nothing to search").hint("give `text`, or `headers` or `body`"))
        }
        Request { status, headers, body, .. } => {
            let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
            let body = match body {
                None => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(json) => json.to_string(),
            };
            Ok(claims::search_response(status.unwrap_or_default(), &headers, body.as_bytes()))
        }
    }
}

fn reply(report: Report) -> Result<Reply> {
    let rejected = report.rejected.first().map(|rejection| RejectedChallenge {
        reason: rejection.reason.reason().to_owned(),
        message: rejection.reason.to_string(),
        found_in: rejection.found_in,
    });
    let notes = report.notes.iter().cloned().map(FoundNote::from).collect();
    let challenges = match report.into_finding() {
        Finding::None => Vec::new(),
        Finding::Found(challenges) => challenges.into_iter().map(FoundChallenge::from).collect(),
        Finding::Rejected(error) => return Err(error),
    };
    Ok(Reply { found: !challenges.is_empty(), challenges, rejected, notes })
}

impl From<Challenge> for FoundChallenge {
    fn from(challenge: Challenge) -> Self {
        Self {
            claims_canonical: challenge.claims.canonical(),
            claims_base64: challenge.claims.base64(),
            authentication_contexts: challenge.claims.contexts().into_iter().collect(),
            demands: challenge.claims.demands(),
            claims: challenge.claims.members().clone(),
            claims_text: challenge.text,
            found_in: challenge.found_in,
            scheme: challenge.scheme,
            error_code: challenge.code,
            error: challenge.error,
            suberror: challenge.suberror,
            error_description: challenge.error_description,
            authorization_uri: challenge.authorization_uri,
            batch_item: challenge.batch_id,
        }
    }
}

impl From<Note> for FoundNote {
    fn from(note: Note) -> Self {
        match note {
            Note::ClaimsMissing => Self::ClaimsMissing,
            Note::InsufficientUserAuthentication { acr_values, max_age } => Self::InsufficientUserAuthentication { acr_values, max_age },
        }
    }
}
