//! Client assertions: a JWT by which an application proves that it is itself (RFC 7523), signed with its own certificate's key
//! (entra-docs `certificate-credentials.md`) or by an issuer that vouches for it (entra-docs `workload-identity-federation.md`).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Header};
use serde_json::{Map, Value};

use super::super::refusal::Refusal;
use super::super::tenants::Authority;
use super::client::{has_expired, invalid_client};
use crate::certificate::Known;
use crate::journal;
use crate::scenario::Application;
use crate::state::State;
use crate::tokens::outside_key;

/// The clocks of client and service may differ by this.
const SKEW_SECONDS: i64 = 300;

/// A JWT whose signature has not been checked yet.
struct Unverified {
    header: Header,
    claims: Value,
}

impl Unverified {
    fn read(assertion: &str) -> Result<Self, Refusal> {
        let mut parts = assertion.split('.');
        let (Some(header), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(malformed("it does not have three parts"));
        };
        let mut header = part(header)?;
        // MSAL.NET writes a chain of one certificate as a text. Nobody needs it: the certificate is registered.
        header.remove("x5c");
        let header = serde_json::from_value(Value::Object(header)).map_err(|error| malformed(&error.to_string()))?;
        Ok(Self { header, claims: Value::Object(part(claims)?) })
    }

    fn text(&self, claim: &str) -> Result<&str, Refusal> {
        let value = self.claims.get(claim).and_then(Value::as_str).filter(|text| !text.is_empty());
        value.ok_or_else(|| malformed(&format!("the claim '{claim}' is missing or no text")))
    }

    /// By the system's clock: the emulator's can be moved, and whoever made the assertion cannot know of that.
    fn check_times(&self) -> Result<(), Refusal> {
        // MSAL.NET writes its times as text.
        let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
        let seconds = |claim: &str| self.claims.get(claim).and_then(number);
        let now = Timestamp::now().as_second();
        let expires = seconds("exp").ok_or_else(|| malformed("the claim 'exp' is missing or no number"))?;
        let starts = seconds("nbf").or_else(|| seconds("iat")).unwrap_or(now);
        if now < expires && starts <= now + SKEW_SECONDS {
            return Ok(());
        }
        let shown = |seconds: i64| Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string());
        Err(invalid_client(
            700_024,
            format!(
                "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time of assertion {}.",
                shown(now),
                shown(starts),
                shown(expires)
            ),
        ))
    }
}

fn malformed(problem: &str) -> Refusal {
    invalid_client(50_027, format!("JWT token is invalid or malformed: {problem}."))
}

/// Checks an assertion for an application.
pub(super) fn check(state: &State, application: &Application, authority: &Authority, tenant: &str, assertion: &str) -> Result<(), Refusal> {
    let token = Unverified::read(assertion)?;
    let names_certificate = token.header.x5t.is_some() || token.header.x5t_s256.is_some();
    if names_certificate || token.text("iss")?.eq_ignore_ascii_case(&application.client_id) {
        return signed_by_certificate(state, application, authority, tenant, assertion, &token);
    }
    issued_outside(application, assertion, &token)
}

/// A token of another issuer that a federated credential of the application names. Entra tells which of the three parts is the first that fits
/// none.
fn issued_outside(application: &Application, assertion: &str, token: &Unverified) -> Result<(), Refusal> {
    if application.federated_credentials.is_empty() {
        let message = format!("The client '{}' has no configured federated identity credentials.", application.client_id);
        return Err(invalid_client(70_025, message));
    }
    let (issuer, audience, subject) = (token.text("iss")?, token.text("aud")?, token.text("sub")?);
    let none = |code, part: &str, value: &str| {
        let value = value.escape_debug();
        let message = format!(
            "No matching federated identity record found for presented assertion {part} '{value}'. Please note that the matching is done using \
             a case-sensitive comparison. Check your federated identity credential Subject, Audience and Issuer against the presented assertion."
        );
        invalid_client(code, message)
    };
    let mut fitting: Vec<_> = application.federated_credentials.iter().filter(|credential| credential.issuer == issuer).collect();
    if fitting.is_empty() {
        return Err(none(700_211, "issuer", issuer));
    }
    fitting.retain(|credential| credential.audience == audience);
    if fitting.is_empty() {
        return Err(none(700_212, "audience", audience));
    }
    if !fitting.iter().any(|credential| credential.subject == subject) {
        return Err(none(700_213, "subject", subject));
    }
    let is_signed = outside_key().is_ok_and(|key| key.verify::<Value>(assertion).is_some());
    if !is_signed {
        return Err(invalid_client(50_013, "Assertion failed signature validation. [Reason - The key was not found.]"));
    }
    token.check_times()
}

