//! `POST /{tenant}/oauth2/v2.0/token`: codes and refresh tokens become access tokens. One function for each grant.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Extract};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::answer::client_info;
use super::demand::Demand;
use super::policy::{Verdict, judge, still_met};
use super::refusal::Refusal;
use super::request::{find_client, once_each};
use super::scopes::Scopes;
use super::store::{Grant, Refresh, random_text};
use super::tenants::{Authority, authority, by_account};
use crate::error::Result as EmulatorResult;
use crate::journal;
use crate::scenario::{Client, Consent};
use crate::secrets::SecretKind;
use crate::state::State;
use crate::tokens::AccessToken;

/// Tokens that live longer than this come with the advice to refresh them at half of their life.
const LONG_LIVED_SECONDS: i64 = 2 * 3600;

type Fields = BTreeMap<String, String>;

pub(super) async fn token(Extract(state): Extract<State>, Path(tenant): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let correlation = headers.get("client-request-id").and_then(|value| value.to_str().ok());
    let (status, answer) = match exchange(&state, &tenant, &headers, &body) {
        Ok(answer) => (StatusCode::OK, answer),
        Err(refusal) => {
            refusal.note();
            (refusal.status(), refusal.to_json(&state, correlation))
        }
    };
    not_stored(status, answer)
}

pub(super) async fn only_post(Extract(state): Extract<State>) -> Response {
    let refusal = Refusal::invalid_request(900_561, "The endpoint accepts POST requests only.");
    refusal.note();
    not_stored(refusal.status(), refusal.to_json(&state, None))
}

fn not_stored(status: StatusCode, answer: Value) -> Response {
    let mut answer = (status, Json(answer)).into_response();
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    answer.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    answer
}

fn exchange(state: &State, tenant: &str, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    let authority = authority(state, tenant)?;
    let is_form = headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if !is_form {
        return Err(Refusal::invalid_request(900_144, "The request body must be a form of the type 'application/x-www-form-urlencoded'."));
    }
    let fields = once_each(body)?;
    let client = find_client(state, need(&fields, "client_id")?)?;
    journal::note(|notes| notes.client = Some(client.client_id.clone()));
    if fields.contains_key("client_secret") || fields.contains_key("client_assertion") {
        return Err(Refusal::new("invalid_client", 700_025, "The client is public: it must send neither a secret nor an assertion."));
    }
    let request = Exchange { state, authority, client, fields };
    match need(&request.fields, "grant_type")? {
        "authorization_code" => request.code(),
        "refresh_token" => request.refresh(),
        other => {
            Err(Refusal::new("unsupported_grant_type", 70_003, format!("The grant type '{}' is not supported.", other.escape_debug())))
        }
    }
}

fn need<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, Refusal> {
    fields.get(name).map(String::as_str).filter(|value| !value.is_empty()).ok_or_else(|| Refusal::missing(name))
}

/// One request to the token endpoint.
struct Exchange<'a> {
    state: &'a State,
    authority: Authority,
    client: Client,
    fields: Fields,
}

/// What a token is to be made of.
struct Order {
    grant: Grant,
    scopes: Scopes,
    demand: Demand,
    nonce: Option<String>,
}

