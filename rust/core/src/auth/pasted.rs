//! The address at which a sign-in ended in a browser that cannot reach the listener, as its user pastes it.

use serde_json::Value;

use super::answer::{self, Answer, Reading};
use crate::secret::Secret;

/// What the user is told, after the address of the sign-in page.
pub(super) const INVITATION: &str = "Any computer will do. If the page at the end cannot be reached there, copy its address from the \
    browser's address bar, paste it here and press Enter. Or press Ctrl+C and sign in with a device code: `Connect-PIM -UseDeviceCode`.";

/// How often a host may try: one that answers by itself must not keep a call busy.
pub(super) const MOST_TRIES: usize = 50;

/// Longest text that is looked at.
const LONGEST: usize = 64 * 1024;

/// What surrounds an address where it was copied from.
const AROUND: &str = "\"'`<>\u{201c}\u{201d}\u{2018}\u{2019}";

/// What a host answered.
pub(super) enum Pasted {
    Answer(Answer),
    /// Why it is no answer to this sign-in, and what to do.
    Wrong(&'static str),
    /// The host has nobody to ask.
    Nobody,
}

/// Reads the host's answer to `Question::RedirectUrl`. Nothing of it is repeated anywhere.
pub(super) fn read(answer: Value, state: &Secret) -> Pasted {
    match answer {
        Value::Null => Pasted::Nobody,
        Value::String(text) => read_text(&text, state),
        _ => Pasted::Wrong("the host's answer is no text: the address is wanted as a JSON string"),
    }
}

fn read_text(text: &str, state: &Secret) -> Pasted {
    if text.len() > LONGEST {
        return Pasted::Wrong("the pasted text is too long for an address: copy the address of the last page, and nothing else");
    }
    match answer::read(query(text).as_bytes(), state) {
        Reading::Answer(answer) => Pasted::Answer(answer),
        Reading::Foreign => Pasted::Wrong(
            "the pasted address is the end of another sign-in than this one: open the address that was shown last, and paste where that \
             sign-in ends",
        ),
        Reading::Unusable => Pasted::Wrong(
            "the pasted address is incomplete, or has a part that stands twice: copy the whole of it once more, and nothing else",
        ),
        Reading::Nothing => Pasted::Wrong(
            "the pasted text is not where a sign-in ends: finish the sign-in in the browser, then copy the whole address of its last page \
             (http://localhost:…/?code=…)",
        ),
    }
}

/// What stands behind the question mark; the whole where there is none.
fn query(text: &str) -> &str {
    let text = text.trim_matches(|c: char| c.is_whitespace() || AROUND.contains(c));
    let text = text.split_once('#').map_or(text, |(address, _)| address);
    text.split_once('?').map_or(text, |(_, query)| query)
}

#[cfg(test)]
mod tests {

    use super::*;

    fn pasted(text: &str) -> Pasted {
        read(Value::String(text.to_owned()), &Secret::from("right"))
    }

    #[test]
    fn the_address_or_its_query_is_taken_however_it_was_copied() {
        for text in [
            "http://localhost:8400/?code=a%2Bb&state=right",
            "  http://localhost:8400/?code=a%2Bb&state=right\r\n",
            "\"http://localhost:8400/?code=a%2Bb&state=right\"",
            "'http://127.0.0.1:8400/?state=right&code=a%2Bb#'",
            "<http://[::1]:8400/?code=a%2Bb&state=right&session_state=x>",
            "\u{201c}localhost:8400/?code=a%2Bb&state=right\u{201d}",
            "?code=a%2Bb&state=right",
            "code=a%2Bb&state=right",
        ] {
            let Pasted::Answer(answer) = pasted(text) else { panic!("{text}") };
            assert_eq!(answer.outcome.unwrap().expose(), "a+b", "{text}");
        }
    }

    #[test]
    fn a_refusal_is_read_too() {
        let Pasted::Answer(answer) = pasted("http://localhost/?error=access_denied&state=right") else { panic!() };
        assert_eq!(answer.outcome.unwrap_err().error, "access_denied");
    }

    #[test]
    fn what_is_wrong_is_said_without_what_was_pasted() {
        let long = format!("code={}&state=right", "a".repeat(LONGEST));
        for (text, word) in [
            ("http://localhost/?code=secret&state=wrong", "another sign-in"),
            ("http://localhost/?code=secret", "another sign-in"),
            ("http://localhost/?code=secret&code=b&state=right", "twice"),
            ("http://localhost/?code=&state=right", "incomplete"),
            ("https://login.microsoftonline.com/t/oauth2/v2.0/authorize?client_id=secret&state=right", "not where a sign-in ends"),
            ("secret", "not where a sign-in ends"),
            ("", "not where a sign-in ends"),
            (&long, "too long"),
        ] {
            let Pasted::Wrong(why) = pasted(text) else { panic!("{text}") };
            assert!(why.contains(word) && !why.contains("secret"), "{text}: {why}");
        }
        assert!(matches!(read(serde_json::json!({"code": "secret"}), &Secret::from("right")), Pasted::Wrong(_)));
        assert!(matches!(read(Value::Null, &Secret::from("right")), Pasted::Nobody));
    }
}
