//! An application with a certificate: it signs an assertion of who it is (entra-docs `certificate-credentials.md`, RFC 7523).

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Credential, Signing};
use crate::auth::acquisition::Acquisition;
use crate::auth::authorize::PagePrompt;
use crate::auth::endpoint::Proof;
use crate::auth::refusal::Refusal;
use crate::auth::response::clean;
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Question;
use crate::pem;
use crate::secret::Secret;

/// Life of an assertion, in seconds: the most that Microsoft advises.
const LIFE: i64 = 600;
/// Larger files are none of a certificate and its key.
const LARGEST_FILE: u64 = 256 * 1024;

/// A certificate and whoever has its key.
pub(super) struct Certificate {
    der: Vec<u8>,
    key: Key,
}

enum Key {
    Own(Box<RsaKeyPair>),
    Host,
}

/// The host's answer to [`Question::Sign`].
#[derive(Deserialize)]
struct Signature {
    #[serde(default)]
    signature: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

impl Certificate {
    /// Reads a PEM file with a certificate and its key.
    pub(super) fn from_file(path: &Path) -> Result<Self> {
        let unreadable = |error: &dyn std::error::Error| refuse(path, "it cannot be read").cause(error);
        let size = fs::metadata(path).map_err(|error| unreadable(&error))?.len();
        if size > LARGEST_FILE {
            return Err(refuse(path, "it is too large"));
        }
        let pem = fs::read(path).map_err(|error| unreadable(&error))?;
        Self::from_pem(&pem::text(&pem)).map_err(|why| refuse(path, why))
    }

    fn from_pem(pem: &[u8]) -> Result<Self, &'static str> {
        if pem.windows(9).any(|window| window == b"ENCRYPTED") {
            return Err("its key is encrypted; decrypt it, or let the host hold it");
        }
        let key = match PrivateKeyDer::from_pem_slice(pem).map_err(|_| "it has no private key in PEM")? {
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err("its key is not an RSA key"),
        };
        let key = key.map_err(|_| "its key is not an RSA key of 2048 to 4096 bits")?;
        let certificates: Vec<_> =
            CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| "a certificate in it is broken")?;
        if certificates.is_empty() {
            return Err("it has no certificate");
        }
        // The public key stands in its certificate as it is. A chain may come along.
        let public = key.public_key().as_ref();
        let own = certificates.into_iter().find(|der| der.windows(public.len()).any(|window| window == public));
        let own = own.ok_or("its key belongs to none of its certificates")?;
        Ok(Self { der: own.as_ref().to_vec(), key: Key::Own(Box::new(key)) })
    }

    /// A certificate of which the host has the key.
    pub(super) fn of_host(certificate: &str) -> Result<Self> {
        let der = STANDARD.decode(certificate).ok().filter(|der| der.first() == Some(&0x30) && der.len() <= 64 * 1024);
        let der = der.ok_or_else(|| {
            Error::new(ErrorCode::InvalidConfiguration, "the certificate is not DER in base64")
                .hint("give the certificate itself, without its key")
                .target("credential.certificate")
        })?;
        Ok(Self { der, key: Key::Host })
    }

    /// A new assertion for the token endpoint.
    async fn assertion(&self, work: &Acquisition<'_>) -> Result<Secret> {
        let client_id = &work.wanted().family.client_id;
        let input = signing_input(&self.der, client_id, work.inner.authority().token().as_str());
        let signature = match &self.key {
            Key::Own(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)
                    .map_err(|_| Error::new(ErrorCode::Internal, "the certificate's key could not sign"))?;
                signature
            }
            Key::Host => self.ask(work, &input).await?,
        };
        Ok(Secret::from(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }

    async fn ask(&self, work: &Acquisition<'_>, input: &str) -> Result<Vec<u8>> {
        let question = Question::Sign { algorithm: "PS256".to_owned(), input: STANDARD.encode(input), thumbprint: thumbprint(&self.der) };
        let answer = work.flight.ask(&question).await?;
        let failed = |why: &str| {
            Error::new(ErrorCode::SignInFailed, format!("the host did not sign with the certificate: {why}"))
                .hint("check that this user may use the certificate's private key")
                .target(thumbprint(&self.der))
        };
        let answer: Signature = match answer {
            Value::Null => return Err(failed("it has no answer")),
            // serde's own words would quote the answer.
            answer => serde_json::from_value(answer).map_err(|_| failed("its answer is not understood"))?,
        };
        if let Some(why) = answer.error {
            return Err(failed(&clean(&why)));
        }
        // 2048 to 4096 bits.
        let signature = answer.signature.and_then(|text| STANDARD.decode(text).ok()).filter(|bytes| (256..=512).contains(&bytes.len()));
        signature.ok_or_else(|| failed("its signature is not that of an RSA key of 2048 to 4096 bits"))
    }
}

impl Credential for Certificate {
    fn is_application(&self) -> bool {
        true
    }

    fn sign_in<'a>(&'a self, work: &'a Acquisition<'a>, plan: Option<&'a ClaimsRequest>, _prompt: PagePrompt) -> Signing<'a> {
        Box::pin(async move {
            let assertion = self.assertion(work).await.map_err(Refusal::stop)?;
            work.sign_in_application(plan, Proof::Assertion(&assertion)).await
        })
    }
}

/// Header and claims (RFC 7515 section 5.1).
fn signing_input(der: &[u8], client_id: &str, audience: &str) -> String {
    let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(Sha256::digest(der))});
    let now = Timestamp::now().as_second();
    let claims = json!({
        "aud": audience, "iss": client_id, "sub": client_id, "jti": Uuid::new_v4().to_string(), "nbf": now, "iat": now, "exp": now + LIFE,
    });
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// What Windows and PowerShell call the certificate by. It names; nothing is trusted for it.
fn thumbprint(der: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, der);
    digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
}

fn refuse(path: &Path, why: &str) -> Error {
    Error::new(ErrorCode::InvalidConfiguration, format!("the certificate file `{}` cannot be used: {why}", path.display()))
        .hint("give a PEM file with the certificate and its RSA key (PKCS#8 or PKCS#1)")
        .target("credential.file")
}
