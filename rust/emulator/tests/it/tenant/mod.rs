//! A tenant to send requests to. Every answer is held against the official OpenAPI description before a test sees it.

mod openapi;

use std::sync::LazyLock;

use openapi::Description;
use pim_emulator::tokens::{AccessToken, Audience, Subject};
use pim_emulator::{Emulator, JournalEntry, Scenario};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

pub const ADELE: &str = "adele@contoso.example";
pub const MEGAN: &str = "megan@contoso.example";
pub const ADELE_ID: &str = "0c5b8f0a-6f8e-4d7b-9a3a-2b7e1d4c5a44";
pub const MEGAN_ID: &str = "5e1a7c3d-9b2f-4f6a-8c4d-3a9f0b6e7d55";
pub const PRODUCTION: &str = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1";
pub const DEVELOPMENT: &str = "/subscriptions/a3c8e5f0-7d14-4a62-b9f3-0e5d6c2b8f12";

pub static GRAPH: LazyLock<Description> = LazyLock::new(|| Description::read(include_str!("../../data/graph.openapi.json"), "/v1.0"));
pub static ARM: LazyLock<Description> = LazyLock::new(|| Description::read(include_str!("../../data/arm.openapi.json"), ""));

/// What an access token says.
#[derive(Clone)]
pub struct Grant {
    pub user: &'static str,
    pub contexts: &'static [&'static str],
    pub methods: &'static [&'static str],
    pub capabilities: &'static [&'static str],
    pub scopes: &'static [&'static str],
}

/// A token as a role client asks for it, after a plain sign-in.
pub const PLAIN: Grant = Grant {
    user: ADELE,
    contexts: &[],
    methods: &["pwd"],
    capabilities: &["cp1"],
    scopes: &[
        "AdministrativeUnit.Read.All",
        "AuthenticationContext.Read.All",
        "Directory.Read.All",
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "RoleEligibilitySchedule.Read.Directory",
        "RoleManagement.Read.Directory",
        "RoleManagementPolicy.Read.Directory",
        "User.Read",
    ],
};

/// A token for somebody who looks after the tenant's roles and groups.
pub const ADMINISTRATOR: Grant = Grant {
    user: "patti@contoso.example",
    scopes: &[
        "AdministrativeUnit.Read.All",
        "AuthenticationContext.Read.All",
        "Directory.Read.All",
        "PrivilegedEligibilitySchedule.Read.AzureADGroup",
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "RoleEligibilitySchedule.Read.Directory",
        "RoleManagement.Read.Directory",
        "RoleManagementPolicy.Read.AzureADGroup",
        "RoleManagementPolicy.Read.Directory",
        "User.Read",
    ],
    ..PLAIN
};

/// As [`PLAIN`], after a step-up with a passkey.
pub const STRONG: Grant = Grant { contexts: &["c1"], methods: &["fido", "mfa"], ..PLAIN };

pub struct Tenant {
    pub emulator: Emulator,
    http: reqwest::Client,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    pub fn items(&self) -> &[Value] {
        self.body["value"].as_array().map(Vec::as_slice).unwrap_or_default()
    }
}