impl Exchange<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn code(&self) -> Result<Value, Refusal> {
        let text = need(&self.fields, "code")?;
        let now = self.state.clock.seconds();
        // Marked as used under the lock: of two exchanges at once, one is refused.
        let (code, used) = self
            .state
            .login
            .with(|memory| {
                let code = memory.codes.get_mut(text)?;
                let used = std::mem::replace(&mut code.used, true);
                Some((code.clone(), used))
            })
            .ok_or_else(|| Refusal::invalid_grant(70_000, "The authorization code is malformed or not known."))?;
        if used {
            return Err(Refusal::invalid_grant(54_005, "The authorization code was redeemed already."));
        }
        if now >= code.expires {
            return Err(Refusal::invalid_grant(70_008, "The authorization code has expired."));
        }
        if code.grant.client_id != self.client.client_id {
            return Err(Refusal::invalid_grant(700_005, "The authorization code was issued to another application."));
        }
        if need(&self.fields, "redirect_uri")? != code.request.answer.redirect_uri {
            return Err(Refusal::invalid_grant(50_011, "The redirect address is not the one of the authorization request."));
        }
        check_verifier(need(&self.fields, "code_verifier")?, &code.request.challenge)?;
        let mut scopes = match self.get("scope") {
            Some(text) => Scopes::parse(self.state, &self.client, text)?,
            None => code.request.scopes.clone(),
        };
        scopes.openid |= code.request.scopes.openid;
        scopes.offline |= code.request.scopes.offline;
        let demand = code.request.demand.and(&Demand::parse(self.get("claims"))?);
        self.fulfil(Order { grant: code.grant, scopes, demand, nonce: code.request.nonce })
    }

    fn refresh(&self) -> Result<Value, Refusal> {
        let text = need(&self.fields, "refresh_token")?;
        let refresh = self
            .state
            .login
            .with(|memory| memory.refresh.get(text).cloned())
            .ok_or_else(|| Refusal::invalid_grant(70_000, "The refresh token is malformed or not known.").suberror("bad_token"))?;
        if refresh.grant.client_id != self.client.client_id {
            return Err(Refusal::invalid_grant(700_005, "The refresh token was issued to another application.").suberror("client_mismatch"));
        }
        if self.state.clock.seconds() >= refresh.expires {
            return Err(Refusal::invalid_grant(700_082, "The refresh token has expired because it was not used for too long.")
                .suberror("token_expired"));
        }
        let mut scopes = Scopes::parse(self.state, &self.client, self.get("scope").unwrap_or("openid offline_access"))?;
        // Whoever has a refresh token gets the next one, whether the scope is named again or not.
        scopes.offline = true;
        scopes.openid |= refresh.openid;
        let demand = Demand::parse(self.get("claims"))?;
        self.fulfil(Order { grant: refresh.grant, scopes, demand, nonce: None })
    }

    fn fulfil(&self, mut order: Order) -> Result<Value, Refusal> {
        let state = self.state;
        let person = by_account(state, &order.grant.account)
            .ok_or_else(|| Refusal::invalid_grant(50_034, "The account does not exist any more."))?;
        journal::note(|notes| notes.user = Some(person.user.user_principal_name.clone()));
        if !self.authority.admits(person) {
            return Err(Refusal::invalid_grant(50_020, "The account does not exist in this tenant."));
        }
        if person.user.disabled {
            return Err(Refusal::invalid_grant(50_057, "The account is disabled."));
        }
        if order.grant.revocations != state.tokens.revocation_count(&order.grant.account.object_id) {
            return Err(
                Refusal::invalid_grant(50_173, "The grant was revoked: the sessions of the user have been ended.").suberror("bad_token")
            );
        }
        self.check_consent(&order)?;
        match judge(state, &order.demand, order.grant.proof, 0) {
            Verdict::Met => {}
            Verdict::Passkey(policies) => {
                return Err(Refusal::new(
                    "interaction_required",
                    50_076,
                    "Because of a policy of your administrator, a stronger sign-in is needed for what was asked.",
                )
                .suberror("basic_action")
                .claims(order.demand.unmet(&policies)));
            }
            Verdict::Never(refusal) => return Err(refusal),
        }
        let known: BTreeSet<String> = order.grant.contexts.union(&order.demand.contexts).cloned().collect();
        order.grant.contexts = still_met(state, &known, order.grant.proof);
        self.issue(&order).map_err(|error| Refusal::new("server_error", 90_036, error.to_string()))
    }

    fn check_consent(&self, order: &Order) -> Result<(), Refusal> {
        let key = (order.grant.account.object_id.clone(), self.client.client_id.clone());
        let agreed = match self.client.consent {
            Consent::Granted => order.scopes.missing_consent.is_empty(),
            Consent::User => self.state.login.with(|memory| memory.consents.contains(&key)),
            Consent::Admin => false,
        };
        if agreed {
            return Ok(());
        }
        let message = format!("Nobody has agreed that the application '{}' uses what it asks for.", self.client.display_name);
        Err(Refusal::invalid_grant(65_001, message).suberror("consent_required"))
    }

    fn issue(&self, order: &Order) -> EmulatorResult<Value> {
        let (state, grant, scopes) = (self.state, &order.grant, &order.scopes);
        let person = by_account(state, &grant.account).ok_or_else(|| crate::Error::Keys("the account is gone".to_owned()))?;
        let contexts: Vec<String> =
            if state.scenario.behaviour.contexts_only_when_asked { &order.demand.contexts } else { &grant.contexts }
                .iter()
                .cloned()
                .collect();
        let (access_token, claims) = state.issue(&AccessToken {
            user: person.user,
            tenant_id: &grant.account.tenant_id,
            client: &self.client,
            audience: &scopes.audience,
            scopes: scopes.permissions.clone(),
            contexts,
            methods: grant.proof.methods(),
            capabilities: order.demand.capabilities.iter().cloned().collect(),
            session: grant.session.clone(),
        })?;
        journal::note(|notes| notes.token_contexts = Some(claims.acrs.clone()));
        let life = claims.exp - claims.iat;
        let mut answer = Map::new();
        let mut put = |name: &str, value: Value| answer.insert(name.to_owned(), value);
        put("token_type", json!("Bearer"));
        put("scope", json!(scopes.shown()));
        put("expires_in", json!(life));
        put("ext_expires_in", json!(life));
        if life > LONG_LIVED_SECONDS {
            put("refresh_in", json!(life / 2));
        }
        put("access_token", json!(access_token));
        if scopes.offline {
            put("refresh_token", json!(self.refresh_token(order)));
        }
        if scopes.openid {
            put("id_token", json!(id_token(state, grant, order.nonce.as_deref())?));
        }
        if self.get("client_info") == Some("1") {
            put("client_info", json!(client_info(&grant.account)));
        }
        Ok(Value::Object(answer))
    }

    /// A new refresh token; the one that was used stays good, as in Entra.
    fn refresh_token(&self, order: &Order) -> String {
        let token = random_text("1.refresh.");
        self.state.secrets.register(SecretKind::RefreshToken, &token);
        let expires = self.state.clock.seconds().saturating_add(self.state.scenario.behaviour.refresh_token_seconds);
        let refresh = Refresh { grant: order.grant.clone(), openid: order.scopes.openid, expires };
        self.state.login.with(|memory| memory.refresh.insert(token.clone(), refresh));
        token
    }
}

