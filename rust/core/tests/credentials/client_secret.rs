use pim_core::error::ErrorCode;
use pim_core::event::Event;
use serde_json::{Value, json};

use crate::host::Host;
use crate::scripted::{APP, Answer, Seen, Server, TENANT, application_token, ok, refusal};

const SECRET: &str = "s3cret~Value.of-the_application";

fn granted() -> Answer {
    ok(&json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": application_token()}))
}

fn host(service: &Server, more: Value) -> Host {
    let mut settings = json!({"clientId": APP});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Host::of(service.session_config(), json!({"kind": "clientSecret", "secret": SECRET}), settings).unwrap()
}

#[tokio::test]
async fn an_application_gets_a_token_for_what_it_was_granted() {
    let service = Server::start(|_, _: &Seen| granted()).await;
    let host = host(&service, json!({}));
    let context = host.run("session.connect", json!({"scopes": ["User.Read"]})).await.unwrap();
    assert_eq!((&context["account"]["kind"], &context["account"]["username"]), (&json!("application"), &json!(APP)));
    assert_eq!(context["account"]["displayName"], "Automation");
    let asked = &service.seen()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", format!("/{TENANT}/oauth2/v2.0/token").as_str()));
    assert!(asked.query.is_empty());
    for (name, value) in
        [("grant_type", "client_credentials"), ("client_id", APP), ("client_secret", SECRET), ("scope", "https://graph.example/.default")]
    {
        assert_eq!(asked.form[name], value, "{name}");
    }
    assert!(asked.form["claims"].contains("cp1") && !asked.form.contains_key("client_info"));
    // From the cache, whatever permissions are named.
    host.run("token.acquire", json!({"scopes": ["Mail.Read"]})).await.unwrap();
    assert_eq!(service.seen().len(), 1);
}

#[tokio::test]
async fn what_only_a_user_can_do_is_refused_before_anything_is_sent() {
    let service = Server::start(|_, _: &Seen| granted()).await;
    let host = host(&service, json!({}));
    let error = host.token_with("graph", "c1").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::CredentialUnsuited);
    assert!(error.claims.unwrap().contains("c1") && error.hint.is_some());
    let error = host.run("role.activate", json!({"kind": "directory", "roles": [{"name": "Reader"}]})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::CredentialUnsuited, "{error}");
    assert!(service.seen().is_empty());

    let other = json!({"clientId": "bbbbbbbb-0000-0000-0000-00000000000b"});
    assert_eq!(host.run("token.acquire", other).await.unwrap_err().code, ErrorCode::CredentialUnsuited);
}

#[tokio::test]
async fn a_wrong_or_expired_secret_is_named_and_never_shown() {
    for (code, word) in [(7_000_215, "wrong"), (7_000_222, "expired")] {
        let service = Server::start(move |_, _: &Seen| {
            let (_, headers, body) = refusal("invalid_client", &format!("AADSTS{code}: no, not {SECRET}"));
            (401, headers, body)
        })
        .await;
        let host = host(&service, json!({}));
        let error = host.token("graph").await.unwrap_err();
        assert_eq!(error.code, ErrorCode::SignInFailed);
        assert!(error.message.contains(word), "{error}");
        let told = format!("{error:?}{:?}{:?}", host.told(), host.session.config);
        assert!(!told.contains(SECRET));
        assert!(!serde_json::to_string(&host.session.config).unwrap().contains(SECRET));
        assert!(host.told().iter().any(|event| matches!(event, Event::Verbose { .. })));
    }
}

#[tokio::test]
async fn what_is_missing_in_the_configuration_is_named() {
    let service = Server::start(|_, _: &Seen| granted()).await;
    let credential = json!({"kind": "clientSecret", "secret": SECRET});
    for (credential, more, field) in [
        (credential.clone(), json!({}), "clientId"),
        (credential.clone(), json!({"clientId": APP, "tenant": "organizations"}), "tenant"),
        (credential, json!({"clientId": "app"}), "clientId"),
        (json!({"kind": "clientSecret", "secret": ""}), json!({"clientId": APP}), "credential.secret"),
    ] {
        let error = Host::of(service.session_config(), credential, more).err().unwrap();
        assert_eq!((error.code, error.target.as_deref()), (ErrorCode::InvalidConfiguration, Some(field)));
    }
}
