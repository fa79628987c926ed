//! Workload identity federation: another identity provider's token vouches for the application
//! (entra-docs `workload-identity-federation.md`).

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

use super::surroundings::is_login_of;
use super::{Credential, CredentialConfig, FederationSource, Signing, exchange};
use crate::auth::acquisition::Acquisition;
use crate::auth::authorize::PagePrompt;
use crate::auth::endpoint::Proof;
use crate::auth::refusal::Refusal;
use crate::auth::response::is_bearer;
use crate::claims::ClaimsRequest;
use crate::cloud::{Cloud, is_secure};
use crate::environment::Environment;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use crate::session::SessionConfig;
use crate::transport::Transport;

/// No token is larger.
const LARGEST_TOKEN: u64 = 64 * 1024;

/// Whom another provider vouches for, and where that is heard.
pub(super) struct WorkloadIdentity {
    source: Source,
}

enum Source {
    /// Projected by Kubernetes, which renews it: read for each sign-in.
    File(PathBuf),
    /// GitHub Actions (github/docs `oidc-in-cloud-providers`).
    GitHub { url: Url, token: Secret },
    /// Azure DevOps (REST API "Oidctoken - Create", as Azure SDK's `AzurePipelinesCredential` uses it).
    AzureDevOps { url: Url, token: Secret },
}

/// Fills in what the environment tells of the application: `clientId`, `tenant`.
///
/// # Errors
/// `InvalidConfiguration` if the environment is that of another cloud.
pub(crate) fn settle(config: &mut SessionConfig, cloud: &Cloud) -> Result<()> {
    let CredentialConfig::WorkloadIdentity { source, .. } = &config.credential else { return Ok(()) };
    let environment = Environment::of(config);
    if let Some(host) = environment.text("AZURE_AUTHORITY_HOST").filter(|host| !is_login_of(cloud, host)) {
        let why = format!("the environment is that of another cloud: `AZURE_AUTHORITY_HOST` is `{}`", host.escape_debug());
        return Err(Error::new(ErrorCode::InvalidConfiguration, why).hint("choose that cloud for the session").target("cloud"));
    }
    // The service connection is its own application's, whatever else runs on the agent.
    let of_connection = matches!(source, Some(FederationSource::AzureDevOps));
    let first = |name: &str| {
        let connection = || environment.text(&name.replace("AZURE_", "AZURESUBSCRIPTION_"));
        let given = || environment.text(name);
        if of_connection { connection().or_else(given) } else { given().or_else(connection) }
    };
    let (client_id, tenant) = (first("AZURE_CLIENT_ID"), first("AZURE_TENANT_ID"));
    if config.client_id.is_none() {
        config.client_id = client_id;
    }
    if let Some(tenant) = tenant.filter(|_| config.tenant == SessionConfig::default().tenant) {
        config.tenant = tenant;
    }
    Ok(())
}

impl WorkloadIdentity {
    pub(super) fn new(
        source: Option<FederationSource>,
        token_file: Option<&Path>,
        service_connection_id: Option<&str>,
        environment: &Environment<'_>,
    ) -> Result<Self> {
        let file = token_file.map(Path::to_owned).or_else(|| environment.text("AZURE_FEDERATED_TOKEN_FILE").map(PathBuf::from));
        let found = match (source, file) {
            (None | Some(FederationSource::File), Some(file)) => Some(Source::File(file)),
            (Some(FederationSource::File), None) => None,
            (Some(FederationSource::GitHub), _) => github(environment)?,
            (Some(FederationSource::AzureDevOps), _) => azure_devops(service_connection_id, environment)?,
            (None, None) => match github(environment)? {
                Some(github) => Some(github),
                None => azure_devops(service_connection_id, environment)?,
            },
        };
        let source = found.ok_or_else(|| {
            Error::new(ErrorCode::InvalidConfiguration, "the environment names nobody who vouches for the application")
                .hint(
                    "run where `AZURE_FEDERATED_TOKEN_FILE` is set (Kubernetes), in a GitHub job with the permission `id-token: write`, or in \
                     an Azure DevOps task with a service connection and `SYSTEM_ACCESSTOKEN`",
                )
                .target("credential")
        })?;
        Ok(Self { source })
    }

    async fn assertion(&self, work: &Acquisition<'_>) -> Result<Secret> {
        let transport = work.inner.endpoint.transport();
        let client = transport.client();
        let token = match &self.source {
            Source::File(path) => read(path)?,
            Source::GitHub { url, token } => {
                let mut url = url.clone();
                url.query_pairs_mut().append_pair("audience", audience(&work.inner.cloud));
                let request = client.get(url.clone()).bearer_auth(token.expose()).header("accept", "application/json");
                #[derive(Deserialize)]
                struct Issued {
                    value: Secret,
                }
                ask::<Issued>(transport, request, &url, "GitHub", "GET").await?.value
            }
            Source::AzureDevOps { url, token } => {
                let request = client
                    .post(url.clone())
                    .bearer_auth(token.expose())
                    .header("content-type", "application/json")
                    .header("content-length", "0")
                    // Otherwise a wrong token is answered with a sign-in page.
                    .header("x-tfs-fedauthredirect", "Suppress");
                #[derive(Deserialize)]
                #[serde(rename_all = "camelCase")]
                struct Issued {
                    oidc_token: Secret,
                }
                ask::<Issued>(transport, request, url, "Azure DevOps", "POST").await?.oidc_token
            }
        };
        if is_bearer(&token) {
            return Ok(token);
        }
        Err(Error::new(ErrorCode::UnexpectedResponse, "the token that vouches for the application has characters that no token has")
            .hint("check what the file or the token issuer gives: a JSON Web Token alone, without quotes, spaces or line breaks"))
    }
}