fn signed_by_certificate(
    state: &State,
    application: &Application,
    authority: &Authority,
    tenant: &str,
    assertion: &str,
    token: &Unverified,
) -> Result<(), Refusal> {
    let is_own = |claim: &str| token.text(claim).map(|id| id.eq_ignore_ascii_case(&application.client_id));
    if !is_own("iss")? || !is_own("sub")? {
        return Err(invalid_client(700_021, "Client assertion application identifier doesn't match 'client_id' parameter."));
    }
    if !matches!(token.header.alg, Algorithm::PS256 | Algorithm::RS256) {
        return Err(malformed("its algorithm is neither PS256 nor RS256"));
    }
    let (x5t, x5t_s256) = (&token.header.x5t, &token.header.x5t_s256);
    if x5t.is_none() && x5t_s256.is_none() {
        return Err(malformed("its header has neither 'x5t#S256' nor 'x5t'"));
    }
    let registered = application.certificates.iter().filter_map(|certificate| Some((certificate, Known::read(&certificate.pem)?)));
    let fits =
        |known: &Known| x5t_s256.as_ref().is_none_or(|hash| *hash == known.x5t_s256) && x5t.as_ref().is_none_or(|hash| *hash == known.x5t);
    let Some((certificate, known)) = registered.into_iter().find(|(_, known)| fits(known)) else {
        return Err(invalid_client(
            700_027,
            "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]",
        ));
    };
    if has_expired(state, certificate.expires_in_seconds) {
        return Err(invalid_client(700_027, "Client assertion contains an invalid signature. [Reason - The key used is expired.]"));
    }
    if !has_signature(assertion, &known.key, token.header.alg) {
        journal::note_violation("the client assertion's signature does not fit its certificate");
        return Err(invalid_client(
            700_027,
            "Client assertion contains an invalid signature. [Reason - The key was found, but use of the key to verify the signature failed.]",
        ));
    }
    if !audiences(state, authority, tenant).iter().any(|accepted| token.text("aud").is_ok_and(|aud| aud.eq_ignore_ascii_case(accepted))) {
        return Err(invalid_client(700_023, "Client assertion audience claim does not match Realm issuer."));
    }
    token.check_times()?;
    let jti = token.text("jti")?.to_owned();
    if state.login.with(|memory| memory.assertions.insert(format!("{}/{jti}", application.client_id))) {
        Ok(())
    } else {
        Err(malformed("an assertion with this 'jti' was used already"))
    }
}

/// What an assertion may be addressed to: the token endpoint, or the issuer.
fn audiences(state: &State, authority: &Authority, tenant: &str) -> Vec<String> {
    let login = &state.origins.login;
    let main = &state.scenario.tenant;
    let mut names = vec![tenant];
    if *authority == Authority::Tenant(main.id.clone()) {
        names.extend([main.id.as_str(), main.domain.as_str()]);
    }
    let of_name = |name: &str| ["oauth2/v2.0/token", "oauth2/token", "v2.0"].map(|end| format!("{login}/{name}/{end}"));
    names.into_iter().flat_map(of_name).collect()
}

/// Whether the signature of a JWT holds; nothing else is checked.
fn has_signature(token: &str, key: &DecodingKey, algorithm: Algorithm) -> bool {
    let Some((message, signature)) = token.rsplit_once('.') else { return false };
    jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, algorithm).unwrap_or(false)
}

fn part(text: &str) -> Result<Map<String, Value>, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| malformed("a part of it is no JSON"))
}
