//! Where an Azure resource finds its identity endpoint, and how each wants to be asked (MSAL.NET `ManagedIdentity`, Azure documentation
//! "How to use managed identities").

use std::net::IpAddr;
use std::path::PathBuf;

use reqwest::header::HeaderValue;
use reqwest::{Client, RequestBuilder};
use url::{Host, Url};

use super::Id;
use crate::environment::Environment;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// The address of the instance metadata service on every virtual machine.
const IMDS: &str = "http://169.254.169.254";
const TOKEN_PATH: &str = "/metadata/identity/oauth2/token";

/// One kind of door.
pub(super) enum Source {
    /// Virtual machines, scale sets, container instances, AKS.
    Imds { url: Url },
    /// App Service, Functions, Container Apps.
    AppService { url: Url, header: Secret },
    /// Servers outside of Azure that Azure Arc manages. `keys` is the folder of the files by which a caller proves to be privileged there.
    Arc { url: Url, keys: PathBuf },
    /// The user's own tokens, in Azure Cloud Shell.
    CloudShell { url: Url },
}

impl Source {
    /// Finds the door by the variables that the platform sets, in the order of Microsoft's libraries.
    pub(super) fn detect(environment: &Environment<'_>) -> Result<Self> {
        let identity = environment.text("IDENTITY_ENDPOINT");
        let header = environment.get("IDENTITY_HEADER");
        if identity.is_some() && header.is_some() && environment.get("IDENTITY_SERVER_THUMBPRINT").is_some() {
            return Err(Error::new(ErrorCode::CredentialUnsuited, "the managed identity of Service Fabric is not supported")
                .hint("use a certificate or workload identity federation there"));
        }
        if let (Some(endpoint), Some(header)) = (&identity, header) {
            let url = local("IDENTITY_ENDPOINT", endpoint, true)?;
            return proof(&header).map(|_| Self::AppService { url, header });
        }
        if let (Some(endpoint), Some(_)) = (&identity, environment.get("IMDS_ENDPOINT")) {
            return Ok(Self::Arc { url: local("IDENTITY_ENDPOINT", endpoint, false)?, keys: arc_keys(environment) });
        }
        if let Some(endpoint) = environment.text("MSI_ENDPOINT") {
            return Ok(Self::CloudShell { url: local("MSI_ENDPOINT", &endpoint, false)? });
        }
        let endpoint = environment.text("AZURE_POD_IDENTITY_AUTHORITY_HOST").unwrap_or_else(|| IMDS.to_owned());
        let mut url = local("AZURE_POD_IDENTITY_AUTHORITY_HOST", &endpoint, false)?;
        url.set_path(TOKEN_PATH);
        Ok(Self::Imds { url })
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Imds { .. } => "the instance metadata service",
            Self::AppService { .. } => "App Service",
            Self::Arc { .. } => "Azure Arc",
            Self::CloudShell { .. } => "Cloud Shell",
        }
    }

    /// Whether there can be an identity of this kind.
    pub(super) fn check(&self, id: &Id) -> Result<()> {
        if *id == Id::System || matches!(self, Self::Imds { .. } | Self::AppService { .. }) {
            return Ok(());
        }
        Err(Error::new(ErrorCode::CredentialUnsuited, format!("{} has no user-assigned identities", self.name()))
            .hint("leave the identity's id out")
            .target("credential"))
    }

    /// The request for a token of a resource, and its address.
    pub(super) fn request(&self, client: &Client, resource: &str, id: &Id) -> (Url, RequestBuilder) {
        let (Self::Imds { url } | Self::AppService { url, .. } | Self::Arc { url, .. } | Self::CloudShell { url }) = self;
        let mut url = url.clone();
        let (version, resource_id) = match self {
            Self::Imds { .. } => ("2018-02-01", "msi_res_id"),
            Self::AppService { .. } => ("2019-08-01", "mi_res_id"),
            Self::Arc { .. } => ("2020-06-01", "msi_res_id"),
            Self::CloudShell { .. } => {
                let body = form_urlencoded::Serializer::new(String::new()).append_pair("resource", resource).finish();
                let request = client.post(url.clone()).header("metadata", "true");
                return (url, request.header("content-type", "application/x-www-form-urlencoded").body(body));
            }
        };
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("api-version", version).append_pair("resource", resource);
            match id {
                Id::System => {}
                Id::Client(id) => {
                    query.append_pair("client_id", id);
                }
                Id::Object(id) => {
                    query.append_pair("object_id", id);
                }
                Id::Resource(id) => {
                    query.append_pair(resource_id, id);
                }
            }
        }
        let request = client.get(url.clone());
        let request = match self {
            // It was one when it was found.
            Self::AppService { header, .. } => match proof(header) {
                Ok(value) => request.header("x-identity-header", value),
                Err(_) => request,
            },
            _ => request.header("metadata", "true"),
        };
        (url, request)
    }
}

