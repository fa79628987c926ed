//! What went wrong, in a form that a program can branch on and a person can act on.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result of everything fallible in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of a failure, named as PowerShell's `ErrorCategory` names it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum Category {
    /// Sign-in failed or the signed-in identity is not the expected one.
    AuthenticationError,
    /// The caller's input is wrong.
    InvalidArgument,
    /// The service sent something that is not what its contract says.
    InvalidData,
    /// The request is fine in itself, the state of the target does not allow it.
    InvalidOperation,
    /// What was named does not exist.
    ObjectNotFound,
    /// Time ran out.
    OperationTimeout,
    /// The caller cancelled.
    OperationStopped,
    /// The service refuses the caller.
    PermissionDenied,
    /// The name, host or address could not be reached.
    ConnectionError,
    /// The service asks for fewer requests.
    LimitsExceeded,
    /// The service failed.
    ResourceUnavailable,
    /// TLS or another security measure failed.
    SecurityError,
    /// A fault of this library.
    NotSpecified,
}

macro_rules! error_codes {
    ($($variant:ident = $text:literal, $category:ident, $doc:literal;)+) => {
        /// A stable name of a failure. PowerShell shows it as the `ErrorId`.
        #[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
        pub enum ErrorCode {
            $(#[doc = $doc] #[serde(rename = $text)] $variant,)+
        }

        impl ErrorCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name that callers branch on.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The category that belongs to the code.
            #[must_use]
            pub fn category(self) -> Category {
                match self { $(Self::$variant => Category::$category,)+ }
            }

            /// One sentence that says what the code means.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc,)+ }
            }
        }
    };
}

error_codes! {
    InvalidConfiguration = "InvalidConfiguration", InvalidArgument, "The session's configuration is not usable.";
    InvalidRequest = "InvalidRequest", InvalidArgument, "The request of an operation is malformed or has an unknown field.";
    UnknownOperation = "UnknownOperation", InvalidArgument, "No operation has this name.";
    ChallengeMalformed = "ChallengeMalformed", InvalidData, "Something looks like a claims challenge but must not be forwarded.";
    ChallengeNotFound = "ChallengeNotFound", InvalidArgument, "The input holds no claims challenge.";
    ChallengeUnsatisfied = "ChallengeUnsatisfied", AuthenticationError, "The service still refuses after the sign-in that it asked for.";
    BrowserUnavailable = "BrowserUnavailable", ResourceUnavailable, "No browser could be opened for the sign-in.";
    SignInTimeout = "SignInTimeout", OperationTimeout, "Nobody finished the sign-in in time.";
    SignInCancelled = "SignInCancelled", OperationStopped, "The sign-in page was closed or cancelled.";
    SignInFailed = "SignInFailed", AuthenticationError, "The token service refused the sign-in.";
    SignInStateMismatch = "SignInStateMismatch", SecurityError, "The answer of the browser does not belong to this sign-in.";
    SignInRequired = "SignInRequired", AuthenticationError, "There is no session and the host cannot show a sign-in.";
    CredentialUnsuited = "CredentialUnsuited", AuthenticationError, "The session's credential cannot do what was asked; another one could.";
    ConsentDenied = "ConsentDenied", PermissionDenied, "The user declined the permissions.";
    ConsentRequired = "ConsentRequired", PermissionDenied, "The application lacks consent for a permission.";
    ConditionalAccessBlocked = "ConditionalAccessBlocked", PermissionDenied, "A Conditional Access policy blocks the token.";
    AccountMismatch = "AccountMismatch", SecurityError, "Another account than the expected one signed in.";
    TenantMismatch = "TenantMismatch", SecurityError, "The token belongs to another tenant than the expected one.";
    HostNotAllowed = "HostNotAllowed", SecurityError, "A token would go to a host outside the session's cloud.";
    RoleNotEligible = "RoleNotEligible", ObjectNotFound, "The user is not eligible for the named role.";
    RoleAmbiguous = "RoleAmbiguous", InvalidArgument, "The name fits several roles or scopes.";
    RoleNotFound = "RoleNotFound", ObjectNotFound, "No role has the name or id.";
    ScopeNotFound = "ScopeNotFound", ObjectNotFound, "No subscription, management group, resource group or resource has the id, or the user may not see it.";
    GroupNotFound = "GroupNotFound", ObjectNotFound, "No group has the id, or the user may not see it.";
    PrincipalNotFound = "PrincipalNotFound", ObjectNotFound, "No user, group or service principal of the tenant has the id.";
    PolicyNotFound = "PolicyNotFound", ObjectNotFound, "The role has no policy at the scope.";
    PolicyContradiction = "PolicyContradiction", InvalidArgument, "The wanted policy contradicts itself or what stays of the present one.";
    DurationTooLong = "DurationTooLong", InvalidArgument, "The duration is above the maximum of the role's policy.";
    DurationInvalid = "DurationInvalid", InvalidArgument, "The duration is not a positive ISO 8601 duration of at least five minutes.";
    JustificationRequired = "JustificationRequired", InvalidArgument, "The role's policy demands a justification.";
    TicketRequired = "TicketRequired", InvalidArgument, "The role's policy demands ticket information.";
    MfaRequired = "MfaRequired", AuthenticationError, "The role's policy demands multi-factor authentication.";
    PolicyViolation = "PolicyViolation", InvalidOperation, "The service refused the request by a policy rule.";
    RoleAssignmentExists = "RoleAssignmentExists", InvalidOperation, "The role is active already.";
    PendingRequestExists = "PendingRequestExists", InvalidOperation, "An earlier request for the role is undecided, or begins later.";
    ActivationFailed = "ActivationFailed", InvalidOperation, "The service ended the request without activating the role.";
    ActivationTimeout = "ActivationTimeout", OperationTimeout, "The request was accepted but was not provisioned in time.";
    AccessDenied = "AccessDenied", PermissionDenied, "The service answered 403.";
    Unauthorized = "Unauthorized", AuthenticationError, "The service answered 401 without a claims challenge.";
    NotFound = "NotFound", ObjectNotFound, "The service answered 404.";
    Conflict = "Conflict", InvalidOperation, "The service answered 409.";
    BadRequest = "BadRequest", InvalidOperation, "The service refused the request as wrong.";
    Throttled = "Throttled", LimitsExceeded, "The service asked for fewer requests for longer than the budget allows.";
    ServiceUnavailable = "ServiceUnavailable", ResourceUnavailable, "The service answered with a server error.";
    UnexpectedResponse = "UnexpectedResponse", InvalidData, "The answer is not what the service's contract says.";
    PageLoop = "PageLoop", InvalidData, "A list's next link points at a page that was already read.";
    ConnectionFailed = "ConnectionFailed", ConnectionError, "The connection could not be made or was cut.";
    NameNotResolved = "NameNotResolved", ConnectionError, "The host's name could not be resolved.";
    TlsFailed = "TlsFailed", SecurityError, "The server's certificate is not trusted or TLS failed.";
    ConnectTimeout = "ConnectTimeout", OperationTimeout, "No connection stood in time.";
    RequestTimeout = "RequestTimeout", OperationTimeout, "The service did not answer in time.";
    ProgramTimeout = "ProgramTimeout", OperationTimeout, "The Azure CLI or the Azure Developer CLI did not give a token in time.";
    ProxyAuthenticationRequired = "ProxyAuthenticationRequired", AuthenticationError, "The proxy wants a user name and a password, or others than it was given.";
    ProxyRefused = "ProxyRefused", ConnectionError, "The proxy refuses to connect to the service.";
    CaptivePortal = "CaptivePortal", ConnectionError, "A captive portal or a proxy seems to answer in the service's place.";
    Cancelled = "Cancelled", OperationStopped, "The caller cancelled the call.";
    Internal = "Internal", NotSpecified, "A fault of this library.";
}

