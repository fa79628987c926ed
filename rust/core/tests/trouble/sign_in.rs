//! What became of the refresh token: kept, if the next token comes from it; dropped, if nothing is sent and the user has to be asked.

use pim_core::auth::{Resource, TokenRequest};
use pim_core::call::Call;
use pim_core::claims::ClaimsRequest;
use pim_core::error::{Error, ErrorCode};
use pim_emulator::secrets::SecretKind;

use crate::tenant::Tenant;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    Kept,
    Dropped,
}

/// A new token of a service without asking the user.
pub async fn renew(tenant: &Tenant, resource: Resource) -> Result<(), Error> {
    let request = TokenRequest { renew: true, silent: true, ..TokenRequest::new(resource) };
    tenant.session.auth.token(&Call::new().0, &request).await.map(drop)
}

/// A new Graph token with a context without asking the user.
pub async fn silently(tenant: &Tenant, context: &str) -> Result<(), Error> {
    let claims = Some(ClaimsRequest::for_contexts([context]));
    let request = TokenRequest { claims, renew: true, silent: true, ..TokenRequest::new(Resource::Graph) };
    tenant.session.auth.token(&Call::new().0, &request).await.map(drop)
}

/// The claims of a context, as operations take them.
pub fn context(id: &str) -> String {
    ClaimsRequest::for_contexts([id]).canonical()
}

/// Tries the next renewal without the user. Nothing may have brought another refresh token since `known` of them were given.
pub async fn fate(tenant: &Tenant, resource: Resource, known: usize) -> Fate {
    assert_eq!(refresh_tokens(tenant), known, "another refresh token has come meanwhile");
    tenant.forget();
    let outcome = renew(tenant, resource).await;
    let sent = tenant.asked("POST", "/oauth2/v2.0/token");
    let by_refresh_token = |entry: &pim_emulator::JournalEntry| entry.body.as_ref().unwrap()["grant_type"] == "refresh_token";
    assert!(sent.iter().all(by_refresh_token) && tenant.asked("GET", "/authorize").is_empty());
    match outcome {
        Ok(()) => {
            assert_eq!(sent.last().unwrap().status, 200);
            Fate::Kept
        }
        Err(error) => {
            assert_eq!((error.code, sent.len()), (ErrorCode::SignInRequired, 0), "{error:?}");
            Fate::Dropped
        }
    }
}

/// How many refresh tokens have been given out.
pub fn refresh_tokens(tenant: &Tenant) -> usize {
    tenant.emulator.issued_secrets().iter().filter(|secret| secret.kind == SecretKind::RefreshToken).count()
}
