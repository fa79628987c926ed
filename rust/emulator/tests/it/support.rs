//! A small, honest OAuth client and what the tests start from.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pim_emulator::robot::Outcome;
use pim_emulator::{Emulator, Robot, Scenario};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const GRAPH_CLIENT: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
pub const ARM_CLIENT: &str = "1950a258-227b-4e31-a9cf-717495945fc2";
pub const REDIRECT: &str = "http://localhost:9/";
pub const VERIFIER: &str = "a-verifier-that-is-long-enough-for-rfc-7636-0123456789";
pub const ADELE: &str = "adele@contoso.example";
pub const MEGAN: &str = "megan@contoso.example";

/// A tenant with contexts and users, and nothing of PIM.
pub fn scenario(change: impl FnOnce(&mut Value)) -> Scenario {
    let mut text = json!({
        "tenant": { "id": "b2e4f0d6-5a31-4a0e-9d4c-1f0c7a6d9c11", "domain": "contoso.example", "displayName": "Contoso" },
        "otherTenants": [{
            "id": "7d0c9a52-2f0f-4a53-8b36-6a8f5b1f3e22", "domain": "fabrikam.example", "displayName": "Fabrikam",
            "users": [{ "objectId": "3f6f4d53-0f7a-4a55-8a2c-5d1c2e9b7a33", "userPrincipalName": "alex@fabrikam.example", "displayName": "Alex Wilber" }],
        }],
        "users": [
            { "objectId": "0c5b8f0a-6f8e-4d7b-9a3a-2b7e1d4c5a44", "userPrincipalName": ADELE, "displayName": "Adele Vance" },
            { "objectId": "5e1a7c3d-9b2f-4f6a-8c4d-3a9f0b6e7d55", "userPrincipalName": MEGAN, "displayName": "Megan Bowen" },
            { "objectId": "6f2b8d4e-0c3a-4a7b-9d5e-4b0a1c7f8e66", "userPrincipalName": "old@contoso.example", "displayName": "Old Account", "disabled": true },
        ],
        "authenticationContexts": [
            { "id": "c1", "displayName": "Require passkey", "requires": "passkey" },
            { "id": "c2", "displayName": "Require second factor", "requires": "mfa" },
            { "id": "c3", "displayName": "Require compliant device", "requires": "compliantDevice" },
            { "id": "c4", "displayName": "Blocked", "requires": "block" },
            { "id": "c5", "displayName": "Every time", "requires": "passkey", "signInFrequency": "everyTime" },
            { "id": "c6", "displayName": "Without a policy" },
        ],
    });
    change(&mut text);
    Scenario::from_json(&text.to_string()).unwrap()
}

pub async fn start() -> Emulator {
    Emulator::start(scenario(|_| {})).await.unwrap()
}

pub fn acrs(context: &str) -> String {
    json!({ "access_token": { "acrs": { "essential": true, "value": context }, "xms_cc": { "values": ["cp1"] } } }).to_string()
}

/// Builds authorize addresses; every field can be changed or left out.
pub struct Authorize {
    base: String,
    pub fields: Vec<(String, String)>,
}

impl Authorize {
    pub fn new(emulator: &Emulator) -> Self {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let scope = format!("{}/User.Read openid profile offline_access", emulator.graph());
        let fields = [
            ("client_id", GRAPH_CLIENT),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("scope", &scope),
            ("state", "the state"),
            ("nonce", "the nonce"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { base: format!("{}/contoso.example/oauth2/v2.0/authorize", emulator.login()), fields }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(have, _)| have != name);
        self
    }

    pub fn tenant(mut self, tenant: &str) -> Self {
        self.base = self.base.replace("/contoso.example/", &format!("/{tenant}/"));
        self
    }

    pub fn url(&self) -> String {
        let mut url = url::Url::parse(&self.base).unwrap();
        url.query_pairs_mut().extend_pairs(&self.fields);
        url.into()
    }
}

/// Posts to the token endpoint: status and body.
pub async fn token(emulator: &Emulator, fields: &[(&str, &str)]) -> (u16, Value) {
    let url = format!("{}/contoso.example/oauth2/v2.0/token", emulator.login());
    let answer = reqwest::Client::new().post(url).form(fields).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

pub async fn redeem(emulator: &Emulator, code: &str) -> (u16, Value) {
    token(
        emulator,
        &[
            ("client_id", GRAPH_CLIENT),
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("client_info", "1"),
        ],
    )
    .await
}

pub async fn refresh(emulator: &Emulator, token_text: &str, claims: Option<&str>) -> (u16, Value) {
    let scope = format!("{}/User.Read", emulator.graph());
    let mut fields = vec![("client_id", GRAPH_CLIENT), ("grant_type", "refresh_token"), ("refresh_token", token_text), ("scope", &scope)];
    if let Some(claims) = claims {
        fields.push(("claims", claims));
    }
    token(emulator, &fields).await
}

/// The code that a walk through the pages ends with.
pub async fn code(robot: &Robot, request: &Authorize) -> String {
    let outcome = robot.walk(&request.url()).await.unwrap();
    match &outcome {
        Outcome::Answered(callback) => callback.parameter("code").unwrap_or_else(|| panic!("no code: {outcome:?}")),
        _ => panic!("not answered: {outcome:?}"),
    }
}

/// Signs in and redeems.
pub async fn sign_in(emulator: &Emulator, robot: &Robot, request: &Authorize) -> Value {
    let (status, answer) = redeem(emulator, &code(robot, request).await).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// The payload of a JWT.
pub fn payload(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The AADSTS code of an error object.
pub fn aadsts(answer: &Value) -> u64 {
    answer["error_codes"][0].as_u64().unwrap_or_else(|| panic!("no error object: {answer}"))
}

/// The AADSTS code that a page shows or a callback tells.
pub async fn refusal(request: &Authorize) -> String {
    match Robot::new(ADELE).walk(&request.url()).await.unwrap() {
        Outcome::Refused(code) => format!("page {code}"),
        Outcome::Answered(callback) => {
            assert_eq!(callback.parameter("state"), Some("the state".to_owned()));
            let description = callback.parameter("error_description").unwrap_or_default();
            format!("{} {}", callback.parameter("error").unwrap_or_default(), description.split(':').next().unwrap_or_default())
        }
        other => format!("{other:?}"),
    }
}
