//! Applications that sign in for themselves: secrets, certificates, and what their tokens may do.

use crate::support::{GRAPH_CLIENT, aadsts, acrs, payload, scenario, token};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pim_emulator::Emulator;
use pim_emulator::certificate::SelfSigned;
use pim_emulator::secrets::SecretKind;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use serde_json::{Value, json};

const APPLICATION: &str = "a1c9e7b5-3d2f-4c6a-8e1b-9f7d5c3b1a02";
const PRINCIPAL: &str = "b2d8f6c4-4e3a-4d7b-9f2c-0a8e6d4c2b13";
const SECRET: &str = "a-secret-for-rehearsals";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn start_with(application: Value) -> Emulator {
    let scenario = scenario(|text| {
        let mut own = json!({ "clientId": APPLICATION, "objectId": PRINCIPAL, "displayName": "Nightly job" });
        own.as_object_mut().unwrap().extend(application.as_object().unwrap().clone());
        text["applications"] = json!([own]);
    });
    Emulator::start(scenario).await.unwrap()
}

async fn start() -> Emulator {
    start_with(json!({
        "secrets": [{ "value": SECRET }, { "value": "an-old-secret", "expiresInSeconds": -1 }],
        "permissions": ["RoleManagement.Read.Directory"],
    }))
    .await
}

async fn ask(emulator: &Emulator, change: &[(&str, &str)]) -> (u16, Value) {
    let scope = format!("{}/.default", emulator.graph());
    let mut fields =
        vec![("client_id", APPLICATION), ("grant_type", "client_credentials"), ("scope", scope.as_str()), ("client_secret", SECRET)];
    for (name, value) in change {
        fields.retain(|(have, _)| have != name);
        fields.push((name, value));
    }
    fields.retain(|(_, value)| !value.is_empty());
    token(emulator, &fields).await
}

#[tokio::test]
async fn a_secret_gets_a_token_for_the_application_itself() {
    let emulator = start().await;
    let (status, answer) = ask(&emulator, &[]).await;
    assert_eq!(status, 200, "{answer}");
    let names: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["token_type", "expires_in", "ext_expires_in", "access_token"], "neither refresh token nor ID token nor scope");
    let access = payload(&answer["access_token"]);
    assert_eq!((access["idtyp"].as_str(), access["oid"].as_str(), access["sub"].as_str()), (Some("app"), Some(PRINCIPAL), Some(PRINCIPAL)));
    assert_eq!((access["appid"].as_str(), access["appidacr"].as_str()), (Some(APPLICATION), Some("1")));
    assert_eq!((access["aud"].as_str(), access["roles"].clone()), (Some(emulator.graph()), json!(["RoleManagement.Read.Directory"])));
    for absent in ["scp", "upn", "name", "amr", "acrs", "unique_name", "sid"] {
        assert_eq!(access.get(absent), None, "{absent}");
    }
    let arm = format!("{}/.default", emulator.arm());
    let (_, answer) = ask(&emulator, &[("scope", &arm)]).await;
    let access = payload(&answer["access_token"]);
    assert_eq!((access["aud"].as_str(), access.get("roles")), (Some(emulator.arm()), None));
    assert!(emulator.issued_secrets().iter().any(|secret| secret.kind == SecretKind::ClientSecret && secret.value == SECRET));
    let entries = emulator.journal();
    assert!(entries.iter().all(|entry| entry.violation.is_none() && !format!("{entry:?}").contains(SECRET)));
}

#[tokio::test]
async fn capabilities_make_the_token_long_lived_and_contexts_are_never_met() {
    let emulator = start().await;
    let (status, answer) = ask(&emulator, &[("claims", &acrs("c6"))]).await;
    let access = payload(&answer["access_token"]);
    assert_eq!((status, access.get("acrs"), access["xms_cc"].clone()), (200, None, json!(["cp1"])));
    let life = answer["expires_in"].as_i64().unwrap();
    assert!(life >= 86_400 && answer["refresh_in"].as_i64() == Some(life / 2));
}

