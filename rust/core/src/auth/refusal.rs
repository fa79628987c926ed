//! What to do about a refusal of the token service, and how to tell it.

use super::entra_codes::{self, Known, Remedy};
use super::response::{OAuthError, clean};
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, ServiceDetail};

/// What comes next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Next {
    /// The user signs in on the page; the refresh token stays good for everything else.
    AskUser,
    /// The refresh token is dead: drop it, then the user signs in.
    DropGrant,
    /// The same once more, after a while.
    Retry,
    /// The user has not typed the device code yet (RFC 8628 section 3.5).
    Pending,
    /// The same, and the question came too early.
    SlowDown,
    /// Nothing.
    Stop,
}

/// A request to the token service that brought no token.
#[derive(Debug)]
pub(super) struct Refusal {
    pub next: Next,
    /// Claims that the token service itself asks for; they go before those that it refused.
    pub claims: Option<ClaimsRequest>,
    pub error: Error,
}

impl Refusal {
    pub(super) fn stop(error: Error) -> Self {
        Self { next: Next::Stop, claims: None, error }
    }
}

/// What a request was about, for the words of its failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    pub client_id: &'a str,
    pub tenant: &'a str,
    pub account: Option<&'a str>,
    pub scopes: &'a [String],
}

/// Numbers by which Conditional Access and the policies beside it block.
const BLOCKS: &[u32] = &[50097, 50131, 53000, 53001, 53002, 53003, 53004, 530_032, 530_035];

/// Numbers of a refresh token that is good for nothing any more, where `suberror` does not say so.
const DEAD: &[u32] = &[50132, 50133, 50173, 70000, 70008, 70043, 700_082, 700_084];

/// Sorts a refusal. `error` and `suberror` decide; numbers only where these leave it open.
pub(super) fn sort(refusal: &OAuthError, about: About<'_>) -> Refusal {
    // Malformed claims are as good as none: the service can only be asked with the old ones.
    let claims = refusal.claims.as_deref().and_then(|text| ClaimsRequest::parse(text).ok());
    let error = describe(refusal, about, claims.as_ref());
    Refusal { next: next(refusal, claims.is_some()), claims, error }
}

fn next(refusal: &OAuthError, has_claims: bool) -> Next {
    let remedy = refusal.code().and_then(entra_codes::find).map(|known| known.remedy);
    if refusal.suberror == "message_only" {
        return Next::Stop;
    }
    if has_claims {
        return Next::AskUser;
    }
    match (refusal.error.as_str(), refusal.suberror.as_str()) {
        ("temporarily_unavailable" | "server_error", _) => Next::Retry,
        ("authorization_pending", _) => Next::Pending,
        ("slow_down", _) => Next::SlowDown,
        ("interaction_required" | "login_required" | "consent_required", _) => match remedy {
            Some(Remedy::Stop | Remedy::Configuration) => Next::Stop,
            _ => Next::AskUser,
        },
        ("invalid_grant", "bad_token" | "token_expired") => Next::DropGrant,
        ("invalid_grant", "basic_action" | "additional_action" | "consent_required" | "user_password_expired") => Next::AskUser,
        ("invalid_grant", _) if refusal.code().is_some_and(|code| DEAD.contains(&code)) => Next::DropGrant,
        ("invalid_grant", _) => match remedy {
            Some(Remedy::Stop | Remedy::Configuration | Remedy::Account | Remedy::Bug) => Next::Stop,
            _ => Next::AskUser,
        },
        _ => Next::Stop,
    }
}

