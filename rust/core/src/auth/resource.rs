//! What a token is for: the resource, the client that asks, and the permissions.

use std::collections::BTreeSet;
use std::fmt;

use url::Url;

use crate::cloud::{Cloud, is_secure};
use crate::error::{Error, ErrorCode, Result};
use crate::session::SessionConfig;

/// The API that a token is for.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Resource {
    /// Microsoft Graph of the session's cloud.
    Graph,
    /// Azure Resource Manager of the session's cloud.
    Arm,
    /// Any other API, by its application id URI (`api://…`, `https://vault.azure.net`) or application id.
    Other(String),
}

/// What activating one's own directory roles needs, and nothing else. `AuthenticationContext.Read.All` is left out on purpose: a
/// missing consent for it would block every sign-in; who lists contexts asks for it by name.
const GRAPH_PERMISSIONS: &[&str] = &[
    "RoleAssignmentSchedule.ReadWrite.Directory",
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.Read.Directory",
    "RoleManagementPolicy.Read.Directory",
    "User.Read",
];

/// Application ids, the same in every cloud.
const GRAPH_ID: &str = "00000003-0000-0000-c000-000000000000";
const ARM_ID: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";

/// Hosts of Azure Resource Manager, and those of the service before it, whose name its tokens may still bear.
const CLASSIC_ARM: &[(&str, &str)] = &[
    ("management.azure.com", "management.core.windows.net"),
    ("management.usgovcloudapi.net", "management.core.usgovcloudapi.net"),
    ("management.chinacloudapi.cn", "management.core.chinacloudapi.cn"),
];

/// Scopes of `OpenID` Connect: they belong to no resource.
const IDENTITY_SCOPES: &[&str] = &["openid", "profile", "offline_access", "email"];

/// Longest resource or scope that is forwarded; the authorize address has limits (AADSTS90015).
const LONGEST_NAME: usize = 512;

impl Resource {
    /// Reads `graph`, `arm`, an application id or an application id URI. The cloud's own addresses become [`Self::Graph`] and [`Self::Arm`].
    ///
    /// # Errors
    /// `InvalidRequest` if the text is none of them.
    pub fn parse(cloud: &Cloud, text: &str) -> Result<Self> {
        match text.to_ascii_lowercase().as_str() {
            "graph" | GRAPH_ID => return Ok(Self::Graph),
            "arm" | ARM_ID => return Ok(Self::Arm),
            _ => {}
        }
        let plain = text.len() <= LONGEST_NAME && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
        let refuse = || {
            Error::new(ErrorCode::InvalidRequest, format!("`{}` is no resource", shorten(text)))
                .hint("give `graph`, `arm`, an application id, or an application id URI such as `https://vault.azure.net`")
                .target("resource")
        };
        if !plain {
            return Err(refuse());
        }
        if uuid::Uuid::parse_str(text).is_ok() {
            return Ok(Self::Other(text.to_owned()));
        }
        let url = Url::parse(text).map_err(|_| refuse())?;
        let known = url.path().is_empty() || url.path() == "/";
        match url.scheme() {
            "api" => Ok(Self::Other(text.to_owned())),
            "https" | "http" if !is_secure(&url) => Err(refuse()),
            "https" | "http" if known && url.origin() == cloud.graph.origin() => Ok(Self::Graph),
            "https" | "http" if known && url.origin() == cloud.arm.origin() => Ok(Self::Arm),
            "https" | "http" => Ok(Self::Other(text.to_owned())),
            _ => Err(refuse()),
        }
    }

    /// The resource that serves an address: by its origin.
    #[must_use]
    pub fn for_url(cloud: &Cloud, url: &Url) -> Self {
        let origin = url.origin();
        if origin == cloud.graph.origin() {
            Self::Graph
        } else if origin == cloud.arm.origin() {
            Self::Arm
        } else {
            Self::Other(origin.ascii_serialization())
        }
    }

    /// The resource that a token names as its audience (`aud`): by application id, or by any of its application id URIs.
    #[must_use]
    pub fn of_audience(cloud: &Cloud, audience: &str) -> Option<Self> {
        let plain = audience.trim_end_matches('/').to_ascii_lowercase();
        let arm = cloud.arm.host_str().unwrap_or_default();
        let classic = CLASSIC_ARM.iter().find(|(host, _)| *host == arm).map(|(_, classic)| *classic);
        if plain.strip_prefix("https://").is_some_and(|host| Some(host) == classic) {
            return Some(Self::Arm);
        }
        Self::parse(cloud, audience).ok()
    }

    /// The same, where it is one of the cloud's own two services: what those are called by is known, and other APIs have many names.
    fn known_audience(cloud: &Cloud, audience: &str) -> Option<Self> {
        Self::of_audience(cloud, audience).filter(|resource| matches!(resource, Self::Graph | Self::Arm))
    }

