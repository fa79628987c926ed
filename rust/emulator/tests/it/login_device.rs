//! Device code: the wish, the page, the questions, and what Conditional Access says of it.

use std::time::Duration;

use crate::support::{ADELE, ARM_CLIENT, GRAPH_CLIENT, aadsts, acrs, payload, refresh, scenario, start, token};
use pim_emulator::robot::{Manner, Outcome};
use pim_emulator::secrets::SecretKind;
use pim_emulator::{Emulator, Robot};
use serde_json::{Value, json};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn begin(emulator: &Emulator, change: &[(&str, &str)]) -> (u16, Value) {
    let scope = format!("{}/User.Read openid profile offline_access", emulator.graph());
    let mut fields = vec![("client_id", GRAPH_CLIENT), ("scope", scope.as_str())];
    for (name, value) in change {
        fields.retain(|(have, _)| have != name);
        fields.push((name, value));
    }
    fields.retain(|(_, value)| !value.is_empty());
    let url = format!("{}/contoso.example/oauth2/v2.0/devicecode", emulator.login());
    let answer = reqwest::Client::new().post(url).form(&fields).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn wish(emulator: &Emulator, claims: &str) -> Value {
    let (status, answer) = begin(emulator, &[("claims", claims)]).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn ask(emulator: &Emulator, wish: &Value, claims: Option<&str>) -> (u16, Value) {
    let mut fields = vec![("client_id", GRAPH_CLIENT), ("grant_type", GRANT), ("device_code", wish["device_code"].as_str().unwrap())];
    fields.extend(claims.map(|claims| ("claims", claims)));
    token(emulator, &fields).await
}

async fn type_code(robot: &Robot, wish: &Value) -> Outcome {
    robot.enter_code(wish["verification_uri"].as_str().unwrap(), wish["user_code"].as_str().unwrap()).await.unwrap()
}

/// A tenant in which a device may ask as often as it likes.
async fn hasty(behaviour: Value) -> Emulator {
    let emulator = Emulator::start(scenario(|text| {
        text["behaviour"] = behaviour;
        text["behaviour"]["deviceCodeIntervalSeconds"] = json!(0);
    }));
    emulator.await.unwrap()
}

#[tokio::test]
async fn a_wish_has_the_documented_members_and_no_complete_address() {
    let emulator = start().await;
    let (status, answer) = begin(&emulator, &[]).await;
    assert_eq!(status, 200);
    let names: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["user_code", "device_code", "verification_uri", "expires_in", "interval", "message"]);
    assert_eq!((answer["expires_in"].as_i64(), answer["interval"].as_i64()), (Some(900), Some(5)));
    let (uri, code) = (answer["verification_uri"].as_str().unwrap(), answer["user_code"].as_str().unwrap());
    assert_eq!(uri, format!("{}/common/oauth2/deviceauth", emulator.login()));
    assert_eq!(code.len(), 9);
    let message = answer["message"].as_str().unwrap();
    assert_eq!(message, format!("To sign in, use a web browser to open the page {uri} and enter the code {code} to authenticate."));
    let (_, german) = begin(&emulator, &[("mkt", "de-DE")]).await;
    assert!(german["message"].as_str().unwrap().starts_with("Um sich anzumelden"));
    assert!(emulator.issued_secrets().iter().any(|secret| secret.kind == SecretKind::DeviceCode && answer["device_code"] == *secret.value));
}

#[tokio::test]
async fn a_wrong_wish_is_refused() {
    let emulator = start().await;
    let arm = format!("{}/user_impersonation", emulator.arm());
    for (change, expected) in [
        (("client_id", ""), 900_144),
        (("client_id", "00000000-1111-4222-8333-444444444444"), 700_016),
        (("scope", ""), 900_144),
        (("scope", "https://unknown.example/.default"), 500_011),
        (("scope", arm.as_str()), 65_002),
        (("claims", "{"), 9_002_313),
    ] {
        let (status, answer) = begin(&emulator, &[change]).await;
        assert_eq!((status, aadsts(&answer)), (400, expected), "{change:?}");
    }
    let url = format!("{}/contoso.example/oauth2/v2.0/devicecode", emulator.login());
    let answer = reqwest::get(&url).await.unwrap();
    assert_eq!((answer.status().as_u16(), aadsts(&answer.json().await.unwrap())), (400, 900_561));
    let url = url.replace("contoso.example", "nowhere.example");
    let answer = reqwest::Client::new().post(url).form(&[("client_id", GRAPH_CLIENT)]).send().await.unwrap();
    assert_eq!(aadsts(&answer.json().await.unwrap()), 90_002);
}

#[tokio::test]
async fn the_device_waits_and_gets_its_tokens_once() {
    let emulator = hasty(json!({})).await;
    let wish = wish(&emulator, "").await;
    let (status, pending) = ask(&emulator, &wish, None).await;
    assert_eq!((status, pending["error"].as_str(), aadsts(&pending)), (400, Some("authorization_pending"), 70_016));
    assert!(matches!(type_code(&emulator.robot(ADELE), &wish).await, Outcome::Approved));
    // By the name of the grant that MSAL.NET sends.
    let short = [("client_id", GRAPH_CLIENT), ("grant_type", "device_code"), ("device_code", wish["device_code"].as_str().unwrap())];
    let (status, answer) = token(&emulator, &short).await;
    assert_eq!(status, 200, "{answer}");
    let access = payload(&answer["access_token"]);
    assert_eq!((access["upn"].as_str(), access["amr"].clone()), (Some(ADELE), json!(["pwd"])));
    assert!(answer["refresh_token"].is_string() && answer["id_token"].is_string());
    let (_, again) = ask(&emulator, &wish, None).await;
    assert_eq!((again["error"].as_str(), aadsts(&again)), (Some("invalid_grant"), 54_005));
    assert!(matches!(type_code(&emulator.robot(ADELE), &wish).await, Outcome::Refused(code) if code == "AADSTS70018"), "the code is spent");
}

#[tokio::test]
async fn whoever_asks_too_often_is_slowed_down() {
    let emulator = start().await;
    let wish = wish(&emulator, "").await;
    let word = async || ask(&emulator, &wish, None).await.1["error"].as_str().unwrap().to_owned();
    assert_eq!(word().await, "authorization_pending");
    assert_eq!(word().await, "slow_down");
    assert!(emulator.journal().last().unwrap().violation.is_some());
    emulator.clock().advance(Duration::from_secs(6));
    assert_eq!(word().await, "slow_down", "the interval has grown by five seconds");
    emulator.clock().advance(Duration::from_secs(15));
    assert_eq!(word().await, "authorization_pending");
}

#[tokio::test]
async fn each_end_of_a_wish_has_its_word() {
    let emulator = hasty(json!({})).await;
    let declined = wish(&emulator, "").await;
    let robot = emulator.robot(ADELE).manner(Manner::DeclineConsent);
    assert!(matches!(type_code(&robot, &declined).await, Outcome::Declined));
    let (status, answer) = ask(&emulator, &declined, None).await;
    assert_eq!((status, answer["error"].as_str()), (400, Some("authorization_declined")));
    let cancelled = wish(&emulator, "").await;
    assert!(matches!(type_code(&emulator.robot(ADELE).manner(Manner::Cancel), &cancelled).await, Outcome::Declined));
    assert!(emulator.journal().iter().all(|entry| entry.violation.is_none()), "whatever a user does breaks no rule");

    let (_, answer) = ask(&emulator, &json!({ "device_code": "2.device.unknown" }), None).await;
    assert_eq!(answer["error"], "bad_verification_code");

    let old = wish(&emulator, "").await;
    let fields = [("client_id", ARM_CLIENT), ("grant_type", GRANT), ("device_code", old["device_code"].as_str().unwrap())];
    assert_eq!(aadsts(&token(&emulator, &fields).await.1), 700_005, "another application's");
    emulator.clock().advance(Duration::from_secs(901));
    let (_, answer) = ask(&emulator, &old, None).await;
    assert_eq!((answer["error"].as_str(), aadsts(&answer)), (Some("expired_token"), 70_019));
    assert!(matches!(type_code(&emulator.robot(ADELE), &old).await, Outcome::Refused(code) if code == "AADSTS70019"));
    let mistyped = json!({ "verification_uri": old["verification_uri"], "user_code": "AAAAAAAAA" });
    assert!(matches!(type_code(&emulator.robot(ADELE), &mistyped).await, Outcome::Refused(code) if code == "AADSTS70018"));
}

#[tokio::test]
async fn the_passkey_is_used_where_the_code_is_typed() {
    let emulator = hasty(json!({})).await;
    let strong = wish(&emulator, &acrs("c1")).await;
    let closed = type_code(&emulator.robot(ADELE).manner(Manner::CloseAtPasskey), &strong).await;
    assert!(matches!(closed, Outcome::Closed(page) if page == "passkey"));
    assert_eq!(ask(&emulator, &strong, None).await.1["error"], "authorization_pending");
    // In lower case and with a gap, as people type.
    let code = strong["user_code"].as_str().unwrap().to_lowercase();
    let (left, right) = code.split_at(4);
    let uri = strong["verification_uri"].as_str().unwrap();
    assert!(matches!(emulator.robot(ADELE).enter_code(uri, &format!("{left}-{right}")).await.unwrap(), Outcome::Approved));
    let (status, answer) = ask(&emulator, &strong, Some(&acrs("c1"))).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(payload(&answer["access_token"])["acrs"], json!(["c1"]));
    let (status, renewed) = refresh(&emulator, answer["refresh_token"].as_str().unwrap(), Some(&acrs("c1"))).await;
    assert_eq!((status, payload(&renewed["access_token"])["acrs"].clone()), (200, json!(["c1"])));

    // Claims that only the redemption has are not met by what was proved in the browser.
    let weak = wish(&emulator, "").await;
    assert!(matches!(type_code(&emulator.robot(ADELE), &weak).await, Outcome::Approved));
    let (_, refused) = ask(&emulator, &weak, Some(&acrs("c1"))).await;
    assert_eq!((refused["error"].as_str(), aadsts(&refused)), (Some("interaction_required"), 50_076));
}

#[tokio::test]
async fn a_tenant_may_take_no_notice_of_the_claims() {
    let emulator = hasty(json!({ "deviceCodeHonoursClaims": false })).await;
    let wish = wish(&emulator, &acrs("c1")).await;
    assert!(matches!(type_code(&emulator.robot(ADELE), &wish).await, Outcome::Approved));
    let (status, answer) = ask(&emulator, &wish, Some(&acrs("c1"))).await;
    let access = payload(&answer["access_token"]);
    assert_eq!((status, access["acrs"].clone(), access["xms_cc"].clone()), (200, Value::Null, json!(["cp1"])));
}

#[tokio::test]
async fn conditional_access_blocks_the_flow_in_the_browser_or_at_the_token() {
    let emulator = hasty(json!({ "deviceCodeFlow": "blocked" })).await;
    let blocked = wish(&emulator, "").await;
    assert!(matches!(type_code(&emulator.robot(ADELE), &blocked).await, Outcome::Refused(code) if code == "AADSTS53003"));
    assert_eq!(ask(&emulator, &blocked, None).await.1["error"], "authorization_pending", "the device is told nothing");

    let emulator = hasty(json!({ "deviceCodeFlow": "blockedAtToken" })).await;
    let blocked = wish(&emulator, "").await;
    assert!(matches!(type_code(&emulator.robot(ADELE), &blocked).await, Outcome::Approved));
    let (status, answer) = ask(&emulator, &blocked, None).await;
    assert_eq!((status, aadsts(&answer), answer["suberror"].as_str()), (400, 53_003, Some("message_only")));
    assert_eq!(answer.get("claims"), None);
}

#[tokio::test]
async fn the_page_for_codes_is_only_for_its_own_form() {
    let emulator = start().await;
    let url = format!("{}/common/oauth2/deviceauth", emulator.login());
    let page = reqwest::get(format!("{url}?otc=ABC")).await.unwrap().text().await.unwrap();
    assert!(page.contains("data-page=\"device-code\"") && page.contains("value=\"ABC\""), "{page}");
    let foreign = reqwest::Client::new().post(&url).header("origin", "http://localhost:1").form(&[("otc", "ABC")]).send().await.unwrap();
    assert_eq!(foreign.status(), 400);
    let error = emulator.robot(ADELE).walk(&url).await.unwrap_err().to_string();
    assert!(error.contains("was given none"), "{error}");
}
