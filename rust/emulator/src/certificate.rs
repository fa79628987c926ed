//! Certificates that applications prove themselves with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use rsa::{RsaPrivateKey, rand_core::OsRng};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::{Error, Result};

/// A certificate that signs for itself, with its key: RSA with 2048 bits, as Entra ID takes it.
#[derive(Clone, Debug)]
pub struct SelfSigned {
    /// The certificate as PEM: what a scenario's application registers.
    pub certificate: String,
    /// The private key as PEM (PKCS #8): what the client signs with.
    pub private_key: String,
}

impl SelfSigned {
    /// Makes a key and a certificate for it.
    ///
    /// # Errors
    /// A random source that fails.
    pub fn make(common_name: &str) -> Result<Self> {
        let broken = |problem: &dyn std::fmt::Display| Error::Keys(problem.to_string());
        let private = RsaPrivateKey::new(&mut OsRng, 2048).map_err(|error| broken(&error))?;
        let private_key = private.to_pkcs8_pem(LineEnding::LF).map_err(|error| broken(&error))?.to_string();
        let key = KeyPair::from_pkcs8_pem_and_sign_algo(&private_key, &PKCS_RSA_SHA256).map_err(|error| broken(&error))?;
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, common_name);
        let certificate = parameters.self_signed(&key).map_err(|error| broken(&error))?;
        Ok(Self { certificate: certificate.pem(), private_key })
    }
}

/// What the token service knows of a registered certificate.
pub(crate) struct Known {
    /// SHA-1 of the certificate, base64url: `x5t`.
    pub(crate) x5t: String,
    /// SHA-256 of the certificate, base64url: `x5t#S256`.
    pub(crate) x5t_s256: String,
    /// The key that checks signatures.
    pub(crate) key: DecodingKey,
}

impl Known {
    /// Reads a certificate; `None` for whatever is no PEM certificate with an RSA key.
    pub(crate) fn read(pem: &str) -> Option<Self> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
        let key = DecodingKey::from_rsa_pem(pem.as_bytes()).ok()?;
        let hash = |algorithm| URL_SAFE_NO_PAD.encode(digest(algorithm, &der));
        Some(Self { x5t: hash(&SHA1_FOR_LEGACY_USE_ONLY), x5t_s256: hash(&SHA256), key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_known_by_both_of_its_hashes() {
        let made = SelfSigned::make("A test").unwrap();
        let known = Known::read(&made.certificate).unwrap();
        assert_eq!((known.x5t.len(), known.x5t_s256.len()), (27, 43));
        assert!(Known::read("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_none());
        assert!(Known::read(&made.private_key).is_none());
    }
}
