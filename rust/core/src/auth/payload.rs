//! The readable part of a JSON Web Token. Nothing is verified here: the ID token came over TLS from the token service itself, and
//! access tokens are for the services; what is read of them helps to choose and to explain.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use super::account::{Account, AccountKind};

const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&URL_SAFE, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// Longest token of which the payload is read.
const LONGEST: usize = 256 * 1024;

/// Members that name the bearer (entra-docs `access-token-claims-reference.md`), those of a user before those of an application.
const NAMES: &[&str] = &["preferred_username", "upn", "unique_name", "appid", "azp"];

/// Decodes base64url JSON: a token's payload, `client_info`.
pub(super) fn decode_object(text: &str) -> Option<Map<String, Value>> {
    if text.len() > LONGEST {
        return None;
    }
    let bytes = LENIENT.decode(text).ok()?;
    match serde_json::from_slice(&bytes).ok()? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// The payload of a signed token; `None` for an opaque or encrypted one.
pub(super) fn payload(token: &str) -> Option<Map<String, Value>> {
    let mut parts = token.split('.');
    let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    decode_object(payload)
}

/// What an access token shows (entra-docs `access-token-claims-reference.md`).
#[derive(Debug, Default, PartialEq)]
pub(super) struct Shown {
    pub contexts: BTreeSet<String>,
    pub amr: Vec<String>,
    pub capabilities: Vec<String>,
    pub issued_at: Option<u64>,
    pub expires_at: Option<u64>,
    pub object_id: Option<String>,
    pub tenant_id: Option<String>,
    /// Delegated permissions (`scp`).
    pub scopes: Vec<String>,
    /// What the bearer is called, the best name first: a user's sign-in names, an application's id.
    pub names: Vec<String>,
    /// The bearer's or the application's name for people.
    pub display_name: Option<String>,
    /// The API that it is for, as it names itself (`aud`).
    pub audience: Option<String>,
    /// The application that asked for it (`appid`, `azp`).
    pub application_id: Option<String>,
    /// Whether the bearer is an application.
    pub is_application: bool,
}

impl Shown {
    /// The bearer, if the token tells who it is.
    pub(super) fn account(&self) -> Option<Account> {
        let object_id = self.object_id.clone()?;
        let mut names = self.names.iter().cloned();
        Some(Account {
            kind: if self.is_application { AccountKind::Application } else { AccountKind::User },
            username: names.next().unwrap_or_else(|| object_id.clone()),
            aliases: names.collect(),
            object_id,
            tenant_id: self.tenant_id.clone()?,
            home_account_id: None,
            display_name: self.display_name.clone(),
        })
    }
}

/// Reads an access token; `None` if it is opaque.
pub(super) fn read_access_token(token: &str) -> Option<Shown> {
    let payload = payload(token)?;
    let member = |name: &str| payload.get(name).and_then(Value::as_str);
    // `idtyp` is an optional claim; without it, a token of an application has no delegated permissions, and itself as its subject.
    let is_application = match member("idtyp") {
        Some(kind) => kind == "app",
        None => !payload.contains_key("scp") && member("sub").is_some() && member("sub") == member("oid"),
    };
    Some(Shown {
        contexts: words(payload.get("acrs")).into_iter().collect(),
        amr: words(payload.get("amr")),
        capabilities: words(payload.get("xms_cc")),
        issued_at: seconds(payload.get("iat")).or_else(|| seconds(payload.get("nbf"))),
        expires_at: seconds(payload.get("exp")),
        object_id: bounded_text(&payload, "oid"),
        tenant_id: bounded_text(&payload, "tid"),
        scopes: payload.get("scp").and_then(Value::as_str).unwrap_or_default().split_whitespace().map(ToOwned::to_owned).collect(),
        names: NAMES.iter().filter_map(|name| bounded_text(&payload, name)).collect(),
        display_name: bounded_text(&payload, "name").or_else(|| bounded_text(&payload, "app_displayname")),
        audience: bounded_text(&payload, "aud"),
        application_id: bounded_text(&payload, "appid").or_else(|| bounded_text(&payload, "azp")),
        is_application,
    })
}

/// Names stand in messages: one line, of a length that people can read.
pub(super) fn bounded(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(256).collect()
}

fn bounded_text(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name)?.as_str().map(bounded)
}

pub(super) fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name)?.as_str().map(ToOwned::to_owned)
}

pub(super) fn seconds(value: Option<&Value>) -> Option<u64> {
    match value? {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked; fractions of a second do not matter")]
        Value::Number(number) => {
            number.as_u64().or_else(|| number.as_f64().filter(|seconds| (0.0..9e15).contains(seconds)).map(|seconds| seconds as u64))
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn words(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        Some(Value::String(word)) => vec![word.clone()],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        format!("e30.{}.c2lnbmF0dXJl", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn what_the_payload_shows_is_read() {
        let shown =
            read_access_token(&token(r#"{"acrs":["c1","p1"],"amr":["pwd","mfa"],"xms_cc":["CP1"],"iat":5,"exp":9.5,"oid":"o"}"#)).unwrap();
        assert_eq!(shown.contexts, ["c1", "p1"].map(String::from).into());
        assert_eq!(shown.amr, ["pwd", "mfa"]);
        assert_eq!((shown.issued_at, shown.expires_at), (Some(5), Some(9)));
        assert_eq!(shown.object_id.as_deref(), Some("o"));
    }

    #[test]
    fn opaque_and_odd_tokens_are_no_failure() {
        for odd in ["", "opaque", "a.b", "a.b.c", "a.b.c.d.e", "e30.!!!.x", "e30.W10.x", &token("nonsense")] {
            assert_eq!(read_access_token(odd), None, "{odd}");
        }
        let shown = read_access_token(&token(r#"{"acrs":"c1","amr":[1,{}],"iat":"x","exp":-1,"oid":7}"#)).unwrap();
        assert_eq!(shown, Shown { contexts: ["c1".to_owned()].into(), ..Shown::default() });
    }

    proptest::proptest! {
        #[test]
        fn any_text_and_any_payload_are_read_without_a_panic(text: String, payload: String) {
            let _ = read_access_token(&text);
            let _ = read_access_token(&token(&payload));
        }
    }
}