#[tokio::test]
async fn what_is_wrong_with_a_request_has_its_code() {
    let emulator = start().await;
    let (graph, arm) = (emulator.graph(), emulator.arm());
    for (change, status, expected) in [
        (vec![("client_secret", "wrong")], 401, 7_000_215),
        (vec![("client_secret", "an-old-secret")], 401, 7_000_222),
        (vec![("client_secret", "")], 401, 7_000_216),
        (vec![("client_id", "00000000-1111-4222-8333-444444444444")], 400, 700_016),
        (vec![("client_id", GRAPH_CLIENT)], 401, 700_025),
        (vec![("client_id", GRAPH_CLIENT), ("client_secret", "")], 401, 7_000_216),
        (vec![("scope", "")], 400, 900_144),
        (vec![("scope", &*format!("{graph}/User.Read.All"))], 400, 1_002_012),
        (vec![("scope", ".default")], 400, 1_002_012),
        (vec![("scope", &*format!("{graph}/.default offline_access"))], 400, 70_011),
        (vec![("scope", &*format!("{graph}/.default {arm}/.default"))], 400, 70_011),
        (vec![("scope", "https://unknown.example/.default")], 400, 500_011),
        (vec![("claims", "{")], 400, 9_002_313),
        (vec![("client_assertion", "x.y.z"), ("client_assertion_type", ASSERTION_TYPE)], 400, 9_002_313),
    ] {
        let (found, answer) = ask(&emulator, &change).await;
        assert_eq!((found, aadsts(&answer)), (status, expected), "{change:?}");
    }
    let url = |tenant: &str| format!("{}/{tenant}/oauth2/v2.0/token", emulator.login());
    let scope = format!("{graph}/.default");
    let fields = [("client_id", APPLICATION), ("grant_type", "client_credentials"), ("scope", &*scope), ("client_secret", SECRET)];
    for (tenant, expected) in [("organizations", 50_059), ("common", 50_059), ("fabrikam.example", 700_016), ("nowhere.example", 90_002)] {
        let answer = reqwest::Client::new().post(url(tenant)).form(&fields).send().await.unwrap();
        assert_eq!(aadsts(&answer.json().await.unwrap()), expected, "{tenant}");
    }
    // For the grants of users, the application has to prove itself as well, and it has nowhere to send a browser to.
    let (_, answer) = token(&emulator, &[("client_id", APPLICATION), ("grant_type", "refresh_token"), ("refresh_token", "x")]).await;
    assert_eq!(aadsts(&answer), 7_000_218);
    let authorize = crate::support::Authorize::new(&emulator).with("client_id", APPLICATION);
    assert_eq!(crate::support::refusal(&authorize).await, "page AADSTS500113");
}

#[tokio::test]
async fn a_secret_expires_by_the_emulators_clock() {
    let emulator = start_with(json!({ "secrets": [{ "value": SECRET, "expiresInSeconds": 60 }] })).await;
    assert_eq!(ask(&emulator, &[]).await.0, 200);
    emulator.clock().advance(std::time::Duration::from_secs(61));
    assert_eq!(aadsts(&ask(&emulator, &[]).await.1), 7_000_222);
}

/// A client that signs assertions with a certificate's key.
struct Signer {
    key: EncodingKey,
    x5t: String,
    x5t_s256: String,
}

impl Signer {
    fn new(own: &SelfSigned) -> Self {
        use base64::Engine;
        let base64: String = own.certificate.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = base64::engine::general_purpose::STANDARD.decode(base64).unwrap();
        let hash = |algorithm| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest(algorithm, &der));
        Self {
            key: EncodingKey::from_rsa_pem(own.private_key.as_bytes()).unwrap(),
            x5t: hash(&SHA1_FOR_LEGACY_USE_ONLY),
            x5t_s256: hash(&SHA256),
        }
    }

    fn claims(emulator: &Emulator) -> Value {
        let now = jiff::Timestamp::now().as_second();
        let audience = format!("{}/{}/oauth2/v2.0/token", emulator.login(), emulator.state().scenario.tenant.id);
        json!({
            "aud": audience, "iss": APPLICATION, "sub": APPLICATION, "jti": uuid::Uuid::new_v4(), "nbf": now, "iat": now, "exp": now + 600,
        })
    }

    fn sign(&self, algorithm: Algorithm, x5t: bool, x5t_s256: bool, claims: &Value) -> String {
        let mut header = Header::new(algorithm);
        header.x5t = x5t.then(|| self.x5t.clone());
        header.x5t_s256 = x5t_s256.then(|| self.x5t_s256.clone());
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    fn usual(&self, claims: &Value) -> String {
        self.sign(Algorithm::PS256, false, true, claims)
    }
}

async fn present(emulator: &Emulator, assertion: &str) -> (u16, Value) {
    ask(emulator, &[("client_secret", ""), ("client_assertion", assertion), ("client_assertion_type", ASSERTION_TYPE)]).await
}

