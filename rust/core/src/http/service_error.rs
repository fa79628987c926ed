//! What a service's refusal means.

use http::{HeaderMap, StatusCode};
use url::Url;

use super::envelope::{Envelope, shown};
use crate::error::{Error, ErrorCode, HttpDetail, ServiceDetail};
use crate::transport::{is_page, stranger};

/// Codes of Graph and ARM whose meaning is known: our code, a sentence, one action that helps.
/// Sources: error samples of the PIM APIs in Microsoft's documentation and public issues of their clients.
const KNOWN: &[(&str, ErrorCode, &str, &str)] = &[
    ("RoleAssignmentExists", ErrorCode::RoleAssignmentExists, "the role is active already", JUST_ENDED),
    ("RoleAssignmentScheduleExists", ErrorCode::RoleAssignmentExists, "the role is active already", JUST_ENDED),
    (
        "PendingRoleAssignmentRequest",
        ErrorCode::PendingRequestExists,
        "an earlier request for the role is undecided, or begins later",
        PENDING,
    ),
    (
        "RoleAssignmentRequestExists",
        ErrorCode::PendingRequestExists,
        "an earlier request for the role is undecided, or begins later",
        PENDING,
    ),
    (
        "RoleAssignmentScheduleRequestExists",
        ErrorCode::PendingRequestExists,
        "an earlier request for the role is undecided, or begins later",
        PENDING,
    ),
    (
        "RoleAssignmentDoesNotExist",
        ErrorCode::NotFound,
        "the role is not active",
        "list the active roles; an activation shows after some minutes",
    ),
    (
        "ActiveDurationTooShort",
        ErrorCode::PolicyViolation,
        "the role has been active for less than five minutes",
        "wait until five minutes have passed",
    ),
    (
        "InvalidRoleAssignmentRequest",
        ErrorCode::BadRequest,
        "the service calls the request invalid",
        "check the start time, the duration and the length of the justification",
    ),
    (
        "InvalidRoleAssignmentRequestSchedule",
        ErrorCode::BadRequest,
        "the service calls the schedule invalid",
        "check the start time, the duration and the length of the justification",
    ),
    ("InvalidScope", ErrorCode::BadRequest, "the service does not know the scope", STALE),
    ("RoleDefinitionDoesNotExist", ErrorCode::NotFound, "the role definition does not exist", STALE),
    ("LinkedRoleEligibilityScheduleNotFound", ErrorCode::RoleNotEligible, "the eligibility does not exist any more", STALE),
    ("RoleEligibilityDoesNotExist", ErrorCode::RoleNotEligible, "the eligibility does not exist any more", STALE),
    ("SubjectNotFound", ErrorCode::PrincipalNotFound, "the service does not know the user, group or service principal", NEW_PRINCIPAL),
    ("PrincipalNotFound", ErrorCode::PrincipalNotFound, "the service does not know the user, group or service principal", NEW_PRINCIPAL),
    ("ResourceIsLocked", ErrorCode::Conflict, "the resource is locked", "try again when the lock is gone"),
    (
        "AadPremiumLicenseRequired",
        ErrorCode::AccessDenied,
        "the tenant has no licence for Privileged Identity Management",
        "a Microsoft Entra ID P2 or Governance licence is needed",
    ),
    ("PermissionScopeNotGranted", ErrorCode::ConsentRequired, "the application lacks a permission", CONSENT),
    ("Authorization_RequestDenied", ErrorCode::AccessDenied, "the user or the application may not do this", CONSENT),
    ("UnauthorizedAccessException", ErrorCode::AccessDenied, "the user may not do this", RIGHTS),
    ("AuthorizationFailed", ErrorCode::AccessDenied, "the user has no right at this scope", RIGHTS),
    ("InsufficientPermissions", ErrorCode::AccessDenied, "the user may not see this list", RIGHTS),
    (
        "RequestDisallowedByAzure",
        ErrorCode::AccessDenied,
        "Azure disallows the request",
        "the tenant or the region restricts it: ask an administrator",
    ),
    (
        "SubscriptionNotFound",
        ErrorCode::NotFound,
        "the subscription does not exist in this tenant",
        "check the subscription's id and the tenant",
    ),
    ("ResourceGroupNotFound", ErrorCode::NotFound, "the resource group does not exist", "check the resource group's name"),
    ("ManagementGroupNotFound", ErrorCode::NotFound, "the management group does not exist", "check the management group's id"),
    ("InvalidAuthenticationToken", ErrorCode::Unauthorized, "the service does not take the token", SIGN_IN),
    ("ExpiredAuthenticationToken", ErrorCode::Unauthorized, "the token has expired", SIGN_IN),
    ("AuthenticationFailed", ErrorCode::Unauthorized, "the service does not take the token", SIGN_IN),
];

