//! Authorization code with PKCE: what a right client gets, and how each wrong one is refused.

use std::time::Duration;

use crate::support::{
    ADELE, ARM_CLIENT, Authorize, GRAPH_CLIENT, MEGAN, REDIRECT, VERIFIER, aadsts, code, payload, redeem, refusal, scenario, sign_in,
    start, token,
};
use pim_emulator::robot::{Manner, Outcome};

#[tokio::test]
async fn a_sign_in_ends_with_tokens_of_entras_form() {
    let emulator = start().await;
    let answer = sign_in(&emulator, &emulator.robot(ADELE), &Authorize::new(&emulator)).await;
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["scope"], format!("openid profile {}/User.Read", emulator.graph()));
    assert!(answer["expires_in"].as_i64().unwrap() >= 3600 && answer["refresh_token"].is_string() && answer["client_info"].is_string());

    let access = payload(&answer["access_token"]);
    assert_eq!(access["aud"], emulator.graph());
    assert_eq!(
        (access["upn"].as_str(), access["scp"].as_str(), access["appid"].as_str()),
        (Some(ADELE), Some("User.Read"), Some(GRAPH_CLIENT))
    );
    assert_eq!(access["amr"], serde_json::json!(["pwd"]));
    assert!(access.get("acrs").is_none() && access.get("xms_cc").is_none());

    let id = payload(&answer["id_token"]);
    assert_eq!((id["aud"].as_str(), id["nonce"].as_str()), (Some(GRAPH_CLIENT), Some("the nonce")));
    assert_eq!((id["oid"].clone(), id["tid"].clone()), (access["oid"].clone(), access["tid"].clone()));
    assert_eq!(id["iss"], format!("{}/{}/v2.0", emulator.login(), access["tid"].as_str().unwrap()));
}

#[tokio::test]
async fn a_code_is_good_for_one_use_ten_minutes_and_its_own_request() {
    let emulator = start().await;
    let robot = emulator.robot(ADELE);
    let request = Authorize::new(&emulator);
    let fields = |code: &str, verifier: &str, redirect: &str, client: &str| {
        [
            ("client_id", client.to_owned()),
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", redirect.to_owned()),
            ("code_verifier", verifier.to_owned()),
        ]
    };
    let ask = async |fields: [(&str, String); 5]| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        token(&emulator, &fields).await
    };

    let used = code(&robot, &request).await;
    assert_eq!(ask(fields(&used, VERIFIER, REDIRECT, GRAPH_CLIENT)).await.0, 200);
    let (status, answer) = ask(fields(&used, VERIFIER, REDIRECT, GRAPH_CLIENT)).await;
    assert_eq!((status, answer["error"].as_str(), aadsts(&answer)), (400, Some("invalid_grant"), 54_005));

    let wrong_verifier = VERIFIER.replace('a', "b");
    for (verifier, redirect, client, expected) in [
        (wrong_verifier.as_str(), REDIRECT, GRAPH_CLIENT, 501_481),
        ("short", REDIRECT, GRAPH_CLIENT, 501_491),
        (VERIFIER, "http://localhost:9", GRAPH_CLIENT, 50_011),
        (VERIFIER, "http://localhost:10/", GRAPH_CLIENT, 50_011),
        (VERIFIER, REDIRECT, ARM_CLIENT, 700_005),
    ] {
        let (status, answer) = ask(fields(&code(&robot, &request).await, verifier, redirect, client)).await;
        assert_eq!((status, answer["error"].as_str(), aadsts(&answer)), (400, Some("invalid_grant"), expected));
    }

    let violations = emulator.journal().iter().filter(|entry| entry.violation.is_some()).count();
    assert_eq!(violations, 6, "one for each wrong exchange");

    let old = code(&robot, &request).await;
    emulator.clock().advance(Duration::from_secs(601));
    let (_, answer) = redeem(&emulator, &old).await;
    assert_eq!(aadsts(&answer), 70_008);
    let (_, answer) = redeem(&emulator, "0.code.unknown").await;
    assert_eq!(aadsts(&answer), 70_000);
}

#[tokio::test]
async fn the_error_object_has_all_members_and_its_correlation_id() {
    let emulator = start().await;
    let correlation = "11111111-2222-4333-8444-555555555555";
    let url = format!("{}/contoso.example/oauth2/v2.0/token", emulator.login());
    let fields = [("client_id", GRAPH_CLIENT), ("grant_type", "refresh_token"), ("refresh_token", "nonsense")];
    let answer = reqwest::Client::new().post(url).header("client-request-id", correlation).form(&fields).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store, no-cache");
    let answer: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(answer["correlation_id"], correlation);
    assert_eq!((answer["error"].as_str(), answer["suberror"].as_str()), (Some("invalid_grant"), Some("bad_token")));
    let description = answer["error_description"].as_str().unwrap();
    assert!(description.starts_with("AADSTS70000: ") && description.contains(correlation), "{description}");
    assert!(
        answer["trace_id"].is_string() && answer["timestamp"].is_string() && answer["error_uri"].as_str().unwrap().ends_with("code=70000")
    );
}

