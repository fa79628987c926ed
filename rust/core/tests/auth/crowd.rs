//! A thousand requests for ten tokens: ten requests to the token service, no more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use pim_emulator::{Emulator, Fault, Scenario, Service};
use serde_json::{Value, json};

use crate::emulated::{ADELE, Host};

const CALLERS: usize = 1000;
const KEYS: usize = 10;
const APPLICATION: &str = "d1a7c5e3-2f4b-4d68-9c0a-7e5b3d1f9a47";

/// Contoso with ten more APIs, for which every client may ask, and ten contexts that a passkey meets.
async fn contoso() -> Emulator {
    let mut scenario = serde_json::to_value(Scenario::contoso().unwrap()).unwrap();
    let numbers = || 0..KEYS;
    scenario["resources"] = numbers()
        .map(|number| {
            json!({"appId": format!("aaaaaaaa-0000-4000-8000-{number:012}"), "appIdUri": api(number), "displayName": "An API", "scopes": ["Read"]})
        })
        .collect();
    scenario["authenticationContexts"] = (1..=KEYS)
        .map(|number| json!({"id": format!("c{number}"), "displayName": format!("Context {number}"), "requires": "passkey"}))
        .collect();
    for client in scenario["clients"].as_array_mut().unwrap() {
        client["resources"] = Value::Null;
    }
    let emulator = Emulator::start(Scenario::from_json(&scenario.to_string()).unwrap()).await.unwrap();
    // Slow enough that all callers are there before the first answer is.
    emulator.inject(Fault::new(Service::Login).path("/token").times(1000).delay(Duration::from_millis(300)));
    emulator
}

fn api(number: usize) -> String {
    format!("https://api{number}.contoso.example")
}

/// A thousand calls of `token.acquire` at once; `request` makes each of the ten requests. What came: the distinct tokens of each.
async fn storm(host: Host, request: impl Fn(usize) -> Value) -> BTreeMap<usize, BTreeSet<String>> {
    let host = Arc::new(host);
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (host, request) = (Arc::clone(&host), request(caller % KEYS));
            tokio::spawn(async move { host.run("token.acquire", request).await })
        })
        .collect();
    let mut tokens: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (caller, work) in callers.into_iter().enumerate() {
        let reply = work.await.unwrap().unwrap();
        tokens.entry(caller % KEYS).or_default().insert(reply["accessToken"].as_str().unwrap().to_owned());
    }
    tokens
}

/// Everyone of a key has the same token, no two keys share one, and each took one request.
fn assert_ten(emulator: &Emulator, tokens: &BTreeMap<usize, BTreeSet<String>>) {
    assert!(tokens.values().all(|shared| shared.len() == 1), "one token for each key");
    assert_eq!(tokens.values().flatten().collect::<BTreeSet<_>>().len(), KEYS, "tokens of different keys are different");
    assert_eq!(token_requests(emulator), KEYS);
    assert!(emulator.journal().iter().all(|entry| entry.violation.is_none()));
}

fn token_requests(emulator: &Emulator) -> usize {
    emulator.journal().iter().filter(|entry| entry.method == "POST" && entry.path.ends_with("/oauth2/v2.0/token")).count()
}

/// Adele, signed in with a passkey. Nothing of her sign-in is in the journal any more.
async fn signed_in(emulator: &Emulator) -> Host {
    let host = Host::new(emulator, emulator.robot(ADELE), json!({}));
    let claims = json!({"access_token": {"amr": {"values": ["mfa"]}}}).to_string();
    host.run("session.connect", json!({"resources": ["graph", "arm"], "claims": claims})).await.unwrap();
    emulator.state().journal.clear();
    host
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_user_who_has_signed_in_is_renewed_once_for_each_api() {
    let emulator = contoso().await;
    let host = signed_in(&emulator).await;
    let tokens = storm(host, |number| json!({"resource": api(number)})).await;
    assert_ten(&emulator, &tokens);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn permissions_of_one_api_are_asked_for_once_each() {
    let emulator = contoso().await;
    let host = signed_in(&emulator).await;
    // None of these is among what the sign-in has asked for.
    let scopes = [
        "AuthenticationContext.Read.All",
        "Directory.Read.All",
        "Group.ReadBasic.All",
        "PrivilegedEligibilitySchedule.Read.AzureADGroup",
        "RoleManagementPolicy.Read.AzureADGroup",
        "RoleEligibilitySchedule.ReadWrite.Directory",
        "RoleManagement.ReadWrite.Directory",
        "PrivilegedAssignmentSchedule.Read.AzureADGroup",
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
    ];
    let tokens = storm(host, |number| json!({"scopes": [scopes[number]]})).await;
    assert_ten(&emulator, &tokens);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn contexts_of_one_api_are_asked_for_once_each() {
    let emulator = contoso().await;
    let host = signed_in(&emulator).await;
    let context = |number| json!({"access_token": {"acrs": {"essential": true, "value": format!("c{number}")}}}).to_string();
    let tokens = storm(host, |number| json!({"claims": context(number + 1)})).await;
    assert_eq!(token_requests(&emulator), KEYS);
    assert!(tokens.values().all(|shared| shared.len() == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_application_proves_itself_once_for_each_api() {
    let emulator = contoso().await;
    let credential = json!({"kind": "clientSecret", "secret": "rehearsal-secret-of-contoso-automation"});
    let host = Host::new(&emulator, emulator.robot(ADELE), json!({"clientId": APPLICATION, "credential": credential}));
    let tokens = storm(host, |number| json!({"resource": api(number)})).await;
    assert_ten(&emulator, &tokens);
}
