//! Why an order is refused, with the services' own codes and words.

use std::fmt::Write;

/// A reason for refusing an order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// The principal is somebody else.
    NotYourself,
    /// Rules of the policy that are not met, by the names that PIM uses.
    Policy(Vec<&'static str>),
    /// The token lacks this authentication context, or was issued to a client that doesn't declare that it handles challenges.
    Context(String),
    /// The role is active already.
    Exists,
    /// The role isn't active.
    DoesNotExist,
    /// An earlier request is undecided.
    Pending,
    /// Less than five minutes.
    TooShort,
    /// No such role.
    UnknownRole,
    /// No such user or group.
    UnknownPrincipal,
    /// The eligibility that the order refers to doesn't exist or doesn't fit.
    UnknownEligibility,
    /// No such scope, or one that such a role can't have.
    InvalidScope,
    /// The order makes no sense otherwise.
    Invalid,
    /// The emulator can't do this.
    NotEmulated(&'static str),
}

impl Refusal {
    /// HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::NotYourself => 403,
            Self::NotEmulated(_) => 501,
            _ => 400,
        }
    }

    /// The error's code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotYourself => "UnauthorizedAccessException",
            Self::Policy(_) => "RoleAssignmentRequestPolicyValidationFailed",
            Self::Context(_) => "RoleAssignmentRequestAcrsValidationFailed",
            Self::Exists => "RoleAssignmentExists",
            Self::DoesNotExist => "RoleAssignmentDoesNotExist",
            Self::Pending => "PendingRoleAssignmentRequest",
            Self::TooShort => "ActiveDurationTooShort",
            Self::UnknownRole => "RoleDefinitionDoesNotExist",
            Self::UnknownPrincipal => "SubjectNotFound",
            Self::UnknownEligibility => "LinkedRoleEligibilityScheduleNotFound",
            Self::InvalidScope => "InvalidScope",
            Self::Invalid => "InvalidRoleAssignmentRequest",
            Self::NotEmulated(_) => "NotEmulated",
        }
    }

    /// The error's message.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::NotYourself => "Attempted to perform an unauthorized operation.".to_owned(),
            Self::Policy(rules) => policy_message(rules),
            Self::Context(context) => format!("&claims={}", percent_encoded(&claims(context))),
            Self::Exists => "The Role assignment already exists.".to_owned(),
            Self::DoesNotExist => "The Role assignment does not exist.".to_owned(),
            Self::Pending => "There is already an existing pending Role assignment request.".to_owned(),
            Self::TooShort => "The Active duration is too short. Miniumum Required is 5 minutes.".to_owned(),
            Self::UnknownPrincipal => "The subject is not found.".to_owned(),
            Self::UnknownRole => "The specified role definition does not exist.".to_owned(),
            Self::UnknownEligibility => "The linked role eligibility schedule was not found.".to_owned(),
            Self::InvalidScope => "The scope is invalid.".to_owned(),
            Self::Invalid => "The role assignment request is invalid.".to_owned(),
            Self::NotEmulated(what) => format!("The emulator does not serve {what}."),
        }
    }
}

/// The multi-factor rule alone has its own wording; all others come as a list.
fn policy_message(rules: &[&str]) -> String {
    if rules == ["MfaRule"] {
        return "The following policy rules failed: MfaRule - Multi-factor authentication is required".to_owned();
    }
    let names: Vec<_> = rules.iter().map(|rule| format!("\"{rule}\"")).collect();
    format!("The following policy rules failed: [{}]", names.join(","))
}

/// The claims request for one authentication context, with the blank after the comma that the services write.
#[must_use]
pub fn claims(context: &str) -> String {
    format!(r#"{{"access_token":{{"acrs":{{"essential":true, "value":"{context}"}}}}}}"#)
}

/// Everything but letters, digits and `-._~` percent-encoded with upper case digits, as in the message of PIM.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_published_one() {
        let published = "&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22c1%22%7D%7D%7D";
        assert_eq!(Refusal::Context("c1".to_owned()).message(), published);
    }

    #[test]
    fn failed_rules_are_listed() {
        let listed = Refusal::Policy(vec!["ExpirationRule", "JustificationRule"]).message();
        assert_eq!(listed, r#"The following policy rules failed: ["ExpirationRule","JustificationRule"]"#);
        assert!(Refusal::Policy(vec!["MfaRule"]).message().ends_with("MfaRule - Multi-factor authentication is required"));
    }
}