impl Credential for WorkloadIdentity {
    fn is_application(&self) -> bool {
        true
    }

    fn sign_in<'a>(&'a self, work: &'a Acquisition<'a>, plan: Option<&'a ClaimsRequest>, _prompt: PagePrompt) -> Signing<'a> {
        Box::pin(async move {
            let assertion = self.assertion(work).await.map_err(Refusal::stop)?;
            work.sign_in_application(plan, Proof::Assertion(&assertion)).await
        })
    }
}

fn github(environment: &Environment<'_>) -> Result<Option<Source>> {
    let (Some(url), Some(token)) = (environment.text("ACTIONS_ID_TOKEN_REQUEST_URL"), environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
    else {
        return Ok(None);
    };
    Ok(Some(Source::GitHub { url: address("ACTIONS_ID_TOKEN_REQUEST_URL", &url)?, token }))
}

fn azure_devops(service_connection_id: Option<&str>, environment: &Environment<'_>) -> Result<Option<Source>> {
    let (Some(url), Some(token)) = (environment.text("SYSTEM_OIDCREQUESTURI"), environment.get("SYSTEM_ACCESSTOKEN")) else {
        return Ok(None);
    };
    let id = service_connection_id.map(ToOwned::to_owned).or_else(|| environment.text("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"));
    let id = id.ok_or_else(|| {
        Error::new(ErrorCode::InvalidConfiguration, "the service connection of Azure DevOps is not named")
            .hint("give its id, or run in a task that sets `AZURESUBSCRIPTION_SERVICE_CONNECTION_ID`")
            .target("credential.serviceConnectionId")
    })?;
    let mut url = address("SYSTEM_OIDCREQUESTURI", &url)?;
    url.query_pairs_mut().append_pair("api-version", "7.1").append_pair("serviceConnectionId", &id);
    Ok(Some(Source::AzureDevOps { url, token }))
}

/// A build's token goes there: https, or this very machine.
fn address(name: &str, text: &str) -> Result<Url> {
    Url::parse(text).ok().filter(is_secure).ok_or_else(|| {
        Error::new(ErrorCode::InvalidConfiguration, format!("the address in the environment variable `{name}` is not https"))
            .hint("leave the variable as the pipeline sets it: the job's own token goes to that address")
            .target("credential")
    })
}

async fn ask<T: serde::de::DeserializeOwned>(
    transport: &Transport,
    request: reqwest::RequestBuilder,
    url: &Url,
    who: &str,
    method: &str,
) -> Result<T> {
    let reply = exchange::send(transport, request, url).await?;
    if !reply.status.is_success() {
        return Err(reply
            .refused(who, url, method)
            .hint("check that the job may ask for identity tokens, and that its own token is still valid"));
    }
    // serde's own words would quote the answer, which holds a secret.
    serde_json::from_slice(&reply.body).map_err(|_| {
        Error::new(ErrorCode::UnexpectedResponse, format!("the answer of {who} is not that of a token issuer"))
            .hint("check the address that the job's environment names, and whether a proxy answers in its place")
    })
}

fn read(path: &Path) -> Result<Secret> {
    let failed = |why: &str| {
        Error::new(ErrorCode::SignInFailed, format!("the federated token file `{}` cannot be used: {why}", path.display()))
            .hint("check the path, and that the platform has written the file")
            .target("credential.tokenFile")
    };
    let size = fs::metadata(path).map_err(|error| failed("it cannot be read").cause(&error))?.len();
    if size > LARGEST_TOKEN {
        return Err(failed("it is too large"));
    }
    let text = fs::read_to_string(path).map_err(|error| failed("it cannot be read").cause(&error))?;
    match text.trim() {
        "" => Err(failed("it is empty")),
        token => Ok(Secret::from(token.to_owned())),
    }
}

/// The audience that the other provider's token must have (entra-docs `workload-identity-federation-considerations.md`).
fn audience(cloud: &Cloud) -> &'static str {
    match cloud.login.host_str() {
        Some("login.microsoftonline.us") => "api://AzureADTokenExchangeUSGov",
        Some("login.partner.microsoftonline.cn" | "login.chinacloudapi.cn") => "api://AzureADTokenExchangeChina",
        _ => "api://AzureADTokenExchange",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::CloudConfig;

    #[test]
    fn each_cloud_has_its_audience() {
        for (cloud, expected) in [
            ("Global", "api://AzureADTokenExchange"),
            ("USGovL4", "api://AzureADTokenExchangeUSGov"),
            ("USGovL5DoD", "api://AzureADTokenExchangeUSGov"),
            ("China", "api://AzureADTokenExchangeChina"),
        ] {
            assert_eq!(audience(&Cloud::resolve(&CloudConfig::Name(cloud.to_owned())).unwrap()), expected);
        }
    }
}