    /// Whether a token of that audience may be sent to this resource.
    pub(super) fn takes(&self, cloud: &Cloud, audience: &str) -> bool {
        Self::known_audience(cloud, audience).is_none_or(|named| Some(named) == Self::known_audience(cloud, &self.uri(cloud)))
    }

    /// The client that asks for tokens of this resource: the session's own registration, or a public client of Microsoft's.
    #[must_use]
    pub fn client_id<'a>(&self, config: &'a SessionConfig) -> &'a str {
        match (&config.client_id, self) {
            (Some(client_id), _) => client_id,
            (None, Self::Graph) => &config.graph_client_id,
            (None, Self::Arm | Self::Other(_)) => &config.arm_client_id,
        }
    }

    /// All that was granted beforehand, whatever it is.
    pub(super) fn all_scopes(&self, cloud: &Cloud) -> Vec<String> {
        vec![format!("{}/.default", self.uri(cloud))]
    }

    /// The application id URI, without the trailing slash that a bare origin has.
    #[must_use]
    pub fn uri(&self, cloud: &Cloud) -> String {
        match self {
            Self::Graph => cloud.graph.origin().ascii_serialization(),
            Self::Arm => cloud.arm.origin().ascii_serialization(),
            // A slash at the end is part of the audience, and stays: `https://management.core.windows.net//.default`.
            Self::Other(uri) => uri.clone(),
        }
    }

    /// The permissions asked for when the caller names none, each with the resource's URI before it.
    #[must_use]
    pub fn default_scopes(&self, cloud: &Cloud) -> Vec<String> {
        let names = match self {
            Self::Graph => GRAPH_PERMISSIONS,
            Self::Arm | Self::Other(_) => &[".default"],
        };
        let uri = self.uri(cloud);
        names.iter().map(|name| format!("{uri}/{name}")).collect()
    }

    /// The scopes of a request in full: defaults where there are none, short names qualified, those of `OpenID` Connect left out
    /// (they are always asked for), without repetition.
    ///
    /// # Errors
    /// `InvalidRequest` if a scope has characters that RFC 6749 section 3.3 does not allow, or is a permission of another API: its token would
    /// go where it does not belong.
    pub fn qualify(&self, cloud: &Cloud, scopes: &[String]) -> Result<Vec<String>> {
        let mut full = Vec::new();
        for scope in scopes {
            let allowed = !scope.is_empty()
                && scope.len() <= LONGEST_NAME
                && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
            if !allowed {
                return Err(Error::new(ErrorCode::InvalidRequest, format!("`{}` is no scope", shorten(scope)))
                    .hint("give each permission by itself, for example `RoleManagement.Read.Directory`")
                    .target("scopes"));
            }
            if IDENTITY_SCOPES.iter().any(|known| known.eq_ignore_ascii_case(scope)) {
                continue;
            }
            if let Some((api, _)) = scope.rsplit_once('/')
                && Self::known_audience(cloud, api) != Self::known_audience(cloud, &self.uri(cloud))
            {
                return Err(Error::new(
                    ErrorCode::InvalidRequest,
                    format!("`{}` is a permission of another API than `{self}`", shorten(scope)),
                )
                .hint("name the API that the permission belongs to as the resource, or leave the scope out")
                .target("scopes"));
            }
            let scope = if scope.contains('/') { scope.clone() } else { format!("{}/{scope}", self.uri(cloud)) };
            if !full.iter().any(|known: &String| known.eq_ignore_ascii_case(&scope)) {
                full.push(scope);
            }
        }
        Ok(if full.is_empty() { self.default_scopes(cloud) } else { full })
    }

    /// Scopes in the form in which they are compared: qualified, lower case, without those of `OpenID` Connect.
    pub(super) fn comparable<'a>(&self, cloud: &Cloud, scopes: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
        let uri = self.uri(cloud).to_ascii_lowercase();
        scopes
            .into_iter()
            .map(str::to_ascii_lowercase)
            .filter(|scope| !IDENTITY_SCOPES.contains(&scope.as_str()))
            .map(|scope| if scope.contains('/') { scope } else { format!("{uri}/{scope}") })
            .collect()
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Graph => "graph",
            Self::Arm => "arm",
            Self::Other(uri) => uri,
        })
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::CloudConfig;

    fn global() -> Cloud {
        Cloud::resolve(&CloudConfig::default()).unwrap()
    }

    #[test]
    fn names_and_addresses_become_resources() {
        let cloud = global();
        for (text, resource) in [
            ("graph", Resource::Graph),
            ("ARM", Resource::Arm),
            ("https://graph.microsoft.com", Resource::Graph),
            ("https://GRAPH.microsoft.com/", Resource::Graph),
            ("https://management.azure.com/", Resource::Arm),
            ("https://management.core.windows.net/", Resource::Other("https://management.core.windows.net/".to_owned())),
            ("https://vault.azure.net", Resource::Other("https://vault.azure.net".to_owned())),
            ("api://11111111-0000-0000-0000-000000000000", Resource::Other("api://11111111-0000-0000-0000-000000000000".to_owned())),
            ("797F4846-ba00-4fd7-ba43-dac1f8f63013", Resource::Arm),
            ("00000003-0000-0000-c000-000000000000", Resource::Graph),
            ("11111111-0000-0000-0000-000000000000", Resource::Other("11111111-0000-0000-0000-000000000000".to_owned())),
        ] {
            assert_eq!(Resource::parse(&cloud, text).unwrap(), resource, "{text}");
        }
        for bad in [
            "",
            "vault",
            "http://vault.example",
            "file:///etc/passwd",
            "https://a b",
            "https://a\r\nb",
            &format!("https://{}", "a".repeat(600)),
        ] {
            assert_eq!(Resource::parse(&cloud, bad).unwrap_err().code, ErrorCode::InvalidRequest, "{bad}");
        }
    }

    #[test]
    fn audiences_are_ids_and_addresses_old_and_new() {
        let cloud = global();
        for (audience, resource) in [
            ("00000003-0000-0000-C000-000000000000", Resource::Graph),
            ("https://graph.microsoft.com/", Resource::Graph),
            ("797f4846-ba00-4fd7-ba43-dac1f8f63013", Resource::Arm),
            ("https://management.azure.com", Resource::Arm),
            ("https://management.core.windows.net/", Resource::Arm),
            ("https://management.core.chinacloudapi.cn/", Resource::Other("https://management.core.chinacloudapi.cn/".to_owned())),
            ("https://vault.azure.net", Resource::Other("https://vault.azure.net".to_owned())),
        ] {
            assert_eq!(Resource::of_audience(&cloud, audience), Some(resource), "{audience}");
        }
        assert_eq!(Resource::of_audience(&cloud, "nonsense"), None);
    }

    #[test]
    fn a_foreign_host_is_never_graph_or_arm() {
        let cloud = global();
        for address in ["https://graph.microsoft.com.evil.example/v1.0/me", "https://graph.microsoft.com:8443/v1.0/me"] {
            assert!(matches!(Resource::for_url(&cloud, &Url::parse(address).unwrap()), Resource::Other(_)), "{address}");
        }
        assert_eq!(Resource::for_url(&cloud, &Url::parse("https://graph.microsoft.com/v1.0/me").unwrap()), Resource::Graph);
    }

    #[test]
    fn short_scopes_belong_to_the_resource() {
        let scopes =
            ["User.Read".to_owned(), "openid".to_owned(), "user.read".to_owned(), "https://graph.microsoft.com/Mail.Read".to_owned()];
        assert_eq!(
            Resource::Graph.qualify(&global(), &scopes).unwrap(),
            ["https://graph.microsoft.com/User.Read", "https://graph.microsoft.com/Mail.Read"]
        );
        assert_eq!(Resource::Arm.qualify(&global(), &[]).unwrap(), ["https://management.azure.com/.default"]);
        let slash = Resource::Other("https://management.core.windows.net/".to_owned());
        assert_eq!(slash.qualify(&global(), &[]).unwrap(), ["https://management.core.windows.net//.default"]);
    }

    #[test]
    fn a_scope_of_another_api_is_refused() {
        let cloud = global();
        let classic = Resource::Other("https://management.core.windows.net/".to_owned());
        let vault = Resource::Other("https://vault.azure.net".to_owned());
        for (resource, scope, fits) in [
            (&Resource::Graph, "https://graph.microsoft.com/.default", true),
            (&Resource::Graph, "https://GRAPH.microsoft.com//.default", true),
            (&Resource::Graph, "00000003-0000-0000-c000-000000000000/User.Read", true),
            (&Resource::Graph, "https://management.azure.com/.default", false),
            (&Resource::Graph, "https://graph.microsoft.us/.default", false),
            (&Resource::Graph, "https://graph.microsoft.com/v1.0/User.Read", false),
            (&Resource::Arm, "https://management.core.windows.net//.default", true),
            (&Resource::Arm, "https://vault.azure.net/.default", false),
            (&classic, "https://management.core.windows.net//.default", true),
            (&vault, "https://vault.azure.net/.default", true),
            (&vault, "cfa8b339-82a2-471a-a3c9-0fc0be7a4093/.default", true),
            (&vault, "https://graph.microsoft.com/.default", false),
        ] {
            let qualified = resource.qualify(&cloud, &[scope.to_owned()]);
            assert_eq!(
                qualified.map_err(|error| error.code),
                if fits { Ok(vec![scope.to_owned()]) } else { Err(ErrorCode::InvalidRequest) }
            );
        }
    }

    #[test]
    fn a_scope_cannot_smuggle_another() {
        for bad in ["", "User.Read Mail.Read", "a\"b", "a\nb"] {
            assert_eq!(Resource::Graph.qualify(&global(), &[bad.to_owned()]).unwrap_err().code, ErrorCode::InvalidRequest, "{bad:?}");
        }
    }
}
