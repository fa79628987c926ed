//! Grants of users: a code, a refresh token or a device code becomes tokens. All end in the same check of revocation, consent and policy.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::super::answer::client_info;
use super::super::demand::Demand;
use super::super::device;
use super::super::policy::{Verdict, blocked_silently, device_flow_blocked, is_too_old, judge, still_met};
use super::super::refusal::Refusal;
use super::super::scopes::Scopes;
use super::super::store::{Grant, Refresh, random_text};
use super::super::tenants::{Authority, by_account};
use super::{Fields, id_token, need, optional, put_lives};
use crate::error::Result as EmulatorResult;
use crate::journal;
use crate::scenario::{Client, Consent, DeviceCodeFlow};
use crate::secrets::SecretKind;
use crate::state::State;
use crate::tokens::{AccessToken, Subject};

/// One request to the token endpoint.
pub(super) struct Exchange<'a> {
    pub(super) state: &'a State,
    pub(super) authority: Authority,
    pub(super) client: Client,
    pub(super) fields: &'a Fields,
}

/// What a token is to be made of.
struct Order {
    grant: Grant,
    scopes: Scopes,
    demand: Demand,
    nonce: Option<String>,
    is_refresh: bool,
}

impl Order {
    /// The claim `amr`.
    fn methods(&self, refresh_forgets_mfa: bool) -> Vec<String> {
        let asks = self.demand.mfa || !self.demand.contexts.is_empty();
        if self.is_refresh && refresh_forgets_mfa && !asks {
            return vec!["pwd".to_owned(), "rsa".to_owned()];
        }
        self.grant.proof.methods()
    }
}

/// At the token endpoint, Conditional Access blocks a grant rather than the user.
fn of_grant(refusal: Refusal) -> Refusal {
    if refusal.code == 53_003 { Refusal { error: "invalid_grant", ..refusal } } else { refusal }
}

impl Exchange<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        optional(self.fields, name)
    }

    pub(super) fn code(&self) -> Result<Value, Refusal> {
        let text = need(self.fields, "code")?;
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
        if need(self.fields, "redirect_uri")? != code.request.answer.redirect_uri {
            return Err(Refusal::invalid_grant(50_011, "The redirect address is not the one of the authorization request."));
        }
        check_verifier(need(self.fields, "code_verifier")?, &code.request.challenge)?;
        let mut scopes = match self.get("scope") {
            Some(text) => Scopes::parse(self.state, &self.client, text)?,
            None => code.scopes.clone(),
        };
        scopes.openid |= code.scopes.openid;
        scopes.offline |= code.scopes.offline;
        let demand = code.demand.and(&Demand::parse(self.get("claims"))?);
        self.fulfil(Order { grant: code.grant, scopes, demand, nonce: code.request.nonce, is_refresh: false })
    }

    pub(super) fn refresh(&self) -> Result<Value, Refusal> {
        let text = need(self.fields, "refresh_token")?;
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
        if is_too_old(self.state, refresh.grant.proof) {
            let message = "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.";
            return Err(Refusal::invalid_grant(70_043, message).suberror("bad_token"));
        }
        if let Some(refusal) = blocked_silently(self.state, &demand) {
            return Err(of_grant(refusal));
        }
        self.fulfil(Order { grant: refresh.grant, scopes, demand, nonce: None, is_refresh: true })
    }

    pub(super) fn device(&self) -> Result<Value, Refusal> {
        let redeemed = device::redeem(self.state, need(self.fields, "device_code")?, &self.client.client_id)?;
        let demand = Demand::parse(self.get("claims"))?;
        let demand = if self.state.scenario.behaviour.device_code_honours_claims { demand } else { demand.capabilities_alone() };
        self.fulfil(Order {
            grant: redeemed.grant,
            scopes: redeemed.scopes,
            demand: redeemed.demand.and(&demand),
            nonce: None,
            is_refresh: false,
        })
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
        if order.grant.by_device_code
            && let Some(refusal) = device_flow_blocked(state, DeviceCodeFlow::BlockedAtToken)
        {
            return Err(of_grant(refusal));
        }
        match judge(state, &order.demand, order.grant.proof, 0) {
            Verdict::Met => {}
            Verdict::Passkey(unmet) => return Err(unmet.refusal(&order.demand)),
            Verdict::Never(refusal) => return Err(of_grant(refusal)),
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
            subject: Subject::User {
                user: person.user,
                scopes: scopes.permissions.clone(),
                contexts,
                methods: order.methods(state.scenario.behaviour.refresh_forgets_mfa),
                session: grant.session.clone(),
            },
            tenant_id: &grant.account.tenant_id,
            client_id: &self.client.client_id,
            client_name: &self.client.display_name,
            audience: &scopes.audience,
            capabilities: order.demand.capabilities.iter().cloned().collect(),
            life_seconds: None,
        })?;
        journal::note(|notes| notes.token_contexts = Some(claims.acrs.clone()));
        let mut answer = Map::new();
        put_lives(&mut answer, &claims);
        let mut put = |name: &str, value: Value| answer.insert(name.to_owned(), value);
        put("token_type", json!("Bearer"));
        put("scope", json!(scopes.shown()));
        put("access_token", json!(access_token));
        if scopes.offline {
            put("refresh_token", json!(self.refresh_token(order)));
        }
        if scopes.openid {
            put("id_token", json!(id_token(state, grant, order.nonce.as_deref())?));
        }
        if self.get("client_info") == Some("1") {
            put("client_info", json!(client_info(state, &grant.account)));
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
