//! Claims challenges: finding one in whatever a service, a library or a tool shows, and the claims request that it holds.
//!
//! A resource or the token service refuses a call and names, as a small JSON document, what the next token must prove.
//! The document travels in a `WWW-Authenticate` header (base64), in an error message (percent-encoded), in the token
//! service's error (a JSON string) or in the text of another tool. [`find_in_response`] and [`find_in_text`] know all of
//! these; [`ClaimsRequest`] is the validated document, ready to be sent as the `claims` parameter (OpenID Connect Core 5.5).
//!
//! Everything here treats its input as hostile: time is linear in the input, sizes are bounded, nothing panics.

mod body;
mod decode;
mod error;
mod extent;
mod finding;
mod header;
mod json;
mod merge;
mod report;
mod request;
mod search;
mod text;

pub use error::ClaimsError;
pub use finding::{Challenge, Finding, FoundIn, find_in_response, find_in_text, find_request};
pub use report::{Note, Rejection, Report};
pub use request::{ClaimsRequest, MAX_REQUEST_BYTES};
pub use search::{MAX_INPUT_BYTES, search_response, search_text};
