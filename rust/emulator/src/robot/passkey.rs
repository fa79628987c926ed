//! A passkey in software: P-256, always present, always verified.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ciborium::Value as Cbor;
use rand::RngExt;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// A way to spoil the answer of a passkey; the relying party has to notice each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tamper {
    /// Another challenge is signed.
    Challenge,
    /// Another origin is signed.
    Origin,
    /// Another relying party is signed.
    RelyingParty,
    /// A bit of the signature is flipped.
    Signature,
    /// The signature counter starts again.
    Counter,
    /// The user was present and not verified.
    UserVerification,
    /// The answer of the other ceremony is sent.
    Ceremony,
    /// The user handle is another user's.
    UserHandle,
    /// The credential's id is one that was never registered.
    CredentialId,
    /// The attestation object is cut off.
    Attestation,
}

/// A passkey and its private key.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Passkey {
    id: String,
    relying_party: String,
    user_handle: String,
    /// PKCS #8, base64.
    private_key: String,
    counter: u32,
}

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const ATTESTED_CREDENTIAL: u8 = 0x40;

fn broken(what: &str) -> Error {
    Error::Robot(format!("the passkey cannot be used: {what}"))
}

fn text<'a>(options: &'a Value, pointer: &str) -> Result<&'a str> {
    options.pointer(pointer).and_then(Value::as_str).ok_or_else(|| broken(&format!("the options lack `{pointer}`")))
}

fn client_data(kind: &str, options: &Value, origin: &str, tamper: Option<Tamper>) -> Result<Vec<u8>> {
    let kind = match (tamper, kind) {
        (Some(Tamper::Ceremony), "webauthn.get") => "webauthn.create",
        (Some(Tamper::Ceremony), _) => "webauthn.get",
        _ => kind,
    };
    let challenge =
        if tamper == Some(Tamper::Challenge) { URL_SAFE_NO_PAD.encode([7; 32]) } else { text(options, "/challenge")?.to_owned() };
    let origin = if tamper == Some(Tamper::Origin) { "http://localhost:1" } else { origin };
    Ok(json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false }).to_string().into_bytes())
}

fn authenticator_data(relying_party: &str, attested: bool, counter: u32, tamper: Option<Tamper>) -> Vec<u8> {
    let relying_party = if tamper == Some(Tamper::RelyingParty) { "phish.example" } else { relying_party };
    let mut flags = USER_PRESENT;
    if tamper != Some(Tamper::UserVerification) {
        flags |= USER_VERIFIED;
    }
    if attested {
        flags |= ATTESTED_CREDENTIAL;
    }
    let mut data = Sha256::digest(relying_party.as_bytes()).to_vec();
    data.push(flags);
    data.extend_from_slice(&counter.to_be_bytes());
    data
}

impl Passkey {
    /// Answers `navigator.credentials.create`: the passkey, and what the page sends.
    pub(super) fn create(options: &Value, origin: &str, tamper: Option<Tamper>) -> Result<(Self, Value)> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).map_err(|_| broken("no key"))?;
        let mut id = [0_u8; 32];
        rand::rng().fill(&mut id);
        let passkey = Self {
            id: URL_SAFE_NO_PAD.encode(id),
            relying_party: text(options, "/rp/id")?.to_owned(),
            user_handle: text(options, "/user/id")?.to_owned(),
            private_key: STANDARD.encode(document.as_ref()),
            counter: 0,
        };
        let point = passkey.key()?.public_key().as_ref().to_vec();
        let (x, y) = point.get(1..).and_then(|point| point.split_at_checked(32)).ok_or_else(|| broken("no point"))?;
        let bytes = |bytes: &[u8]| Cbor::Bytes(bytes.to_vec());
        let number = |number: i64| Cbor::from(number);
        let cose = Cbor::Map(vec![
            (number(1), number(2)),
            (number(3), number(-7)),
            (number(-1), number(1)),
            (number(-2), bytes(x)),
            (number(-3), bytes(y)),
        ]);
        let mut data = authenticator_data(&passkey.relying_party, true, 0, tamper);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&[0, 32]);
        data.extend_from_slice(&id);
        data.extend_from_slice(&encode(&cose)?);
        let mut object = encode(&Cbor::Map(vec![
            ("fmt".into(), "none".into()),
            ("attStmt".into(), Cbor::Map(Vec::new())),
            ("authData".into(), bytes(&data)),
        ]))?;
        if tamper == Some(Tamper::Attestation) {
            object.truncate(object.len() - 1);
        }
        let client_data = client_data("webauthn.create", options, origin, tamper)?;
        let answer = json!({
            "id": passkey.id,
            "type": "public-key",
            "response": { "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data), "attestationObject": URL_SAFE_NO_PAD.encode(object) },
        });
        Ok((passkey, answer))
    }

    /// Whether a `navigator.credentials.get` with these options can use it.
    pub(super) fn fits(&self, options: &Value) -> bool {
        let allowed = options.get("allowCredentials").and_then(Value::as_array);
        options.get("rpId").and_then(Value::as_str) == Some(&self.relying_party)
            && allowed.is_some_and(|allowed| allowed.iter().any(|item| item.get("id").and_then(Value::as_str) == Some(&self.id)))
    }

    /// Answers `navigator.credentials.get` with what the page sends.
    pub(super) fn get(&mut self, options: &Value, origin: &str, tamper: Option<Tamper>) -> Result<Value> {
        if tamper != Some(Tamper::Counter) {
            self.counter += 1;
        }
        let data = authenticator_data(&self.relying_party, false, self.counter, tamper);
        let client_data = client_data("webauthn.get", options, origin, tamper)?;
        let signed = [data.as_slice(), Sha256::digest(&client_data).as_slice()].concat();
        let mut signature = self.key()?.sign(&SystemRandom::new(), &signed).map_err(|_| broken("it does not sign"))?.as_ref().to_vec();
        if tamper == Some(Tamper::Signature)
            && let Some(last) = signature.last_mut()
        {
            *last ^= 1;
        }
        let user_handle =
            if tamper == Some(Tamper::UserHandle) { URL_SAFE_NO_PAD.encode("somebody else") } else { self.user_handle.clone() };
        let id = if tamper == Some(Tamper::CredentialId) { URL_SAFE_NO_PAD.encode([9; 32]) } else { self.id.clone() };
        Ok(json!({
            "id": id,
            "type": "public-key",
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": user_handle,
            },
        }))
    }

    fn key(&self) -> Result<EcdsaKeyPair> {
        let document = STANDARD.decode(&self.private_key).map_err(|_| broken("its key is no base64"))?;
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &document, &SystemRandom::new()).map_err(|_| broken("its key is damaged"))
    }
}

fn encode(value: &Cbor) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).map_err(|_| broken("it cannot be written as CBOR"))?;
    Ok(bytes)
}
