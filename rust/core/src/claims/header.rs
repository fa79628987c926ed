//! The `WWW-Authenticate` field (RFC 9110, sections 11.2, 11.3 and 11.6.1), read as leniently as servers write it.
//!
//! Beyond the grammar are accepted: unquoted values with characters that no token has (`authorization_uri=https://…`), a
//! missing quote at the end of the field, a missing comma, line breaks, quotes escaped for JSON, and parameters without a scheme in
//! front of them, which is how .NET shows them. What cannot be read is skipped up to the next comma.

use std::borrow::Cow;

/// The longest field that is read.
pub(super) const MAX_FIELD_BYTES: usize = 64 * 1024;

/// So many challenges of one field are read.
const MAX_CHALLENGES: usize = 64;

/// A challenge with more parameters is refused like one that has a parameter twice.
const MAX_PARAMETERS: usize = 64;

/// The parameters of one challenge that matter here, unquoted and not yet validated.
#[derive(Debug, Default, PartialEq)]
pub(super) struct HeaderChallenge<'a> {
    /// Empty where the field has parameters without a scheme.
    pub scheme: &'a str,
    pub claims: Option<Cow<'a, str>>,
    pub error: Option<Cow<'a, str>>,
    pub error_description: Option<Cow<'a, str>>,
    pub authorization_uri: Option<Cow<'a, str>>,
    pub acr_values: Option<Cow<'a, str>>,
    pub max_age: Option<Cow<'a, str>>,
    /// A parameter occurs twice.
    pub ambiguous: bool,
    names: Vec<&'a str>,
}

impl<'a> HeaderChallenge<'a> {
    fn new(scheme: &'a str) -> Self {
        Self { scheme, ..Self::default() }
    }

    fn set(&mut self, name: &'a str, value: Cow<'a, str>) {
        let is = |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(name));
        if self.names.len() >= MAX_PARAMETERS || self.names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            self.ambiguous = true;
            return;
        }
        self.names.push(name);
        let slot = match () {
            () if is(&["claims"]) => &mut self.claims,
            () if is(&["error"]) => &mut self.error,
            () if is(&["error_description", "errorDescription"]) => &mut self.error_description,
            () if is(&["authorization_uri", "authorization_url", "authorization", "authority"]) => &mut self.authorization_uri,
            () if is(&["acr_values"]) => &mut self.acr_values,
            () if is(&["max_age"]) => &mut self.max_age,
            () => return,
        };
        slot.get_or_insert(value);
    }
}

/// The challenges of a field.
pub(super) fn parse_field(field: &str) -> Vec<HeaderChallenge<'_>> {
    let mut cursor = Cursor { text: field, at: 0 };
    let mut challenges: Vec<HeaderChallenge<'_>> = Vec::new();
    loop {
        cursor.skip_separators();
        if cursor.ended() || challenges.len() > MAX_CHALLENGES {
            return challenges;
        }
        let word = cursor.token();
        if word.is_empty() {
            cursor.skip_to_comma();
        } else if cursor.equals_sign() {
            let value = cursor.value();
            match challenges.last_mut() {
                Some(challenge) => challenge.set(word, value),
                None => {
                    let mut challenge = HeaderChallenge::default();
                    challenge.set(word, value);
                    challenges.push(challenge);
                }
            }
        } else {
            challenges.push(HeaderChallenge::new(word));
            cursor.skip_token68();
        }
    }
}

/// One challenge that begins in the midst of a text, and where it ends: at whatever is no parameter of it. None if no parameter
/// follows the scheme.
pub(super) fn parse_within(text: &str) -> Option<(HeaderChallenge<'_>, usize)> {
    let mut cursor = Cursor { text, at: 0 };
    let mut challenge = HeaderChallenge::new(cursor.token());
    let mut end = None;
    loop {
        cursor.skip_separators();
        let word = cursor.token();
        if word.is_empty() || !cursor.equals_sign() {
            return end.map(|end| (challenge, end));
        }
        let value = cursor.value();
        challenge.set(word, value);
        end = Some(cursor.at);
    }
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn ended(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Moves over bytes that satisfy the condition. Conditions end at or take in whole characters, so `at` stays on a boundary.
    fn take_while(&mut self, condition: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.iter().position(|byte| !condition(*byte)).unwrap_or(rest.len());
        let taken = &self.text[self.at..self.at + length];
        self.at += length;
        taken
    }

    fn skip_separators(&mut self) {
        self.take_while(|byte| is_space(byte) || byte == b',');
    }

    fn skip_to_comma(&mut self) {
        self.take_while(|byte| byte != b',');
    }

    fn token(&mut self) -> &'a str {
        self.take_while(is_token)
    }

    /// Moves over an equals sign and the white space around it; stays where it is if there is none.
    fn equals_sign(&mut self) -> bool {
        let start = self.at;
        self.take_while(is_space);
        if self.rest().first() != Some(&b'=') {
            self.at = start;
            return false;
        }
        self.at += 1;
        self.take_while(is_space);
        true
    }

    /// What follows a scheme is token68 if nothing but padding stands between it and a comma or the end.
    fn skip_token68(&mut self) {
        let start = self.at;
        if self.take_while(is_space).is_empty() {
            return;
        }
        self.take_while(is_token68);
        self.take_while(|byte| byte == b'=');
        let end = self.at;
        self.take_while(is_space);
        self.at = if matches!(self.rest().first(), None | Some(b',')) { end } else { start };
    }

    fn value(&mut self) -> Cow<'a, str> {
        match self.rest() {
            [b'"', ..] => self.quoted(),
            [b'\\', b'"', ..] => self.quoted_for_json(),
            _ => Cow::Borrowed(self.take_while(|byte| !is_space(byte) && byte != b',' && byte != b'"')),
        }
    }

    fn quoted(&mut self) -> Cow<'a, str> {
        self.at += 1;
        let raw = self.take_while(|byte| byte != b'"' && byte != b'\\');
        if self.rest().first() != Some(&b'\\') {
            self.at = self.text.len().min(self.at + 1);
            return Cow::Borrowed(raw);
        }
        let mut value = raw.to_owned();
        while self.rest().first() == Some(&b'\\') {
            self.at += 1;
            if let Some(escaped) = self.text[self.at..].chars().next() {
                value.push(escaped);
                self.at += escaped.len_utf8();
            }
            value.push_str(self.take_while(|byte| byte != b'"' && byte != b'\\'));
        }
        self.at = self.text.len().min(self.at + 1);
        Cow::Owned(value)
    }

    fn quoted_for_json(&mut self) -> Cow<'a, str> {
        self.at += 2;
        let rest = &self.text[self.at..];
        let length = rest.find("\\\"").unwrap_or(rest.len());
        self.at = self.text.len().min(self.at + length + 2);
        Cow::Borrowed(&rest[..length])
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// `tchar` of RFC 9110, section 5.6.2.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_token68(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte)
}
