//! The RSA keys that sign tokens. One per process and signer: making one takes longer than everything else at the start.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, rand_core::OsRng};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

pub(crate) struct SigningKey {
    encoding: EncodingKey,
    decoding: DecodingKey,
    id: String,
    modulus: String,
    exponent: String,
}

type Made = OnceLock<std::result::Result<SigningKey, String>>;

/// The token service's key of this process.
///
/// # Errors
/// A random source that fails.
pub(crate) fn signing_key() -> Result<&'static SigningKey> {
    static KEY: Made = OnceLock::new();
    made(&KEY)
}

/// The key of the issuers outside, made when it is needed first.
///
/// # Errors
/// A random source that fails.
pub(crate) fn outside_key() -> Result<&'static SigningKey> {
    static KEY: Made = OnceLock::new();
    made(&KEY)
}

fn made(key: &'static Made) -> Result<&'static SigningKey> {
    key.get_or_init(SigningKey::generate).as_ref().map_err(|problem| Error::Keys(problem.clone()))
}

impl SigningKey {
    fn generate() -> std::result::Result<Self, String> {
        let private = RsaPrivateKey::new(&mut OsRng, 2048).map_err(|error| error.to_string())?;
        let der = private.to_pkcs1_der().map_err(|error| error.to_string())?;
        let modulus = private.n().to_bytes_be();
        let exponent = private.e().to_bytes_be();
        Ok(Self {
            encoding: EncodingKey::from_rsa_der(der.as_bytes()),
            decoding: DecodingKey::from_rsa_raw_components(&modulus, &exponent),
            id: URL_SAFE_NO_PAD.encode(&Sha256::digest(&modulus)[..20]),
            modulus: URL_SAFE_NO_PAD.encode(&modulus),
            exponent: URL_SAFE_NO_PAD.encode(&exponent),
        })
    }

    /// Signs claims as a JWT with RS256.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> Result<String> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.id.clone());
        jsonwebtoken::encode(&header, claims, &self.encoding).map_err(|error| Error::Keys(error.to_string()))
    }

    /// The claims of a JWT whose signature holds; times and audience are the caller's to check.
    pub(crate) fn verify<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        jsonwebtoken::decode(token, &self.decoding, &validation).ok().map(|data| data.claims)
    }

    /// The public half as a JSON Web Key Set.
    pub(crate) fn key_set(&self) -> Value {
        json!({ "keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id, "x5t": self.id, "n": self.modulus, "e": self.exponent,
        }] })
    }
}
