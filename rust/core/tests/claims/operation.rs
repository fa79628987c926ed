//! `challenge.parse` as a host sees it.

use pim_core::call::Call;
use pim_core::event::Event;
use pim_core::operations;
use pim_core::session::Session;
use serde_json::{Value, json};

use crate::cases::{C1, C1_BASE64};

fn parse(request: Value) -> Result<Value, Value> {
    let session = Session::new(b"{}").unwrap();
    let (call, _events) = Call::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    match runtime.block_on(operations::run(&session, &call, "challenge.parse", request.to_string().as_bytes())) {
        Event::Done { value } => Ok(value),
        Event::Failed { error } => Err(serde_json::to_value(error).unwrap()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_challenge_is_described_in_full() {
    let field = format!(
        r#"Bearer authorization_uri="https://l.example", error="insufficient_claims", error_description="no", claims="{C1_BASE64}""#
    );
    let reply = parse(json!({"status": 401, "headers": [field]})).unwrap();
    assert_eq!(
        reply,
        json!({
            "found": true,
            "challenges": [{
                "claims": {"access_token": {"acrs": {"essential": true, "value": "c1"}}},
                "claimsText": C1,
                "claimsCanonical": r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#,
                "claimsBase64": C1_BASE64,
                "authenticationContexts": ["c1"],
                "demands": ["acrs"],
                "foundIn": "header",
                "scheme": "Bearer",
                "error": "insufficient_claims",
                "errorDescription": "no",
                "authorizationUri": "https://l.example"
            }]
        })
    );
}

#[test]
fn the_body_may_be_text_or_json() {
    let body = json!({"error": {"code": "E", "message": format!("&claims={C1}")}});
    for body in [body.clone(), Value::String(body.to_string())] {
        let reply = parse(json!({"status": 400, "body": body})).unwrap();
        assert_eq!(reply["challenges"][0]["foundIn"], "body");
        assert_eq!(reply["challenges"][0]["errorCode"], "E");
    }
}

#[test]
fn nothing_found_is_no_failure() {
    assert_eq!(parse(json!({"text": "nothing"})).unwrap(), json!({"found": false, "challenges": []}));
    let reply = parse(json!({"text": "WWW-Authenticate: Bearer error=\"insufficient_user_authentication\", acr_values=\"a\""})).unwrap();
    assert_eq!(reply["notes"], json!([{"kind": "insufficientUserAuthentication", "acrValues": "a"}]));
    let reply = parse(json!({"headers": ["Bearer error=\"insufficient_claims\""]})).unwrap();
    assert_eq!(reply["notes"], json!([{"kind": "claimsMissing"}]));
}

#[test]
fn a_malformed_challenge_fails_unless_another_one_is_usable() {
    let error = parse(json!({"text": "claims={\"unexpected\":true}"})).unwrap_err();
    assert_eq!((&error["code"], &error["target"]), (&json!("ChallengeMalformed"), &json!("noTarget")));
    let reply = parse(json!({"text": format!("claims={{\"unexpected\":true}} then claims={C1}")})).unwrap();
    assert_eq!(
        (&reply["found"], &reply["rejected"]["reason"], &reply["rejected"]["foundIn"]),
        (&json!(true), &json!("noTarget"), &json!("text"))
    );
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    for request in [
        json!({}),
        json!({"status": 401}),
        json!({"text": "x", "body": "y"}),
        json!({"text": "x", "headers": ["y"]}),
        json!({"txt": "x"}),
        json!({"text": 1}),
    ] {
        assert_eq!(parse(request.clone()).unwrap_err()["code"], "InvalidRequest", "{request}");
    }
}
