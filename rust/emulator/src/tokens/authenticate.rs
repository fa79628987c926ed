//! Checking a bearer token as Graph and Azure Resource Manager do, refusals included.

use axum::Json;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CriticalEvent, TokenClaims, signing_key};
use crate::journal;
use crate::login::{ARM_AUDIENCES, GRAPH_APP_ID, GRAPH_AUDIENCES};
use crate::state::State;

/// The API that checks a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Audience {
    /// Microsoft Graph.
    Graph,
    /// Azure Resource Manager.
    Arm,
}

impl State {
    /// Checks the bearer token of a request: signature, audience, life by the emulator's clock, revocation.
    ///
    /// # Errors
    /// The service's own 401: with a claims challenge when the user's sessions were revoked and the client declared `cp1`
    /// (without `cp1` a token lives until it expires, as in the real services).
    pub fn authenticate(&self, headers: &HeaderMap, audience: Audience) -> Result<TokenClaims, Response> {
        let Some(value) = headers.get(AUTHORIZATION) else {
            return Err(self.refuse(audience, Refusal::Missing));
        };
        let token = value.to_str().ok().and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"));
        let Some((_, token)) = token else {
            return Err(self.refuse(audience, Refusal::Malformed));
        };
        let claims = signing_key().ok().and_then(|key| key.verify::<TokenClaims>(token.trim()));
        let Some(claims) =
            claims.filter(|claims| claims.iss.starts_with(&self.origins.login) && ["user", "app"].contains(&claims.idtyp.as_str()))
        else {
            return Err(self.refuse(audience, Refusal::Malformed));
        };
        journal::note(|notes| {
            notes.user = (!claims.is_app()).then(|| claims.upn.clone());
            notes.client = Some(claims.appid.clone());
            notes.token_contexts = Some(claims.acrs.clone());
        });
        if !self.is_audience(audience, &claims.aud) {
            journal::note_violation(format!("a token for `{}` was sent here", claims.aud));
            return Err(self.refuse(audience, Refusal::Audience));
        }
        let now = self.clock.seconds();
        if now >= claims.exp {
            return Err(self.refuse(audience, Refusal::Expired));
        }
        let is_known = if claims.is_app() {
            self.scenario.service_principals().any(|principal| principal.object_id == claims.oid)
        } else {
            self.scenario.user_by_id(&claims.oid).is_some()
        };
        if claims.tid != self.scenario.tenant.id || !is_known {
            return Err(self.refuse(audience, Refusal::Tenant));
        }
        if claims.has_capability()
            && let Some((event, time)) = self.tokens.event_since(&claims)
        {
            return Err(self.refuse(audience, Refusal::Evaluated(event, time)));
        }
        Ok(claims)
    }

    fn is_audience(&self, audience: Audience, aud: &str) -> bool {
        let aud = aud.trim_end_matches('/');
        let (origin, names) = match audience {
            Audience::Graph => (&self.origins.graph, GRAPH_AUDIENCES),
            Audience::Arm => (&self.origins.arm, ARM_AUDIENCES),
        };
        aud.eq_ignore_ascii_case(origin) || names.iter().any(|name| aud.eq_ignore_ascii_case(name))
    }

    fn refuse(&self, audience: Audience, refusal: Refusal) -> Response {
        let authorize = format!("{}/common/oauth2/authorize", self.origins.login);
        let (body, challenge) = match audience {
            Audience::Graph => (refusal.graph_body(self), refusal.graph_challenge(&authorize)),
            Audience::Arm => (refusal.arm_body(), refusal.arm_challenge(&self.origins.login, &self.scenario.tenant.id)),
        };
        if matches!(refusal, Refusal::Evaluated(..)) {
            journal::note_challenge();
        }
        let mut answer = (StatusCode::UNAUTHORIZED, Json(body)).into_response();
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        answer
    }
}

enum Refusal {
    Missing,
    Malformed,
    Audience,
    Expired,
    Tenant,
    /// Continuous access evaluation: what happened, and when.
    Evaluated(CriticalEvent, i64),
}