#[tokio::test]
async fn a_certificate_signs_in_and_each_flaw_of_an_assertion_is_found() {
    let (own, other, old) = (SelfSigned::make("job").unwrap(), SelfSigned::make("other").unwrap(), SelfSigned::make("old").unwrap());
    let emulator =
        start_with(json!({ "certificates": [{ "pem": own.certificate }, { "pem": old.certificate, "expiresInSeconds": -1 }] })).await;
    let signer = Signer::new(&own);
    let claims = || Signer::claims(&emulator);
    let changed = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        claims
    };
    for good in [
        signer.usual(&claims()),
        signer.sign(Algorithm::RS256, true, false, &claims()),
        signer.sign(Algorithm::PS256, true, true, &claims()),
        signer.usual(&changed("aud", json!(format!("{}/contoso.example/oauth2/v2.0/token", emulator.login())))),
        // As MSAL.NET writes it.
        signer.usual(&changed("exp", json!(claims()["exp"].to_string()))),
    ] {
        let (status, answer) = present(&emulator, &good).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(payload(&answer["access_token"])["appidacr"], "2");
    }
    let now = jiff::Timestamp::now().as_second();
    let mut forged = Signer::new(&other);
    forged.x5t_s256.clone_from(&signer.x5t_s256);
    let without = |name: &str| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    for (bad, expected) in [
        ("nonsense".to_owned(), 50_027),
        (Signer::new(&other).usual(&claims()), 700_027),
        (Signer::new(&old).usual(&claims()), 700_027),
        (forged.usual(&claims()), 700_027),
        (signer.sign(Algorithm::PS256, false, false, &claims()), 50_027),
        (signer.sign(Algorithm::PS384, false, true, &claims()), 50_027),
        (signer.usual(&changed("aud", json!(emulator.login()))), 700_023),
        (signer.usual(&changed("sub", json!(PRINCIPAL))), 700_021),
        (signer.usual(&changed("exp", json!(now - 1))), 700_024),
        (signer.usual(&changed("nbf", json!(now + 900))), 700_024),
        (signer.usual(&without("exp")), 50_027),
        (signer.usual(&without("jti")), 50_027),
        (signer.usual(&without("iss")), 50_027),
    ] {
        let (status, answer) = present(&emulator, &bad).await;
        assert_eq!((status, aadsts(&answer)), (401, expected), "{answer}");
    }
    let twice = signer.usual(&claims());
    assert_eq!(present(&emulator, &twice).await.0, 200);
    assert_eq!(aadsts(&present(&emulator, &twice).await.1), 50_027, "an assertion is good for one time");
    let fields = [("client_secret", ""), ("client_assertion", &*signer.usual(&claims())), ("client_assertion_type", "jwt")];
    assert_eq!(ask(&emulator, &fields).await.1["error"], "invalid_request");
    assert!(emulator.issued_secrets().iter().any(|secret| secret.kind == SecretKind::ClientAssertion && secret.value == twice));
}

#[test]
fn a_scenario_with_a_wrong_application_is_refused() {
    for (wrong, expected) in [
        (json!({ "secrets": [{ "value": "" }] }), "a secret is empty"),
        (json!({ "certificates": [{ "pem": "x" }] }), "no certificate"),
        (json!({ "permissions": ["User.Read"] }), "no application permission"),
        (json!({ "objectId": "x" }), "no GUID"),
    ] {
        let mut own = json!({ "clientId": APPLICATION, "objectId": PRINCIPAL, "displayName": "Nightly job" });
        own.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let mut text = serde_json::to_value(scenario(|_| {})).unwrap();
        text["applications"] = json!([own]);
        let error = pim_emulator::Scenario::from_json(&text.to_string()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_secret_in_the_wrong_place_is_not_shown() {
    for (secrets, expected) in [
        (json!(["hun\"ter2"]), "string, expected struct Secret at line 1"),
        (json!("hunter2"), "string, expected a sequence at line 1"),
        (json!([{ "value": "x", "expiresInSeconds": "hunter2" }]), "string, expected i64 at line 1"),
    ] {
        let mut text = serde_json::to_value(scenario(|_| {})).unwrap();
        text["applications"] =
            json!([{ "clientId": APPLICATION, "objectId": PRINCIPAL, "displayName": "Nightly job", "secrets": secrets }]);
        let error = pim_emulator::Scenario::from_json(&text.to_string()).unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("ter2"), "{error}");
    }
}
