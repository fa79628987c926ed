//! The part of a scenario that the token service needs.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Scenario;
use crate::error::{Error, Result};

/// Application id of Microsoft Graph Command Line Tools.
pub(crate) const GRAPH_COMMAND_LINE_TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
const AZURE_POWERSHELL: &str = "1950a258-227b-4e31-a9cf-717495945fc2";
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// A tenant.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Tenant {
    /// Tenant id, a GUID.
    pub id: String,
    /// Verified domain, such as `contoso.example`.
    pub domain: String,
    /// Name of the organisation.
    pub display_name: String,
}

/// A tenant that exists for sign-in only.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OtherTenant {
    /// Tenant id, a GUID.
    pub id: String,
    /// Verified domain.
    pub domain: String,
    /// Name of the organisation.
    pub display_name: String,
    /// Its users.
    #[serde(default)]
    pub users: Vec<User>,
}

/// A user.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct User {
    /// Object id, a GUID.
    pub object_id: String,
    /// User principal name, the name one signs in with.
    pub user_principal_name: String,
    /// Name shown to people.
    pub display_name: String,
    /// The account exists, but nobody can sign in with it.
    #[serde(default)]
    pub disabled: bool,
    /// Where a guest is at home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<Home>,
}

/// The account behind a guest's.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Home {
    /// The tenant that the account belongs to.
    pub tenant_id: String,
    /// Its object id there.
    pub object_id: String,
}

/// What a user has to agree to before an application gets a token.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Consent {
    /// An administrator has agreed for everybody.
    #[default]
    Granted,
    /// Each user is asked once.
    User,
    /// An administrator would have to agree and has not.
    Admin,
}

/// An application that may sign users in: a public client.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Client {
    /// Application id, a GUID.
    pub client_id: String,
    /// Name shown on the pages.
    pub display_name: String,
    /// Registered redirect addresses; of `http://localhost` the port does not count, the path does.
    #[serde(default = "loopback")]
    pub redirect_uris: Vec<String>,
    /// The APIs it may ask tokens for: `graph`, `arm`, or an application id URI of the scenario's resources; absent means all.
    #[serde(default)]
    pub resources: Option<Vec<String>>,
    /// Who agrees that the application acts for the user.
    #[serde(default)]
    pub consent: Consent,
    /// The delegated Graph permissions that `.default` stands for; absent means all that the emulator knows.
    #[serde(default)]
    pub granted_scopes: Option<Vec<String>>,
}

fn loopback() -> Vec<String> {
    vec!["http://localhost".to_owned()]
}

/// A further API for which the token service issues tokens.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Resource {
    /// Application id, a GUID.
    pub app_id: String,
    /// Application id URI, such as `https://vault.example` or `api://…`.
    pub app_id_uri: String,
    /// Name shown on the pages.
    pub display_name: String,
    /// Its delegated permissions.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// What Conditional Access demands.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Requirement {
    /// Nothing beyond a sign-in.
    #[default]
    None,
    /// Any second factor; in the emulator that is a passkey too.
    Mfa,
    /// The authentication strength for phishing-resistant sign-in: a passkey.
    Passkey,
    /// A compliant device, which nobody has here: AADSTS53000.
    CompliantDevice,
    /// Nobody gets through: AADSTS53003 with suberror `message_only`, and with claims that help nobody.
    Block,
    /// Nobody gets through, and the refusal has no claims.
    BlockWithoutClaims,
    /// A refresh token alone gets nobody through: AADSTS53003 with claims, with which a sign-in in the browser succeeds.
    BlockSilent,
}

/// What Conditional Access says of the device code flow (its condition "authentication flows").
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DeviceCodeFlow {
    /// Nothing.
    #[default]
    Allowed,
    /// The user is refused in the browser: AADSTS53003. The device waits until its code expires.
    Blocked,
    /// The user gets through, and the device is refused at the token endpoint, at first and at each refresh: AADSTS53003.
    BlockedAtToken,
}