#[tokio::test]
async fn hostile_exchanges_get_an_error_object() {
    let emulator = start().await;
    let client = reqwest::Client::new();
    let url = format!("{}/contoso.example/oauth2/v2.0/token", emulator.login());
    let form = "application/x-www-form-urlencoded";
    let bodies: [(&str, Vec<u8>, u64); 8] = [
        (form, Vec::new(), 900_144),
        ("application/json", br#"{"client_id":"x"}"#.to_vec(), 900_144),
        (form, b"client_id=1&client_id=2".to_vec(), 9_002_313),
        (form, b"\xff\xfe=\x00&&&=&%%%".to_vec(), 900_144),
        (form, [b"a=".to_vec(), vec![b'x'; 70_000]].concat(), 90_015),
        (form, format!("client_id={GRAPH_CLIENT}").into_bytes(), 900_144),
        (form, format!("client_id={GRAPH_CLIENT}&grant_type=authorization_code&code=%00").into_bytes(), 70_000),
        (form, format!("client_id={GRAPH_CLIENT}&grant_type=x&client_secret=x").into_bytes(), 700_025),
    ];
    for (content_type, body, expected) in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let answer = client.post(&url).header("content-type", content_type).body(body).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{shown}");
        assert_eq!(aadsts(&answer.json().await.unwrap()), expected, "{shown}");
    }
    let answer = client.get(&url).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), aadsts(&answer.json().await.unwrap())), (400, 900_561));
    let huge = client.post(&url).body(vec![0; 5 * 1024 * 1024]).send().await;
    assert!(huge.is_err() || huge.unwrap().status() == 413);
}

#[tokio::test]
async fn unknown_applications_are_told_nothing_and_the_user_sees_a_page() {
    let emulator = start().await;
    let request = || Authorize::new(&emulator);
    for (wrong, expected) in [
        (request().with("client_id", "00000000-1111-4222-8333-444444444444"), "page AADSTS700016"),
        (request().tenant("nowhere.example"), "page AADSTS90002"),
        (request().with("redirect_uri", "http://localhost:9/other"), "page AADSTS50011"),
        (request().with("redirect_uri", "http://127.0.0.1:9/"), "page AADSTS50011"),
        (request().with("redirect_uri", "https://phish.example/"), "page AADSTS50011"),
        (request().without("redirect_uri"), "page AADSTS900144"),
        (request().with("login_hint", "nobody@contoso.example"), "page AADSTS50034"),
        (request().with("login_hint", "alex@fabrikam.example"), "page AADSTS50020"),
    ] {
        assert_eq!(refusal(&wrong).await, expected);
    }
    let mut twice = request();
    twice.fields.push(("state".to_owned(), "another".to_owned()));
    assert_eq!(refusal(&twice).await, "page AADSTS9002313");
}

