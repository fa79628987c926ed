//! Passkeys are really verified: each spoiled answer is refused, and the right one is still taken afterwards.

use crate::support::{ADELE, Authorize, MEGAN, acrs, sign_in, start};
use pim_emulator::robot::{Outcome, Tamper};

fn request(emulator: &pim_emulator::Emulator) -> Authorize {
    Authorize::new(emulator).with("claims", &acrs("c1"))
}

async fn reason(robot: &pim_emulator::Robot, request: &Authorize) -> String {
    match robot.walk(&request.url()).await.unwrap() {
        Outcome::Refused(reason) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_spoiled_signature_is_refused() {
    let emulator = start().await;
    let robot = emulator.robot(ADELE);
    sign_in(&emulator, &robot, &request(&emulator)).await;
    for (tamper, expected) in [
        (Tamper::Challenge, "challenge"),
        (Tamper::Origin, "another origin"),
        (Tamper::RelyingParty, "another relying party"),
        (Tamper::Signature, "signature does not verify"),
        (Tamper::Counter, "counter went back"),
        (Tamper::UserVerification, "did not verify the user"),
        (Tamper::Ceremony, "another ceremony"),
        (Tamper::UserHandle, "another user"),
        (Tamper::CredentialId, "not registered"),
    ] {
        robot.forget_cookies();
        let spoiled = emulator.robot(ADELE).with_profile(robot.profile()).tampering(tamper);
        let reason = reason(&spoiled, &request(&emulator)).await;
        assert!(reason.contains(expected), "{tamper:?}: {reason}");
    }
    robot.forget_cookies();
    sign_in(&emulator, &robot, &request(&emulator)).await;
    let violations = emulator.journal().iter().filter(|entry| entry.path == "/signin/passkey" && entry.violation.is_some()).count();
    assert_eq!(violations, 9);
}

#[tokio::test]
async fn a_spoiled_registration_is_refused() {
    let emulator = start().await;
    for (tamper, expected) in [
        (Tamper::Challenge, "challenge"),
        (Tamper::Origin, "another origin"),
        (Tamper::RelyingParty, "another relying party"),
        (Tamper::UserVerification, "did not verify the user"),
        (Tamper::Ceremony, "another ceremony"),
        (Tamper::Attestation, "CBOR"),
    ] {
        let reason = reason(&emulator.robot(MEGAN).tampering(tamper), &request(&emulator)).await;
        assert!(reason.contains(expected), "{tamper:?}: {reason}");
    }
    sign_in(&emulator, &emulator.robot(MEGAN), &request(&emulator)).await;
}

#[tokio::test]
async fn an_answer_is_taken_once() {
    let emulator = start().await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let page = client.get(request(&emulator).with("login_hint", ADELE).url()).send().await.unwrap();
    let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let html = page.text().await.unwrap();
    let flow = html.split("name=\"flow\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let post = async |path: &str, credential: &str| {
        let url = format!("{}/signin/{path}", emulator.login());
        let fields = [("flow", flow.as_str()), ("credential", credential)];
        client.post(url).header("cookie", &cookie).form(&fields).send().await.unwrap()
    };
    post("demo", "").await;
    let last = || emulator.journal().last().unwrap().violation.clone().unwrap_or_default();
    post("passkey", "{}").await;
    assert_eq!(last(), "the page was used already", "no page was shown, so there is no challenge");
    for hostile in ["", "[]", "{}", r#"{"id":"AA","type":"public-key","response":{"clientDataJSON":"e30"}}"#, &"x".repeat(70_000)] {
        let shown = client.get(format!("{}/signin?flow={flow}", emulator.login())).header("cookie", &cookie).send().await.unwrap();
        assert_eq!(shown.status(), 200);
        assert_ne!(post("register", hostile).await.status(), 500);
        assert!(!last().is_empty(), "{hostile:.40}");
    }
}
