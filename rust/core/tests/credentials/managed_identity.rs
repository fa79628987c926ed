use std::time::{Duration, Instant};

use pim_core::error::ErrorCode;
use serde_json::{Value, json};

use crate::host::Host;
use crate::scripted::{APP, Answer, Seen, Server, TENANT, application_token, jwt, ok};

const OBJECT: &str = "dddddddd-0000-4000-8000-00000000000d";
const GRAPH: &str = "https://graph.example";

fn granted() -> Answer {
    ok(
        &json!({"access_token": application_token(), "expires_on": "4000000000", "resource": GRAPH, "token_type": "Bearer", "client_id": APP}),
    )
}

fn host(service: &Server, id: Value, environment: Value) -> Host {
    let mut credential = json!({"kind": "managedIdentity"});
    credential.as_object_mut().unwrap().extend(id.as_object().unwrap().clone());
    Host::of(service.session_config(), credential, json!({"environment": environment})).unwrap()
}

fn imds(service: &Server) -> Value {
    json!({"AZURE_POD_IDENTITY_AUTHORITY_HOST": service.url, "HTTP_PROXY": "http://127.0.0.1:1"})
}

#[tokio::test]
async fn a_virtual_machine_asks_its_metadata_service() {
    for (id, name) in [
        (json!({}), None),
        (json!({"clientId": APP}), Some(("client_id", APP))),
        (json!({"objectId": OBJECT}), Some(("object_id", OBJECT))),
        (json!({"resourceId": "/subscriptions/s"}), Some(("msi_res_id", "/subscriptions/s"))),
    ] {
        let service = Server::start(|_, _: &Seen| granted()).await;
        let host = host(&service, id, imds(&service));
        let reply = host.token("graph").await.unwrap();
        assert_eq!((&reply["account"]["kind"], &reply["clientId"]), (&json!("application"), &json!(APP)));
        let seen = &service.seen()[0];
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("GET", "/metadata/identity/oauth2/token"));
        assert_eq!((seen.headers["metadata"].as_str(), seen.query["api-version"].as_str()), ("true", "2018-02-01"));
        assert_eq!(seen.query["resource"], GRAPH);
        assert_eq!(seen.query.len(), if name.is_some() { 3 } else { 2 });
        if let Some((name, value)) = name {
            assert_eq!(seen.query[name], value);
        }
        assert_eq!(host.token_with("graph", "c1").await.unwrap_err().code, ErrorCode::CredentialUnsuited);
        assert_eq!(service.seen().len(), 1);
    }
}

