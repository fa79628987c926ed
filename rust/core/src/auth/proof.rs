//! Random values that tie an answer to its request: PKCE, `state`, `nonce`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// Proof Key for Code Exchange (RFC 7636), method S256. One per sign-in.
pub(super) struct Pkce {
    verifier: Secret,
}

impl Pkce {
    pub(super) fn new() -> Result<Self> {
        Ok(Self { verifier: random()? })
    }

    pub(super) fn verifier(&self) -> &Secret {
        &self.verifier
    }

    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.expose()))
    }
}

/// 256 bits of the operating system's randomness as 43 characters that need no escaping in an address.
pub(super) fn random() -> Result<Secret> {
    let mut bytes = vec![0; 32];
    SysRng
        .try_fill_bytes(bytes.as_mut_slice())
        .map_err(|error| Error::new(ErrorCode::Internal, "the operating system gave no random bytes").cause(&error))?;
    Ok(Secret::from(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let pkce = Pkce { verifier: Secret::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") };
        assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn random_values_are_long_enough_and_differ() {
        let (first, second) = (random().unwrap(), random().unwrap());
        assert_eq!(first.expose().len(), 43);
        assert!(first.expose().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        assert_ne!(first.expose(), second.expose());
    }
}
