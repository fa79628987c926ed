//! What a host configures once: cloud, tenant, account and manners. Owns all state; nothing is global.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::auth::{Authenticator, CredentialConfig, check_credential, choose_cloud, settle_credential};
use crate::cloud::{Cloud, CloudConfig};
use crate::error::{Error, ErrorCode, Result};
use crate::http;
use crate::json;
use crate::secret::Secret;
use crate::transport::Transport;

/// Configuration of a session. Every field has a default; `{}` is a session of the global cloud.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct SessionConfig {
    /// The cloud, by name or by its endpoints. Without it, the one that the environment names (`AZURE_CLOUD`, `AZURE_AUTHORITY_HOST`), else
    /// `Global`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<CloudConfig>,
    /// Tenant id or verified domain; `organizations` leaves the choice to the account that signs in.
    pub tenant: String,
    /// The user principal name that must sign in; pre-filled on the page, and any other account is refused.
    pub account: Option<String>,
    /// Application id of one app registration for everything, in place of the two below; that of the application where the credential
    /// is an application's.
    pub client_id: Option<String>,
    /// Application id of the public client for Microsoft Graph. Default: Microsoft Graph Command Line Tools.
    pub graph_client_id: String,
    /// Application id of the public client for every other resource. Default: Azure PowerShell.
    pub arm_client_id: String,
    /// Where tokens come from.
    pub credential: CredentialConfig,
    /// Whether sign-ins outlive the process.
    pub cache: CacheConfig,
    /// Environment variables as the host sees them, for hosts that keep an environment of their own (.NET outside of Windows does).
    /// Without it, those of the process.
    pub environment: Option<BTreeMap<String, Secret>>,
    /// How a sign-in page is opened.
    pub browser: BrowserConfig,
    /// How long each stage may take, in seconds.
    pub timeouts: Timeouts,
    /// Requests that may be under way at once, 1 to 64.
    pub concurrency: usize,
    /// A PEM file of certificates to trust besides those of the system.
    pub trusted_roots_file: Option<PathBuf>,
    /// Appended to the `User-Agent`, to name the host.
    pub host_name: Option<String>,
}

/// Whether sign-ins outlive the process.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase", tag = "mode")]
pub enum CacheConfig {
    /// No: everything is forgotten with the session.
    #[default]
    Memory,
    /// Refresh tokens are kept in a file, encrypted with a key that the operating system's credential store keeps for the user.
    /// Several processes may share it. Without a credential store everything stays in memory, and a warning says so once.
    File {
        /// The file. Its folder is made if there is none.
        path: PathBuf,
    },
}

/// How a sign-in page is opened.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase", tag = "mode")]
pub enum BrowserConfig {
    /// The system's default browser (`BROWSER` is respected where the system knows it).
    #[default]
    System,
    /// A program and its arguments; the address is added as the last argument. No shell is involved.
    Command {
        /// Program, then arguments.
        command: Vec<String>,
    },
    /// None: the address is only shown, and the user opens it.
    Show,
    /// None and nobody to show it to: a sign-in that needs a user fails at once.
    Never,
}

/// How long each stage may take, in seconds.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect_seconds: u64,
    /// Until a request is answered in full.
    pub request_seconds: u64,
    /// Until the user has finished on the sign-in page.
    pub sign_in_seconds: u64,
    /// All waiting that services ask for (429, 503) in one call. 0: a service that asks for it is an error.
    pub throttle_seconds: u64,
    /// Until an endpoint of this machine has answered for a managed identity.
    pub identity_seconds: u64,
    /// Until the Azure CLI or the Azure Developer CLI has given a token.
    pub program_seconds: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect_seconds: 15,
            request_seconds: 100,
            sign_in_seconds: 300,
            throttle_seconds: 300,
            identity_seconds: 30,
            program_seconds: 60,
        }
    }
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            cloud: None,
            tenant: "organizations".to_owned(),
            account: None,
            client_id: None,
            graph_client_id: "14d82eec-204b-4c2f-b7e8-296a70dab67e".to_owned(),
            arm_client_id: "1950a258-227b-4e31-a9cf-717495945fc2".to_owned(),
            credential: CredentialConfig::default(),
            cache: CacheConfig::default(),
            environment: None,
            browser: BrowserConfig::default(),
            timeouts: Timeouts::default(),
            concurrency: 8,
            trusted_roots_file: None,
            host_name: None,
        }
    }
}

