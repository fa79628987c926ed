//! What a search collects: challenges, refusals, and what is neither.

use std::collections::HashSet;

use super::error::ClaimsError;
use super::finding::{Challenge, Finding, FoundIn};
use super::header::HeaderChallenge;
use super::{ClaimsRequest, decode};

/// So many challenges, and so many refusals, are kept; whoever sends more does not help anyone.
const MAX_KEPT: usize = 16;

/// So many values are decoded in one search. An honest input has a handful.
const MAX_DECODED: usize = 1000;

/// The longest text of a service that is shown.
const MAX_SHOWN_CHARS: usize = 500;

/// Everything that a search found. The challenges are in the order in which they are to be answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// What can be answered; the first is the one to answer.
    pub challenges: Vec<Challenge>,
    /// What looks like a challenge but must not be forwarded.
    pub rejected: Vec<Rejection>,
    /// What has to do with signing in and holds no claims.
    pub notes: Vec<Note>,
    seen: HashSet<(Option<String>, String)>,
    decoded: usize,
}

/// A refused challenge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rejection {
    /// Where it was found.
    pub found_in: FoundIn,
    /// Why it is not forwarded.
    pub reason: ClaimsError,
}

/// A challenge without a claims request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Note {
    /// `insufficient_claims` without claims: there is nothing to answer with.
    ClaimsMissing,
    /// A step-up after RFC 9470, which Entra does not speak; it is not translated.
    InsufficientUserAuthentication {
        /// The authentication context class references that would do, separated by spaces.
        acr_values: Option<String>,
        /// How many seconds ago the user may have signed in.
        max_age: Option<String>,
    },
}

impl Report {
    /// The report as one of three outcomes. A usable challenge outweighs refused ones.
    #[must_use]
    pub fn into_finding(self) -> Finding {
        if !self.challenges.is_empty() {
            return Finding::Found(self.challenges);
        }
        match self.rejected.first() {
            Some(rejection) => Finding::Rejected(rejection.reason.into()),
            None => Finding::None,
        }
    }

    /// A report of nothing but a refusal.
    pub(super) fn refusal(found_in: FoundIn, reason: ClaimsError) -> Self {
        Self { rejected: vec![Rejection { found_in, reason }], ..Self::default() }
    }

    pub(super) fn is_full(&self) -> bool {
        self.challenges.len() >= MAX_KEPT || self.decoded >= MAX_DECODED
    }

    pub(super) fn add(&mut self, origin: &Origin<'_>, result: Result<ClaimsRequest, ClaimsError>) {
        self.decoded += 1;
        match result {
            Ok(claims) => self.add_challenge(origin, claims),
            Err(reason) => {
                let rejection = Rejection { found_in: origin.found_in, reason };
                if self.rejected.len() < MAX_KEPT && !self.rejected.contains(&rejection) {
                    self.rejected.push(rejection);
                }
            }
        }
    }

    /// The same claims at a second place of one response or text are the same challenge.
    fn add_challenge(&mut self, origin: &Origin<'_>, claims: ClaimsRequest) {
        let batch_id = origin.batch_id.map(shown);
        if self.challenges.len() >= MAX_KEPT || !self.seen.insert((batch_id.clone(), claims.canonical())) {
            return;
        }
        self.challenges.push(Challenge {
            text: claims.text().to_owned(),
            claims,
            found_in: origin.found_in,
            scheme: origin.scheme.map(shown),
            error: origin.error.map(shown),
            error_description: origin.error_description.map(shown),
            suberror: origin.suberror.map(shown),
            code: origin.code.map(shown),
            authorization_uri: origin.authorization_uri.map(shown),
            batch_id,
        });
    }

    pub(super) fn add_header(&mut self, challenge: &HeaderChallenge<'_>, origin: &Origin<'_>) {
        let error = challenge.error.as_deref();
        let origin = Origin {
            scheme: Some(challenge.scheme).filter(|scheme| !scheme.is_empty()),
            error,
            error_description: challenge.error_description.as_deref(),
            authorization_uri: challenge.authorization_uri.as_deref(),
            ..*origin
        };
        match &challenge.claims {
            Some(_) if challenge.ambiguous => self.add(&origin, Err(ClaimsError::DuplicateParameter)),
            Some(claims) => self.add(&origin, decode::any(claims)),
            None => self.note(match error {
                Some("insufficient_claims") => Note::ClaimsMissing,
                Some("insufficient_user_authentication") => Note::InsufficientUserAuthentication {
                    acr_values: challenge.acr_values.as_deref().map(shown),
                    max_age: challenge.max_age.as_deref().map(shown),
                },
                _ => return,
            }),
        }
    }

    /// Refuses the challenges from an index on in which bytes that are no UTF-8 had to be replaced.
    pub(super) fn refuse_replaced(&mut self, from: usize) {
        let kept = self.challenges.len().min(from);
        let suspects = self.challenges.split_off(kept);
        for challenge in suspects {
            if challenge.text.contains(char::REPLACEMENT_CHARACTER) {
                self.add(&Origin::new(challenge.found_in), Err(ClaimsError::NotUtf8));
            } else {
                self.challenges.push(challenge);
            }
        }
    }

    fn note(&mut self, note: Note) {
        if self.notes.len() < MAX_KEPT && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// A Bearer challenge that says `insufficient_claims` goes first, then other Bearer challenges, then those without a scheme,
    /// then those of schemes that this client does not speak.
    pub(super) fn sort(&mut self) {
        self.challenges.sort_by_key(|challenge| match challenge.scheme.as_deref() {
            Some(scheme) if scheme.eq_ignore_ascii_case("Bearer") => u8::from(challenge.error.as_deref() != Some("insufficient_claims")),
            None => 2,
            Some(_) => 3,
        });
    }
}

/// What is known of a challenge besides its claims.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub found_in: FoundIn,
    pub scheme: Option<&'a str>,
    pub error: Option<&'a str>,
    pub error_description: Option<&'a str>,
    pub suberror: Option<&'a str>,
    pub code: Option<&'a str>,
    pub authorization_uri: Option<&'a str>,
    pub batch_id: Option<&'a str>,
}

impl Origin<'_> {
    pub(super) fn new(found_in: FoundIn) -> Self {
        Self {
            found_in,
            scheme: None,
            error: None,
            error_description: None,
            suberror: None,
            code: None,
            authorization_uri: None,
            batch_id: None,
        }
    }
}

/// A service's text, fit for a terminal and a log: without control characters and those that turn or hide text, and bounded.
pub(super) fn shown(text: &str) -> String {
    let mut characters = text.trim().chars();
    let mut shown: String = characters.by_ref().take(MAX_SHOWN_CHARS).map(|c| if is_misleading(c) { ' ' } else { c }).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Characters that steer a terminal, turn the direction of text, or cannot be seen.
pub(super) fn is_misleading(c: char) -> bool {
    c.is_control() || matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}
