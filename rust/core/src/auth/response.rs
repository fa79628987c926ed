//! The token endpoint's answers: status first, then the body.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::payload;
use crate::secret::{Secret, without_tokens};

/// A granted token (entra-docs `v2-oauth2-auth-code-flow.md`, RFC 6749 section 5.1).
pub(super) struct Grant {
    pub access_token: Secret,
    pub refresh_token: Option<Secret>,
    pub id_token: Option<Secret>,
    pub client_info: Option<String>,
    /// Seconds; `None` if the answer does not say.
    pub expires_in: Option<u64>,
    /// Seconds after which a refresh is advised.
    pub refresh_in: Option<u64>,
    /// `None` if the answer does not say, which means as asked.
    pub scopes: Option<Vec<String>>,
}

/// What a device shows its user, and asks with (RFC 8628 section 3.2, entra-docs `v2-oauth2-device-code.md`).
pub(super) struct DeviceAuthorization {
    pub device_code: Secret,
    /// Letters, digits and hyphens.
    pub user_code: String,
    /// As the service wrote it: not yet trusted.
    pub verification_uri: String,
    /// Seconds.
    pub expires_in: u64,
    /// Seconds between two questions.
    pub interval: u64,
}

/// A refusal (RFC 6749 section 5.2, and what Entra adds to it). All texts are cleaned and bounded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct OAuthError {
    pub error: String,
    pub description: String,
    /// `AADSTS` numbers, the first of the description first.
    pub codes: Vec<u32>,
    pub suberror: String,
    pub claims: Option<String>,
    pub correlation_id: Option<String>,
}

/// Longest text of the token service that is kept.
const LONGEST_TEXT: usize = 2000;

#[derive(Deserialize)]
struct GrantWire {
    token_type: String,
    access_token: Secret,
    #[serde(default)]
    refresh_token: Option<Secret>,
    #[serde(default)]
    id_token: Option<Secret>,
    #[serde(default)]
    client_info: Option<Value>,
    #[serde(default)]
    expires_in: Option<Value>,
    #[serde(default)]
    refresh_in: Option<Value>,
    #[serde(default)]
    scope: Option<String>,
}

/// Reads a successful answer. The error says what is wrong with it, without any of its content.
pub(super) fn parse_grant(body: &[u8]) -> Result<Grant, &'static str> {
    // serde's own words may quote the answer, which holds secrets.
    let wire: GrantWire = serde_json::from_slice(body).map_err(|_| "it is not the JSON of a token")?;
    if !wire.token_type.eq_ignore_ascii_case("Bearer") {
        return Err("its token is not a bearer token");
    }
    if !is_bearer(&wire.access_token) {
        return Err("its token has characters that no token has");
    }
    Ok(Grant {
        access_token: wire.access_token,
        refresh_token: wire.refresh_token.filter(|token| !token.is_empty()),
        id_token: wire.id_token.filter(|token| !token.is_empty()),
        client_info: wire.client_info.as_ref().and_then(Value::as_str).map(ToOwned::to_owned),
        expires_in: payload::seconds(wire.expires_in.as_ref()),
        refresh_in: payload::seconds(wire.refresh_in.as_ref()),
        scopes: wire.scope.map(|scope| scope.split_whitespace().map(ToOwned::to_owned).collect()),
    })
}

#[derive(Deserialize)]
struct DeviceWire {
    device_code: Secret,
    user_code: String,
    #[serde(alias = "verification_url")]
    verification_uri: String,
    #[serde(default)]
    expires_in: Option<Value>,
    #[serde(default)]
    interval: Option<Value>,
}

/// Reads the answer of the device authorization endpoint. Its `message` is not looked at: what users read comes from this library.
pub(super) fn parse_device(body: &[u8]) -> Result<DeviceAuthorization, &'static str> {
    let wire: DeviceWire = serde_json::from_slice(body).map_err(|_| "it is not the JSON of a device code")?;
    let shown = |text: &str| !text.is_empty() && text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !shown(&wire.user_code) || wire.device_code.is_empty() {
        return Err("its code is none that a person could type");
    }
    Ok(DeviceAuthorization {
        device_code: wire.device_code,
        user_code: wire.user_code,
        verification_uri: wire.verification_uri,
        expires_in: payload::seconds(wire.expires_in.as_ref()).unwrap_or(900).clamp(1, 3600),
        // Five seconds where the answer does not say (RFC 8628 section 3.2).
        interval: payload::seconds(wire.interval.as_ref()).unwrap_or(5).min(60),
    })
}