/// One signed-in (or not yet signed-in) user of one tenant in one cloud.
pub struct Session {
    /// As the host gave it.
    pub config: SessionConfig,
    /// The endpoints.
    pub cloud: Cloud,
    /// Sign-in and tokens.
    pub auth: Authenticator,
    /// Authorized requests.
    pub http: http::Client,
}

impl Session {
    /// Reads the configuration (JSON, see [`SessionConfig`]) and prepares a session. Nothing is sent.
    ///
    /// # Errors
    /// `InvalidConfiguration`.
    pub fn new(config: &[u8]) -> Result<Self> {
        let mut config: SessionConfig = json::read_object(config).map_err(|error| {
            Error::new(ErrorCode::InvalidConfiguration, format!("the session's configuration is not understood: {error}"))
        })?;
        let cloud = choose_cloud(&config)?;
        settle_credential(&mut config, &cloud)?;
        check(&config)?;
        let transport = Transport::new(&config)?;
        let auth = Authenticator::new(&config, &cloud, transport.clone())?;
        let http = http::Client::new(&config, &cloud, transport);
        Ok(Self { config, cloud, auth, http })
    }
}

fn check(config: &SessionConfig) -> Result<()> {
    let refuse = |field: &str, why: String, hint: &str| Err(Error::new(ErrorCode::InvalidConfiguration, why).hint(hint).target(field));
    if !is_tenant_name(&config.tenant) {
        let why = format!("`{}` is neither a tenant id nor a domain", config.tenant.escape_debug());
        return refuse("tenant", why, "give the tenant's id or one of its verified domains, for example `contoso.onmicrosoft.com`");
    }
    let ids = [("graphClientId", &config.graph_client_id), ("armClientId", &config.arm_client_id)];
    for (field, id) in ids.into_iter().chain(config.client_id.iter().map(|id| ("clientId", id))) {
        if uuid::Uuid::parse_str(id).is_err() {
            let why = format!("`{}` is no application id", id.escape_debug());
            return refuse(field, why, "give the application (client) id, a GUID");
        }
    }
    if !(1..=64).contains(&config.concurrency) {
        return refuse(
            "concurrency",
            format!("{} is not between 1 and 64", config.concurrency),
            "leave it out, or give a number from 1 to 64",
        );
    }
    if matches!(&config.browser, BrowserConfig::Command { command } if command.is_empty()) {
        return refuse("browser.command", "the browser's command is empty".to_owned(), "give the program, then its arguments");
    }
    let Timeouts { connect_seconds, request_seconds, sign_in_seconds, throttle_seconds: _, identity_seconds, program_seconds } =
        config.timeouts;
    for (field, seconds) in [
        ("timeouts.connectSeconds", connect_seconds),
        ("timeouts.requestSeconds", request_seconds),
        ("timeouts.signInSeconds", sign_in_seconds),
        ("timeouts.identitySeconds", identity_seconds),
        ("timeouts.programSeconds", program_seconds),
    ] {
        if seconds == 0 {
            return refuse(field, "no time at all is no time limit".to_owned(), "leave it out, or give at least one second");
        }
    }
    check_credential(config)
}

/// The tenant becomes a segment of the token service's paths, so nothing that a path treats in its own way may pass.
fn is_tenant_name(text: &str) -> bool {
    text.len() <= 255
        && text.split('.').all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_one_plain_segment_of_a_path() {
        for good in ["organizations", "contoso.onmicrosoft.com", "b2e4f0d6-5a31-4a0e-9d4c-1f0c7a6d9c11"] {
            assert!(is_tenant_name(good), "{good}");
        }
        for bad in ["", ".", "..", "a..b", "a/b", "a b", "a%2f", "a.", "tenänt", "a?b", "a\\b"] {
            assert!(!is_tenant_name(bad), "{bad}");
        }
        assert!(!is_tenant_name(&"a".repeat(256)));
    }

    #[test]
    fn what_is_wrong_is_named_with_a_way_out() {
        for (config, field) in [
            (r#"{"tenant":".."}"#, "tenant"),
            (r#"{"armClientId":"powershell"}"#, "armClientId"),
            (r#"{"concurrency":0}"#, "concurrency"),
            (r#"{"browser":{"mode":"command","command":[]}}"#, "browser.command"),
            (r#"{"timeouts":{"connectSeconds":0}}"#, "timeouts.connectSeconds"),
            (r#"{"timeouts":{"programSeconds":0}}"#, "timeouts.programSeconds"),
        ] {
            let error = Session::new(config.as_bytes()).err().unwrap();
            assert_eq!((error.code, error.target.as_deref()), (ErrorCode::InvalidConfiguration, Some(field)));
            assert!(error.hint.is_some(), "{field}");
        }
    }
}