#[tokio::test]
async fn app_service_has_its_own_endpoint_and_header() {
    let service = Server::start(|_, _: &Seen| granted()).await;
    let environment = json!({"IDENTITY_ENDPOINT": format!("{}/msi/token", service.url), "IDENTITY_HEADER": "s3cretHeader"});
    let host = host(&service, json!({"resourceId": "/subscriptions/s"}), environment);
    host.token("graph").await.unwrap();
    let seen = &service.seen()[0];
    assert_eq!((seen.path.as_str(), seen.headers["x-identity-header"].as_str()), ("/msi/token", "s3cretHeader"));
    assert_eq!((seen.query["api-version"].as_str(), seen.query["mi_res_id"].as_str()), ("2019-08-01", "/subscriptions/s"));
    let told = format!("{:?}{:?}{}", host.told(), host.session.config, serde_json::to_string(&host.session.config).unwrap());
    assert!(!told.contains("s3cretHeader"));
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_named_before_anything_is_sent() {
    let service = Server::start(|_, _: &Seen| granted()).await;
    let environment = json!({"IDENTITY_ENDPOINT": format!("{}/msi/token", service.url), "IDENTITY_HEADER": "s3cret\nHeader"});
    let credential = json!({"kind": "managedIdentity"});
    let error = Host::of(service.session_config(), credential, json!({"environment": environment})).err().unwrap();
    assert_eq!(error.code, ErrorCode::InvalidConfiguration);
    assert!(error.message.contains("IDENTITY_HEADER") && !format!("{error:?}").contains("s3cret"));
    assert!(service.seen().is_empty());
}

#[tokio::test]
async fn a_token_of_another_api_is_not_taken() {
    let token = jwt(&json!({
        "aud": "https://management.core.windows.net/", "tid": TENANT, "oid": OBJECT, "appid": APP, "idtyp": "app", "exp": 4_000_000_000_u64,
    }));
    let answer = json!({"access_token": token, "expires_on": "4000000000", "token_type": "Bearer"});
    let service = Server::start(move |_, _: &Seen| ok(&answer)).await;
    let mut config = service.session_config();
    config["cloud"]["graph"] = json!("https://graph.microsoft.com");
    config["cloud"]["arm"] = json!("https://management.azure.com");
    let settings = json!({"environment": imds(&service)});
    let host = Host::of(config, json!({"kind": "managedIdentity"}), settings).unwrap();
    let error = host.token("graph").await.unwrap_err();
    assert_eq!((error.code, error.target.as_deref()), (ErrorCode::UnexpectedResponse, Some("graph")));
    host.token("arm").await.unwrap();
}

#[tokio::test]
async fn an_endpoint_that_repeats_its_header_is_quoted_without_it() {
    let service = Server::start(|_, seen: &Seen| {
        let words = format!("the header {} is wrong", seen.headers["x-identity-header"]);
        (400, Vec::new(), json!({"error": {"code": "BadHeader", "message": words}}).to_string())
    })
    .await;
    let environment = json!({"IDENTITY_ENDPOINT": format!("{}/msi/token", service.url), "IDENTITY_HEADER": "s3cretHeader"});
    let error = host(&service, json!({}), environment).token("graph").await.unwrap_err();
    assert_eq!(error.service.as_ref().unwrap().message, "the header *** is wrong");
    assert!(!format!("{error:?}").contains("s3cretHeader"));
}

#[tokio::test]
async fn cloud_shell_hands_out_tokens_of_its_user() {
    let service = Server::start(|_, _: &Seen| {
        let token = jwt(&json!({"aud": GRAPH, "tid": TENANT, "oid": "o", "sub": "s", "scp": "User.Read", "upn": "adele@contoso.example"}));
        ok(&json!({"access_token": token, "expires_in": "3600", "token_type": "Bearer"}))
    })
    .await;
    let environment = json!({"MSI_ENDPOINT": format!("{}/oauth2/token", service.url)});
    let host = host(&service, json!({}), environment.clone());
    assert_eq!(host.token("graph").await.unwrap()["account"]["kind"], "user");
    let seen = &service.seen()[0];
    assert_eq!((seen.method.as_str(), seen.form["resource"].as_str(), seen.headers["metadata"].as_str()), ("POST", GRAPH, "true"));

    let assigned = json!({"kind": "managedIdentity", "clientId": APP});
    let error = Host::of(service.session_config(), assigned, json!({"environment": environment})).err().unwrap();
    assert_eq!(error.code, ErrorCode::CredentialUnsuited);
}

#[tokio::test]
async fn a_busy_endpoint_is_asked_again_and_a_refusal_is_not() {
    let service = Server::start(|number, _: &Seen| match number {
        0 => (404, Vec::new(), String::new()),
        1 => (500, vec![("retry-after", "0".to_owned())], "<html>".to_owned()),
        2 => (429, vec![("retry-after", "0".to_owned())], String::new()),
        _ => granted(),
    })
    .await;
    host(&service, json!({}), imds(&service)).token("graph").await.unwrap();
    assert_eq!(service.seen().len(), 4);

    let service = Server::start(|_, _: &Seen| {
        (400, Vec::new(), json!({"error": "invalid_request", "error_description": "Identity not found"}).to_string())
    })
    .await;
    let error = host(&service, json!({"clientId": APP}), imds(&service)).token("graph").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SignInFailed);
    assert!(error.message.contains("Identity not found") && error.hint.unwrap().contains("assigned"), "{}", error.message);
    assert_eq!((service.seen().len(), error.http.unwrap().status), (1, 400));
}

#[tokio::test]
async fn where_nothing_answers_it_is_said_soon() {
    let service = Server::start(|_, _: &Seen| granted()).await;
    let began = Instant::now();
    let nobody = json!({"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:1"});
    let error = host(&service, json!({}), nobody).token("graph").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::CredentialUnsuited);
    assert!(error.message.contains("no managed identity") && error.hint.is_some());
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn an_answer_that_is_no_token_is_not_quoted() {
    for body in ["hunter2", r#"{"access_token": ["hunter2"]}"#, r#"{"access_token": "hun ter2"}"#] {
        let service = Server::start(move |_, _: &Seen| (200, Vec::new(), body.to_owned())).await;
        let error = host(&service, json!({}), imds(&service)).token("graph").await.unwrap_err();
        assert_eq!(error.code, ErrorCode::UnexpectedResponse);
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn one_id_of_the_right_form_is_enough() {
    let service = Server::start(|_, _: &Seen| granted()).await;
    for ids in [
        json!({"clientId": APP, "objectId": OBJECT}),
        json!({"objectId": OBJECT, "resourceId": "/subscriptions/s"}),
        json!({"clientId": "/subscriptions/s"}),
        json!({"objectId": "jumphost"}),
        json!({"resourceId": APP}),
    ] {
        let mut credential = json!({"kind": "managedIdentity"});
        credential.as_object_mut().unwrap().extend(ids.as_object().unwrap().clone());
        let error = Host::of(service.session_config(), credential, json!({"environment": {}})).err().unwrap();
        assert_eq!((error.code, error.target.as_deref()), (ErrorCode::InvalidConfiguration, Some("credential")), "{ids}");
        assert!(error.hint.is_some(), "{ids}");
    }
    assert!(service.seen().is_empty());
}