fn code(refusal: &OAuthError) -> ErrorCode {
    let number = refusal.code();
    let remedy = number.and_then(entra_codes::find).map(|known| known.remedy);
    let blocked = number.is_some_and(|number| BLOCKS.contains(&number));
    match (refusal.error.as_str(), refusal.suberror.as_str()) {
        (_, "cancel") | ("authorization_declined", _) => ErrorCode::SignInCancelled,
        ("expired_token", _) => ErrorCode::SignInTimeout,
        ("consent_required", _) | (_, "consent_required") => ErrorCode::ConsentRequired,
        _ if blocked => ErrorCode::ConditionalAccessBlocked,
        _ if remedy == Some(Remedy::Consent) => ErrorCode::ConsentRequired,
        ("access_denied", _) => ErrorCode::ConsentDenied,
        _ if number == Some(65004) => ErrorCode::ConsentDenied,
        ("temporarily_unavailable" | "server_error", _) => ErrorCode::ServiceUnavailable,
        _ => ErrorCode::SignInFailed,
    }
}

fn describe(refusal: &OAuthError, about: About<'_>, claims: Option<&ClaimsRequest>) -> Error {
    let code = code(refusal);
    let known = refusal.code().and_then(entra_codes::find);
    let (message, hint) = match (code, known) {
        (ErrorCode::SignInCancelled, _) => {
            ("the sign-in was cancelled on its page".to_owned(), "run the command again and finish the sign-in".to_owned())
        }
        (ErrorCode::SignInTimeout, _) => {
            ("the code expired before it was used".to_owned(), "run the command again, and type the new code".to_owned())
        }
        (_, Some(known)) => (fill(known.message, about), fill(known.hint, about)),
        (ErrorCode::ConsentDenied, None) => (
            "the permissions were declined on the sign-in page".to_owned(),
            "start again and accept them, or ask an administrator to grant them".to_owned(),
        ),
        (ErrorCode::ConsentRequired, None) => (
            format!("the application `{}` lacks consent for a permission", about.client_id),
            fill("ask an administrator to grant `{scope}`: most permissions of PIM need admin consent", about),
        ),
        (ErrorCode::ServiceUnavailable, None) => {
            ("the token service is unavailable for a moment".to_owned(), "try again in a minute".to_owned())
        }
        _ => (
            format!("the token service refused the sign-in: `{}`", refusal.error),
            "look at the service's own message, and give its correlation id to your administrator".to_owned(),
        ),
    };
    let mut error = Error::new(code, message).hint(hint).target(target(known, about));
    error.retryable = code == ErrorCode::ServiceUnavailable;
    error.claims = claims.map(ClaimsRequest::canonical);
    error.service = Some(ServiceDetail {
        code: refusal.code().map_or_else(|| refusal.error.clone(), |code| format!("AADSTS{code}")),
        message: refusal.description.clone(),
    });
    error
}

/// What the sentence is about.
fn target<'a>(known: Option<&Known>, about: About<'a>) -> &'a str {
    match known.and_then(|known| known.message.split_once('{')) {
        Some((_, rest)) if rest.starts_with("tenant}") => about.tenant,
        Some((_, rest)) if rest.starts_with("account}") => about.account.unwrap_or(about.client_id),
        Some((_, rest)) if rest.starts_with("scope}") => about.scopes.first().map_or(about.client_id, String::as_str),
        _ => about.client_id,
    }
}

fn fill(text: &str, about: About<'_>) -> String {
    let scope = about.scopes.first().map_or("the permission", |scope| scope.as_str());
    clean(
        &text
            .replace("{client}", about.client_id)
            .replace("{tenant}", about.tenant)
            .replace("{account}", about.account.unwrap_or("that signed in"))
            .replace("{scope}", scope),
    )
}

#[cfg(test)]
mod tests {
    use super::super::response::parse_error;
    use super::*;

    const ABOUT: About<'_> = About { client_id: "client", tenant: "contoso.example", account: None, scopes: &[] };

    fn sorted(json: &str) -> Refusal {
        sort(&parse_error(json.as_bytes()).unwrap(), ABOUT)
    }

