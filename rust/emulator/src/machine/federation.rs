//! Tokens of issuers outside: what a pipeline or a cluster says of the job that runs in it.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::error::Result;
use crate::scenario::TOKEN_EXCHANGE;
use crate::secrets::SecretKind;
use crate::state::State;
use crate::tokens::outside_key;

/// What an outside issuer says.
#[derive(Clone, Debug)]
pub struct Federated {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// `aud`.
    pub audience: String,
    /// Seconds until it expires; negative for one that has expired.
    pub life_seconds: i64,
}

impl Federated {
    /// A token for workload identity federation that is good for an hour.
    #[must_use]
    pub fn new(issuer: &str, subject: &str) -> Self {
        Self { issuer: issuer.to_owned(), subject: subject.to_owned(), audience: TOKEN_EXCHANGE.to_owned(), life_seconds: 3600 }
    }
}

/// Signs a token with the key of the issuers outside. Its times are the system's: an issuer outside knows nothing of the emulator's clock.
///
/// # Errors
/// A signing key that fails.
pub fn mint(state: &State, token: &Federated) -> Result<String> {
    let now = Timestamp::now().as_second();
    let expires = now.saturating_add(token.life_seconds);
    let claims = json!({
        "jti": Uuid::new_v4(),
        "iss": token.issuer,
        "sub": token.subject,
        "aud": token.audience,
        "iat": now.min(expires),
        "nbf": now.min(expires),
        "exp": expires,
    });
    let signed = outside_key()?.sign(&claims)?;
    state.secrets.register(SecretKind::FederatedToken, &signed);
    Ok(signed)
}
