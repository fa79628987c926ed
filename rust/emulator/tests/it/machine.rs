//! The machine's own endpoints: managed identities in each of their four forms.

use std::path::Path;

use crate::support::{ADELE, payload};
use pim_emulator::secrets::SecretKind;
use pim_emulator::{Emulator, Fault, Options, Scenario, Service};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

const OWN: &str = "04dae8b6-5c7e-4a9b-8f3d-1b8e6a4c2d7a";
const ASSIGNED: &str = "26fc0ad8-7e9a-4cbd-8b5f-3da08c6e4f9c";
const ASSIGNED_OBJECT: &str = "370d1be9-8fab-4dce-9c6a-4eb19d7f5aad";

async fn contoso() -> Emulator {
    Emulator::start(Scenario::contoso().unwrap()).await.unwrap()
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

async fn get(url: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = reqwest::Client::new().get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, body: answer.json().await.unwrap_or(Value::Null) }
}

fn variable(emulator: &Emulator, kind: &str, name: &str) -> String {
    emulator.environments()[kind][name].as_str().unwrap_or_else(|| panic!("no {name} for {kind}")).to_owned()
}

const METADATA: &[(&str, &str)] = &[("Metadata", "true")];

#[tokio::test]
async fn a_virtual_machine_has_its_own_identity_and_assigned_ones() {
    let emulator = contoso().await;
    let host = variable(&emulator, "virtualMachine", "AZURE_POD_IDENTITY_AUTHORITY_HOST");
    assert_eq!(host, emulator.machine());
    let graph = emulator.graph();
    let url = |more: &str| format!("{host}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={graph}{more}");
    let own = get(&url(""), METADATA).await;
    let names: Vec<_> = own.body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["access_token", "client_id", "expires_in", "expires_on", "ext_expires_in", "not_before", "resource", "token_type"]);
    assert!(own.body.as_object().unwrap().values().all(Value::is_string), "numbers are texts here");
    assert_eq!((own.status, own.body["client_id"].as_str(), own.body["expires_in"].as_str()), (200, Some(OWN), Some("86400")));
    let access = payload(&own.body["access_token"]);
    assert_eq!(
        (access["idtyp"].as_str(), access["roles"].clone()),
        (Some("app"), json!(["Directory.Read.All", "RoleManagement.Read.Directory"]))
    );
    for by in [
        format!("&client_id={ASSIGNED}"),
        format!("&object_id={ASSIGNED_OBJECT}"),
        "&msi_res_id=/subscriptions/b4d9f601-8e25-4b73-8a04-1f6e7d3c9023/resourceGroups/rg-identities/providers/Microsoft.ManagedIdentity/userAssignedIdentities/contoso-roles-identity".to_owned(),
    ] {
        let assigned = get(&url(&by), METADATA).await;
        assert_eq!((assigned.status, assigned.body["client_id"].as_str()), (200, Some(ASSIGNED)), "{by}");
        assert_eq!(payload(&assigned.body["access_token"])["oid"], ASSIGNED_OBJECT);
    }
    // The token is good where it is for.
    let roles = format!("{graph}/v1.0/roleManagement/directory/roleEligibilitySchedules");
    let bearer = format!("Bearer {}", own.body["access_token"].as_str().unwrap());
    assert_eq!(get(&roles, &[("authorization", &bearer)]).await.status, 200);
    assert!(emulator.journal().iter().all(|entry| entry.violation.is_none()));
    assert!(
        emulator.issued_secrets().iter().any(|secret| secret.kind == SecretKind::AccessToken && own.body["access_token"] == *secret.value)
    );
}

