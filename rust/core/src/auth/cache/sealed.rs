//! The form of a cache file: a name and version, a nonce, and `XChaCha20-Poly1305` ciphertext that vouches for all of it.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::TryRng as _;
use rand::rngs::SysRng;

/// Stands at the beginning, unencrypted and vouched for.
const HEAD: &[u8] = b"PIMStepUp cache 1\n";
const NONCE: usize = 24;

/// Seals the text. The error says what the system lacks.
pub(super) fn seal(key: &[u8], text: &[u8]) -> Result<Vec<u8>, String> {
    let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(|_| "the key has a wrong length".to_owned())?;
    let mut nonce = [0; NONCE];
    SysRng.try_fill_bytes(&mut nonce).map_err(|error| format!("the system gives no random numbers ({error})"))?;
    let payload = Payload { msg: text, aad: HEAD };
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| "the stored sign-ins are too many to be sealed".to_owned())?;
    Ok([HEAD, &nonce, &sealed].concat())
}

/// Opens what [`seal`] made with the same key; `None` for anything else.
pub(super) fn open(key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = bytes.strip_prefix(HEAD)?.split_at_checked(NONCE)?;
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    let cipher = XChaCha20Poly1305::new_from_slice(key).ok()?;
    cipher.decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: HEAD }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn what_was_sealed_opens_and_shows_nothing() {
        let sealed = seal(&KEY, b"refresh token").unwrap();
        assert_eq!(open(&KEY, &sealed).unwrap().as_slice(), b"refresh token");
        assert!(!sealed.windows(7).any(|part| part == b"refresh"));
        assert_ne!(sealed, seal(&KEY, b"refresh token").unwrap(), "the nonce is a new one each time");
    }

    #[test]
    fn another_key_and_every_changed_or_missing_byte_are_noticed() {
        let sealed = seal(&KEY, b"refresh token").unwrap();
        assert!(open(&[8; 32], &sealed).is_none());
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(open(&KEY, &changed).is_none(), "byte {index}");
            assert!(open(&KEY, &sealed[..index]).is_none(), "cut at {index}");
        }
        assert!(open(&KEY, &[sealed.as_slice(), b"x"].concat()).is_none());
    }
}
