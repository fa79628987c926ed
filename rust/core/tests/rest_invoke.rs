//! Any request to a protected API.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod tenant;

use pim_core::call::Call;
use pim_core::event::Event;
use pim_core::operations;
use pim_core::session::Session;
use pim_emulator::{Fault, Service};
use serde_json::{Value, json};
use tenant::Tenant;

#[tokio::test]
async fn a_path_goes_to_graph_and_an_address_to_its_service() {
    let tenant = Tenant::signed_in().await;
    let told = tenant.run("rest.invoke", json!({"uri": "/v1.0/me?$select=id,displayName"})).await;
    assert_eq!((&told.done()["status"], &told.done()["body"]["displayName"]), (&json!(200), &json!("Adele Vance")));
    assert!(told.done()["headers"]["content-type"].as_str().unwrap().starts_with("application/json"));
    assert_eq!(told.prompts, 0);
    let uri = format!(
        "{}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances?api-version=2020-10-01&$filter=asTarget()",
        tenant.emulator.arm()
    );
    let told = tenant.run("rest.invoke", json!({ "uri": uri })).await;
    assert!(told.done()["body"]["value"].as_array().unwrap().len() > 3);
    tenant.assert_clean();
}

#[tokio::test]
async fn all_follows_the_next_links() {
    let tenant = Tenant::with(|scenario| scenario["pim"]["behaviour"]["pageSize"] = json!(4), |_| {}).await;
    tenant.sign_in().await;
    let told = tenant.run("rest.invoke", json!({"uri": "/v1.0/roleManagement/directory/roleDefinitions", "all": true})).await;
    assert_eq!(told.done()["count"], told.outputs.len());
    assert!(told.outputs.len() > 20 && told.done().get("body").is_none());
}

#[tokio::test]
async fn a_challenge_is_satisfied_and_the_request_repeated_once() {
    let tenant = Tenant::signed_in().await;
    let body = json!({
        "action": "selfActivate", "principalId": "0c5b8f0a-6f8e-4d7b-9a3a-2b7e1d4c5a44", "directoryScopeId": "/", "justification": "x",
        "roleDefinitionId": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}}
    });
    let request = json!({"method": "post", "uri": "v1.0/roleManagement/directory/roleAssignmentScheduleRequests", "body": body});
    let told = tenant.run("rest.invoke", request).await;
    assert_eq!((&told.done()["status"], told.prompts), (&json!(201), 1));
    assert_eq!(tenant.activations(), [400, 201]);
}

#[tokio::test]
async fn a_challenge_in_the_header_of_a_read_is_satisfied() {
    let tenant = Tenant::signed_in().await;
    let challenge = "Bearer realm=\"\", authorization_uri=\"https://login.example/common/oauth2/authorize\", error=\"insufficient_claims\", \
                     claims=\"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19\"";
    tenant.emulator.inject(Fault::new(Service::Graph).path("/me").status(401).header("www-authenticate", challenge).body(json!({})));
    let told = tenant.run("rest.invoke", json!({"uri": "/v1.0/me"})).await;
    assert_eq!((&told.done()["status"], told.prompts), (&json!(200), 1));
    let contexts: Vec<_> = tenant.asked("GET", "/me").into_iter().map(|entry| entry.token_contexts.unwrap_or_default()).collect();
    assert_eq!(contexts.last().unwrap(), &["c1"]);
}

#[tokio::test]
async fn claims_can_be_asked_for_beforehand() {
    let tenant = Tenant::signed_in().await;
    let told = tenant.run("rest.invoke", json!({"uri": "/v1.0/me", "claims": "{\"access_token\":{\"acrs\":{\"value\":\"c1\"}}}"})).await;
    assert_eq!((&told.done()["status"], told.prompts), (&json!(200), 1));
    assert_eq!(tenant.asked("GET", "/me").len(), 1);
    for (claims, code) in [("nothing", "ChallengeNotFound"), ("{\"access_token\":[]}", "ChallengeMalformed")] {
        let told = tenant.run("rest.invoke", json!({"uri": "/v1.0/me", "claims": claims})).await;
        assert_eq!(told.failed().code.as_str(), code);
    }
}