/// Codes that come with 403 and are no matter of rights.
const OTHER_REFUSALS: [&str; 2] = ["AadPremiumLicenseRequired", "RequestDisallowedByAzure"];

const JUST_ENDED: &str = "nothing is to be done; after a deactivation the service may say so for two minutes";
const PENDING: &str = "wait for its approval or its start, or cancel it";
const STALE: &str = "list the eligible roles again";
const RIGHTS: &str = "check the permissions of the user and of the application";
const NEW_PRINCIPAL: &str = "check the object id; what was made a moment ago may need a minute to be known everywhere";
const CONSENT: &str = "ask an administrator to consent to the permission, or configure another client id";
const SIGN_IN: &str = "sign in again";
const PAGE: &str = "the answer is a web page: check whether a proxy, a firewall or a captive portal answers in the service's place";

/// Rules of PIM that an activation can break. Their names stand in the message alone.
const RULES: &[(&str, ErrorCode, &str, &str)] = &[
    ("EligibilityRule", ErrorCode::RoleNotEligible, "the user is not eligible at this scope", STALE),
    ("ExpirationRule", ErrorCode::DurationTooLong, "the duration is above the policy's maximum", "ask for a shorter duration"),
    ("JustificationRule", ErrorCode::JustificationRequired, "the policy demands a justification", "give a justification"),
    ("TicketingRule", ErrorCode::TicketRequired, "the policy demands ticket information", "give a ticket number and system"),
    ("MfaRule", ErrorCode::MfaRequired, "the policy demands multi-factor authentication", "sign in again with multi-factor authentication"),
    ("AuthenticationContextRule", ErrorCode::ChallengeUnsatisfied, "the policy demands an authentication context", SIGN_IN),
    ("AcrsRule", ErrorCode::ChallengeUnsatisfied, "the policy demands an authentication context", SIGN_IN),
];

/// The exchange that was refused.
pub(super) struct Refusal<'a> {
    pub status: StatusCode,
    pub headers: &'a HeaderMap,
    pub http: HttpDetail,
    pub body: &'a [u8],
}

impl Refusal<'_> {
    /// Status first, then the body: an unreadable body does not hide the status.
    pub(super) fn into_error(self) -> Error {
        let by_status = by_status(self.status);
        let host_and_status = format!("`{}` answered {}", host(&self.http.url), self.status.as_u16());
        if let Some(error) =
            Url::parse(&self.http.url).ok().and_then(|url| stranger(self.status, self.headers, self.body, &self.http.method, &url))
        {
            return finish(error, self.status, self.http);
        }
        let Some(envelope) = serde_json::from_slice(self.body).ok().as_ref().and_then(Envelope::read) else {
            let mut error = Error::new(by_status, format!("{host_and_status}{}", reason(self.status)));
            if is_page(self.headers, self.body) {
                error = error.hint(PAGE);
            }
            if !self.body.is_empty() {
                error.causes.push(format!("the answer is no error as the service documents it: `{}`", excerpt(self.body)));
            }
            return finish(error, self.status, self.http);
        };
        let mut http = self.http;
        http.request_id = http.request_id.or(envelope.request_id.clone());
        let rules = failed_rules(&envelope.message);
        let error = if let [only] = rules.as_slice() {
            known_rule(only).map_or_else(
                || Error::new(ErrorCode::PolicyViolation, format!("the service refused by the policy's `{only}`")),
                |(code, sentence, hint)| Error::new(code, sentence).hint(hint),
            )
        } else if !rules.is_empty() {
            let sentences: Vec<_> = rules.iter().map(|rule| known_rule(rule).map_or(rule.as_str(), |(_, sentence, _)| sentence)).collect();
            let hints: Vec<_> = rules.iter().filter_map(|rule| known_rule(rule)).map(|(_, _, hint)| hint).collect();
            let error = Error::new(ErrorCode::PolicyViolation, sentences.join("; "));
            if hints.is_empty() { error } else { error.hint(hints.join("; ")) }
        } else if says_it_exists(&envelope) {
            Error::new(ErrorCode::RoleAssignmentExists, "the role is active already").hint(JUST_ENDED)
        } else if let Some((_, code, sentence, hint)) = KNOWN.iter().find(|(name, ..)| has_code(&envelope.code, name)) {
            Error::new(*code, *sentence).hint(*hint)
        } else {
            let code = if envelope.code.is_empty() { String::new() } else { format!(" `{}`", envelope.code) };
            let words = if envelope.message.is_empty() { String::new() } else { format!(": {}", shown(&envelope.message, 300)) };
            Error::new(by_status, format!("{host_and_status}{code}{words}"))
        };
        let mut error = finish(error, self.status, http);
        error.service = Some(ServiceDetail { code: envelope.code, message: envelope.message });
        error
    }
}

