//! What the browser brings to the loopback address, and whether it answers this sign-in.

use std::borrow::Cow;

use subtle::ConstantTimeEq;

use super::response::OAuthError;
use crate::secret::Secret;

/// The answer of the sign-in page (RFC 6749 section 4.1.2, RFC 9207).
pub(super) struct Answer {
    pub outcome: Result<Secret, OAuthError>,
    /// The issuer, where the answer names it.
    pub issuer: Option<String>,
}

/// What a request to the listener is.
pub(super) enum Reading {
    /// The answer to this sign-in.
    Answer(Answer),
    /// An answer, but to another sign-in or to none.
    Foreign,
    /// An answer with the right state that cannot be used: incomplete, or with a field that stands twice.
    Unusable,
    /// No answer at all.
    Nothing,
}

/// More than the page ever sends.
const MOST_FIELDS: usize = 32;

/// Reads a query or a form.
pub(super) fn read(encoded: &[u8], state: &Secret) -> Reading {
    let mut fields = Fields::default();
    for (index, (name, value)) in form_urlencoded::parse(encoded).enumerate() {
        if index >= MOST_FIELDS {
            return Reading::Nothing;
        }
        fields.take(&name, value);
    }
    if fields.code.is_none() && fields.error.is_none() {
        return Reading::Nothing;
    }
    let expected = state.expose();
    let ours = fields.state.as_ref().is_some_and(|state| bool::from(state.as_bytes().ct_eq(expected.as_bytes())));
    if !ours {
        return Reading::Foreign;
    }
    if fields.repeated {
        return Reading::Unusable;
    }
    let outcome = match (fields.code, fields.error) {
        (Some(code), None) if !code.is_empty() => Ok(Secret::from(code.into_owned())),
        (None, Some(error)) if !error.is_empty() => {
            Err(OAuthError::from_redirect(&error, &fields.description.unwrap_or_default(), &fields.subcode.unwrap_or_default()))
        }
        _ => return Reading::Unusable,
    };
    Reading::Answer(Answer { outcome, issuer: fields.issuer.map(Cow::into_owned) })
}

#[derive(Default)]
struct Fields<'a> {
    code: Option<Cow<'a, str>>,
    error: Option<Cow<'a, str>>,
    state: Option<Cow<'a, str>>,
    description: Option<Cow<'a, str>>,
    subcode: Option<Cow<'a, str>>,
    issuer: Option<Cow<'a, str>>,
    repeated: bool,
}

impl<'a> Fields<'a> {
    fn take(&mut self, name: &str, value: Cow<'a, str>) {
        let field = match name {
            "code" => &mut self.code,
            "error" => &mut self.error,
            "state" => &mut self.state,
            "error_description" => &mut self.description,
            "error_subcode" => &mut self.subcode,
            "iss" => &mut self.issuer,
            _ => return,
        };
        // The first one stays, so that a second `state` cannot replace a wrong one.
        if field.is_some() {
            self.repeated = true;
        } else {
            *field = Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Reading {
        super::read(text.as_bytes(), &Secret::from("right"))
    }

    #[test]
    fn a_code_with_the_right_state_is_the_answer() {
        let Reading::Answer(answer) = read("code=a%2Bb&state=right&session_state=x&iss=https%3A%2F%2Flogin") else { panic!() };
        assert_eq!(answer.outcome.unwrap().expose(), "a+b");
        assert_eq!(answer.issuer.as_deref(), Some("https://login"));
    }

    #[test]
    fn a_refusal_is_an_answer_too() {
        let Reading::Answer(answer) = read("error=access_denied&error_subcode=cancel&error_description=x%0D%0Ay&state=right") else {
            panic!()
        };
        let error = answer.outcome.unwrap_err();
        assert_eq!((error.error.as_str(), error.suberror.as_str(), error.description.as_str()), ("access_denied", "cancel", "x y"));
    }

    #[test]
    fn another_state_is_foreign_and_no_answer_is_nothing() {
        for foreign in ["code=a&state=wrong", "code=a", "error=x&state=", "code=a&state=right2", "code=a&state=wrong&state=right"] {
            assert!(matches!(read(foreign), Reading::Foreign), "{foreign}");
        }
        for nothing in ["", "state=right", "x=y", "&&&", &"a=b&".repeat(40)] {
            assert!(matches!(read(nothing), Reading::Nothing), "{nothing}");
        }
    }

    #[test]
    fn an_ambiguous_answer_is_unusable() {
        for bad in [
            "code=a&code=b&state=right",
            "code=a&state=right&state=right",
            "code=a&error=b&state=right",
            "code=&state=right",
            "code=a&state=right&iss=a&iss=b",
        ] {
            assert!(matches!(read(bad), Reading::Unusable), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_taken_for_an_answer_without_the_state(bytes: Vec<u8>) {
            let reading = super::read(&bytes, &Secret::from("a state that no random bytes hold"));
            assert!(!matches!(reading, Reading::Answer(_) | Reading::Unusable));
        }
    }
}
