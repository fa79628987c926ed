//! What a running call tells its host.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::auth::HostProvider;
use crate::error::Error;

/// One event of a call. A call yields any number of events and then exactly one `done` or `failed`.
///
/// Hosts ignore events and fields that they do not know.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "event")]
pub enum Event {
    /// A line for users who want to follow what happens.
    Verbose {
        /// The line.
        message: String,
    },
    /// A line for those who look for a fault.
    Debug {
        /// The line.
        message: String,
    },
    /// Something that the user should know although the call goes on.
    Warning {
        /// Stable name of the warning, for example `DurationClamped`.
        code: String,
        /// The sentence.
        message: String,
    },
    /// How far an activity has come.
    Progress {
        /// What is going on.
        activity: String,
        /// The present step.
        status: String,
        /// 0 to 100 where it can be told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<u8>,
        /// The activity has ended.
        completed: bool,
    },
    /// The user has to do something outside of the host.
    Prompt(Prompt),
    /// The host is to answer with `pim_call_reply`.
    Ask {
        /// Number of the question; the answer repeats it.
        id: u64,
        /// The question.
        question: Question,
    },
    /// A question that was asked before needs no answer any more; `pim_call_reply` would refuse one.
    Withdrawn {
        /// Number of the question.
        id: u64,
    },
    /// Results, as soon as they are there.
    Output {
        /// One or more, in their order; each as the operation's output schema says.
        values: Vec<Value>,
    },
    /// The call succeeded. Final.
    Done {
        /// As the operation's reply schema says.
        value: Value,
    },
    /// The call failed. Final.
    Failed {
        /// Why.
        error: Box<Error>,
    },
}

/// What the host has to answer. A host that does not know the question, or has no answer, replies with null.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Question {
    /// An access token of a session that the host has (a session configured with the credential `host`).
    ///
    /// The answer is `{"accessToken": "…", "expiresOn": "<RFC 3339, optional>"}` or `{"error": "<why there is none>"}`.
    Token {
        /// Whose session it is.
        provider: HostProvider,
        /// What the token is for, as an application id URI: the origin of Graph or of Azure Resource Manager, for example.
        resource: String,
        /// Tenant of the session: an id, a domain, or `organizations`.
        tenant: String,
    },
    /// A signature by a key that the host holds (a session configured with the credential `hostCertificate`).
    ///
    /// The answer is `{"signature": "<base64>"}` or `{"error": "<why there is none>"}`.
    Sign {
        /// `PS256`: RSASSA-PSS with SHA-256 and a salt of 32 bytes (RFC 7518 section 3.5).
        algorithm: String,
        /// The bytes to sign, in base64.
        input: String,
        /// The certificate's SHA-1 thumbprint, in upper case hexadecimal digits, as Windows shows it.
        thumbprint: String,
    },
    /// The address of the page at the end of the sign-in that the last `browser` prompt is about, where that page cannot be reached: the
    /// browser runs on another computer than this call, or in another network.
    ///
    /// The answer is that address as a JSON string, or the part of it behind the question mark. It is a secret: keep it off the screen and
    /// out of logs. The call goes on listening meanwhile, and withdraws the question (`withdrawn`) when the browser comes by itself. What
    /// cannot be used is answered with the warning `RedirectUrlRefused` and the same question again. Null says that nobody can be asked.
    RedirectUrl {
        /// A sentence for the user.
        message: String,
    },
}

/// What the user has to do.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Prompt {
    /// Sign in on a page.
    Browser {
        /// The authorize address. It holds no secret, and is of use to this call's listener alone.
        url: String,
        /// Whether a browser was opened with it. If not, the host shows the address to the user.
        opened: bool,
        /// A sentence for the user.
        message: String,
    },
    /// Type a code on a page, in a browser on any device.
    DeviceCode {
        /// The page, on a host of the token service's.
        verification_uri: String,
        /// The code.
        user_code: String,
        /// Until when the code is good, RFC 3339 in UTC.
        expires_on: String,
        /// A sentence for the user, with page and code.
        message: String,
    },
}

impl Event {
    /// Whether the event ends its call.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed { .. })
    }
}