/// RFC 7636, section 4.6.
fn check_verifier(verifier: &str, challenge: &str) -> Result<(), Refusal> {
    let in_alphabet = verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'));
    if !(43..=128).contains(&verifier.len()) || !in_alphabet {
        return Err(Refusal::invalid_grant(501_491, "The parameter 'code_verifier' has an invalid length or form."));
    }
    if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) != challenge {
        return Err(Refusal::invalid_grant(
            501_481,
            "The parameter 'code_verifier' does not match the challenge of the authorization request.",
        ));
    }
    Ok(())
}

/// An ID token in the v2.0 form.
pub(super) fn id_token(state: &State, grant: &Grant, nonce: Option<&str>) -> EmulatorResult<String> {
    let person = by_account(state, &grant.account).ok_or_else(|| crate::Error::Keys("the account is gone".to_owned()))?;
    let (now, tenant) = (state.clock.seconds(), &grant.account.tenant_id);
    let mut claims = json!({
        "aud": grant.client_id,
        "iss": format!("{}/{tenant}/v2.0", state.origins.login),
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "name": person.user.display_name,
        "oid": person.user.object_id,
        "preferred_username": person.user.user_principal_name,
        "sid": grant.session,
        "sub": URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{}{}", person.user.object_id, grant.client_id))),
        "tid": tenant,
        "ver": "2.0",
    });
    if let (Some(nonce), Some(members)) = (nonce, claims.as_object_mut()) {
        members.insert("nonce".to_owned(), json!(nonce));
    }
    let token = state.sign(&claims)?;
    state.secrets.register(SecretKind::IdToken, &token);
    Ok(token)
}