fn finish(mut error: Error, status: StatusCode, http: HttpDetail) -> Error {
    error.retryable = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT;
    if error.hint.is_none() {
        error.hint = hint_by_status(status).map(str::to_owned);
    }
    error.http = Some(http);
    error
}

fn by_status(status: StatusCode) -> ErrorCode {
    match status.as_u16() {
        401 => ErrorCode::Unauthorized,
        403 => ErrorCode::AccessDenied,
        404 | 410 => ErrorCode::NotFound,
        408 => ErrorCode::RequestTimeout,
        409 | 412 => ErrorCode::Conflict,
        429 => ErrorCode::Throttled,
        400..=499 => ErrorCode::BadRequest,
        500..=599 => ErrorCode::ServiceUnavailable,
        _ => ErrorCode::UnexpectedResponse,
    }
}

fn hint_by_status(status: StatusCode) -> Option<&'static str> {
    match status.as_u16() {
        401 => Some(SIGN_IN),
        403 => Some(RIGHTS),
        404 => Some("check the address and the ids in it"),
        409 => Some("read the object again, then decide"),
        429 => Some("try again later"),
        400..=499 => Some("change the request as the service's words say"),
        500..=599 => Some("try again later; if it stays so, report the request id to Microsoft"),
        _ => None,
    }
}

fn reason(status: StatusCode) -> String {
    status.canonical_reason().map_or_else(String::new, |reason| format!(" ({reason})"))
}

fn host(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or(url)
}

/// ARM appends details to some codes: `InvalidAuthenticationTokenTenant`, `InvalidAuthenticationToken(…)`.
fn has_code(code: &str, name: &str) -> bool {
    code.split('(').next().is_some_and(|code| code.eq_ignore_ascii_case(name))
}

/// Some tenants get `BadRequest` for a role that is active: only the words tell.
fn says_it_exists(envelope: &Envelope) -> bool {
    has_code(&envelope.code, "BadRequest") && envelope.message.to_ascii_lowercase().contains("role assignment already exists")
}

fn known_rule(rule: &str) -> Option<(ErrorCode, &'static str, &'static str)> {
    RULES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(rule)).map(|(_, code, sentence, hint)| (*code, *sentence, *hint))
}

/// The rules named by `The following policy rules failed: ["ExpirationRule","JustificationRule"]` or `…: MfaRule - words`.
fn failed_rules(message: &str) -> Vec<String> {
    let Some((_, list)) = message.split_once("policy rules failed") else { return Vec::new() };
    let mut rules: Vec<String> = Vec::new();
    for word in list.split(|c: char| !c.is_ascii_alphanumeric()) {
        if word.len() > 4 && word.ends_with("Rule") && !rules.iter().any(|rule| rule == word) {
            rules.push(word.to_owned());
        }
    }
    rules
}

/// Whether the service refused because the token proves no multi-factor authentication. Such a refusal carries no claims.
#[must_use]
pub fn is_mfa_refusal(error: &Error) -> bool {
    error.service.as_ref().is_some_and(|service| failed_rules(&service.message).iter().any(|rule| rule.eq_ignore_ascii_case("MfaRule")))
}

/// Whether the service refused for want of a right of the user or of the application.
#[must_use]
pub fn is_about_rights(error: &Error) -> bool {
    let other = |code: &str| OTHER_REFUSALS.iter().any(|known| code.eq_ignore_ascii_case(known));
    matches!(error.code, ErrorCode::AccessDenied | ErrorCode::ConsentRequired)
        && error.http.is_some()
        && !error.service.as_ref().is_some_and(|service| other(&service.code))
}

