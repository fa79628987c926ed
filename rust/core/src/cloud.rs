//! The endpoints of a cloud. Tokens of a session go to these hosts only.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Origin, Url};

use crate::error::{Error, ErrorCode, Result};

/// A cloud by name, or all of its endpoints.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(untagged)]
pub enum CloudConfig {
    /// `Global`, `USGovL4`, `USGovL5DoD` or `China`; the names that Azure PowerShell and the Graph SDK use are understood too.
    Name(String),
    /// A cloud of one's own: an emulator, or a cloud that this version does not know.
    Endpoints(Endpoints),
}

impl Default for CloudConfig {
    fn default() -> Self {
        Self::Name("Global".to_owned())
    }
}

/// All endpoints of a cloud, as origins without a path.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Endpoints {
    /// What the cloud is called in messages.
    #[serde(default = "custom_name")]
    pub name: String,
    /// Token service, for example `https://login.microsoftonline.com`.
    pub login: String,
    /// Microsoft Graph, for example `https://graph.microsoft.com`.
    pub graph: String,
    /// Azure Resource Manager, for example `https://management.azure.com`.
    pub arm: String,
}

fn custom_name() -> String {
    "Custom".to_owned()
}

/// A cloud whose endpoints have been checked.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// What the cloud is called in messages.
    pub name: String,
    /// Token service.
    pub login: Url,
    /// Microsoft Graph.
    pub graph: Url,
    /// Azure Resource Manager.
    pub arm: Url,
}

/// Names and endpoints: entra-docs `authentication-national-cloud.md`, microsoft-graph-docs `deployments.md`, Azure CLI's clouds.
const KNOWN: &[(&[&str], [&str; 3])] = &[
    (
        &["Global", "AzureCloud", "AzurePublic"],
        ["https://login.microsoftonline.com", "https://graph.microsoft.com", "https://management.azure.com"],
    ),
    (
        &["USGovL4", "AzureUSGovernment", "USGov"],
        ["https://login.microsoftonline.us", "https://graph.microsoft.us", "https://management.usgovcloudapi.net"],
    ),
    (
        &["USGovL5DoD", "USGovDoD"],
        ["https://login.microsoftonline.us", "https://dod-graph.microsoft.us", "https://management.usgovcloudapi.net"],
    ),
    (
        &["China", "AzureChinaCloud"],
        ["https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn", "https://management.chinacloudapi.cn"],
    ),
];

/// Domains that belong to one group of clouds, the clouds by their first names.
const DOMAINS: &[(&[&str], &[&str])] = &[
    (&["Global"], &["azure.com", "azure.net", "microsoft.com", "microsoftonline.com", "windows.net"]),
    (&["USGovL4", "USGovL5DoD"], &["azure.us", "microsoft.us", "microsoftonline.us", "usgovcloudapi.net"]),
    (&["China"], &["azure.cn", "chinacloudapi.cn", "microsoftonline.cn"]),
];

impl Cloud {
    /// Finds the cloud and checks its endpoints.
    ///
    /// # Errors
    /// `InvalidConfiguration` for an unknown name, an address that is no origin, and plain http to anything but loopback.
    pub fn resolve(config: &CloudConfig) -> Result<Self> {
        match config {
            CloudConfig::Name(name) => {
                let known = KNOWN.iter().find(|(names, _)| names.iter().any(|known| known.eq_ignore_ascii_case(name)));
                let Some((names, [login, graph, arm])) = known else {
                    return Err(Error::new(ErrorCode::InvalidConfiguration, format!("`{name}` is no known cloud"))
                        .hint("use `Global`, `USGovL4`, `USGovL5DoD` or `China`, or give all endpoints")
                        .target("cloud"));
                };
                Self::from_endpoints(names[0], login, graph, arm)
            }
            CloudConfig::Endpoints(endpoints) => Self::from_endpoints(&endpoints.name, &endpoints.login, &endpoints.graph, &endpoints.arm),
        }
    }

    fn from_endpoints(name: &str, login: &str, graph: &str, arm: &str) -> Result<Self> {
        Ok(Self { name: name.to_owned(), login: endpoint("login", login)?, graph: endpoint("graph", graph)?, arm: endpoint("arm", arm)? })
    }