/// Whether the text can stand in a header as a token.
pub(super) fn is_bearer(token: &Secret) -> bool {
    let text = token.expose();
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Reads a refusal; `None` if the body is not one.
pub(super) fn parse_error(body: &[u8]) -> Option<OAuthError> {
    let members: BTreeMap<String, Value> = serde_json::from_slice(body).ok()?;
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
    let error = clean(text("error"));
    if error.is_empty() {
        return None;
    }
    let listed = members.get("error_codes").and_then(Value::as_array).into_iter().flatten();
    let listed = listed.filter_map(|code| u32::try_from(code.as_u64()?).ok()).take(16);
    Some(
        OAuthError::new(&error, text("error_description"), listed, text("suberror"), members.get("claims").and_then(Value::as_str))
            .with_correlation(text("correlation_id")),
    )
}

impl OAuthError {
    fn new(error: &str, description: &str, listed: impl Iterator<Item = u32>, suberror: &str, claims: Option<&str>) -> Self {
        let description = clean(description);
        let mut codes: Vec<u32> = code_in(&description).into_iter().collect();
        for code in listed {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        Self {
            error: error.to_owned(),
            codes,
            suberror: clean(suberror),
            claims: claims.map(ToOwned::to_owned),
            correlation_id: None,
            description,
        }
    }

    /// A refusal that came through the browser.
    pub(super) fn from_redirect(error: &str, description: &str, suberror: &str) -> Self {
        Self::new(&clean(error), description, std::iter::empty(), suberror, None)
    }

    fn with_correlation(mut self, id: &str) -> Self {
        self.correlation_id = uuid::Uuid::parse_str(id).ok().map(|id| id.to_string());
        self
    }

    /// The first `AADSTS` number.
    pub(super) fn code(&self) -> Option<u32> {
        self.codes.first().copied()
    }
}

/// The number after the first `AADSTS`.
fn code_in(description: &str) -> Option<u32> {
    let (_, rest) = description.split_once("AADSTS")?;
    let digits = rest.find(|character: char| !character.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
    digits.parse().ok()
}

/// A text of the token service as one bounded line.
pub(super) fn clean(text: &str) -> String {
    let line: String =
        without_tokens(text).chars().take(LONGEST_TEXT).map(|character| if character.is_control() { ' ' } else { character }).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_be_numbers_or_text() {
        for (expires, expected) in
            [("3600", Some(3600)), (r#""3599""#, Some(3599)), ("null", None), ("-5", None), (r#""soon""#, None), ("1e3", Some(1000))]
        {
            let body = format!(r#"{{"token_type":"bearer","access_token":"t","expires_in":{expires}}}"#);
            assert_eq!(parse_grant(body.as_bytes()).unwrap().expires_in, expected, "{expires}");
        }
    }

    #[test]
    fn all_of_a_grant_is_read() {
        let grant = parse_grant(
            br#"{"token_type":"Bearer","scope":"openid https://g/User.Read","expires_in":3600,"ext_expires_in":3600,"refresh_in":1800,
                "access_token":"a","refresh_token":"r","id_token":"i","client_info":"c","new":{"x":1}}"#,
        )
        .unwrap();
        assert_eq!(grant.access_token.expose(), "a");
        assert_eq!(grant.refresh_token.unwrap().expose(), "r");
        assert_eq!(grant.id_token.unwrap().expose(), "i");
        assert_eq!((grant.refresh_in, grant.scopes.unwrap().len()), (Some(1800), 2));
    }

    #[test]
    fn an_answer_that_is_no_token_is_refused_without_quoting_it() {
        for bad in [
            "",
            "<html>",
            "[]",
            r#"{"access_token":"s3cret"}"#,
            r#"{"token_type":"pop","access_token":"s3cret"}"#,
            r#"{"token_type":"Bearer","access_token":"s3cret\r\nX: y"}"#,
            r#"{"token_type":"Bearer","access_token":""}"#,
            r#"{"token_type":"Bearer","access_token":17}"#,
        ] {
            let why = parse_grant(bad.as_bytes()).err().unwrap();
            assert!(!why.contains("s3cret"), "{why}");
        }
    }

    #[test]
    fn a_device_code_is_typed_by_people() {
        let parsed = |user_code: &str| {
            let body =
                serde_json::json!({"device_code": "s3cret", "user_code": user_code, "verification_uri": "https://x", "expires_in": "900"});
            parse_device(body.to_string().as_bytes())
        };
        let good = parsed("BCDF-GHJK").ok().unwrap();
        assert_eq!((good.user_code.as_str(), good.expires_in, good.interval), ("BCDF-GHJK", 900, 5));
        for bad in ["", "A\u{1b}[2J", "A B", &"A".repeat(41)] {
            assert!(parsed(bad).is_err_and(|why| !why.contains("s3cret")), "{bad:?}");
        }
    }

    #[test]
    fn a_refusal_is_read_with_its_escapes() {
        let error = parse_error(
            br#"{"error":"interaction_required","error_description":"AADSTS50076: Due to a change\r\nTrace ID: 1","error_codes":[50076,50079],
                "suberror":"basic_action","claims":"{\"access_token\":{\"acrs\":{\"essential\":true,\"value\":\"c1\"}}}",
                "correlation_id":"11111111-2222-3333-4444-555555555555"}"#,
        )
        .unwrap();
        assert_eq!(error.codes, [50076, 50079]);
        assert_eq!(error.description, "AADSTS50076: Due to a change Trace ID: 1");
        assert_eq!(error.suberror, "basic_action");
        assert!(error.claims.unwrap().contains("acrs"));
        assert_eq!(error.correlation_id.as_deref(), Some("11111111-2222-3333-4444-555555555555"));
    }

    #[test]
    fn what_is_no_refusal_is_none() {
        for body in ["", "<html>502</html>", "{}", "[1]", r#"{"error":{"code":"x"}}"#, r#"{"error":" "}"#] {
            assert_eq!(parse_error(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn texts_are_one_bounded_line() {
        let error = OAuthError::from_redirect("access\ndenied", &"x\u{1b}[31m".repeat(5000), "cancel\0");
        assert_eq!((error.error.as_str(), error.suberror.as_str()), ("access denied", "cancel"));
        assert!(error.description.len() <= LONGEST_TEXT && !error.description.contains('\u{1b}'));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            assert!(parse_grant(&bytes).is_err());
            let _ = parse_error(&bytes);
        }

        #[test]
        fn any_texts_of_a_refusal_are_bounded_lines(error: String, description: String, suberror: String) {
            let refusal = OAuthError::from_redirect(&error, &description, &suberror);
            for text in [refusal.error, refusal.description, refusal.suberror] {
                assert!(text.chars().count() <= LONGEST_TEXT && !text.contains(char::is_control));
            }
        }
    }
}
