//! The token service of a tenant: its endpoints and the issuers that it may name.

use url::Url;

use crate::cloud::Cloud;

/// Hosts that occur in `iss` of the same cloud's tokens: MSAL's instance metadata.
const ALIASES: &[(&str, &[&str])] = &[
    ("login.microsoftonline.com", &["login.windows.net", "login.microsoft.com", "sts.windows.net"]),
    ("login.microsoftonline.us", &["login-us.microsoftonline.com"]),
    ("login.partner.microsoftonline.cn", &["login.chinacloudapi.cn"]),
];

/// Words that stand for no tenant of their own: whoever signs in brings the tenant.
const SHARED: &[&str] = &["organizations", "common", "consumers"];

/// A token service and a tenant. Endpoints have one form in all clouds (entra-docs `v2-protocols-oidc.md`), so nothing is looked up.
#[derive(Clone, Debug)]
pub(super) struct Authority {
    login: Url,
    tenant: String,
}

impl Authority {
    pub(super) fn new(cloud: &Cloud, tenant: &str) -> Self {
        Self { login: cloud.login.clone(), tenant: tenant.to_owned() }
    }

    /// The same service for the tenant that an account brought, if none was named.
    pub(super) fn pinned(&self, tenant_id: &str) -> Self {
        if self.is_shared() { Self { login: self.login.clone(), tenant: tenant_id.to_owned() } } else { self.clone() }
    }

    pub(super) fn is_shared(&self) -> bool {
        SHARED.iter().any(|word| word.eq_ignore_ascii_case(&self.tenant))
    }

    pub(super) fn login(&self) -> &Url {
        &self.login
    }

    pub(super) fn tenant(&self) -> &str {
        &self.tenant
    }

    pub(super) fn authorize(&self) -> Url {
        self.endpoint("authorize")
    }

    pub(super) fn token(&self) -> Url {
        self.endpoint("token")
    }

    pub(super) fn device_code(&self) -> Url {
        self.endpoint("devicecode")
    }

    fn endpoint(&self, name: &str) -> Url {
        let mut url = self.login.clone();
        // The session checked that the tenant is made of letters, digits, `-` and `.`.
        url.set_path(&format!("/{}/oauth2/v2.0/{name}", self.tenant));
        url
    }

    /// Whether a tenant id is the one asked for. A domain cannot be compared: there the token service vouches for it.
    pub(super) fn allows_tenant(&self, tenant_id: &str) -> bool {
        uuid::Uuid::parse_str(&self.tenant).is_err() || self.tenant.eq_ignore_ascii_case(tenant_id)
    }

    /// The tenant id of an issuer of this token service: `{login}/{tenant id}/v2.0`.
    pub(super) fn tenant_of_issuer(&self, issuer: &str) -> Option<String> {
        let url = Url::parse(issuer).ok()?;
        let host = self.login.host_str()?;
        let aliases = ALIASES.iter().find(|(name, _)| *name == host).map_or(&[][..], |(_, aliases)| *aliases);
        let ours = url.origin() == self.login.origin()
            || (url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(|host| aliases.contains(&host)));
        if !ours || url.query().is_some() || url.fragment().is_some() {
            return None;
        }
        let path = url.path().trim_matches('/');
        let tenant = path.strip_suffix("/v2.0").unwrap_or(path);
        uuid::Uuid::parse_str(tenant).ok().map(|id| id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::CloudConfig;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";

    fn authority(tenant: &str) -> Authority {
        Authority::new(&Cloud::resolve(&CloudConfig::default()).unwrap(), tenant)
    }

    #[test]
    fn endpoints_have_the_documented_form() {
        assert_eq!(authority("contoso.example").token().as_str(), "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token");
        assert_eq!(
            authority("organizations").pinned(TENANT).authorize().as_str(),
            format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/authorize")
        );
        assert_eq!(authority("contoso.example").pinned(TENANT).tenant(), "contoso.example");
    }

    #[test]
    fn issuers_of_the_cloud_are_known_with_their_tenant() {
        for issuer in [
            format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
            format!("https://login.microsoftonline.com/{}/v2.0", TENANT.to_uppercase()),
            format!("https://sts.windows.net/{TENANT}/"),
        ] {
            assert_eq!(authority("organizations").tenant_of_issuer(&issuer).as_deref(), Some(TENANT), "{issuer}");
        }
        for issuer in [
            format!("https://login.example/{TENANT}/v2.0"),
            format!("http://login.microsoftonline.com/{TENANT}/v2.0"),
            format!("https://sts.windows.net:8443/{TENANT}/"),
            format!("https://login.microsoftonline.com/{TENANT}/v2.0?x=1"),
            "https://login.microsoftonline.com/common/v2.0".to_owned(),
            String::new(),
        ] {
            assert_eq!(authority("organizations").tenant_of_issuer(&issuer), None, "{issuer}");
        }
    }

    #[test]
    fn a_tenant_id_allows_itself_alone() {
        assert!(authority(&TENANT.to_uppercase()).allows_tenant(TENANT));
        assert!(!authority(TENANT).allows_tenant("99999999-2222-3333-4444-555555555555"));
        assert!(authority("contoso.example").allows_tenant(TENANT));
    }
}
