//! One request to Microsoft Graph or Azure Resource Manager and its answer, apart from HTTP: items of a batch take the same way as requests
//! that come alone.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::faults::{Fault, Faults};
use crate::journal;
use crate::odata::Query;
use crate::pim::Caller;

/// A request, with its bearer already checked.
pub(crate) struct Exchange<'a> {
    /// HTTP method in upper case.
    pub(crate) method: &'a str,
    /// Path with percent-encoding taken away.
    pub(crate) path: &'a str,
    /// Query options.
    pub(crate) query: &'a Query,
    /// Body; null for none.
    pub(crate) body: &'a Value,
    /// Who asks.
    pub(crate) caller: &'a Caller,
    /// The emulator's time.
    pub(crate) now: Timestamp,
    /// What the addresses of the service start with: its origin and, where its paths have one, the version.
    pub(crate) origin: &'a str,
    /// Origin of the token service, for challenges.
    pub(crate) login: &'a str,
    /// Requests that break a schema are refused rather than only noted.
    pub(crate) strict: bool,
    /// What hits the items of a batch.
    pub(crate) faults: &'a Faults,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// Headers beyond those that every answer has.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Body, where there is one.
    pub(crate) body: Option<Value>,
    /// What the request broke.
    pub(crate) violation: Option<String>,
    /// A stronger sign-in is demanded.
    pub(crate) challenge: bool,
}

impl Answer {
    /// An answer with a body.
    pub(crate) const fn with(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Some(body), violation: None, challenge: false }
    }

    /// An answer without a body.
    pub(crate) const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None, violation: None, challenge: false }
    }

    /// The services' common error envelope: a code and a message, and what the service adds.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::with(status, json!({ "error": { "code": code, "message": message } }))
    }

    /// The same answer with a note of what the request broke.
    pub(crate) fn violating(self, violation: impl Into<String>) -> Self {
        Self { violation: Some(violation.into()), ..self }
    }
}

/// The answer to an item of a batch, or what a fault puts in its place.
pub(crate) fn answered(fault: Option<&Fault>, handle: impl FnOnce() -> Answer) -> Answer {
    let Some(fault) = fault else { return handle() };
    if fault.after_handling {
        handle();
    }
    journal::note(|notes| notes.fault = true);
    Answer { body: fault.body.clone(), ..Answer::empty(fault.status.unwrap_or(200)) }
}

/// A point in time as the services write it: UTC, at most seven digits after the point.
pub(crate) fn stamp(time: Timestamp) -> String {
    let nanoseconds = time.as_nanosecond();
    Timestamp::from_nanosecond(nanoseconds - nanoseconds.rem_euclid(100)).unwrap_or(time).to_string()
}

/// What may not stand in the path of a link as it is; round brackets and quotes of functions may.
const UNSAFE: &percent_encoding::AsciiSet =
    &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'`');

/// A decoded path, encoded again for a link.
pub(crate) fn encoded(path: &str) -> String {
    percent_encoding::utf8_percent_encode(path, UNSAFE).to_string()
}

/// Percent-decodes a path; bytes that aren't UTF-8 become replacement characters, which no id contains.
pub(crate) fn decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned()
}