#[tokio::test]
async fn known_applications_are_told_what_is_wrong() {
    let emulator = start().await;
    let request = || Authorize::new(&emulator);
    let graph = emulator.graph();
    for (wrong, expected) in [
        (request().without("code_challenge"), "invalid_request AADSTS9002325"),
        (request().with("code_challenge_method", "plain"), "invalid_request AADSTS50147"),
        (request().with("code_challenge", "short"), "invalid_request AADSTS501491"),
        (request().with("response_type", "token"), "unsupported_response_type AADSTS700054"),
        (request().with("response_mode", "pigeon"), "invalid_request AADSTS9002313"),
        (request().with("prompt", "often"), "invalid_request AADSTS90023"),
        (request().with("claims", "{"), "invalid_request AADSTS9002313"),
        (request().with("claims", r#"{"acrs":{}}"#), "invalid_request AADSTS9002313"),
        (request().with("scope", &format!("{graph}/Nonsense.Read")), "invalid_scope AADSTS70011"),
        (request().with("scope", &format!("{graph}/.default {graph}/User.Read")), "invalid_scope AADSTS70011"),
        (request().with("scope", "https://unknown.example/.default"), "invalid_resource AADSTS500011"),
        (request().with("scope", &format!("{}/user_impersonation", emulator.arm())), "invalid_request AADSTS65002"),
        (request().with("prompt", "none"), "interaction_required AADSTS16000"),
        (request().with("prompt", "none").with("login_hint", ADELE), "login_required AADSTS50058"),
    ] {
        assert_eq!(refusal(&wrong).await, expected);
    }
}

#[tokio::test]
async fn form_post_and_fragment_carry_the_same_answer() {
    let emulator = start().await;
    let robot = emulator.robot(ADELE);
    for mode in ["query", "fragment", "form_post"] {
        let outcome = robot.walk(&Authorize::new(&emulator).with("response_mode", mode).url()).await.unwrap();
        let callback = outcome.callback().unwrap();
        assert_eq!(callback.form.is_some(), mode == "form_post");
        assert_eq!(callback.url.query().is_some(), mode == "query");
        assert_eq!(callback.parameter("state"), Some("the state".to_owned()));
        assert_eq!(redeem(&emulator, &callback.parameter("code").unwrap()).await.0, 200, "{mode}");
    }
}

#[tokio::test]
async fn prompts_decide_what_is_shown() {
    let emulator = start().await;
    let robot = emulator.robot(ADELE);
    sign_in(&emulator, &robot, &Authorize::new(&emulator)).await;
    let shown = async |request: Authorize| {
        let robot = emulator.robot(ADELE).with_profile(robot.profile()).manner(Manner::Close);
        match robot.walk(&request.url()).await.unwrap() {
            Outcome::Closed(page) => page,
            Outcome::Answered(_) => "nothing".to_owned(),
            other => format!("{other:?}"),
        }
    };
    let request = || Authorize::new(&emulator);
    assert_eq!(shown(request()).await, "nothing", "single sign-on");
    assert_eq!(shown(request().with("prompt", "none")).await, "nothing");
    assert_eq!(shown(request().with("login_hint", ADELE)).await, "nothing");
    assert_eq!(shown(request().with("login_hint", MEGAN)).await, "sign-in", "another account has no session");
    assert_eq!(shown(request().with("prompt", "select_account")).await, "pick-account");
    assert_eq!(shown(request().with("prompt", "consent")).await, "consent");
    assert_eq!(shown(request().tenant("fabrikam.example")).await, "pick-account", "the session is of another tenant");
    assert_eq!(shown(request().with("prompt", "login").with("login_hint", ADELE)).await, "sign-in");
}

#[tokio::test]
async fn the_user_can_switch_cancel_and_be_of_another_tenant() {
    let emulator = start().await;
    let hinted = Authorize::new(&emulator).with("login_hint", ADELE);
    let answer = sign_in(&emulator, &emulator.robot(MEGAN), &hinted).await;
    assert_eq!(payload(&answer["id_token"])["preferred_username"], MEGAN);

    let outcome = emulator.robot(ADELE).manner(Manner::Cancel).walk(&hinted.url()).await.unwrap();
    let callback = outcome.callback().unwrap();
    let told = |name: &str| callback.parameter(name).unwrap_or_default();
    assert_eq!((told("error"), told("error_subcode"), told("state")), ("access_denied".into(), "cancel".into(), "the state".into()));
    assert!(emulator.journal().iter().all(|entry| entry.violation.is_none()), "whatever a user does breaks no rule");

    let anywhere = Authorize::new(&emulator).tenant("organizations");
    let alex = code(&emulator.robot("alex@fabrikam.example"), &anywhere).await;
    let (_, answer) = redeem(&emulator, &alex).await;
    assert_eq!(aadsts(&answer), 50_020, "a code of another tenant's account is not redeemed here");
    assert_eq!(refusal(&Authorize::new(&emulator).with("login_hint", "old@contoso.example")).await, "page AADSTS50057");
}

#[tokio::test]
async fn consent_is_asked_once_and_can_be_declined_or_out_of_reach() {
    let with_consent = |consent: &str| {
        scenario(|text| {
            text["clients"] = serde_json::json!([{ "clientId": GRAPH_CLIENT, "displayName": "A tool", "consent": consent }]);
        })
    };
    let emulator = pim_emulator::Emulator::start(with_consent("user")).await.unwrap();
    let request = Authorize::new(&emulator);
    let outcome = emulator.robot(ADELE).manner(Manner::DeclineConsent).walk(&request.url()).await.unwrap();
    let callback = outcome.callback().unwrap();
    assert_eq!(callback.parameter("error").as_deref(), Some("access_denied"));
    assert!(callback.parameter("error_description").unwrap().starts_with("AADSTS65004"));
    sign_in(&emulator, &emulator.robot(ADELE), &request).await;
    // Whoever would decline is not asked again.
    sign_in(&emulator, &emulator.robot(ADELE).manner(Manner::DeclineConsent), &request).await;

    let emulator = pim_emulator::Emulator::start(with_consent("admin")).await.unwrap();
    assert_eq!(refusal(&Authorize::new(&emulator)).await, "page AADSTS90094");
}

#[tokio::test]
async fn a_sign_in_page_belongs_to_its_browser_and_its_time() {
    let emulator = start().await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let page = client.get(Authorize::new(&emulator).with("login_hint", ADELE).url()).send().await.unwrap();
    let cookie = page.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self' http://localhost:9"), "{policy}");
    let html = page.text().await.unwrap();
    let flow = html.split("name=\"flow\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let post = async |cookie: &str, origin: &str| {
        let url = format!("{}/signin/demo", emulator.login());
        client.post(url).header("cookie", cookie).header("origin", origin).form(&[("flow", &flow)]).send().await.unwrap().status().as_u16()
    };
    let own = cookie.split(';').next().unwrap();
    let foreign = format!("{}={}", own.split('=').next().unwrap(), "x".repeat(43));
    assert_eq!(post(&foreign, emulator.login()).await, 400, "another browser");
    assert_eq!(post(own, "http://localhost:1").await, 400, "a form of another origin");
    assert_eq!(post(own, emulator.login()).await, 302);
    emulator.clock().advance(Duration::from_secs(16 * 60));
    assert_eq!(post(own, emulator.login()).await, 400, "too late");
}
