//! Workload identity federation: what pipelines and clusters say, and what the token service makes of it.

use crate::support::{aadsts, payload, token};
use pim_emulator::machine::Federated;
use pim_emulator::secrets::SecretKind;
use pim_emulator::{Emulator, Scenario};
use serde_json::{Value, json};

const AUTOMATION: &str = "d1a7c5e3-2f4b-4d68-9c0a-7e5b3d1f9a47";
const GITHUB: (&str, &str) = ("https://token.actions.githubusercontent.com", "repo:contoso/roles:ref:refs/heads/main");
const CLUSTER: (&str, &str) = ("https://cluster.contoso.example/oidc", "system:serviceaccount:roles:activator");
const CONNECTION: &str = "481e2cfa-9abc-4edf-8d7b-5fc2ae806bbe";

async fn contoso() -> Emulator {
    Emulator::start(Scenario::contoso().unwrap()).await.unwrap()
}

async fn present(emulator: &Emulator, assertion: &str) -> (u16, Value) {
    let scope = format!("{}/.default", emulator.graph());
    let fields = [
        ("client_id", AUTOMATION),
        ("grant_type", "client_credentials"),
        ("scope", scope.as_str()),
        ("client_assertion", assertion),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    ];
    token(emulator, &fields).await
}

fn variables(emulator: &Emulator, kind: &str) -> impl Fn(&str) -> String {
    let all = emulator.environments()[kind].clone();
    move |name| all[name].as_str().unwrap_or_else(|| panic!("no {name}")).to_owned()
}

#[tokio::test]
async fn a_job_of_github_signs_in() {
    let emulator = contoso().await;
    let variable = variables(&emulator, "gitHub");
    let (url, request_token) = (variable("ACTIONS_ID_TOKEN_REQUEST_URL"), variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN"));
    let get = async |url: String, bearer: &str| {
        let answer = reqwest::Client::new().get(url).header("authorization", format!("bearer {bearer}")).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, answer) = get(format!("{url}&audience=api%3A%2F%2FAzureADTokenExchange"), &request_token).await;
    assert_eq!(status, 200, "{answer}");
    let said = payload(&answer["value"]);
    assert_eq!((said["iss"].as_str(), said["sub"].as_str()), (Some(GITHUB.0), Some(GITHUB.1)));
    let (status, answer) = present(&emulator, answer["value"].as_str().unwrap()).await;
    assert_eq!((status, payload(&answer["access_token"])["appidacr"].as_str()), (200, Some("2")));

    // Without an audience GitHub names the owner of the repository, which no federated credential expects.
    let (_, answer) = get(url.clone(), &request_token).await;
    assert_eq!(payload(&answer["value"])["aud"], "https://github.com/contoso");
    let (status, refused) = present(&emulator, answer["value"].as_str().unwrap()).await;
    assert_eq!((status, refused["error"].as_str(), aadsts(&refused)), (401, Some("invalid_client"), 700_212));
    assert!(emulator.journal().iter().all(|entry| entry.violation.is_none()));

    assert_eq!(get(url.clone(), "wrong").await.0, 401);
    let cut = url.split('?').next().unwrap().to_owned();
    assert_eq!(get(format!("{cut}?audience=x"), &request_token).await.0, 400, "the address has a query already");
    let known = |kind, value: &str| emulator.issued_secrets().iter().any(|secret| secret.kind == kind && secret.value == value);
    assert!(known(SecretKind::PipelineToken, &request_token) && known(SecretKind::FederatedToken, answer["value"].as_str().unwrap()));
}

#[tokio::test]
async fn a_job_of_azure_pipelines_signs_in() {
    let emulator = contoso().await;
    let variable = variables(&emulator, "azureDevOps");
    let (uri, access_token) = (variable("SYSTEM_OIDCREQUESTURI"), variable("SYSTEM_ACCESSTOKEN"));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let post = async |query: &str, bearer: &str, suppress: bool| {
        let mut request = client.post(format!("{uri}{query}")).bearer_auth(bearer).header("content-type", "application/json");
        if suppress {
            request = request.header("X-TFS-FedAuthRedirect", "Suppress");
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap_or_default())
    };
    let query = format!("?api-version=7.1&serviceConnectionId={CONNECTION}");
    let (status, answer) = post(&query, &access_token, true).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(payload(&answer["oidcToken"])["sub"], "sc://contoso/Roles/Production");
    assert_eq!(present(&emulator, answer["oidcToken"].as_str().unwrap()).await.0, 200);

    assert_eq!(post(&query, "wrong", true).await.0, 401);
    assert_eq!(post(&query, "wrong", false).await.0, 302, "to a page for people");
    assert_eq!(post(&format!("?serviceConnectionId={CONNECTION}"), &access_token, true).await.0, 400);
    assert_eq!(post("?api-version=7.1&serviceConnectionId=other", &access_token, true).await.0, 404);
    let get = reqwest::Client::new().get(format!("{uri}{query}")).bearer_auth(&access_token).send().await.unwrap();
    assert_eq!(get.status(), 405);
}

#[tokio::test]
async fn each_part_of_a_federated_credential_has_to_fit() {
    let emulator = contoso().await;
    let minted = |token: &Federated| emulator.federated_token(token).unwrap();
    let cluster = || Federated::new(CLUSTER.0, CLUSTER.1);
    assert_eq!(present(&emulator, &minted(&cluster())).await.0, 200);
    for (token, expected) in [
        (Federated::new("https://cluster.contoso.example/oidc/", CLUSTER.1), 700_211),
        (Federated { audience: "https://vault.example".to_owned(), ..cluster() }, 700_212),
        (Federated::new(CLUSTER.0, "system:serviceaccount:roles:other"), 700_213),
        // A subject of another credential's issuer.
        (Federated::new(CLUSTER.0, GITHUB.1), 700_213),
        (Federated { life_seconds: -1, ..cluster() }, 700_024),
    ] {
        let (status, answer) = present(&emulator, &minted(&token)).await;
        assert_eq!((status, aadsts(&answer)), (401, expected), "{token:?}");
    }
    let genuine = minted(&cluster());
    let (signed, _) = genuine.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", minted(&cluster()).rsplit('.').next().unwrap());
    assert_eq!(aadsts(&present(&emulator, &forged).await.1), 50_013);

    let mut scenario = Scenario::contoso().unwrap();
    scenario.applications[0].federated_credentials.clear();
    let emulator = Emulator::start(scenario).await.unwrap();
    assert_eq!(aadsts(&present(&emulator, &genuine).await.1), 70_025);
}

#[tokio::test]
async fn the_control_api_mints_what_stands_in_a_pods_file() {
    let emulator = contoso().await;
    let post = async |body: Value| {
        let answer = reqwest::Client::new().post(format!("{}/federated-token", emulator.control())).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, answer) = post(json!({ "issuer": CLUSTER.0, "subject": CLUSTER.1 })).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(present(&emulator, answer["token"].as_str().unwrap()).await.0, 200);
    let (_, answer) = post(json!({ "issuer": CLUSTER.0, "subject": CLUSTER.1, "audience": "a", "lifeSeconds": -60 })).await;
    let said = payload(&answer["token"]);
    assert!(said["aud"] == "a" && said["exp"].as_i64().unwrap() < jiff::Timestamp::now().as_second());
    assert_eq!(post(json!({ "issuer": CLUSTER.0 })).await.0, 400);
    let environments = reqwest::get(format!("{}/environments", emulator.control())).await.unwrap().json::<Value>().await.unwrap();
    assert_eq!(environments, emulator.environments());
}