#[tokio::test]
async fn the_metadata_service_refuses_in_its_words() {
    let emulator = contoso().await;
    let base = format!("{}/metadata/identity/oauth2/token", emulator.machine());
    let graph = emulator.graph();
    let good = format!("{base}?api-version=2018-02-01&resource={graph}");
    for (url, headers, error, part) in [
        (good.clone(), vec![], "invalid_request", "metadata header"),
        (good.clone(), vec![("Metadata", "true"), ("X-Forwarded-For", "10.0.0.1")], "invalid_request", "proxy"),
        (format!("{base}?resource={graph}"), METADATA.to_vec(), "invalid_request", "api-version"),
        (format!("{base}?api-version=2017-01-01&resource={graph}"), METADATA.to_vec(), "invalid_request", "2017-01-01"),
        (format!("{base}?api-version=2018-02-01"), METADATA.to_vec(), "invalid_request", "resource"),
        (format!("{good}/.default"), METADATA.to_vec(), "invalid_resource", "AADSTS500011"),
        (format!("{good}&client_id={ASSIGNED}&object_id={ASSIGNED_OBJECT}"), METADATA.to_vec(), "invalid_request", "more than one"),
        (format!("{good}&resource=x"), METADATA.to_vec(), "invalid_request", "more than once"),
    ] {
        let answer = get(&url, &headers).await;
        assert_eq!((answer.status, answer.body["error"].as_str()), (400, Some(error)), "{url}");
        assert!(answer.body["error_description"].as_str().unwrap().contains(part), "{}", answer.body);
        assert!(emulator.journal().last().unwrap().violation.is_some());
    }
    let unknown = get(&format!("{good}&client_id=00000000-1111-4222-8333-444444444444"), METADATA).await;
    assert_eq!((unknown.status, unknown.body["error_description"].as_str()), (400, Some("Identity not found")));
    assert!(emulator.journal().last().unwrap().violation.is_none(), "what the machine lacks is not the client's fault");
    emulator.inject(Fault::new(Service::Machine).path("/metadata").status(429).header("Retry-After", "1"));
    assert_eq!(get(&good, METADATA).await.status, 429);
    assert_eq!(get(&good, METADATA).await.status, 200);
}

#[tokio::test]
async fn a_machine_without_an_own_identity_wants_to_be_told_which() {
    let with = async |count: usize| {
        let mut scenario = Scenario::contoso().unwrap();
        let machine = &mut scenario.machine;
        machine.managed_identities.remove(0);
        if count == 2 {
            let mut second = machine.managed_identities[0].clone();
            second.client_id = uuid::Uuid::new_v4().to_string();
            second.object_id = uuid::Uuid::new_v4().to_string();
            second.display_name.push('2');
            second.resource_id = second.resource_id.map(|id| id + "2");
            machine.managed_identities.push(second);
        }
        machine.managed_identities.truncate(count);
        let emulator = Emulator::start(scenario).await.unwrap();
        let url = format!("{}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={}", emulator.machine(), emulator.arm());
        get(&url, METADATA).await
    };
    assert_eq!(with(1).await.body["client_id"], ASSIGNED, "the only one is meant");
    let several = with(2).await;
    assert!(several.status == 400 && several.body["error_description"].as_str().unwrap().starts_with("Multiple user assigned identities"));
    assert_eq!(with(0).await.body["error_description"], "Identity not found");
}

#[tokio::test]
async fn app_service_wants_its_header() {
    let emulator = contoso().await;
    let (endpoint, header) = (variable(&emulator, "appService", "IDENTITY_ENDPOINT"), variable(&emulator, "appService", "IDENTITY_HEADER"));
    let url = |more: &str| format!("{endpoint}?api-version=2019-08-01&resource={}{more}", emulator.arm());
    let shown = [("X-IDENTITY-HEADER", header.as_str())];
    let own = get(&url(""), &shown).await;
    let names: Vec<_> = own.body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["access_token", "client_id", "expires_on", "resource", "token_type"]);
    let expires: i64 = own.body["expires_on"].as_str().unwrap().parse().unwrap();
    assert!(expires > emulator.clock().seconds() + 80_000);
    let assigned = get(&url(&format!("&principal_id={ASSIGNED_OBJECT}")), &shown).await;
    assert_eq!((assigned.status, assigned.body["client_id"].as_str()), (200, Some(ASSIGNED)));

    for headers in [vec![], vec![("X-IDENTITY-HEADER", "wrong")]] {
        let refused = get(&url(""), &headers).await;
        assert_eq!((refused.status, refused.body["statusCode"].as_i64()), (401, Some(401)));
    }
    let unknown = get(&url("&client_id=00000000-1111-4222-8333-444444444444"), &shown).await;
    assert!(unknown.status == 400 && unknown.body["message"].as_str().unwrap().starts_with("No User Assigned"), "{}", unknown.body);
    assert!(unknown.body["correlationId"].is_string());
    assert!(emulator.issued_secrets().iter().any(|secret| secret.kind == SecretKind::IdentityHeader && secret.value == header));
}

