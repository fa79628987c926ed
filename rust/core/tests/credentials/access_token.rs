use pim_core::error::ErrorCode;
use serde_json::{Value, json};

use crate::host::{ADELE, Host, contoso, tokens_of};

fn given(tokens: &[Value]) -> Value {
    json!({"kind": "accessToken", "tokens": tokens})
}

#[tokio::test]
async fn each_token_serves_the_api_that_it_names() {
    let emulator = contoso().await;
    let tokens = tokens_of(&emulator, ADELE, &["graph", "arm"]).await;
    let host = Host::new(&emulator, given(&tokens), json!({})).unwrap();
    let context = host.run("session.connect", json!({"resources": ["graph", "arm"]})).await.unwrap();
    assert_eq!((&context["account"]["username"], &context["account"]["kind"]), (&json!(ADELE), &json!("user")));
    assert_eq!(context["tokens"].as_array().unwrap().len(), 2);
    assert_eq!(context["tokens"][0]["refreshable"], false);
    for (resource, token) in [("graph", &tokens[0]), ("arm", &tokens[1])] {
        assert_eq!(host.token(resource).await.unwrap()["accessToken"], *token);
    }
    // Scopes cannot be chosen: the token has what it has.
    let reply = host.run("token.acquire", json!({"scopes": ["AuthenticationContext.Read.All"]})).await.unwrap();
    assert_eq!(reply["accessToken"], tokens[0]);
    host.run("role.list", json!({"kind": "directory", "state": "eligible"})).await.unwrap();
}

#[tokio::test]
async fn what_a_token_is_not_for_or_not_strong_enough_for_is_said_and_nothing_is_asked() {
    let emulator = contoso().await;
    let tokens = tokens_of(&emulator, ADELE, &["graph"]).await;
    let host = Host::new(&emulator, given(&tokens), json!({})).unwrap();
    let error = host.token("arm").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::CredentialUnsuited);
    assert!(error.message.contains("`arm`") && error.message.contains("`graph`"), "{error}");

    let error = host.token_with("graph", "c1").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::CredentialUnsuited);
    assert!(error.message.contains("c1") && error.claims.unwrap().contains("c1"));
    assert!(error.hint.is_some());

    let error = host.run("token.acquire", json!({"resource": "graph", "force": true})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::CredentialUnsuited);
    assert!(host.token("graph").await.is_ok());
}

#[tokio::test]
async fn a_token_with_the_context_serves_the_challenge() {
    let emulator = contoso().await;
    let strong = Host::new(&emulator, json!({"kind": "browser"}), json!({})).unwrap().with(emulator.robot(ADELE));
    let token = strong.token_with("graph", "c1").await.unwrap()["accessToken"].clone();
    let host = Host::new(&emulator, given(&[token]), json!({})).unwrap();
    assert_eq!(host.token_with("graph", "c1").await.unwrap()["authenticationContexts"], json!(["c1"]));
}

#[tokio::test]
async fn tokens_that_cannot_be_used_are_refused_without_being_shown() {
    let emulator = contoso().await;
    let token = tokens_of(&emulator, ADELE, &["graph"]).await.remove(0);
    for tokens in [json!([]), json!(["hunter2"]), json!(["hunter2\r\nX: y"]), json!([token, token])] {
        let error = Host::new(&emulator, json!({"kind": "accessToken", "tokens": tokens}), json!({})).err().unwrap();
        assert_eq!((error.code, error.target.as_deref()), (ErrorCode::InvalidConfiguration, Some("credential.tokens")));
        let text = format!("{error:?}");
        assert!(!text.contains("hunter2") && !text.contains(token.as_str().unwrap()));
    }
    let error = Host::new(&emulator, json!({"kind": "accessToken", "tokens": [["hunter2"]]}), json!({})).err().unwrap();
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn tokens_of_another_account_or_tenant_are_refused() {
    let emulator = contoso().await;
    let mut tokens = tokens_of(&emulator, ADELE, &["graph"]).await;
    tokens.extend(tokens_of(&emulator, "megan@contoso.example", &["arm"]).await);
    let host = Host::new(&emulator, given(&tokens), json!({})).unwrap();
    host.token("graph").await.unwrap();
    assert_eq!(host.token("arm").await.unwrap_err().code, ErrorCode::AccountMismatch);

    let elsewhere = json!({"tenant": "99999999-2222-3333-4444-555555555555"});
    let host = Host::new(&emulator, given(&tokens[..1]), elsewhere).unwrap();
    assert_eq!(host.token("graph").await.unwrap_err().code, ErrorCode::TenantMismatch);
}