/// What is known of the HTTP exchange that failed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpDetail {
    /// HTTP status code.
    pub status: u16,
    /// `request-id` (Graph) or `x-ms-request-id` (ARM) of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// `client-request-id` or `x-ms-correlation-request-id` of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The request's method.
    pub method: String,
    /// The request's address without query.
    pub url: String,
}

/// The service's own error code and words.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ServiceDetail {
    /// For example `RoleAssignmentRequestPolicyValidationFailed` or `AADSTS50076`.
    pub code: String,
    /// The service's message, shortened to 2,000 characters.
    pub message: String,
}

/// How far a write had come when its call ended early.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct WriteDetail {
    /// What the write was about, in words.
    pub target: String,
    /// `notSent`, `sent` (no answer seen: the service may have acted) or `answered`.
    pub state: String,
}

/// A failure. Serialised as it is, it is the `error` member of a `failed` event.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Error {
    /// Stable name of the failure.
    pub code: ErrorCode,
    /// Its category, as PowerShell names it.
    pub category: Category,
    /// What was tried and what went wrong. Never holds a secret.
    pub message: String,
    /// One action that helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What the failure is about: a role, a host, a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The HTTP exchange, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpDetail>,
    /// The service's own words, where there were some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceDetail>,
    /// Whether the same call may succeed later without a change.
    pub retryable: bool,
    /// The claims request that stays unsatisfied, as canonical JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<String>,
    /// Writes that had begun, when the call ended before its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<WriteDetail>,
    /// The messages of the failures below this one, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
}

impl Error {
    /// A failure with its code and sentence; the category follows from the code.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            category: code.category(),
            message: message.into(),
            hint: None,
            target: None,
            http: None,
            service: None,
            retryable: false,
            claims: None,
            writes: Vec::new(),
            causes: Vec::new(),
        }
    }

    /// Adds the action that helps.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what the failure is about.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Keeps a cause and the causes below it.
    #[must_use]
    pub fn cause(mut self, cause: &dyn std::error::Error) -> Self {
        let mut next = Some(cause);
        while let Some(error) = next {
            self.causes.push(error.to_string());
            next = error.source();
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
