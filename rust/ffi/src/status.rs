//! What every function returns. Success is never negative, misuse always is.

/// Done, or for `pim_call_next`: nothing has happened within the time given.
pub const PIM_OK: i32 = 0;
/// `pim_call_next` handed over an event; more follow.
pub const PIM_EVENT: i32 = 1;
/// `pim_call_next` handed over the final event, `done` or `failed`; nothing follows.
pub const PIM_FINAL: i32 = 2;
/// A pointer that must not be null is null.
pub const PIM_ERROR_NULL: i32 = -1;
/// No such handle: never given out, of the other kind, or freed.
pub const PIM_ERROR_HANDLE: i32 = -2;
/// A text is not UTF-8.
pub const PIM_ERROR_UTF8: i32 = -3;
/// The answer is malformed, or no question with its number is open.
pub const PIM_ERROR_ANSWER: i32 = -4;
/// A fault inside the library. The next call that the same thread starts tells its text in a warning `LibraryFault`.
pub const PIM_ERROR_PANIC: i32 = -5;
/// The call has ended and its final event has been taken.
pub const PIM_ERROR_ENDED: i32 = -6;
/// An input is longer than its limit.
pub const PIM_ERROR_TOO_LONG: i32 = -7;

/// A misuse, on its way to the caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Misuse {
    Null,
    Handle,
    Utf8,
    Answer,
    Ended,
    TooLong,
}

impl Misuse {
    pub(crate) fn status(self) -> i32 {
        match self {
            Self::Null => PIM_ERROR_NULL,
            Self::Handle => PIM_ERROR_HANDLE,
            Self::Utf8 => PIM_ERROR_UTF8,
            Self::Answer => PIM_ERROR_ANSWER,
            Self::Ended => PIM_ERROR_ENDED,
            Self::TooLong => PIM_ERROR_TOO_LONG,
        }
    }
}
