use pim_core::error::ErrorCode;
use serde_json::{Value, json};

use crate::host::Host;
use crate::scripted::{APP, Answer, Seen, Server, TENANT, application_token, jwt, ok};

fn granted() -> Answer {
    ok(&json!({"token_type": "Bearer", "expires_in": 3599, "access_token": application_token()}))
}

fn federated() -> String {
    jwt(&json!({"iss": "https://issuer.example", "sub": "repo:contoso/roles", "aud": "api://AzureADTokenExchange"}))
}

/// The token service, GitHub and Azure DevOps in one.
async fn service() -> Server {
    Server::start(|_, seen: &Seen| match seen.path.as_str() {
        "/github" => ok(&json!({"count": 1, "value": federated()})),
        "/devops" => ok(&json!({"oidcToken": federated()})),
        _ => granted(),
    })
    .await
}

fn host(service: &Server, credential: Value, environment: Value) -> Host {
    let mut config = service.session_config();
    config["tenant"] = json!("organizations");
    Host::of(config, credential, json!({"environment": environment})).unwrap()
}

fn check_assertion(seen: &Seen) {
    assert_eq!(seen.path, format!("/{TENANT}/oauth2/v2.0/token"));
    assert_eq!((&seen.form["client_id"], &seen.form["client_assertion"]), (&APP.to_owned(), &federated()));
    assert_eq!(seen.form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!(seen.form["grant_type"], "client_credentials");
}

#[tokio::test]
async fn kubernetes_projects_a_file_that_is_read_anew() {
    let service = service().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "old").unwrap();
    let environment = json!({"AZURE_FEDERATED_TOKEN_FILE": file, "AZURE_CLIENT_ID": APP, "AZURE_TENANT_ID": TENANT,
                             "AZURE_AUTHORITY_HOST": format!("{}/", service.url)});
    let host = host(&service, json!({"kind": "workloadIdentity"}), environment);
    std::fs::write(&file, format!("{}\n", federated())).unwrap();
    let reply = host.token("graph").await.unwrap();
    assert_eq!(reply["account"]["kind"], "application");
    check_assertion(&service.seen()[0]);
    assert_eq!(host.token_with("graph", "c1").await.unwrap_err().code, ErrorCode::CredentialUnsuited);

    std::fs::remove_file(&file).unwrap();
    let error = host.run("token.acquire", json!({"resource": "graph", "force": true})).await.unwrap_err();
    assert_eq!((error.code, error.target.as_deref()), (ErrorCode::SignInFailed, Some("credential.tokenFile")));
}

#[tokio::test]
async fn github_issues_a_token_for_the_exchange() {
    let service = service().await;
    let environment = json!({"ACTIONS_ID_TOKEN_REQUEST_URL": format!("{}/github?api-version=2.0", service.url),
                             "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "s3cretJob", "AZURE_CLIENT_ID": APP, "AZURE_TENANT_ID": TENANT});
    let host = host(&service, json!({"kind": "workloadIdentity"}), environment);
    host.token("graph").await.unwrap();
    let seen = service.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].headers["authorization"].as_str()), ("GET", "Bearer s3cretJob"));
    assert_eq!((seen[0].query["api-version"].as_str(), seen[0].query["audience"].as_str()), ("2.0", "api://AzureADTokenExchange"));
    check_assertion(&seen[1]);
    let told = format!("{:?}{:?}{}", host.told(), host.session.config, serde_json::to_string(&host.session.config).unwrap());
    assert!(!told.contains("s3cretJob") && !told.contains("eyJ"), "{told}");
}

