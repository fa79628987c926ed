//! Authenticator data and attestation objects (Web Authentication Level 3, sections 6.1 and 6.5).

use ciborium::Value;

use super::Rejection;
use super::cose::PublicKey;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED_CREDENTIAL: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

/// Longer credential ids must not be registered (section 7.1).
const LONGEST_ID: usize = 1023;
/// Deep enough for every real authenticator, shallow enough for the stack.
const DEEPEST: usize = 8;

/// What an authenticator says about one ceremony.
#[derive(Debug)]
pub(super) struct AuthenticatorData {
    pub(super) relying_party_hash: [u8; 32],
    pub(super) user_present: bool,
    pub(super) user_verified: bool,
    pub(super) counter: u32,
    pub(super) credential: Option<(Vec<u8>, PublicKey)>,
}

impl AuthenticatorData {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Rejection> {
        const SHORT: Rejection = "the authenticator's data is too short";
        let (relying_party_hash, rest) = bytes.split_first_chunk::<32>().ok_or(SHORT)?;
        let (&[flags], rest) = rest.split_first_chunk::<1>().ok_or(SHORT)?;
        let (counter, mut rest) = rest.split_first_chunk::<4>().ok_or(SHORT)?;
        if flags & BACKED_UP != 0 && flags & BACKUP_ELIGIBLE == 0 {
            return Err("the authenticator's flags contradict each other");
        }
        let mut credential = None;
        if flags & ATTESTED_CREDENTIAL != 0 {
            let (_model, after) = rest.split_first_chunk::<16>().ok_or(SHORT)?;
            let (length, after) = after.split_first_chunk::<2>().ok_or(SHORT)?;
            let length = usize::from(u16::from_be_bytes(*length));
            if length == 0 || length > LONGEST_ID {
                return Err("the credential's id has an invalid length");
            }
            let (id, mut after) = after.split_at_checked(length).ok_or(SHORT)?;
            let key = cbor(&mut after)?;
            credential = Some((id.to_vec(), PublicKey::from_cose(&key)?));
            rest = after;
        }
        if flags & EXTENSIONS != 0 && !matches!(cbor(&mut rest)?, Value::Map(_)) {
            return Err("the authenticator's extensions are not understood");
        }
        if !rest.is_empty() {
            return Err("the authenticator's data has something behind its end");
        }
        Ok(Self {
            relying_party_hash: *relying_party_hash,
            user_present: flags & USER_PRESENT != 0,
            user_verified: flags & USER_VERIFIED != 0,
            counter: u32::from_be_bytes(*counter),
            credential,
        })
    }
}

/// The authenticator data of an attestation object of the format `none`.
pub(super) fn attestation_object(mut bytes: &[u8]) -> Result<Vec<u8>, Rejection> {
    const UNKNOWN: Rejection = "the attestation object is not understood";
    let Value::Map(members) = cbor(&mut bytes)? else { return Err(UNKNOWN) };
    if !bytes.is_empty() {
        return Err(UNKNOWN);
    }
    let member = |name: &str| members.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value);
    if member("fmt").and_then(Value::as_text) != Some("none") {
        return Err("an attestation was sent although none was asked for");
    }
    if !member("attStmt").and_then(Value::as_map).is_some_and(Vec::is_empty) {
        return Err(UNKNOWN);
    }
    member("authData").and_then(Value::as_bytes).cloned().ok_or(UNKNOWN)
}

fn cbor(bytes: &mut &[u8]) -> Result<Value, Rejection> {
    ciborium::de::from_reader_with_recursion_limit(bytes, DEEPEST).map_err(|_| "the authenticator's data is no valid CBOR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_and_padded_data_is_refused() {
        let mut bytes = vec![0; 37];
        bytes[32] = USER_PRESENT | USER_VERIFIED;
        let data = AuthenticatorData::parse(&bytes).unwrap();
        assert!(data.user_present && data.user_verified && data.credential.is_none());
        for length in 0..37 {
            assert!(AuthenticatorData::parse(&bytes[..length]).is_err(), "{length}");
        }
        bytes.push(0);
        assert!(AuthenticatorData::parse(&bytes).is_err(), "trailing byte");
        bytes[32] = BACKED_UP;
        assert!(AuthenticatorData::parse(&bytes[..37]).is_err(), "backed up but not eligible");
        bytes[32] = ATTESTED_CREDENTIAL;
        assert!(AuthenticatorData::parse(&bytes[..37]).is_err(), "no credential behind the flag");
    }

    #[test]
    fn deep_and_huge_cbor_is_refused() {
        let deep = [0x81; 4000];
        assert!(cbor(&mut deep.as_slice()).is_err());
        let huge = [0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert!(cbor(&mut huge.as_slice()).is_err());
    }
}