#[tokio::test]
async fn azure_arc_wants_the_content_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("tokens");
    let options = Options { arc_key_folder: Some(keys.clone()), ..Options::default() };
    let emulator = Emulator::start_with(Scenario::contoso().unwrap(), options).await.unwrap();
    let endpoint = variable(&emulator, "arc", "IDENTITY_ENDPOINT");
    let url = format!("{endpoint}?api-version=2020-06-01&resource={}", emulator.arm());
    let challenge = async || {
        let answer = get(&url, METADATA).await;
        assert_eq!(answer.status, 401);
        let header = answer.headers["www-authenticate"].to_str().unwrap().to_owned();
        header.strip_prefix("Basic realm=").unwrap().to_owned()
    };
    let file = challenge().await;
    assert!(Path::new(&file).parent() == Some(&keys) && file.ends_with(".key"), "{file}");
    let basic = format!("Basic {}", std::fs::read_to_string(&file).unwrap());
    let answer = get(&url, &[("Metadata", "true"), ("Authorization", &basic)]).await;
    assert_eq!((answer.status, answer.body["client_id"].as_str()), (200, Some(OWN)));
    assert!(!Path::new(&file).exists(), "a key is good for one time");
    assert_eq!(get(&url, &[("Metadata", "true"), ("Authorization", &basic)]).await.status, 401);
    assert_eq!(get(&url, &[("Authorization", &basic)]).await.status, 400, "without the metadata header");

    let basic = format!("Basic {}", std::fs::read_to_string(challenge().await).unwrap());
    let assigned = get(&format!("{url}&client_id={ASSIGNED}"), &[("Metadata", "true"), ("Authorization", &basic)]).await;
    assert_eq!(assigned.status, 400, "Azure Arc knows no other identity than the machine's own");
    let left = challenge().await;
    emulator.stop().await;
    assert!(!Path::new(&left).exists(), "the keys go with the emulator");
}

#[tokio::test]
async fn the_cloud_shell_speaks_for_its_user() {
    let emulator = contoso().await;
    let endpoint = variable(&emulator, "cloudShell", "MSI_ENDPOINT");
    let post = async |headers: &[(&str, &str)], fields: &[(&str, &str)]| {
        let mut request = reqwest::Client::new().post(&endpoint).form(fields);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let resource = [("resource", emulator.arm())];
    let (status, answer) = post(METADATA, &resource).await;
    let access = payload(&answer["access_token"]);
    assert_eq!((status, access["upn"].as_str(), access["scp"].as_str()), (200, Some(ADELE), Some("user_impersonation")));
    assert!(answer["expires_on"].is_string() && answer["refresh_token"] == "");
    assert_eq!(post(&[], &resource).await.0, 400);
    assert_eq!(post(METADATA, &[("resource", emulator.arm()), ("client_id", ASSIGNED)]).await.0, 400);
    assert_eq!(get(&endpoint, METADATA).await.status, 405);
    let (_, graph) = post(METADATA, &[("resource", emulator.graph())]).await;
    let scopes = payload(&graph["access_token"])["scp"].as_str().unwrap().to_owned();
    assert!(!scopes.contains("RoleManagement"), "the portal has no permission of PIM: {scopes}");
}

#[tokio::test]
async fn a_machine_is_plain_http_and_offers_what_the_scenario_says() {
    let mut scenario = Scenario::contoso().unwrap();
    scenario.machine.git_hub = None;
    scenario.machine.cloud_shell_user = None;
    let emulator = Emulator::start_with(scenario, Options { tls: true, ..Options::default() }).await.unwrap();
    assert!(emulator.machine().starts_with("http://localhost:") && emulator.login().starts_with("https://"));
    let environments = emulator.environments();
    let kinds: Vec<_> = environments.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(kinds, ["virtualMachine", "appService", "arc", "azureDevOps"]);
    let url = format!("{}/github/idtoken?api-version=2.0", emulator.machine());
    assert_eq!(get(&url, &[]).await.status, 404);
}

#[test]
fn a_scenario_with_a_wrong_machine_is_refused() {
    for (wrong, expected) in [
        (json!({ "cloudShellUser": "nobody@contoso.example" }), "there is no user"),
        (json!({ "azureDevOps": { "issuer": "i", "subject": "s", "serviceConnectionId": "x" } }), "no GUID"),
        (
            json!({ "managedIdentities": [
                { "clientId": OWN, "objectId": ASSIGNED, "displayName": "a" },
                { "clientId": ASSIGNED_OBJECT, "objectId": "481e2cfa-9abc-4edf-8d7b-5fc2ae806bbe", "displayName": "b" },
            ] }),
            "one system-assigned identity",
        ),
    ] {
        let mut text = serde_json::to_value(crate::support::scenario(|_| {})).unwrap();
        text["machine"] = wrong;
        let error = Scenario::from_json(&text.to_string()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
