//! What a search finds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ClaimsRequest;
use super::search::{search_response, search_text};
use crate::error::{Error, ErrorCode, Result};

/// Where a challenge was found.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FoundIn {
    /// A `WWW-Authenticate` header field.
    Header,
    /// The message of a service's error body.
    Body,
    /// One answer within the answer to a batch.
    BatchItem,
    /// The `claims` member of the token service's error.
    TokenError,
    /// The text of an exception, a console or a log.
    Text,
    /// The claims request itself, as JSON.
    Json,
    /// The claims request itself, as base64.
    Base64,
}

/// A claims challenge. All strings but `text` are fit to be shown: bounded, and without control characters.
#[derive(Clone, Debug, PartialEq)]
pub struct Challenge {
    /// What the next token must prove.
    pub claims: ClaimsRequest,
    /// The claims request exactly as it was sent, decoded.
    pub text: String,
    /// Where it was found.
    pub found_in: FoundIn,
    /// The authentication scheme, where it was in a header.
    pub scheme: Option<String>,
    /// `error` of the header or of the token service, for example `insufficient_claims`.
    pub error: Option<String>,
    /// The words that came with it.
    pub error_description: Option<String>,
    /// `suberror` of the token service: `message_only` says that signing in cannot help.
    pub suberror: Option<String>,
    /// The service's own code, for example `RoleAssignmentRequestAcrsValidationFailed`.
    pub code: Option<String>,
    /// `authorization_uri` of the header. For display: it must not decide where a user signs in.
    pub authorization_uri: Option<String>,
    /// The `id` or `name` of the batch item.
    pub batch_id: Option<String>,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "made on failing paths alone")]
pub enum Finding {
    /// No claims challenge.
    None,
    /// At least one; the first is the one to answer.
    Found(Vec<Challenge>),
    /// Something looks like a claims challenge but must not be forwarded: `ChallengeMalformed`, its target the reason.
    Rejected(Error),
}

/// Searches an HTTP response: its `WWW-Authenticate` fields first, then its body. `status` 0 means that it is not known.
///
/// A field counts under 401 and 403, a body under 400, 401 and 403, and the answers of a batch under their own status.
#[must_use]
pub fn find_in_response(status: u16, www_authenticate: &[&str], body: &[u8]) -> Finding {
    search_response(status, www_authenticate, body).into_finding()
}

/// Searches any text: a header line, a body, an error, console output, base64, percent-encoding, JSON.
#[must_use]
pub fn find_in_text(text: &str) -> Finding {
    search_text(text).into_finding()
}

/// The claims request that a text is or carries: the one to answer, where there are several.
///
/// # Errors
/// `ChallengeMalformed` for one that must not be forwarded, `ChallengeNotFound` if there is none.
pub fn find_request(text: &str) -> Result<ClaimsRequest> {
    let challenge = match find_in_text(text) {
        Finding::Found(challenges) => challenges.into_iter().next(),
        Finding::Rejected(error) => return Err(error),
        Finding::None => None,
    };
    challenge.map(|challenge| challenge.claims).ok_or_else(|| {
        Error::new(ErrorCode::ChallengeNotFound, "the claims hold no claims request")
            .hint("give the JSON or base64 of a claims request, or the text of an error that carries the challenge; in PowerShell, pipe the error itself into the command")
            .target("claims")
    })
}
