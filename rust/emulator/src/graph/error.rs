//! Errors in the form of Microsoft Graph.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::exchange::{Answer, Exchange};
use crate::pim::refusal::{Refusal, claims};
use crate::scenario::pim::{Behaviour, ChallengeIn};

/// Application id of Microsoft Graph.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// The request is wrong in a way that the emulator sees before PIM does.
pub(super) fn bad_request(message: impl Into<String>) -> Answer {
    let message = message.into();
    Answer::error(400, "BadRequest", &message).violating(message)
}

/// No such object.
pub(super) fn not_found(path: &str) -> Answer {
    Answer::error(404, "ResourceNotFound", &format!("The resource '{path}' was not found."))
}

/// The token's permissions suffice, and the user's own rights don't.
pub(super) fn not_authorized() -> Answer {
    Answer::error(403, "UnauthorizedAccessException", "Attempted to perform an unauthorized operation.")
}

/// The token lacks all of these permissions. PIM and the rest of Microsoft Graph say it differently.
pub(super) fn missing_permission(path: &str, accepted: &[String]) -> Answer {
    let path = path.to_ascii_lowercase();
    if path.contains("schedule") || path.starts_with("/policies") {
        let message = format!("Authorization failed due to missing permission scope {}.", accepted.join(","));
        return Answer::error(403, "PermissionScopeNotGranted", &message);
    }
    Answer::error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

/// An order that PIM refuses.
pub(super) fn refused(refusal: &Refusal, exchange: &Exchange<'_>, behaviour: &Behaviour) -> Answer {
    let mut answer = match refusal {
        Refusal::Context(context) if behaviour.challenge_in == ChallengeIn::Header => in_header(context, exchange.login),
        _ if behaviour.wrap_errors => {
            let inner = json!({ "errorCode": refusal.code(), "message": refusal.message() });
            Answer::error(refusal.status(), "UnknownError", &inner.to_string())
        }
        _ => Answer::error(refusal.status(), refusal.code(), &refusal.message()),
    };
    answer.challenge = matches!(refusal, Refusal::Context(_));
    if let Refusal::NotEmulated(what) = refusal {
        answer.violation = Some(format!("the emulator does not serve {what}"));
    }
    answer
}

fn in_header(context: &str, login: &str) -> Answer {
    let mut answer =
        Answer::error(401, "InvalidAuthenticationToken", "The presented token does not satisfy the required authentication context.");
    let challenge = format!(
        "Bearer realm=\"\", authorization_uri=\"{login}/common/oauth2/authorize\", client_id=\"{GRAPH}\", error=\"insufficient_claims\", \
         claims=\"{}\", cc_type=\"authcontext\"",
        STANDARD.encode(claims(context))
    );
    answer.headers.push(("www-authenticate", challenge));
    answer
}

/// Puts the date and the ids into an error, as Microsoft Graph does with each.
pub(super) fn with_inner_error(body: &mut Value, exchange: &Exchange<'_>, request_id: &str, client_request_id: &str) {
    if let Some(error) = body.get_mut("error").and_then(Value::as_object_mut) {
        let date = exchange.now.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let inner = json!({ "date": date, "request-id": request_id, "client-request-id": client_request_id });
        error.insert("innerError".to_owned(), inner);
    }
}
