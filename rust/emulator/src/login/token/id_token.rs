//! ID tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::super::store::Grant;
use super::super::tenants::by_account;
use crate::error::Result;
use crate::secrets::SecretKind;
use crate::state::State;

/// An ID token in the v2.0 form.
pub(in super::super) fn id_token(state: &State, grant: &Grant, nonce: Option<&str>) -> Result<String> {
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
