//! Wishes that cannot both be fulfilled.

use crate::error::{Error, ErrorCode, Result};

/// Two things that cannot both be.
pub(super) struct Contradiction {
    what: String,
    hint: &'static str,
}

impl Contradiction {
    pub(super) fn new(what: String, hint: &'static str) -> Self {
        Self { what, hint }
    }
}

/// Refuses contradictions, all of them at once.
///
/// # Errors
/// `PolicyContradiction`.
pub(super) fn refuse(contradictions: Vec<Contradiction>) -> Result<()> {
    if contradictions.is_empty() {
        return Ok(());
    }
    let joined = |texts: Vec<&str>| texts.join("; ");
    let message = joined(contradictions.iter().map(|contradiction| contradiction.what.as_str()).collect());
    let hint = joined(contradictions.iter().map(|contradiction| contradiction.hint).collect());
    Err(Error::new(ErrorCode::PolicyContradiction, message).hint(hint).target("policy"))
}
