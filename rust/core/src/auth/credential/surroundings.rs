//! The cloud that the environment names, as Azure's own tools understand it.

use url::Url;

use crate::cloud::{Cloud, CloudConfig};
use crate::environment::Environment;
use crate::error::{Error, ErrorCode, Result};
use crate::session::SessionConfig;

const NAME: &str = "AZURE_CLOUD";
const HOST: &str = "AZURE_AUTHORITY_HOST";

/// The session's cloud: the configured one, or that of the environment, or the global one.
///
/// # Errors
/// `InvalidConfiguration` if it is none, or if the environment contradicts itself.
pub(crate) fn choose_cloud(config: &SessionConfig) -> Result<Cloud> {
    if let Some(cloud) = &config.cloud {
        return Cloud::resolve(cloud);
    }
    let environment = Environment::of(config);
    let host = environment.text(HOST);
    let Some(name) = environment.text(NAME) else {
        return match host {
            Some(host) => origin(&host).and_then(|login| Cloud::of_login(&login)).ok_or_else(|| unknown(HOST, &host)),
            None => Cloud::resolve(&CloudConfig::default()),
        };
    };
    let cloud = Cloud::resolve(&CloudConfig::Name(name.clone())).map_err(|_| unknown(NAME, &name))?;
    match host.filter(|host| !is_login_of(&cloud, host)) {
        Some(host) => {
            let why = format!("the environment names two clouds: `{NAME}` is `{}` and `{HOST}` is `{}`", shown(&name), shown(&host));
            Err(Error::new(ErrorCode::InvalidConfiguration, why)
                .hint("name the cloud (`Connect-PIM -Environment`), or unset one of them")
                .target("cloud"))
        }
        None => Ok(cloud),
    }
}

/// Whether `AZURE_AUTHORITY_HOST` means the token service of this cloud.
pub(super) fn is_login_of(cloud: &Cloud, host: &str) -> bool {
    origin(host)
        .is_some_and(|url| url.origin() == cloud.login.origin() || Cloud::of_login(&url).is_some_and(|known| known.login == cloud.login))
}

/// The variable holds an address or a host's name.
fn origin(host: &str) -> Option<Url> {
    let address = if host.contains("://") { host.to_owned() } else { format!("https://{host}") };
    Url::parse(&address).ok()
}

fn unknown(variable: &str, value: &str) -> Error {
    let why = format!("the environment variable `{variable}` names no known cloud: `{}`", shown(value));
    Error::new(ErrorCode::InvalidConfiguration, why)
        .hint("name the cloud (`Connect-PIM -Environment`), or give all of its endpoints there; or mend the variable")
        .target("cloud")
}

fn shown(value: &str) -> String {
    value.chars().take(100).collect::<String>().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::secret::Secret;

    fn chosen(cloud: Option<&str>, variables: &[(&str, &str)]) -> Result<String> {
        let secret = |(name, value): &(&str, &str)| ((*name).to_owned(), Secret::from((*value).to_owned()));
        let environment: BTreeMap<_, _> = variables.iter().map(secret).collect();
        let cloud = cloud.map(|name| CloudConfig::Name(name.to_owned()));
        choose_cloud(&SessionConfig { cloud, environment: Some(environment), ..SessionConfig::default() }).map(|cloud| cloud.name)
    }

    #[test]
    fn the_environment_names_the_cloud_where_nobody_else_does() {
        for (variables, expected) in [
            (&[][..], "Global"),
            (&[(NAME, "AzureUSGovernment")], "USGovL4"),
            (&[(NAME, "usgovl5dod")], "USGovL5DoD"),
            (&[(HOST, "https://login.microsoftonline.com/")], "Global"),
            (&[(HOST, "login.microsoftonline.us")], "USGovL4"),
            (&[(HOST, "https://login.partner.microsoftonline.cn")], "China"),
            (&[(HOST, "https://login.chinacloudapi.cn/")], "China"),
            (&[(NAME, "USGovL5DoD"), (HOST, "https://login.microsoftonline.us")], "USGovL5DoD"),
        ] {
            assert_eq!(chosen(None, variables).unwrap(), expected, "{variables:?}");
            assert_eq!(chosen(Some("China"), variables).unwrap(), "China", "{variables:?}");
        }
    }

    #[test]
    fn an_environment_that_is_not_understood_is_an_error() {
        for variables in [
            &[(NAME, "AzureGermanCloud")][..],
            &[(HOST, "https://login.evil.example")],
            &[(HOST, "::")],
            &[(NAME, "AzureCloud"), (HOST, "https://login.microsoftonline.us")],
        ] {
            let error = chosen(None, variables).unwrap_err();
            assert_eq!((error.code, error.target.as_deref()), (ErrorCode::InvalidConfiguration, Some("cloud")), "{variables:?}");
            assert!(error.hint.is_some() && error.message.contains(variables[0].0), "{error}");
        }
    }
}
