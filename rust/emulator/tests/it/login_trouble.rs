//! What goes wrong in earnest: sign-ins that get too old, tokens that lose their second factor, policies that block, events that end tokens.

use std::time::Duration;

use crate::support::{
    ADELE, ARM_CLIENT, Authorize, GRAPH_CLIENT, aadsts, acrs, payload, refresh, refusal, scenario, sign_in, start, token,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use pim_emulator::robot::{Manner, Outcome};
use pim_emulator::tokens::CriticalEvent;
use pim_emulator::{Emulator, Robot};
use serde_json::{Value, json};

async fn with_behaviour(behaviour: Value) -> Emulator {
    Emulator::start(scenario(|text| text["behaviour"] = behaviour)).await.unwrap()
}

fn refresh_token(answer: &Value) -> &str {
    answer["refresh_token"].as_str().unwrap()
}

async fn page(robot: Robot, request: &Authorize) -> String {
    match robot.manner(Manner::Close).walk(&request.url()).await.unwrap() {
        Outcome::Closed(page) => page,
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_sign_in_gets_too_old() {
    let emulator = with_behaviour(json!({ "signInFrequencySeconds": 3600 })).await;
    let robot = emulator.robot(ADELE);
    let answer = sign_in(&emulator, &robot, &Authorize::new(&emulator)).await;
    emulator.clock().advance(Duration::from_secs(3500));
    assert_eq!(refresh(&emulator, refresh_token(&answer), None).await.0, 200);
    emulator.clock().advance(Duration::from_secs(200));
    let (status, refused) = refresh(&emulator, refresh_token(&answer), None).await;
    assert_eq!((status, refused["error"].as_str(), aadsts(&refused)), (400, Some("invalid_grant"), 70_043));
    let same_browser = || emulator.robot(ADELE).with_profile(robot.profile());
    let request = Authorize::new(&emulator).with("login_hint", ADELE);
    assert_eq!(page(same_browser(), &request).await, "sign-in", "the browser's session is as old");
    let fresh = sign_in(&emulator, &same_browser(), &request).await;
    assert_eq!(refresh(&emulator, refresh_token(&fresh), None).await.0, 200);
}

#[tokio::test]
async fn every_time_means_a_new_passkey_for_each_refresh() {
    let emulator = start().await;
    let robot = emulator.robot(ADELE);
    let answer = sign_in(&emulator, &robot, &Authorize::new(&emulator).with("claims", &acrs("c5"))).await;
    assert_eq!(refresh(&emulator, refresh_token(&answer), Some(&acrs("c5"))).await.0, 200, "five minutes are granted");
    emulator.clock().advance(Duration::from_secs(301));
    let (_, refused) = refresh(&emulator, refresh_token(&answer), Some(&acrs("c5"))).await;
    assert_eq!(
        (refused["error"].as_str(), aadsts(&refused), refused["suberror"].as_str()),
        (Some("interaction_required"), 50_078, Some("basic_action"))
    );
    let claims: Value = serde_json::from_str(refused["claims"].as_str().unwrap()).unwrap();
    assert_eq!(claims["access_token"]["acrs"]["values"], json!(["c5"]));
    let (status, without) = refresh(&emulator, refresh_token(&answer), None).await;
    assert_eq!((status, payload(&without["access_token"]).get("acrs")), (200, None), "the context has gone from the token");
    let again = Authorize::new(&emulator).with("claims", refused["claims"].as_str().unwrap()).with("login_hint", ADELE);
    assert_eq!(page(emulator.robot(ADELE).with_profile(robot.profile()), &again).await, "passkey");
}

#[tokio::test]
async fn a_refreshed_token_may_lose_its_second_factor_silently() {
    let emulator = with_behaviour(json!({ "refreshForgetsMfa": true })).await;
    let answer = sign_in(&emulator, &emulator.robot(ADELE), &Authorize::new(&emulator).with("claims", &acrs("c1"))).await;
    assert_eq!(payload(&answer["access_token"])["amr"], json!(["fido", "mfa"]));
    let methods = async |claims: Option<&str>| {
        let (status, answer) = refresh(&emulator, refresh_token(&answer), claims).await;
        assert_eq!(status, 200, "{answer}");
        payload(&answer["access_token"])["amr"].clone()
    };
    assert_eq!(methods(None).await, json!(["pwd", "rsa"]));
    assert_eq!(methods(Some(&acrs("c1"))).await, json!(["fido", "mfa"]));
    assert_eq!(methods(Some(r#"{"access_token":{"amr":{"values":["mfa"]}}}"#)).await, json!(["fido", "mfa"]));
}

#[tokio::test]
async fn conditional_access_blocks_with_and_without_claims() {
    let emulator = Emulator::start(scenario(|text| {
        let contexts = text["authenticationContexts"].as_array_mut().unwrap();
        contexts.push(json!({ "id": "c7", "displayName": "Blocked for good", "requires": "blockWithoutClaims" }));
        contexts.push(json!({ "id": "c8", "displayName": "Not silently", "requires": "blockSilent" }));
    }))
    .await
    .unwrap();
    let robot = emulator.robot(ADELE);
    let weak = sign_in(&emulator, &robot, &Authorize::new(&emulator)).await;
    let ask = async |context: &str| {
        let (_, refused) = refresh(&emulator, refresh_token(&weak), Some(&acrs(context))).await;
        assert_eq!((refused["error"].as_str(), aadsts(&refused)), (Some("invalid_grant"), 53_003), "{context}");
        (refused["suberror"].as_str().map(str::to_owned), refused["claims"].as_str().map(str::to_owned))
    };
    let (suberror, claims) = ask("c4").await;
    assert_eq!((suberror.as_deref(), claims.is_some()), (Some("message_only"), true));
    assert_eq!(ask("c7").await, (Some("message_only".to_owned()), None));
    let (suberror, claims) = ask("c8").await;
    assert_eq!(suberror, None);
    assert_eq!(refusal(&Authorize::new(&emulator).with("claims", &acrs("c7")).with("login_hint", ADELE)).await, "page AADSTS53003");
    let again = Authorize::new(&emulator).with("claims", &claims.unwrap());
    let answer = sign_in(&emulator, &robot, &again).await;
    assert_eq!(payload(&answer["access_token"])["acrs"], json!(["c8"]), "in the browser it goes");
}

#[tokio::test]
async fn consent_that_is_missing_is_told_at_the_token_and_before() {
    let emulator = Emulator::start(scenario(|text| {
        text["clients"] = json!([{ "clientId": GRAPH_CLIENT, "displayName": "A tool", "grantedScopes": ["User.Read"] }]);
    }))
    .await
    .unwrap();
    let answer = sign_in(&emulator, &emulator.robot(ADELE), &Authorize::new(&emulator)).await;
    let scope = format!("{}/RoleManagement.ReadWrite.Directory", emulator.graph());
    let fields = [
        ("client_id", GRAPH_CLIENT),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token(&answer)),
        ("scope", scope.as_str()),
    ];
    let (status, refused) = token(&emulator, &fields).await;
    assert_eq!((status, refused["error"].as_str(), aadsts(&refused)), (400, Some("invalid_grant"), 65_001));
    assert_eq!(refused["suberror"], "consent_required");
    let wide = Authorize::new(&emulator).with("scope", &format!("{scope} openid")).with("login_hint", ADELE);
    assert_eq!(refusal(&wide).await, "page AADSTS90094", "an administrator has to agree");
    let emulator = Emulator::start(scenario(|text| {
        text["clients"] = json!([{ "clientId": GRAPH_CLIENT, "displayName": "A tool", "consent": "user" }]);
    }))
    .await
    .unwrap();
    // Signed in without having agreed.
    let robot = emulator.robot(ADELE).manner(Manner::DeclineConsent);
    robot.walk(&Authorize::new(&emulator).url()).await.unwrap();
    let silent = Authorize::new(&emulator).with("prompt", "none");
    let outcome = emulator.robot(ADELE).with_profile(robot.profile()).walk(&silent.url()).await.unwrap();
    let callback = outcome.callback().unwrap();
    assert_eq!(callback.parameter("error").as_deref(), Some("consent_required"));
    assert!(callback.parameter("error_description").unwrap().starts_with("AADSTS65001"));
}

#[tokio::test]
async fn tokens_are_evaluated_anew_and_a_refresh_with_the_claims_passes() {
    let emulator = start().await;
    let robot = emulator.robot(ADELE);
    let graph = sign_in(&emulator, &robot, &Authorize::new(&emulator).with("claims", &acrs("c1"))).await;
    let get = async |service: &str, token: &Value| {
        let url = if service == "graph" {
            format!("{}/v1.0/me", emulator.graph())
        } else {
            format!("{}/subscriptions?api-version=2022-12-01", emulator.arm())
        };
        let answer = reqwest::Client::new().get(url).bearer_auth(token.as_str().unwrap()).send().await.unwrap();
        let header = answer.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), header.unwrap_or_default())
    };
    let claims_in = |header: &str| {
        let text = header.split("claims=\"").nth(1).unwrap_or_else(|| panic!("{header}")).split('"').next().unwrap();
        let bytes = STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(get("graph", &graph["access_token"]).await.0, 200);
    assert!(emulator.challenge(ADELE, CriticalEvent::OutdatedPolicies));
    assert!(!emulator.challenge("nobody@contoso.example", CriticalEvent::Location));
    let (status, header) = get("graph", &graph["access_token"]).await;
    assert_eq!(status, 401);
    assert!(header.contains("insufficient_claims") && header.contains("TokenCreatedWithOutdatedPolicies"), "{header}");
    assert!(emulator.journal().last().unwrap().challenge);
    let claims = claims_in(&header);
    let wanted: Value = serde_json::from_str(&claims).unwrap();
    assert_eq!(wanted["access_token"]["nbf"]["essential"], true);
    // The refresh token lives, other than after a revocation.
    let mut merged = wanted.clone();
    merged["access_token"]["xms_cc"] = json!({ "values": ["cp1"] });
    let (status, renewed) = refresh(&emulator, refresh_token(&graph), Some(&merged.to_string())).await;
    assert_eq!((status, get("graph", &renewed["access_token"]).await.0), (200, 200));
    assert_eq!(payload(&renewed["access_token"])["acrs"], json!(["c1"]), "what was met stays met");

    // At Azure Resource Manager, from a place that the policy does not allow.
    let arm = Authorize::new(&emulator)
        .with("client_id", ARM_CLIENT)
        .with("scope", &format!("{}/.default offline_access", emulator.arm()))
        .with("claims", &acrs("c1"));
    let code = crate::support::code(&robot, &arm).await;
    let fields = [
        ("client_id", ARM_CLIENT),
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", crate::support::REDIRECT),
        ("code_verifier", crate::support::VERIFIER),
    ];
    let (_, arm) = token(&emulator, &fields).await;
    let url = format!("{}/users/{ADELE}/challenge", emulator.control());
    let post = async |body: &'static str| reqwest::Client::new().post(&url).body(body).send().await.unwrap().status().as_u16();
    assert_eq!(post(r#"{"reason":"location"}"#).await, 204);
    let (status, header) = get("arm", &arm["access_token"]).await;
    assert!(
        status == 401 && header.contains("error=\"invalid_token\"") && header.contains("Tenant IP Policy validate failed."),
        "{header}"
    );
    let wanted: Value = serde_json::from_str(&claims_in(&header)).unwrap();
    assert_eq!(wanted["access_token"]["xms_rp_ipaddr"]["value"], "203.0.113.7");
    assert_eq!(post(r#"{"reason":"weather"}"#).await, 400);
    assert_eq!(post("").await, 204);
    let unknown = url.replace(ADELE, "nobody@contoso.example");
    assert_eq!(reqwest::Client::new().post(unknown).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn tokens_of_capable_clients_live_for_a_day_or_somewhat_more() {
    let emulator = start().await;
    let lives = async |request: Authorize| {
        let answer = sign_in(&emulator, &emulator.robot(ADELE), &request).await;
        (answer["expires_in"].as_i64().unwrap(), answer["refresh_in"].as_i64())
    };
    let (life, advice) = lives(Authorize::new(&emulator).with("claims", &acrs("c6"))).await;
    assert!((86_400..=100_800).contains(&life) && advice == Some(life / 2), "{life} {advice:?}");
    let (life, advice) = lives(Authorize::new(&emulator)).await;
    assert!((3600..5400).contains(&life) && advice.is_none(), "{life} {advice:?}");
}