    #[test]
    fn the_next_step_follows_error_and_suberror_first() {
        for (json, expected) in [
            (r#"{"error":"interaction_required","error_description":"AADSTS50076: x"}"#, Next::AskUser),
            (r#"{"error":"invalid_grant","suberror":"basic_action","error_description":"AADSTS50076: x"}"#, Next::AskUser),
            (r#"{"error":"invalid_grant","error_description":"AADSTS50079: x"}"#, Next::AskUser),
            (r#"{"error":"invalid_grant","suberror":"consent_required","error_description":"AADSTS65001: x"}"#, Next::AskUser),
            (r#"{"error":"invalid_grant","suberror":"bad_token"}"#, Next::DropGrant),
            (r#"{"error":"invalid_grant","suberror":"token_expired","error_description":"AADSTS50076: x"}"#, Next::DropGrant),
            (r#"{"error":"invalid_grant","error_description":"AADSTS700082: x"}"#, Next::DropGrant),
            (r#"{"error":"invalid_grant","error_description":"AADSTS53003: x"}"#, Next::Stop),
            (r#"{"error":"invalid_grant","error_description":"AADSTS50057: x"}"#, Next::Stop),
            (r#"{"error":"invalid_grant","error_description":"new words"}"#, Next::AskUser),
            (r#"{"error":"unauthorized_client","error_description":"AADSTS700016: x"}"#, Next::Stop),
            (r#"{"error":"invalid_scope"}"#, Next::Stop),
            (r#"{"error":"temporarily_unavailable"}"#, Next::Retry),
            (r#"{"error":"something_new"}"#, Next::Stop),
        ] {
            assert_eq!(sorted(json).next, expected, "{json}");
        }
    }

    #[test]
    fn claims_allow_one_more_sign_in_unless_there_is_only_a_message_to_show() {
        let with = |suberror: &str| {
            format!(
                r#"{{"error":"invalid_grant","suberror":"{suberror}","error_description":"AADSTS53003: x","claims":"{{\"access_token\":{{\"polids\":{{\"values\":[\"p\"]}}}}}}"}}"#
            )
        };
        assert_eq!(sorted(&with("")).next, Next::AskUser);
        assert!(sorted(&with("")).claims.is_some());
        assert_eq!(sorted(&with("message_only")).next, Next::Stop);
        assert_eq!(sorted(r#"{"error":"invalid_grant","error_description":"AADSTS53003: x","claims":"nonsense"}"#).next, Next::Stop);
    }

    #[test]
    fn codes_and_words_for_the_user() {
        for (json, expected) in [
            (r#"{"error":"invalid_grant","error_description":"AADSTS53003: x"}"#, ErrorCode::ConditionalAccessBlocked),
            (r#"{"error":"access_denied","error_description":"AADSTS53000: x"}"#, ErrorCode::ConditionalAccessBlocked),
            (r#"{"error":"invalid_grant","error_description":"AADSTS65001: x"}"#, ErrorCode::ConsentRequired),
            (r#"{"error":"consent_required"}"#, ErrorCode::ConsentRequired),
            (r#"{"error":"access_denied","error_description":"AADSTS65004: x"}"#, ErrorCode::ConsentDenied),
            (r#"{"error":"access_denied"}"#, ErrorCode::ConsentDenied),
            (r#"{"error":"access_denied","suberror":"cancel"}"#, ErrorCode::SignInCancelled),
            (r#"{"error":"invalid_client","error_description":"AADSTS7000218: x"}"#, ErrorCode::SignInFailed),
            (r#"{"error":"server_error"}"#, ErrorCode::ServiceUnavailable),
        ] {
            let error = sorted(json).error;
            assert_eq!(error.code, expected, "{json}");
            assert!(error.hint.is_some(), "{json}");
            assert!(error.service.is_some(), "{json}");
        }
    }

    #[test]
    fn places_in_the_words_are_filled() {
        let error = sorted(r#"{"error":"unauthorized_client","error_description":"AADSTS700016: x"}"#).error;
        assert_eq!(error.message, "the application `client` does not exist in tenant `contoso.example`");
        assert_eq!(error.service.unwrap().code, "AADSTS700016");
    }
}