impl Tenant {
    pub async fn contoso() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Scenario)) -> Self {
        // Nothing here uses TLS, but the client can't be made without a provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut scenario = Scenario::contoso().unwrap();
        change(&mut scenario);
        Self { emulator: Emulator::start(scenario).await.unwrap(), http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    pub fn token(&self, grant: &Grant, audience: Audience) -> String {
        let state = self.emulator.state();
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let (audience, scopes) = match audience {
            Audience::Graph => (self.emulator.graph(), owned(grant.scopes)),
            Audience::Arm => (self.emulator.arm(), owned(&["user_impersonation"])),
        };
        let token = AccessToken {
            subject: Subject::User {
                user: state.scenario.user(grant.user).unwrap(),
                scopes,
                contexts: owned(grant.contexts),
                methods: owned(grant.methods),
                session: "none".to_owned(),
            },
            tenant_id: &state.scenario.tenant.id,
            client_id: &state.scenario.clients[0].client_id,
            client_name: &state.scenario.clients[0].display_name,
            audience,
            capabilities: owned(grant.capabilities),
            life_seconds: None,
        };
        state.issue(&token).unwrap().0
    }

    /// Sends a request to Microsoft Graph; the path is below `/v1.0`, or a whole link.
    pub async fn graph(&self, grant: &Grant, method: &str, path: &str, body: Value) -> Reply {
        self.graph_with(&self.token(grant, Audience::Graph), method, path, body).await
    }

    /// As [`Tenant::graph`], with a token that the test got elsewhere.
    pub async fn graph_with(&self, token: &str, method: &str, path: &str, body: Value) -> Reply {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}/v1.0{path}", self.emulator.graph()) };
        let reply = self.send(token, method, &url, body).await;
        let path = url.strip_prefix(self.emulator.graph()).unwrap();
        GRAPH.check(method, path, reply.status, &reply.body);
        reply
    }

    /// Sends a request to Azure Resource Manager; the path is one with its query, or a whole link.
    pub async fn arm(&self, grant: &Grant, method: &str, path: &str, body: Value) -> Reply {
        self.arm_with(&self.token(grant, Audience::Arm), method, path, body).await
    }

    /// As [`Tenant::arm`], with a token that the test got elsewhere.
    pub async fn arm_with(&self, token: &str, method: &str, path: &str, body: Value) -> Reply {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.emulator.arm()) };
        let reply = self.send(token, method, &url, body).await;
        let path = url.strip_prefix(self.emulator.arm()).unwrap();
        ARM.check(method, path, reply.status, &reply.body);
        reply
    }

    pub async fn send(&self, token: &str, method: &str, url: &str, body: Value) -> Reply {
        let mut request = self.http.request(method.parse().unwrap(), url).bearer_auth(token);
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
        Reply { status, headers, body }
    }

    /// The journal entry of the last request.
    pub fn last(&self) -> JournalEntry {
        self.emulator.journal().pop().unwrap()
    }

    /// Asserts that the last request was refused as one that no right client sends.
    pub fn assert_violation(&self, part: &str) {
        let entry = self.last();
        let violation = entry.violation.as_deref().unwrap_or_default();
        assert!(entry.status >= 400 && violation.contains(part), "{entry:?}");
    }

    /// Asserts that nothing that was sent so far broke a rule.
    pub fn assert_no_violation(&self) {
        let broken: Vec<_> = self.emulator.journal().into_iter().filter(|entry| entry.violation.is_some()).collect();
        assert!(broken.is_empty(), "{broken:?}");
    }
}

/// The id of a directory role of Contoso.
pub fn role(name: &str) -> String {
    let scenario = Scenario::contoso().unwrap();
    let found = scenario.pim.directory_roles.iter().find(|role| role.display_name == name);
    found.unwrap_or_else(|| panic!("no role {name}")).id.clone()
}

/// The id of a group of Contoso.
pub fn group(name: &str) -> String {
    let scenario = Scenario::contoso().unwrap();
    let found = scenario.pim.groups.iter().find(|group| group.display_name == name);
    found.unwrap_or_else(|| panic!("no group {name}")).id.clone()
}

/// The body that activates a directory role for Adele.
pub fn activation(role_name: &str) -> Value {
    json!({
        "action": "selfActivate",
        "principalId": ADELE_ID,
        "roleDefinitionId": role(role_name),
        "directoryScopeId": "/",
        "justification": "an incident",
        "scheduleInfo": { "expiration": { "type": "afterDuration", "duration": "PT1H" } },
    })
}

/// The body that ends the activation of a directory role for Adele.
pub fn deactivation(role_name: &str) -> Value {
    json!({ "action": "selfDeactivate", "principalId": ADELE_ID, "roleDefinitionId": role(role_name), "directoryScopeId": "/" })
}

pub const REQUESTS: &str = "/roleManagement/directory/roleAssignmentScheduleRequests";

/// The GUID of an Azure role of Contoso.
pub fn azure_role(name: &str) -> String {
    let scenario = Scenario::contoso().unwrap();
    let found = scenario.pim.resource_roles.iter().find(|role| role.display_name == name);
    found.unwrap_or_else(|| panic!("no role {name}")).id.clone()
}

/// The body that activates an Azure role for Adele, without a link to the eligibility.
pub fn azure_activation(role_name: &str, scope: &str) -> Value {
    let subscription = scope.split('/').take(3).collect::<Vec<_>>().join("/");
    let prefix = if subscription.starts_with("/subscriptions") { subscription } else { String::new() };
    json!({ "properties": {
        "principalId": ADELE_ID,
        "roleDefinitionId": format!("{prefix}/providers/Microsoft.Authorization/roleDefinitions/{}", azure_role(role_name)),
        "requestType": "SelfActivate",
        "justification": "an incident",
        "scheduleInfo": { "expiration": { "type": "AfterDuration", "duration": "PT1H" } },
    } })
}

/// Where a request for an Azure role is put.
pub fn azure_request(scope: &str, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/{name}?api-version=2020-10-01")
}
