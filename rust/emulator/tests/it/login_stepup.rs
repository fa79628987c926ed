//! Claims: what a token needs, how the user gets there, and what a refresh token can do alone.

use std::time::Duration;

use crate::support::{
    ADELE, ARM_CLIENT, Authorize, VERIFIER, aadsts, acrs, payload, redeem, refresh, refusal, scenario, sign_in, start, token,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use pim_emulator::robot::{Manner, Outcome};
use pim_emulator::{Emulator, Robot};
use serde_json::{Value, json};

fn contexts(answer: &Value) -> Value {
    payload(&answer["access_token"])["acrs"].clone()
}

async fn last_page(robot: Robot, request: &Authorize) -> String {
    match robot.walk(&request.url()).await.unwrap() {
        Outcome::Closed(page) => page,
        Outcome::Refused(code) => code,
        _ => "answered".to_owned(),
    }
}

#[tokio::test]
async fn a_refresh_token_satisfies_a_context_only_after_the_passkey() {
    let emulator = start().await;
    let robot = emulator.robot(ADELE);
    let weak = sign_in(&emulator, &robot, &Authorize::new(&emulator)).await;
    let (status, refused) = refresh(&emulator, weak["refresh_token"].as_str().unwrap(), Some(&acrs("c1"))).await;
    assert_eq!(
        (status, refused["error"].as_str(), refused["suberror"].as_str()),
        (400, Some("interaction_required"), Some("basic_action"))
    );
    assert_eq!(aadsts(&refused), 50_076);
    let demanded: Value = serde_json::from_str(refused["claims"].as_str().unwrap()).unwrap();
    assert_eq!(demanded["access_token"]["acrs"]["values"], json!(["c1"]));

    let strong = sign_in(&emulator, &robot, &Authorize::new(&emulator).with("claims", &acrs("c1"))).await;
    assert_eq!(contexts(&strong), json!(["c1"]));
    let access = payload(&strong["access_token"]);
    assert_eq!((access["amr"].clone(), access["xms_cc"].clone()), (json!(["fido", "mfa"]), json!(["cp1"])));
    assert!(strong["expires_in"].as_i64().unwrap() >= 86_400, "a client that declares cp1 gets a long-lived token");

    // The old refresh token is as weak as it was; the new one needs nobody, for other contexts of the same strength neither.
    let (status, _) = refresh(&emulator, weak["refresh_token"].as_str().unwrap(), Some(&acrs("c1"))).await;
    assert_eq!(status, 400);
    let (status, again) = refresh(&emulator, strong["refresh_token"].as_str().unwrap(), Some(&acrs("c2"))).await;
    assert_eq!((status, contexts(&again)), (200, json!(["c1", "c2"])));
    let (_, without_claims) = refresh(&emulator, strong["refresh_token"].as_str().unwrap(), None).await;
    assert_eq!(contexts(&without_claims), json!(["c1"]));
}

#[tokio::test]
async fn the_browser_remembers_what_was_proved() {
    let emulator = start().await;
    let robot = emulator.robot(ADELE);
    sign_in(&emulator, &robot, &Authorize::new(&emulator).with("claims", &acrs("c1"))).await;
    let page = async |context: &str| {
        let robot = emulator.robot(ADELE).with_profile(robot.profile()).manner(Manner::Close);
        last_page(robot, &Authorize::new(&emulator).with("claims", &acrs(context))).await
    };
    assert_eq!(page("c1").await, "answered");
    assert_eq!(page("c2").await, "answered");
    // The other client of the same browser is signed in silently, with all contexts that the session has met.
    let arm = Authorize::new(&emulator)
        .with("client_id", ARM_CLIENT)
        .with("scope", &format!("{}/.default openid offline_access", emulator.arm()))
        .with("claims", &acrs("c1"))
        .with("prompt", "none");
    let code = crate::support::code(&robot, &arm).await;
    let fields = [
        ("client_id", ARM_CLIENT),
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", crate::support::REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let (status, answer) = token(&emulator, &fields).await;
    assert_eq!((status, contexts(&answer)), (200, json!(["c1", "c2"])));
    let access = payload(&answer["access_token"]);
    assert_eq!((access["aud"].as_str(), access["scp"].as_str()), (Some(emulator.arm()), Some("user_impersonation")));
    let arm = emulator.arm();
    assert_eq!(answer["scope"], format!("openid {arm}/user_impersonation {arm}/.default"), "libraries find the token by what they asked");

    assert_eq!(page("c5").await, "answered", "five minutes are granted");
    emulator.clock().advance(Duration::from_secs(301));
    assert_eq!(page("c5").await, "passkey", "every time");
    assert_eq!(page("c1").await, "answered");
}

#[tokio::test]
async fn each_policy_has_its_own_way_to_say_no() {
    let emulator = start().await;
    let request = |context: &str| Authorize::new(&emulator).with("claims", &acrs(context)).with("login_hint", ADELE);
    assert_eq!(refusal(&request("c3")).await, "page AADSTS53000");
    assert_eq!(refusal(&request("c4")).await, "page AADSTS53003");
    let weak = sign_in(&emulator, &emulator.robot(ADELE), &Authorize::new(&emulator)).await;
    let refresh_token = weak["refresh_token"].as_str().unwrap();
    let (_, blocked) = refresh(&emulator, refresh_token, Some(&acrs("c4"))).await;
    assert_eq!((aadsts(&blocked), blocked["suberror"].as_str()), (53_003, Some("message_only")));
    let (_, free) = refresh(&emulator, refresh_token, Some(&acrs("c6"))).await;
    assert_eq!(contexts(&free), json!(["c6"]), "a context without a policy is issued");
    let (status, mfa) = refresh(&emulator, refresh_token, Some(&acrs("p1"))).await;
    assert_eq!((status, aadsts(&mfa)), (400, 50_076));
    let (_, mfa) = refresh(&emulator, refresh_token, Some(r#"{"access_token":{"amr":{"values":["mfa"]}}}"#)).await;
    assert_eq!(aadsts(&mfa), 50_076);
    let (_, malformed) = refresh(&emulator, refresh_token, Some("{")).await;
    assert_eq!(malformed["error"], "invalid_request");
}

#[tokio::test]
async fn a_silent_request_says_that_more_is_needed() {
    let emulator = start().await;
    let robot = emulator.robot(ADELE);
    sign_in(&emulator, &robot, &Authorize::new(&emulator)).await;
    let outcome = robot.walk(&Authorize::new(&emulator).with("claims", &acrs("c1")).with("prompt", "none").url()).await.unwrap();
    assert_eq!(outcome.callback().unwrap().parameter("error").as_deref(), Some("interaction_required"));
}

#[tokio::test]
async fn behaviours_make_step_ups_fail() {
    let behaviour = |name: &str| scenario(|text| text["behaviour"] = json!({ name: true }));
    let emulator = Emulator::start(behaviour("tokensWithoutContexts")).await.unwrap();
    let answer = sign_in(&emulator, &emulator.robot(ADELE), &Authorize::new(&emulator).with("claims", &acrs("c1"))).await;
    assert_eq!(contexts(&answer), Value::Null);

    let emulator = Emulator::start(behaviour("contextsOnlyWhenAsked")).await.unwrap();
    let answer = sign_in(&emulator, &emulator.robot(ADELE), &Authorize::new(&emulator).with("claims", &acrs("c1"))).await;
    let (_, other) = refresh(&emulator, answer["refresh_token"].as_str().unwrap(), Some(&acrs("c2"))).await;
    assert_eq!(contexts(&other), json!(["c2"]));
}

#[tokio::test]
async fn a_sign_in_policy_asks_everybody() {
    let emulator = Emulator::start(scenario(|text| text["behaviour"] = json!({ "signInRequires": "mfa" }))).await.unwrap();
    assert_eq!(last_page(emulator.robot(ADELE).manner(Manner::CloseAtPasskey), &Authorize::new(&emulator)).await, "passkey");
    let answer = sign_in(&emulator, &emulator.robot(ADELE), &Authorize::new(&emulator)).await;
    assert_eq!(payload(&answer["access_token"])["amr"], json!(["fido", "mfa"]));
}

#[tokio::test]
async fn revoked_sessions_are_challenged_and_their_grants_are_dead() {
    let emulator = start().await;
    let robot = emulator.robot(ADELE);
    let capable = sign_in(&emulator, &robot, &Authorize::new(&emulator).with("claims", &acrs("c1"))).await;
    let plain = sign_in(&emulator, &emulator.robot(ADELE), &Authorize::new(&emulator)).await;
    let arm_token = emulator.access_token(ADELE, pim_emulator::tokens::Audience::Arm, &[]).unwrap();
    assert!(emulator.revoke(ADELE));
    assert!(!emulator.revoke("nobody@contoso.example"));

    let challenge = |audience, token: &str| {
        let mut headers = http::HeaderMap::new();
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        emulator.state().authenticate(&headers, audience).err().map(|answer| {
            assert_eq!(answer.status(), 401);
            answer.headers()["www-authenticate"].to_str().unwrap().to_owned()
        })
    };
    let claims_of = |header: &str| header.split("claims=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();

    let header = challenge(pim_emulator::tokens::Audience::Graph, capable["access_token"].as_str().unwrap()).unwrap();
    assert!(header.contains("error=\"insufficient_claims\""), "{header}");
    let claims: Value = serde_json::from_slice(&STANDARD.decode(claims_of(&header)).unwrap()).unwrap();
    assert_eq!(claims["access_token"]["nbf"]["essential"], true);
    let header = challenge(pim_emulator::tokens::Audience::Arm, &arm_token).unwrap();
    assert!(header.contains("error=\"invalid_token\""), "{header}");
    assert!(STANDARD_NO_PAD.decode(claims_of(&header)).is_ok(), "Azure Resource Manager leaves the padding out");
    assert_eq!(
        challenge(pim_emulator::tokens::Audience::Graph, plain["access_token"].as_str().unwrap()),
        None,
        "without cp1 a token lives on"
    );

    let (_, dead) = refresh(&emulator, capable["refresh_token"].as_str().unwrap(), Some(&claims.to_string())).await;
    assert_eq!((dead["error"].as_str(), aadsts(&dead), dead["suberror"].as_str()), (Some("invalid_grant"), 50_173, Some("bad_token")));
    let again = Authorize::new(&emulator).with("claims", &claims.to_string()).with("login_hint", ADELE);
    let closed = emulator.robot(ADELE).with_profile(robot.profile()).manner(Manner::Close);
    assert_eq!(last_page(closed, &again).await, "sign-in", "the browser's session ended, too");
    let fresh = sign_in(&emulator, &robot, &again).await;
    assert_eq!(challenge(pim_emulator::tokens::Audience::Graph, fresh["access_token"].as_str().unwrap()), None);
}

#[tokio::test]
async fn tokens_expire_by_the_emulators_clock_and_are_for_one_audience() {
    use pim_emulator::tokens::Audience;
    let emulator = start().await;
    let token = emulator.access_token(ADELE, Audience::Graph, &["c1"]).unwrap();
    let check = |token: &str, audience| {
        let mut headers = http::HeaderMap::new();
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        emulator.state().authenticate(&headers, audience).map(|claims| claims.acrs).map_err(|answer| answer.status().as_u16())
    };
    assert_eq!(check(&token, Audience::Graph), Ok(vec!["c1".to_owned()]));
    assert_eq!(check(&token, Audience::Arm), Err(401), "a token for Graph");
    let (signed, _) = token.rsplit_once('.').unwrap();
    let other = emulator.access_token(ADELE, Audience::Graph, &[]).unwrap();
    assert_eq!(check(&format!("{signed}.{}", other.rsplit('.').next().unwrap()), Audience::Graph), Err(401), "another token's signature");
    assert_eq!(check("nonsense", Audience::Graph), Err(401));
    emulator.clock().advance(Duration::from_secs(100_801));
    assert_eq!(check(&token, Audience::Graph), Err(401), "a day later and more");
}

#[tokio::test]
async fn refresh_tokens_belong_to_a_client_and_end() {
    let emulator = start().await;
    let answer = sign_in(&emulator, &emulator.robot(ADELE), &Authorize::new(&emulator)).await;
    let refresh_token = answer["refresh_token"].as_str().unwrap();
    let fields = [("client_id", ARM_CLIENT), ("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    let (_, foreign) = token(&emulator, &fields).await;
    assert_eq!(foreign["suberror"], "client_mismatch");
    let (_, renewed) = refresh(&emulator, refresh_token, None).await;
    assert_ne!(renewed["refresh_token"], answer["refresh_token"], "rotated");
    assert_eq!(refresh(&emulator, refresh_token, None).await.0, 200, "the old one is still good");
    emulator.clock().advance(Duration::from_secs(91 * 24 * 3600));
    let (_, expired) = refresh(&emulator, refresh_token, None).await;
    assert_eq!((aadsts(&expired), expired["suberror"].as_str()), (700_082, Some("token_expired")));
    let (_, unsupported) = token(&emulator, &[("client_id", ARM_CLIENT), ("grant_type", "password")]).await;
    assert_eq!(unsupported["error"], "unsupported_grant_type");
    let (_, not_redeemed) = redeem(&emulator, "").await;
    assert_eq!(aadsts(&not_redeemed), 900_144);
}
