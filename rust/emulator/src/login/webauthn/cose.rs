//! Public keys in COSE form (RFC 9052, RFC 9053) and their signatures.

use ciborium::Value;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};

use super::Rejection;

/// A passkey's public key.
#[derive(Clone, Debug)]
pub(in super::super) enum PublicKey {
    /// ES256: an uncompressed point of P-256.
    Es256(Vec<u8>),
    /// Ed25519.
    EdDsa(Vec<u8>),
    /// RS256: modulus and exponent.
    Rs256 {
        /// Big-endian modulus.
        modulus: Vec<u8>,
        /// Big-endian exponent.
        exponent: Vec<u8>,
    },
}

impl PublicKey {
    pub(super) fn from_cose(key: &Value) -> Result<Self, Rejection> {
        const UNKNOWN: Rejection = "the public key is not understood";
        let members = key.as_map().ok_or(UNKNOWN)?;
        let member = |label: i128| {
            members.iter().find(|(key, _)| key.as_integer().is_some_and(|key| i128::from(key) == label)).map(|(_, value)| value)
        };
        let number = |label| member(label).and_then(Value::as_integer).map(i128::from);
        let bytes = |label, length: Option<usize>| {
            let bytes = member(label).and_then(Value::as_bytes).ok_or(UNKNOWN)?;
            if length.is_some_and(|length| bytes.len() != length) { Err(UNKNOWN) } else { Ok(bytes.as_slice()) }
        };
        // Labels: 1 key type, 3 algorithm, -1 curve or modulus, -2 x or exponent, -3 y.
        match (number(1), number(3)) {
            (Some(2), Some(-7)) if number(-1) == Some(1) => Ok(Self::Es256([&[4], bytes(-2, Some(32))?, bytes(-3, Some(32))?].concat())),
            (Some(1), Some(-8)) if number(-1) == Some(6) => Ok(Self::EdDsa(bytes(-2, Some(32))?.to_vec())),
            (Some(3), Some(-257)) => Ok(Self::Rs256 { modulus: bytes(-1, None)?.to_vec(), exponent: bytes(-2, None)?.to_vec() }),
            _ => Err("the passkey's algorithm was not offered"),
        }
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Es256(point) => UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, point).verify(message, signature).is_ok(),
            Self::EdDsa(key) => UnparsedPublicKey::new(&signature::ED25519, key).verify(message, signature).is_ok(),
            Self::Rs256 { modulus, exponent } => RsaPublicKeyComponents { n: modulus, e: exponent }
                .verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{Ed25519KeyPair, KeyPair};

    use super::*;

    fn cose(members: &[(i64, Value)]) -> Value {
        Value::Map(members.iter().map(|(label, value)| (Value::from(*label), value.clone())).collect())
    }

    #[test]
    fn edwards_keys_verify() {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let x = Value::Bytes(pair.public_key().as_ref().to_vec());
        let key = PublicKey::from_cose(&cose(&[(1, 1.into()), (3, (-8).into()), (-1, 6.into()), (-2, x)])).unwrap();
        let signature = pair.sign(b"message");
        assert!(key.verifies(b"message", signature.as_ref()));
        assert!(!key.verifies(b"massage", signature.as_ref()));
    }

    #[test]
    fn rsa_keys_verify() {
        let key = crate::tokens::signing_key().unwrap();
        let token = key.sign(&serde_json::json!({ "a": 1 })).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let set = key.key_set();
        let part = |name: &str| Value::Bytes(super::super::decode(set["keys"][0][name].as_str().unwrap()).unwrap());
        let key = PublicKey::from_cose(&cose(&[(1, 3.into()), (3, (-257).into()), (-1, part("n")), (-2, part("e"))])).unwrap();
        let signature = super::super::decode(signature).unwrap();
        assert!(key.verifies(signed.as_bytes(), &signature));
        assert!(!key.verifies(b"another", &signature));
    }

    #[test]
    fn keys_that_were_not_offered_are_refused() {
        let bytes = |length| Value::Bytes(vec![1; length]);
        for wrong in [
            cose(&[]),
            cose(&[(1, 2.into()), (3, (-7).into()), (-1, 1.into()), (-2, bytes(31)), (-3, bytes(32))]),
            cose(&[(1, 2.into()), (3, (-7).into()), (-1, 2.into()), (-2, bytes(32)), (-3, bytes(32))]),
            cose(&[(1, 2.into()), (3, (-35).into()), (-1, 2.into()), (-2, bytes(48)), (-3, bytes(48))]),
            Value::Null,
        ] {
            assert!(PublicKey::from_cose(&wrong).is_err(), "{wrong:?}");
        }
    }
}
