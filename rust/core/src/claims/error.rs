//! Why something that looks like a claims challenge is not forwarded.

use thiserror::Error;

use super::request::MAX_REQUEST_BYTES;
use crate::error::{Error, ErrorCode};

/// Why a claims request is refused. Messages never quote the refused input: it has not been understood, and may hold
/// anything, terminal control sequences included.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
pub enum ClaimsError {
    /// There is a place for a claims request and nothing in it.
    #[error("it is empty")]
    Empty,
    /// The decoded document is larger than [`MAX_REQUEST_BYTES`].
    #[error("it is larger than {MAX_REQUEST_BYTES} bytes")]
    TooLarge,
    /// Neither a JSON object nor base64 nor percent-encoding.
    #[error("it is neither JSON nor base64")]
    NotBase64,
    /// The decoded bytes are no UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// A `%` without two hexadecimal digits.
    #[error("its percent-encoding is broken")]
    BadPercentEncoding,
    /// Still percent-encoded after three rounds.
    #[error("it is percent-encoded more than three times")]
    EncodedTooOften,
    /// The text is no JSON document.
    #[error("it is not valid JSON")]
    NotJson,
    /// Something follows the JSON document.
    #[error("text follows the JSON document")]
    TrailingText,
    /// One object has a member name twice: two parsers may disagree on what is asked.
    #[error("a member name occurs twice in one object")]
    DuplicateName,
    /// Objects and arrays are nested more than eight deep.
    #[error("it is nested more than eight levels deep")]
    TooDeep,
    /// A control character, raw or escaped, in a name or a string.
    #[error("a string in it holds a control character")]
    ControlCharacter,
    /// The document is an array, a string, a number, a boolean or null.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// None of `access_token`, `id_token` and `userinfo` is there.
    #[error("it has neither `access_token` nor `id_token` nor `userinfo`")]
    NoTarget,
    /// `access_token`, `id_token` or `userinfo` is something else than an object.
    #[error("its `{0}` is not an object")]
    TargetNotAnObject(&'static str),
    /// No claim is asked for.
    #[error("it asks for nothing")]
    NothingRequested,
    /// A claim whose form is known has another form.
    #[error("its claim `{0}` has not the form of that claim")]
    WrongType(&'static str),
    /// One challenge of a header has a parameter twice (forbidden by RFC 9110, section 11.2).
    #[error("a parameter occurs twice in one challenge")]
    DuplicateParameter,
    /// The header field, body or text that was to be searched is larger than the limit.
    #[error("the input is larger than what is searched")]
    InputTooLarge,
}

impl ClaimsError {
    /// Every reason; those that name a member, with one of the names.
    pub const ALL: &'static [Self] = &[
        Self::Empty,
        Self::TooLarge,
        Self::NotBase64,
        Self::NotUtf8,
        Self::BadPercentEncoding,
        Self::EncodedTooOften,
        Self::NotJson,
        Self::TrailingText,
        Self::DuplicateName,
        Self::TooDeep,
        Self::ControlCharacter,
        Self::NotAnObject,
        Self::NoTarget,
        Self::TargetNotAnObject("access_token"),
        Self::NothingRequested,
        Self::WrongType("acrs"),
        Self::DuplicateParameter,
        Self::InputTooLarge,
    ];

    /// The reason as one stable word that programs can branch on.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "tooLarge",
            Self::NotBase64 => "notBase64",
            Self::NotUtf8 => "notUtf8",
            Self::BadPercentEncoding => "badPercentEncoding",
            Self::EncodedTooOften => "encodedTooOften",
            Self::NotJson => "notJson",
            Self::TrailingText => "trailingText",
            Self::DuplicateName => "duplicateName",
            Self::TooDeep => "tooDeep",
            Self::ControlCharacter => "controlCharacter",
            Self::NotAnObject => "notAnObject",
            Self::NoTarget => "noTarget",
            Self::TargetNotAnObject(_) => "targetNotAnObject",
            Self::NothingRequested => "nothingRequested",
            Self::WrongType(_) => "wrongType",
            Self::DuplicateParameter => "duplicateParameter",
            Self::InputTooLarge => "inputTooLarge",
        }
    }
}

impl From<ClaimsError> for Error {
    /// `ChallengeMalformed`, with the stable reason as its target.
    fn from(error: ClaimsError) -> Self {
        Self::new(ErrorCode::ChallengeMalformed, format!("the claims challenge is not usable: {error}"))
            .hint("pass the whole header, body or error on, exactly as the service or tool gave it")
            .target(error.reason())
    }
}