#[tokio::test]
async fn azure_devops_issues_one_for_a_service_connection() {
    let service = service().await;
    let environment = json!({"SYSTEM_OIDCREQUESTURI": format!("{}/devops", service.url), "SYSTEM_ACCESSTOKEN": "s3cretBuild",
                             "AZURESUBSCRIPTION_CLIENT_ID": APP, "AZURESUBSCRIPTION_TENANT_ID": TENANT});
    let missing =
        Host::of(service.session_config(), json!({"kind": "workloadIdentity"}), json!({"environment": environment, "clientId": APP}));
    assert_eq!(missing.err().unwrap().target.as_deref(), Some("credential.serviceConnectionId"));
    let host = host(&service, json!({"kind": "workloadIdentity", "serviceConnectionId": "conn"}), environment);
    host.token("graph").await.unwrap();
    let seen = service.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].headers["authorization"].as_str()), ("POST", "Bearer s3cretBuild"));
    assert_eq!((seen[0].query["api-version"].as_str(), seen[0].query["serviceConnectionId"].as_str()), ("7.1", "conn"));
    assert_eq!(seen[0].headers["x-tfs-fedauthredirect"], "Suppress");
    check_assertion(&seen[1]);
}

#[tokio::test]
async fn a_service_connection_is_its_own_application_whatever_else_the_agent_has() {
    let service = service().await;
    let other = "eeeeeeee-0000-4000-8000-00000000000e";
    let environment = json!({"SYSTEM_OIDCREQUESTURI": format!("{}/devops", service.url), "SYSTEM_ACCESSTOKEN": "s3cretBuild",
                             "AZURE_FEDERATED_TOKEN_FILE": "/nowhere", "AZURE_CLIENT_ID": other, "AZURE_TENANT_ID": other,
                             "AZURESUBSCRIPTION_CLIENT_ID": APP, "AZURESUBSCRIPTION_TENANT_ID": TENANT});
    let credential = json!({"kind": "workloadIdentity", "source": "azureDevOps", "serviceConnectionId": "conn"});
    let host = host(&service, credential, environment);
    host.token("graph").await.unwrap();
    check_assertion(&service.seen()[1]);
}

#[tokio::test]
async fn an_issuer_that_refuses_is_quoted_within_bounds() {
    let service = Server::start(|_, _: &Seen| (403, Vec::new(), json!({"message": "no \u{1b}[31mpermission"}).to_string())).await;
    let environment = json!({"ACTIONS_ID_TOKEN_REQUEST_URL": format!("{}/github", service.url), "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "s3cretJob",
                             "AZURE_CLIENT_ID": APP, "AZURE_TENANT_ID": TENANT});
    let error = host(&service, json!({"kind": "workloadIdentity", "source": "gitHub"}), environment).token("graph").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SignInFailed);
    assert!(error.message.contains("403: no [31mpermission"), "{error}");
    assert!(!format!("{error:?}").contains("s3cretJob"));
}

#[tokio::test]
async fn an_environment_that_does_not_fit_is_refused() {
    let service = service().await;
    let whole = json!({"AZURE_CLIENT_ID": APP, "AZURE_TENANT_ID": TENANT, "AZURE_FEDERATED_TOKEN_FILE": "/x"});
    for (change, target) in [
        (json!({"AZURE_FEDERATED_TOKEN_FILE": ""}), "credential"),
        (json!({"AZURE_CLIENT_ID": ""}), "clientId"),
        (json!({"AZURE_TENANT_ID": ""}), "tenant"),
        (json!({"AZURE_TENANT_ID": "../x"}), "tenant"),
        (json!({"AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/"}), "cloud"),
        (
            json!({"AZURE_FEDERATED_TOKEN_FILE": "", "ACTIONS_ID_TOKEN_REQUEST_URL": "http://github.example/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}),
            "credential",
        ),
    ] {
        let mut environment = whole.clone();
        environment.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let mut config = service.session_config();
        config["tenant"] = json!("organizations");
        let error = Host::of(config, json!({"kind": "workloadIdentity"}), json!({"environment": environment})).err().unwrap();
        assert_eq!((error.code, error.target.as_deref()), (ErrorCode::InvalidConfiguration, Some(target)), "{change}");
    }
}