/// The skew that Entra grants where a policy demands a sign-in every time.
pub(crate) const EVERY_TIME_SECONDS: i64 = 300;

/// How long a sign-in satisfies an authentication context.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SignInFrequency {
    /// As long as the session lives.
    #[default]
    Session,
    /// Five minutes, the skew that Entra grants when a policy says "every time".
    EveryTime,
}

/// An authentication context and the Conditional Access policy behind it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AuthenticationContext {
    /// `c1` to `c99`.
    pub id: String,
    /// Name shown to people.
    pub display_name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Whether it is published to applications.
    #[serde(default = "yes")]
    pub is_available: bool,
    /// What has to be met.
    #[serde(default)]
    pub requires: Requirement,
    /// How long that holds.
    #[serde(default)]
    pub sign_in_frequency: SignInFrequency,
}

fn yes() -> bool {
    true
}

/// How the services behave beyond the usual.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Behaviour {
    /// What every sign-in has to meet, whatever it is for.
    pub sign_in_requires: Requirement,
    /// Seconds after which a user has to sign in again (Conditional Access: sign-in frequency). A refresh token that is older is refused with
    /// AADSTS70043.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_frequency_seconds: Option<i64>,
    /// Tokens from a refresh token have no `mfa` in `amr` unless their own request asked for it or for a context; nothing says so.
    pub refresh_forgets_mfa: bool,
    /// Whether Conditional Access allows sign-ins by device code.
    pub device_code_flow: DeviceCodeFlow,
    /// Claims that come with a device code count as those of any other sign-in; otherwise only the client's capabilities do.
    pub device_code_honours_claims: bool,
    /// Seconds that a device has to wait between two questions; 0 lets it ask at once.
    pub device_code_interval_seconds: u32,
    /// Tokens never carry `acrs`, whatever was satisfied: a step-up that does not help.
    pub tokens_without_contexts: bool,
    /// Tokens carry only the contexts that this very request asked for.
    pub contexts_only_when_asked: bool,
    /// PIM refuses a token that has the context and lacks the capability `cp1`.
    pub contexts_need_capability: bool,
    /// Life of an access token in seconds; absent means about an hour, and a day for clients that declare `cp1`.
    pub access_token_seconds: Option<i64>,
    /// Life of an authorization code in seconds.
    pub code_seconds: i64,
    /// Life of a refresh token in seconds.
    pub refresh_token_seconds: i64,
    /// Graph and Azure Resource Manager refuse requests that break the official schemas.
    pub strict_schemas: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            sign_in_requires: Requirement::None,
            sign_in_frequency_seconds: None,
            refresh_forgets_mfa: false,
            device_code_flow: DeviceCodeFlow::Allowed,
            device_code_honours_claims: true,
            device_code_interval_seconds: 5,
            tokens_without_contexts: false,
            contexts_only_when_asked: false,
            contexts_need_capability: false,
            access_token_seconds: None,
            code_seconds: 600,
            refresh_token_seconds: 90 * 24 * 3600,
            strict_schemas: true,
        }
    }
}

/// Ids, redirects and APIs as their own clients use them.
pub(super) fn well_known_clients() -> Vec<Client> {
    let client = |id: &str, name: &str, resource: &str| Client {
        client_id: id.to_owned(),
        display_name: name.to_owned(),
        redirect_uris: loopback(),
        resources: Some(vec![resource.to_owned()]),
        consent: Consent::Granted,
        granted_scopes: None,
    };
    let mut all = vec![
        client(GRAPH_COMMAND_LINE_TOOLS, "Microsoft Graph Command Line Tools", "graph"),
        client(AZURE_POWERSHELL, "Microsoft Azure PowerShell", "arm"),
        client(AZURE_CLI, "Microsoft Azure CLI", "arm"),
    ];
    for client in &mut all {
        client.redirect_uris.push("https://login.microsoftonline.com/common/oauth2/nativeclient".to_owned());
    }
    all
}

