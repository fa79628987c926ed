//! The ID token: who signed in, and whether the answer is meant for this request (OpenID Connect Core 3.1.3.7).
//!
//! Its signature is not checked: it comes over TLS straight from the token endpoint, for which point 6 there allows that.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::account::{Account, AccountKind};
use super::authority::Authority;
use super::payload::{self, bounded};
use crate::error::{Error, ErrorCode, Result};

/// How far this computer's clock may be off, in seconds.
const CLOCK_SKEW: i64 = 300;

/// What the ID token must fit.
pub(super) struct Expected<'a> {
    pub authority: &'a Authority,
    pub client_id: &'a str,
    /// That of the authorize request; a refresh has none.
    pub nonce: Option<&'a str>,
    pub now: Timestamp,
}

/// Checks the token and reads the account.
///
/// # Errors
/// `SignInFailed` for a token of another issuer or client, or an expired one; `SignInStateMismatch` for another sign-in's;
/// `TenantMismatch` for another tenant's.
pub(super) fn read(token: &str, client_info: Option<&str>, expected: &Expected<'_>) -> Result<Account> {
    let claims = payload::payload(token).ok_or_else(|| refuse("it cannot be read"))?;
    let text = |name: &str| payload::text(&claims, name);
    let issuer = text("iss").unwrap_or_default();
    let tenant = expected.authority.tenant_of_issuer(&issuer).ok_or_else(|| refuse("its issuer is not this token service"))?;
    if !is_audience(&claims, expected.client_id) {
        return Err(refuse("it is meant for another client"));
    }
    let expires = payload::seconds(claims.get("exp")).and_then(|seconds| i64::try_from(seconds).ok());
    if expires.is_none_or(|expires| expires.saturating_add(CLOCK_SKEW) <= expected.now.as_second()) {
        return Err(refuse("it has expired").hint("check this computer's clock"));
    }
    if expected.nonce.is_some_and(|nonce| text("nonce").as_deref() != Some(nonce)) {
        return Err(Error::new(
            ErrorCode::SignInStateMismatch,
            "the ID token belongs to another sign-in: its nonce is not that of the request",
        )
        .hint("close other sign-in pages and run the command again"));
    }
    if text("tid").is_some_and(|tid| !tid.eq_ignore_ascii_case(&tenant)) {
        return Err(refuse("its tenant is not that of its issuer"));
    }
    if !expected.authority.allows_tenant(&tenant) {
        return Err(Error::new(
            ErrorCode::TenantMismatch,
            format!("the account signed in to tenant `{tenant}`, not to `{}`", expected.authority.tenant()),
        )
        .hint("choose an account of the session's tenant on the sign-in page")
        .target(tenant));
    }
    let object_id = text("oid").ok_or_else(|| refuse("it has no object id"))?;
    let username = text("preferred_username").or_else(|| text("upn")).or_else(|| text("unique_name"));
    Ok(Account {
        kind: AccountKind::User,
        username: bounded(&username.unwrap_or_else(|| object_id.clone())),
        object_id: bounded(&object_id),
        tenant_id: tenant,
        home_account_id: client_info.and_then(home_account_id),
        display_name: text("name").as_deref().map(bounded),
        aliases: ["upn", "unique_name"].into_iter().filter_map(text).map(|name| bounded(&name)).collect(),
    })
}

fn refuse(why: &str) -> Error {
    Error::new(ErrorCode::SignInFailed, format!("the ID token is not accepted: {why}"))
        .hint("check the session's cloud and tenant, and whether a proxy answers in the token service's place")
}

fn is_audience(claims: &Map<String, Value>, client_id: &str) -> bool {
    let is_client = |value: &Value| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(client_id));
    match claims.get("aud") {
        Some(Value::Array(audiences)) => {
            audiences.iter().any(is_client) && (audiences.len() == 1 || claims.get("azp").is_some_and(is_client))
        }
        Some(audience) => is_client(audience),
        None => false,
    }
}

/// `uid.utid` of `client_info`, the form in which Microsoft's libraries name accounts.
fn home_account_id(client_info: &str) -> Option<String> {
    let members = payload::decode_object(client_info)?;
    Some(bounded(&format!("{}.{}", payload::text(&members, "uid")?, payload::text(&members, "utid")?)))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;
    use crate::cloud::{Cloud, CloudConfig};

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";
    const CLIENT: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

    fn good() -> Value {
        json!({
            "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "aud": CLIENT, "exp": 2_000, "nonce": "n", "tid": TENANT,
            "oid": "oid", "preferred_username": "adele@contoso.example", "name": "Adele Vance\u{7}", "upn": "adele@fabrikam.example"
        })
    }

    fn read_as(claims: &Value, tenant: &str) -> Result<Account> {
        let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let client_info = URL_SAFE_NO_PAD.encode(r#"{"uid":"u","utid":"t"}"#);
        let authority = Authority::new(&Cloud::resolve(&CloudConfig::default()).unwrap(), tenant);
        let expected = Expected { authority: &authority, client_id: CLIENT, nonce: Some("n"), now: Timestamp::from_second(1_900).unwrap() };
        read(&token, Some(&client_info), &expected)
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = good();
        claims[name] = value;
        claims
    }

    #[test]
    fn the_account_is_read() {
        let account = read_as(&good(), "contoso.example").unwrap();
        assert_eq!((account.username.as_str(), account.tenant_id.as_str()), ("adele@contoso.example", TENANT));
        assert_eq!(account.home_account_id.as_deref(), Some("u.t"));
        assert_eq!(account.display_name.as_deref(), Some("Adele Vance"));
        assert!(account.is_named("adele@fabrikam.example"));
        assert!(read_as(&with("aud", json!([CLIENT])), TENANT).is_ok());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (name, value) in [
            ("iss", json!(format!("https://login.example/{TENANT}/v2.0"))),
            ("iss", json!(null)),
            ("aud", json!("another")),
            ("aud", json!([CLIENT, "another"])),
            ("exp", json!(1_600)),
            ("exp", json!("never")),
            ("tid", json!("99999999-2222-3333-4444-555555555555")),
            ("oid", json!(null)),
        ] {
            assert_eq!(read_as(&with(name, value.clone()), "contoso.example").unwrap_err().code, ErrorCode::SignInFailed, "{name} {value}");
        }
        assert_eq!(read_as(&with("nonce", json!("m")), "contoso.example").unwrap_err().code, ErrorCode::SignInStateMismatch);
        let elsewhere = "99999999-2222-3333-4444-555555555555";
        assert_eq!(read_as(&good(), elsewhere).unwrap_err().code, ErrorCode::TenantMismatch);
    }

    #[test]
    fn a_clock_a_little_ahead_is_no_failure() {
        assert!(read_as(&with("exp", json!(1_700)), "contoso.example").is_ok());
    }
}