impl Refusal {
    fn graph_body(&self, state: &State) -> Value {
        let message = match self {
            Self::Missing => "Access token is empty.".to_owned(),
            Self::Malformed => "CompactToken parsing failed with error code: 80049217".to_owned(),
            Self::Audience => "Access token validation failure. Invalid audience.".to_owned(),
            Self::Expired => "Lifetime validation failed, the token is expired.".to_owned(),
            Self::Tenant => "The identity of the calling application could not be established.".to_owned(),
            Self::Evaluated(event, _) => evaluated(*event),
        };
        let request = Uuid::new_v4();
        let date = state.clock.now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
        json!({ "error": {
            "code": "InvalidAuthenticationToken",
            "message": message,
            "innerError": { "date": date, "request-id": request, "client-request-id": request },
        } })
    }

    fn arm_body(&self) -> Value {
        let (code, message) = match self {
            Self::Missing => ("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."),
            Self::Malformed => ("InvalidAuthenticationToken", "The access token is invalid."),
            Self::Audience => ("InvalidAuthenticationTokenAudience", "The access token has been obtained for wrong audience or resource."),
            Self::Expired => ("ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than the current UTC time."),
            Self::Tenant => ("InvalidAuthenticationTokenTenant", "The access token is from the wrong issuer."),
            Self::Evaluated(CriticalEvent::Revoked, _) => ("AuthenticationFailed", "User session has been revoked."),
            Self::Evaluated(CriticalEvent::OutdatedPolicies, _) => {
                ("AuthenticationFailed", "The token was created with outdated policies.")
            }
            Self::Evaluated(CriticalEvent::Location, _) => ("AuthenticationFailed", "Tenant IP Policy validate failed."),
        };
        json!({ "error": { "code": code, "message": message } })
    }

    fn graph_challenge(&self, authorize: &str) -> String {
        let plain = format!("Bearer realm=\"\", authorization_uri=\"{authorize}\", client_id=\"{GRAPH_APP_ID}\"");
        match self {
            Self::Evaluated(event, time) => format!(
                "{plain}, error=\"insufficient_claims\", error_description=\"{}\", claims=\"{}\"",
                evaluated(*event),
                STANDARD.encode(wanted(*event, *time))
            ),
            _ => plain,
        }
    }

    /// Azure Resource Manager says `invalid_token` and leaves the padding out.
    fn arm_challenge(&self, login: &str, tenant: &str) -> String {
        let (error, description) = match self {
            Self::Evaluated(CriticalEvent::Revoked, _) => ("invalid_token", "User session has been revoked"),
            Self::Evaluated(CriticalEvent::OutdatedPolicies, _) => ("invalid_token", "The token was created with outdated policies"),
            Self::Evaluated(CriticalEvent::Location, _) => ("invalid_token", "Tenant IP Policy validate failed."),
            Self::Expired => ("invalid_token", "The access token has expired."),
            Self::Missing => ("invalid_token", "The access token is missing."),
            _ => ("invalid_token", "The access token is invalid."),
        };
        let plain = format!("Bearer authorization_uri=\"{login}/{tenant}\", error=\"{error}\", error_description=\"{description}\"");
        match self {
            Self::Evaluated(event, time) => format!("{plain}, claims=\"{}\"", STANDARD_NO_PAD.encode(wanted(*event, *time))),
            _ => plain,
        }
    }
}

/// The text of Microsoft Graph.
fn evaluated(event: CriticalEvent) -> String {
    let code = match event {
        CriticalEvent::Revoked => "TokenIssuedBeforeRevocationTimestamp",
        CriticalEvent::OutdatedPolicies => "TokenCreatedWithOutdatedPolicies",
        CriticalEvent::Location => "LocationConditionEvaluationSatisfied",
    };
    format!("Continuous access evaluation resulted in challenge with result: InteractionRequired and code: {code}")
}

/// The claims that a token has to satisfy after an event.
fn wanted(event: CriticalEvent, time: i64) -> String {
    let address = if event == CriticalEvent::Location { r#","xms_rp_ipaddr":{"value":"203.0.113.7"}"# } else { "" };
    format!(r#"{{"access_token":{{"nbf":{{"essential":true,"value":"{time}"}}{address}}}}}"#)
}