    /// Whether the host is known to be another cloud's: no token of this one has business there, whatever resource it is for. A cloud
    /// of one's own may use any host.
    #[must_use]
    pub fn is_foreign(&self, url: &Url) -> bool {
        let Some(host) = url.host_str().map(str::to_ascii_lowercase) else { return false };
        if !KNOWN.iter().any(|(names, _)| names[0] == self.name)
            || [&self.login, &self.graph, &self.arm].iter().any(|own| own.origin() == url.origin())
        {
            return false;
        }
        let is_endpoint =
            KNOWN.iter().flat_map(|(_, endpoints)| endpoints).any(|endpoint| endpoint.strip_prefix("https://") == Some(&host));
        let is_below = |domain: &&str| host.strip_suffix(*domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        let theirs = DOMAINS.iter().filter(|(clouds, _)| !clouds.contains(&self.name.as_str()));
        is_endpoint || theirs.flat_map(|(_, domains)| *domains).any(is_below)
    }

    /// The known cloud with this token service; of several the first.
    pub(crate) fn of_login(url: &Url) -> Option<Self> {
        // Another name of China's, which its own environment may have.
        let host = url.host_str().map(|host| if host == "login.chinacloudapi.cn" { "login.partner.microsoftonline.cn" } else { host })?;
        let (names, _) = KNOWN.iter().find(|(_, [login, ..])| url.scheme() == "https" && login.strip_prefix("https://") == Some(host))?;
        Self::resolve(&CloudConfig::Name(names[0].to_owned())).ok()
    }

    /// The origins to which a token of this cloud may be sent, the token service not among them.
    #[must_use]
    pub fn api_origins(&self) -> [Origin; 2] {
        [self.graph.origin(), self.arm.origin()]
    }
}

fn endpoint(field: &str, text: &str) -> Result<Url> {
    let refuse = |why: &str| {
        Error::new(ErrorCode::InvalidConfiguration, format!("`{text}` is not usable as the cloud's `{field}` endpoint: {why}"))
            .hint("give an https origin such as `https://graph.microsoft.com`; http is for loopback alone")
            .target(format!("cloud.{field}"))
    };
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if !is_secure(&url) {
        return Err(refuse("it is neither https nor loopback"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it has more than scheme, host and port"));
    }
    Ok(url)
}

/// Whether a token may travel to this address: https, or plain http to this very machine.
#[must_use]
pub fn is_secure(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => match url.host() {
            Some(url::Host::Domain(domain)) => domain.eq_ignore_ascii_case("localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_resolves_in_any_case() {
        for (names, _) in KNOWN {
            for name in *names {
                let cloud = Cloud::resolve(&CloudConfig::Name(name.to_lowercase())).unwrap();
                assert_eq!(cloud.name, names[0]);
            }
        }
    }

    #[test]
    fn each_cloud_knows_the_hosts_of_the_others() {
        let resolve = |name: &str| Cloud::resolve(&CloudConfig::Name(name.to_owned())).unwrap();
        for (names, _) in KNOWN {
            let cloud = resolve(names[0]);
            for (others, endpoints) in KNOWN {
                for endpoint in endpoints {
                    let own = [&cloud.login, &cloud.graph, &cloud.arm].iter().any(|own| own.as_str() == format!("{endpoint}/"));
                    assert_eq!(cloud.is_foreign(&Url::parse(endpoint).unwrap()), !own, "{endpoint} of {} in {}", others[0], names[0]);
                }
            }
        }
        let global = resolve("Global");
        for foreign in ["https://vault.azure.cn", "https://Name.Vault.Azure.US", "https://microsoft.us"] {
            assert!(global.is_foreign(&Url::parse(foreign).unwrap()), "{foreign}");
        }
        for own in ["https://vault.azure.net", "https://notmicrosoft.us.example", "https://amicrosoft.us", "https://api.contoso.example"] {
            assert!(!global.is_foreign(&Url::parse(own).unwrap()), "{own}");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_alone() {
        let endpoints = |login: &str| {
            CloudConfig::Endpoints(Endpoints {
                name: "x".to_owned(),
                login: login.to_owned(),
                graph: "https://graph.example".to_owned(),
                arm: "https://arm.example".to_owned(),
            })
        };
        for good in ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://login.example"] {
            assert!(Cloud::resolve(&endpoints(good)).is_ok(), "{good}");
        }
        for bad in [
            "http://login.example",
            "http://localhost.example",
            "ftp://localhost",
            "https://login.example/path",
            "https://u:p@login.example",
            "nonsense",
        ] {
            let error = Cloud::resolve(&endpoints(bad)).unwrap_err();
            assert_eq!((error.code, error.target.as_deref()), (ErrorCode::InvalidConfiguration, Some("cloud.login")), "{bad}");
        }
    }
}