/// Sensitive: never shown, whoever prints or repeats the request.
fn proof(header: &Secret) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(&header.expose()).map_err(|_| {
        Error::new(ErrorCode::InvalidConfiguration, "the environment variable `IDENTITY_HEADER` holds characters that no header may have")
            .hint("leave the variable as the platform sets it")
            .target("credential")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// An address on this machine or its link. Some platforms put the door into a network of the host's own.
fn local(name: &str, text: &str, private: bool) -> Result<Url> {
    let is_near = |url: &Url| match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_link_local() || (private && ip.is_private()),
        Some(Host::Ipv6(ip)) => match ip.to_canonical() {
            IpAddr::V4(ip) => ip.is_loopback() || ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_loopback() || ip.is_unicast_link_local() || (private && ip.is_unique_local()),
        },
        None => false,
    };
    let plain = |url: &Url| url.username().is_empty() && url.password().is_none() && matches!(url.scheme(), "http" | "https");
    Url::parse(text).ok().filter(|url| plain(url) && is_near(url)).ok_or_else(|| {
        Error::new(
            ErrorCode::InvalidConfiguration,
            format!("the address in the environment variable `{name}` is not on this machine or its link"),
        )
        .hint("unset the variable, unless the platform has set it")
        .target("credential")
    })
}

fn arc_keys(environment: &Environment<'_>) -> PathBuf {
    if cfg!(windows) {
        let data = environment.text("ProgramData").unwrap_or_else(|| r"C:\ProgramData".to_owned());
        PathBuf::from(data).join("AzureConnectedMachineAgent").join("Tokens")
    } else {
        PathBuf::from("/var/opt/azcmagent/tokens")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::session::SessionConfig;

    fn detect(variables: &[(&str, &str)]) -> Result<Source> {
        let environment: BTreeMap<_, _> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), Secret::from((*value).to_owned()))).collect();
        let config = SessionConfig { environment: Some(environment), ..SessionConfig::default() };
        Source::detect(&Environment::of(&config))
    }

    #[test]
    fn the_platform_is_told_by_its_variables() {
        let endpoint = ("IDENTITY_ENDPOINT", "http://169.254.129.2:8081/msi/token");
        for (variables, name) in [
            (&[][..], "the instance metadata service"),
            (&[endpoint, ("IDENTITY_HEADER", "h")], "App Service"),
            (&[("IDENTITY_ENDPOINT", "http://127.0.0.1:40342/x"), ("IMDS_ENDPOINT", "http://127.0.0.1:40342")], "Azure Arc"),
            (&[("MSI_ENDPOINT", "http://localhost:50342/oauth2/token")], "Cloud Shell"),
            (&[endpoint], "the instance metadata service"),
        ] {
            assert_eq!(detect(variables).unwrap().name(), name);
        }
        let fabric = detect(&[endpoint, ("IDENTITY_HEADER", "h"), ("IDENTITY_SERVER_THUMBPRINT", "t")]);
        assert_eq!(fabric.err().unwrap().code, ErrorCode::CredentialUnsuited);
    }

    #[test]
    fn tokens_are_fetched_from_this_machine_or_its_link_only() {
        for bad in
            ["http://10.0.0.1", "https://imds.evil.example", "http://169.254.169.254.evil.example", "file:///x", "http://u@127.0.0.1", "x"]
        {
            let error = detect(&[("AZURE_POD_IDENTITY_AUTHORITY_HOST", bad)]).err().unwrap();
            assert_eq!(error.code, ErrorCode::InvalidConfiguration, "{bad}");
        }
        for good in ["http://127.0.0.1:40342", "http://[::1]", "http://localhost:1", "http://169.254.169.254"] {
            assert!(detect(&[("AZURE_POD_IDENTITY_AUTHORITY_HOST", good)]).is_ok(), "{good}");
        }
    }
}
