use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pim_core::call::Call;
use pim_core::error::{Error, ErrorCode};
use pim_core::event::{Event, Question};
use pim_core::operations;
use pim_emulator::certificate::SelfSigned;
use pim_emulator::scenario::{Application, Certificate};
use pim_emulator::{Emulator, Scenario};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use crate::host::Host;

const APP: &str = "5c1e7a90-3b2d-4f68-8a1c-9d0e2f4b6a7c";

async fn emulator_with(certificate: &SelfSigned) -> Emulator {
    let mut scenario = Scenario::contoso().unwrap();
    scenario.applications.push(Application {
        client_id: APP.to_owned(),
        object_id: "6d2f8ba1-4c3e-4a79-9b2d-ae1f3a5c7b8d".to_owned(),
        display_name: "Certified".to_owned(),
        secrets: Vec::new(),
        certificates: vec![Certificate { pem: certificate.certificate.clone(), expires_in_seconds: None }],
        federated_credentials: Vec::new(),
        permissions: vec!["Directory.Read.All".to_owned()],
    });
    Emulator::start(scenario).await.unwrap()
}

fn by_file(emulator: &Emulator, pem: impl AsRef<[u8]>) -> Result<Host, Box<Error>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("application.pem");
    std::fs::write(&file, pem).unwrap();
    Host::new(emulator, json!({"kind": "clientCertificate", "file": file}), json!({"clientId": APP}))
}

fn pkcs8(pem: &str) -> Vec<u8> {
    let PrivateKeyDer::Pkcs8(key) = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap() else { panic!("PKCS#8") };
    key.secret_pkcs8_der().to_vec()
}

/// The key inside of PKCS#8 is PKCS#1: `SEQUENCE { version, algorithm, OCTET STRING }`, with a two-byte length for 2048 bits.
fn as_pkcs1(pem: &str) -> String {
    let der = pkcs8(pem);
    let at = der.windows(2).enumerate().find(|(at, pair)| *at > 4 && *pair == [0x04, 0x82]).unwrap().0;
    format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", STANDARD.encode(&der[at + 4..]))
}

#[tokio::test]
async fn a_pem_file_of_either_form_signs_the_application_in() {
    let own = SelfSigned::make("certified").unwrap();
    let other = SelfSigned::make("other").unwrap();
    let emulator = emulator_with(&own).await;
    for pem in [
        format!("{}{}", own.certificate, own.private_key),
        format!("{}{}{}", own.private_key, other.certificate, own.certificate),
        format!("{}{}", as_pkcs1(&own.private_key), own.certificate),
    ] {
        let host = by_file(&emulator, &pem).unwrap();
        let reply = host.token("graph").await.unwrap();
        assert_eq!((&reply["account"]["kind"], &reply["account"]["username"]), (&json!("application"), &json!(APP)));
        host.run("token.acquire", json!({"resource": "graph", "force": true})).await.unwrap();
        assert_eq!(host.token_with("graph", "c1").await.unwrap_err().code, ErrorCode::CredentialUnsuited);
    }
    let error = by_file(&emulator, format!("{}{}", other.certificate, other.private_key)).unwrap().token("graph").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SignInFailed);
    assert!(error.message.contains("certificate"), "{error}");
}

#[tokio::test]
async fn the_encodings_of_windows_powershell_are_read() {
    let own = SelfSigned::make("certified").unwrap();
    let emulator = emulator_with(&own).await;
    let pem = format!("\u{feff}{}{}", own.certificate, own.private_key);
    let units = || pem.encode_utf16();
    for file in [pem.clone().into_bytes(), units().flat_map(u16::to_le_bytes).collect(), units().flat_map(u16::to_be_bytes).collect()] {
        by_file(&emulator, &file).unwrap().token("graph").await.unwrap();
    }
}

#[tokio::test]
async fn a_file_that_cannot_serve_is_named_with_the_reason() {
    let (own, other) = (SelfSigned::make("certified").unwrap(), SelfSigned::make("other").unwrap());
    let emulator = emulator_with(&own).await;
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    for (pem, word) in [
        (String::new(), "private key"),
        (own.certificate.clone(), "private key"),
        (own.private_key.clone(), "no certificate"),
        (format!("{}{}", own.private_key, other.certificate), "belongs to none"),
        (format!("{}{encrypted}", own.certificate), "encrypted"),
        ("x".repeat(300_000), "too large"),
    ] {
        let error = by_file(&emulator, &pem).err().unwrap();
        assert_eq!((error.code, error.target.as_deref()), (ErrorCode::InvalidConfiguration, Some("credential.file")));
        assert!(error.message.contains(word), "{error}");
    }
    let missing = json!({"kind": "clientCertificate", "file": "/nowhere/a.pem"});
    assert!(Host::new(&emulator, missing, json!({"clientId": APP})).err().unwrap().message.contains("cannot be read"));
}

/// Runs `token.acquire`, with the answer of the host to the question for a signature.
async fn by_host(
    emulator: &Emulator,
    certificate: &SelfSigned,
    sign: impl Fn(&Question) -> Value + Send + Sync + 'static,
) -> Result<Value, Box<Error>> {
    let der = STANDARD.encode(CertificateDer::from_pem_slice(certificate.certificate.as_bytes()).unwrap());
    let host = Host::new(emulator, json!({"kind": "hostCertificate", "certificate": der}), json!({"clientId": APP})).unwrap();
    let (call, mut events) = Call::new();
    let answering = call.clone();
    let sign = Arc::new(sign);
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            if let Event::Ask { id, question } = event {
                assert!(answering.answer(id, sign(&question)));
            }
        }
    });
    match operations::run(&host.session, &call, "token.acquire", br#"{"resource": "graph"}"#).await {
        Event::Done { value } => Ok(value),
        Event::Failed { error } => Err(error),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_key_that_the_host_holds_signs_there() {
    let own = SelfSigned::make("certified").unwrap();
    let emulator = emulator_with(&own).await;
    let key = RsaKeyPair::from_pkcs8(&pkcs8(&own.private_key)).unwrap();
    let reply = by_host(&emulator, &own, move |question| {
        let Question::Sign { algorithm, input, thumbprint } = question else { panic!("{question:?}") };
        assert_eq!((algorithm.as_str(), thumbprint.len()), ("PS256", 40));
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), &STANDARD.decode(input).unwrap(), &mut signature).unwrap();
        json!({"signature": STANDARD.encode(signature)})
    })
    .await
    .unwrap();
    assert_eq!(reply["account"]["kind"], "application");
}

#[tokio::test]
async fn a_host_that_does_not_sign_is_quoted_within_bounds() {
    let own = SelfSigned::make("certified").unwrap();
    let emulator = emulator_with(&own).await;
    for (answer, word) in [
        (Value::Null, "no answer"),
        (json!({"error": "access\u{1b}[31m denied"}), "access [31m denied"),
        (json!({"signature": "AAAA"}), "RSA key"),
        (json!("hunter2"), "not understood"),
    ] {
        let error = by_host(&emulator, &own, move |_| answer.clone()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::SignInFailed);
        assert!(error.message.contains(word) && !error.message.contains("hunter2"), "{error}");
    }
    let der = Host::new(&emulator, json!({"kind": "hostCertificate", "certificate": "hunter2"}), json!({"clientId": APP})).err().unwrap();
    assert_eq!(der.code, ErrorCode::InvalidConfiguration);
}