impl Scenario {
    pub(super) fn check_identity(&self) -> Result<()> {
        let mut ids = Unique::default();
        ids.add_guid("tenant.id", &self.tenant.id)?;
        let mut names = Unique::default();
        names.add("tenant.domain", &self.tenant.domain)?;
        check_users("users", &self.users, &mut ids, &mut names)?;
        for (index, tenant) in self.other_tenants.iter().enumerate() {
            ids.add_guid(&format!("otherTenants[{index}].id"), &tenant.id)?;
            names.add(&format!("otherTenants[{index}].domain"), &tenant.domain)?;
            check_users(&format!("otherTenants[{index}].users"), &tenant.users, &mut ids, &mut names)?;
        }
        for (index, resource) in self.resources.iter().enumerate() {
            ids.add_guid(&format!("resources[{index}].appId"), &resource.app_id)?;
            names.add(&format!("resources[{index}].appIdUri"), resource.app_id_uri.trim_end_matches('/'))?;
        }
        for (index, client) in self.clients.iter().enumerate() {
            let place = format!("clients[{index}]");
            ids.add_guid(&format!("{place}.clientId"), &client.client_id)?;
            for uri in &client.redirect_uris {
                if url::Url::parse(uri).is_err() {
                    return refuse(&format!("{place}.redirectUris"), format!("`{uri}` is no address"));
                }
            }
            let known =
                |name: &String| name == "graph" || name == "arm" || self.resources.iter().any(|resource| &resource.app_id_uri == name);
            if let Some(unknown) = client.resources.iter().flatten().find(|name| !known(name)) {
                return refuse(&format!("{place}.resources"), format!("`{unknown}` is neither `graph`, `arm` nor one of the `resources`"));
            }
        }
        self.check_applications(&mut ids, &mut names)?;
        self.check_machine(&mut ids, &mut names)?;
        for (index, context) in self.authentication_contexts.iter().enumerate() {
            let place = format!("authenticationContexts[{index}].id");
            let number = context.id.strip_prefix('c').and_then(|number| number.parse::<u8>().ok());
            if !number.is_some_and(|number| (1..=99).contains(&number)) {
                return refuse(&place, format!("`{}` is not one of `c1` to `c99`", context.id));
            }
            names.add(&place, &context.id)?;
        }
        Ok(())
    }
}

fn check_users(place: &str, users: &[User], ids: &mut Unique, names: &mut Unique) -> Result<()> {
    for (index, user) in users.iter().enumerate() {
        ids.add_guid(&format!("{place}[{index}].objectId"), &user.object_id)?;
        if let Some(home) = &user.home {
            for (name, id) in [("tenantId", &home.tenant_id), ("objectId", &home.object_id)] {
                if Uuid::parse_str(id).is_err() {
                    return refuse(&format!("{place}[{index}].home.{name}"), format!("`{id}` is no GUID"));
                }
            }
        }
        let place = format!("{place}[{index}].userPrincipalName");
        if !user.user_principal_name.contains('@') {
            return refuse(&place, format!("`{}` has no `@`", user.user_principal_name));
        }
        names.add(&place, &user.user_principal_name)?;
    }
    Ok(())
}

#[derive(Default)]
pub(super) struct Unique(BTreeSet<String>);

impl Unique {
    pub(super) fn add(&mut self, place: &str, value: &str) -> Result<()> {
        if value.is_empty() {
            return refuse(place, "it is empty".to_owned());
        }
        if self.0.insert(value.to_ascii_lowercase()) { Ok(()) } else { refuse(place, format!("`{value}` occurs twice")) }
    }

    pub(super) fn add_guid(&mut self, place: &str, value: &str) -> Result<()> {
        if Uuid::parse_str(value).is_err() {
            return refuse(place, format!("`{value}` is no GUID"));
        }
        self.add(place, value)
    }
}

pub(crate) fn refuse<T>(place: &str, problem: String) -> Result<T> {
    Err(Error::Scenario { place: place.to_owned(), problem })
}