#[tokio::test]
async fn errors_keep_the_services_words() {
    let tenant = Tenant::signed_in().await;
    let told = tenant.run("rest.invoke", json!({"uri": "/v1.0/nothingOfTheKind"})).await;
    let error = told.failed();
    assert_eq!(error.http.as_ref().unwrap().status, 400);
    assert!(!error.service.as_ref().unwrap().message.is_empty());
    assert!(error.http.as_ref().unwrap().request_id.is_some());
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_said_to_be_unsure() {
    let tenant = Tenant::signed_in().await;
    for fault in [Fault::new(Service::Graph).cut(), Fault::new(Service::Graph).status(502).body("<html>")] {
        tenant.emulator.inject(fault.method("POST").path("getByIds"));
        let body = json!({"ids": ["0c5b8f0a-6f8e-4d7b-9a3a-2b7e1d4c5a44"]});
        let told = tenant.run("rest.invoke", json!({"method": "POST", "uri": "/v1.0/directoryObjects/getByIds", "body": body})).await;
        assert!(told.failed().message.ends_with("the service may have acted"), "{}", told.failed().message);
    }
    assert_eq!(tenant.asked("POST", "getByIds").len(), 2);
    tenant.emulator.inject(Fault::new(Service::Graph).path("/me").status(400).body("{}"));
    let told = tenant.run("rest.invoke", json!({"method": "PATCH", "uri": "/v1.0/me", "body": {}})).await;
    assert!(!told.failed().message.contains("may have acted"));
}

#[tokio::test]
async fn answers_keep_their_form() {
    let tenant = Tenant::signed_in().await;
    for (content_type, body, member, value) in [
        ("text/plain", "hello", "text", "hello"),
        ("application/xml", "<a/>", "text", "<a/>"),
        ("application/octet-stream", "abc", "base64", "YWJj"),
        ("application/json", "not json", "text", "not json"),
    ] {
        tenant.emulator.inject(Fault::new(Service::Graph).path("/me").status(200).content_type(content_type).body(body));
        let told = tenant.run("rest.invoke", json!({"uri": "/v1.0/me"})).await;
        assert_eq!(told.done()[member], value, "{content_type}");
    }
    tenant.emulator.inject(Fault::new(Service::Graph).path("/me").status(302).header("location", "https://elsewhere.example/"));
    let told = tenant.run("rest.invoke", json!({"uri": "/v1.0/me"})).await;
    assert_eq!((&told.done()["status"], &told.done()["headers"]["location"]), (&json!(302), &json!("https://elsewhere.example/")));
}

/// Login, Graph and Azure Resource Manager of each cloud that has a name.
const CLOUDS: [(&str, [&str; 3]); 4] = [
    ("Global", ["login.microsoftonline.com", "graph.microsoft.com", "management.azure.com"]),
    ("USGovL4", ["login.microsoftonline.us", "graph.microsoft.us", "management.usgovcloudapi.net"]),
    ("USGovL5DoD", ["login.microsoftonline.us", "dod-graph.microsoft.us", "management.usgovcloudapi.net"]),
    ("China", ["login.partner.microsoftonline.cn", "microsoftgraph.chinacloudapi.cn", "management.chinacloudapi.cn"]),
];

#[tokio::test]
async fn no_token_crosses_from_one_cloud_to_another() {
    let emulated = Tenant::signed_in().await;
    for (name, own) in CLOUDS {
        // The page is never opened: whatever would sign in fails the test with another error.
        let config = json!({"cloud": name, "browser": {"mode": "never"}});
        let session = Session::new(config.to_string().as_bytes()).unwrap();
        for (other, hosts) in CLOUDS {
            for host in hosts.into_iter().filter(|host| !own.contains(host)) {
                for resource in [Value::Null, json!("graph"), json!("arm"), json!(format!("https://{host}"))] {
                    let mut request = json!({"uri": format!("https://{host}/v1.0/me")});
                    if !resource.is_null() {
                        request["resource"] = resource;
                    }
                    let call = Call::new().0;
                    let Event::Failed { error } = operations::run(&session, &call, "rest.invoke", request.to_string().as_bytes()).await
                    else {
                        panic!("{name} to {other}: {request}")
                    };
                    assert_eq!(error.code.as_str(), "HostNotAllowed", "{name} to {other}: {request}");
                }
            }
        }
        // Its own hosts are allowed: there the sign-in is what is missing.
        let own_graph = json!({"uri": format!("https://{}/v1.0/me", own[1])}).to_string();
        let Event::Failed { error } = operations::run(&session, &Call::new().0, "rest.invoke", own_graph.as_bytes()).await else {
            panic!("{name}")
        };
        assert_eq!(error.code.as_str(), "SignInRequired", "{name}");

        // A cloud of one's own sends its tokens to none of them.
        for host in own {
            let told = emulated.run("rest.invoke", json!({"uri": format!("https://{host}/v1.0/me")})).await;
            assert_eq!(told.failed().code.as_str(), "HostNotAllowed", "{host}");
        }
    }
}

#[tokio::test]
async fn nothing_is_sent_to_strangers() {
    let tenant = Tenant::signed_in().await;
    for request in [
        json!({"uri": "https://evil.example/v1.0/me"}),
        json!({"uri": "https://graph.microsoft.com/v1.0/me"}),
        json!({"uri": format!("{}/v1.0/me", tenant.emulator.login())}),
        json!({"uri": format!("{}/x", tenant.emulator.arm()), "resource": "graph"}),
    ] {
        let told = tenant.run("rest.invoke", request.clone()).await;
        assert_eq!(told.failed().code.as_str(), "HostNotAllowed", "{request}");
    }
    let sent: Vec<Value> = tenant.emulator.journal().iter().map(|entry| json!(entry.path)).collect();
    assert!(sent.is_empty(), "{sent:?}");
}
