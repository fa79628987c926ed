//! WebAuthn, relying-party side: passkeys are registered and signatures are verified as Web Authentication Level 3, sections 7.1 and
//! 7.2, demand. Attestation is not asked for.

mod authenticator;
mod cose;

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use authenticator::{AuthenticatorData, attestation_object};
pub(super) use cose::PublicKey;

/// No answer of an authenticator comes near this.
const LARGEST: usize = 64 * 1024;

/// A registered passkey.
#[derive(Clone, Debug)]
pub(super) struct Passkey {
    pub(super) id: Vec<u8>,
    pub(super) key: PublicKey,
    pub(super) counter: u32,
}

/// What the relying party is and which challenge it gave.
#[derive(Clone, Copy, Debug)]
pub(super) struct RelyingParty<'a> {
    /// Origin of the pages.
    pub(super) origin: &'a str,
    /// Its host.
    pub(super) id: &'a str,
}

/// Why an authenticator's answer is refused. The text says which check failed.
pub(super) type Rejection = &'static str;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    response: CredentialResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    attestation_object: Option<String>,
    authenticator_data: Option<String>,
    signature: Option<String>,
    user_handle: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// Base64url with or without padding.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl RelyingParty<'_> {
    /// Options for `navigator.credentials.create`; binary members are base64url.
    pub(super) fn creation_options(self, challenge: &[u8], object_id: &str, name: &str, display_name: &str, existing: &[Passkey]) -> Value {
        // ES256, EdDSA, RS256.
        let algorithms = [-7, -8, -257].map(|algorithm| json!({ "type": "public-key", "alg": algorithm }));
        json!({
            "rp": { "id": self.id, "name": "Emulated Entra ID" },
            "user": { "id": encode(object_id.as_bytes()), "name": name, "displayName": display_name },
            "challenge": encode(challenge),
            "pubKeyCredParams": algorithms,
            "authenticatorSelection": { "residentKey": "required", "requireResidentKey": true, "userVerification": "required" },
            "attestation": "none",
            "excludeCredentials": descriptors(existing),
            "timeout": 120_000,
        })
    }

    /// Options for `navigator.credentials.get`; binary members are base64url.
    pub(super) fn request_options(self, challenge: &[u8], existing: &[Passkey]) -> Value {
        json!({
            "rpId": self.id,
            "challenge": encode(challenge),
            "allowCredentials": descriptors(existing),
            "userVerification": "required",
            "timeout": 120_000,
        })
    }

    /// Checks the answer to `create` and hands the passkey back.
    pub(super) fn register(self, challenge: &[u8], answer: &str) -> Result<Passkey, Rejection> {
        let credential = parse(answer)?;
        self.check_client_data(&credential.response.client_data, "webauthn.create", challenge)?;
        let object = credential.response.attestation_object.as_deref().and_then(decode).ok_or("the attestation object is missing")?;
        let data = AuthenticatorData::parse(&attestation_object(&object)?)?;
        self.check_authenticator(&data)?;
        let (id, key) = data.credential.ok_or("the authenticator sent no credential")?;
        if decode(&credential.id).as_deref() != Some(id.as_slice()) {
            return Err("the credential's id is not the one in the authenticator's data");
        }
        Ok(Passkey { id, key, counter: data.counter })
    }

    /// Checks the answer to `get` against the passkeys of the user and hands back which one signed and its new counter.
    pub(super) fn verify(self, challenge: &[u8], object_id: &str, passkeys: &[Passkey], answer: &str) -> Result<(usize, u32), Rejection> {
        let credential = parse(answer)?;
        let id = decode(&credential.id).ok_or("the credential's id is not base64url")?;
        let index = passkeys.iter().position(|passkey| passkey.id == id).ok_or("the passkey is not registered for this account")?;
        let passkey = passkeys.get(index).ok_or("the passkey is not registered for this account")?;
        if let Some(handle) = credential.response.user_handle.as_deref().filter(|handle| !handle.is_empty())
            && decode(handle).as_deref() != Some(object_id.as_bytes())
        {
            return Err("the passkey belongs to another user");
        }
        let client_data = self.check_client_data(&credential.response.client_data, "webauthn.get", challenge)?;
        let bytes = credential.response.authenticator_data.as_deref().and_then(decode).ok_or("the authenticator's data is missing")?;
        let data = AuthenticatorData::parse(&bytes)?;
        self.check_authenticator(&data)?;
        let signature = credential.response.signature.as_deref().and_then(decode).ok_or("the signature is missing")?;
        let mut signed = bytes;
        signed.extend_from_slice(&Sha256::digest(&client_data));
        if !passkey.key.verifies(&signed, &signature) {
            return Err("the signature does not verify");
        }
        // Authenticators without a counter always say 0; with one it must grow, or the passkey was copied.
        if (data.counter != 0 || passkey.counter != 0) && data.counter <= passkey.counter {
            return Err("the signature counter went back: the passkey may have been copied");
        }
        Ok((index, data.counter))
    }

    fn check_client_data(self, encoded: &str, kind: &str, challenge: &[u8]) -> Result<Vec<u8>, Rejection> {
        let bytes = decode(encoded).ok_or("the client data is not base64url")?;
        let data: ClientData = serde_json::from_slice(&bytes).map_err(|_| "the client data is not understood")?;
        if data.kind != kind {
            return Err("the client data is of another ceremony");
        }
        if decode(&data.challenge).as_deref() != Some(challenge) {
            return Err("the challenge is not the one that was given");
        }
        if data.origin != self.origin || data.cross_origin {
            return Err("the answer was made for another origin");
        }
        Ok(bytes)
    }

    fn check_authenticator(self, data: &AuthenticatorData) -> Result<(), Rejection> {
        if data.relying_party_hash != *Sha256::digest(self.id.as_bytes()) {
            return Err("the answer was made for another relying party");
        }
        if !data.user_present {
            return Err("nobody was present at the authenticator");
        }
        if !data.user_verified {
            return Err("the authenticator did not verify the user");
        }
        Ok(())
    }
}

fn parse(answer: &str) -> Result<Credential, Rejection> {
    if answer.len() > LARGEST {
        return Err("the answer is too large");
    }
    let credential: Credential = serde_json::from_str(answer).map_err(|_| "the authenticator's answer is not understood")?;
    if credential.kind != "public-key" { Err("the credential is no public key") } else { Ok(credential) }
}

fn descriptors(passkeys: &[Passkey]) -> Vec<Value> {
    passkeys.iter().map(|passkey| json!({ "type": "public-key", "id": encode(&passkey.id) })).collect()
}