/// The first part of a body that is not what was expected, fit to be shown.
#[must_use]
pub fn excerpt(body: &[u8]) -> String {
    shown(&String::from_utf8_lossy(&body[..body.len().min(1024)]), 200)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn refuse(status: u16, body: &str) -> Error {
        let http =
            HttpDetail { status, method: "POST".to_owned(), url: "https://graph.example/v1.0/x".to_owned(), ..HttpDetail::default() };
        Refusal { status: StatusCode::from_u16(status).unwrap(), headers: &HeaderMap::new(), http, body: body.as_bytes() }.into_error()
    }

    fn envelope(code: &str, message: &str) -> String {
        json!({"error": {"code": code, "message": message}}).to_string()
    }

    #[test]
    fn every_status_has_its_code_whatever_the_body_is() {
        for (status, code) in [
            (400, ErrorCode::BadRequest),
            (401, ErrorCode::Unauthorized),
            (403, ErrorCode::AccessDenied),
            (404, ErrorCode::NotFound),
            (409, ErrorCode::Conflict),
            (418, ErrorCode::BadRequest),
            (429, ErrorCode::Throttled),
            (500, ErrorCode::ServiceUnavailable),
            (503, ErrorCode::ServiceUnavailable),
            (302, ErrorCode::UnexpectedResponse),
        ] {
            for body in ["", "<html>Bad\u{0} gateway</html>", "{", "[]", &envelope("Strange", "words")] {
                assert_eq!(refuse(status, body).code, code, "{status} {body}");
            }
        }
        let error = refuse(502, "<html>\u{1b}[2J Bad gateway</html>");
        assert_eq!(error.causes, ["the answer is no error as the service documents it: `<html> [2J Bad gateway</html>`"]);
        assert!(error.retryable);
    }

    #[test]
    fn rules_are_read_from_both_spellings() {
        let said =
            |rules: &str| envelope("RoleAssignmentRequestPolicyValidationFailed", &format!("The following policy rules failed: {rules}"));
        assert_eq!(refuse(400, &said("[\"ExpirationRule\"]")).code, ErrorCode::DurationTooLong);
        assert_eq!(refuse(400, &said("[\"TicketingRule\"]")).code, ErrorCode::TicketRequired);
        assert_eq!(refuse(400, &said("[\"EligibilityRule\"]")).code, ErrorCode::RoleNotEligible);
        assert_eq!(refuse(400, &said("[\"NewRule\"]")).code, ErrorCode::PolicyViolation);
        let mfa = refuse(400, &said("MfaRule - Multi-factor authentication is required"));
        assert_eq!(mfa.code, ErrorCode::MfaRequired);
        assert!(is_mfa_refusal(&mfa));
        let both = refuse(400, &said("[\"ExpirationRule\",\"JustificationRule\"]"));
        assert_eq!(both.code, ErrorCode::PolicyViolation);
        assert_eq!(both.message, "the duration is above the policy's maximum; the policy demands a justification");
        assert!(!is_mfa_refusal(&both));
    }

    #[test]
    fn known_codes_get_their_meaning_and_keep_the_services_words() {
        let error = refuse(400, &envelope("RoleAssignmentExists", "The Role assignment already exists."));
        assert_eq!(error.code, ErrorCode::RoleAssignmentExists);
        assert_eq!(error.service.unwrap().code, "RoleAssignmentExists");
        assert_eq!(
            refuse(400, &envelope("BadRequest", "The Role assignment already exists at scope /x")).code,
            ErrorCode::RoleAssignmentExists
        );
        assert_eq!(refuse(400, &envelope("BadRequest", "Something else")).code, ErrorCode::BadRequest);
        assert_eq!(refuse(400, &envelope("RoleAssignmentScheduleRequestExists", "")).code, ErrorCode::PendingRequestExists);
        assert_eq!(refuse(401, &envelope("InvalidAuthenticationToken(1)", "")).code, ErrorCode::Unauthorized);
        let nameless = refuse(403, &envelope("", "Valid permissions not present."));
        assert_eq!(
            (nameless.code, nameless.message.as_str()),
            (ErrorCode::AccessDenied, "`graph.example` answered 403: Valid permissions not present.")
        );
    }

    #[test]
    fn no_known_code_stands_twice() {
        for (index, (name, ..)) in KNOWN.iter().enumerate() {
            assert!(!KNOWN[index + 1..].iter().any(|(other, ..)| other.eq_ignore_ascii_case(name)), "{name}");
        }
    }

    #[test]
    fn a_hostile_message_stays_bounded() {
        let error = refuse(400, &envelope("Strange", &"x\r\n".repeat(100_000)));
        assert!(error.message.chars().count() < 400);
        assert!(error.service.unwrap().message.chars().count() <= 2001);
        assert_eq!(serde_json::from_str::<Value>(&envelope("a", "b")).unwrap()["error"]["code"], "a");
    }
}
