//! How a session is told where its tokens come from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use crate::session::SessionConfig;

/// Where a session's tokens come from.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum CredentialConfig {
    /// A user signs in on a page of the token service, opened as `browser` says.
    #[default]
    Browser,
    /// The host has a session of its own and is asked for its tokens (an `ask` event with the question `token`). What these are too
    /// weak for, the user gives on a page, as with `browser`.
    Host {
        /// Whose session it is.
        provider: HostProvider,
    },
    /// A user types a code on a page, in a browser anywhere (RFC 8628). For computers without a browser only: Conditional Access often
    /// blocks it, and it proves nothing of this device.
    DeviceCode,
    /// Access tokens that the caller has. Each serves the API that it names (`aud`) until its end; none is renewed.
    AccessToken {
        /// One for each API.
        tokens: Vec<Secret>,
    },
    /// An application with a client secret. Needs `clientId` and `tenant`.
    ClientSecret {
        /// The secret's value.
        secret: Secret,
    },
}

/// A module of the host that may be signed in already.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum HostProvider {
    /// Azure PowerShell (`Connect-AzAccount`).
    Az,
    /// The Microsoft Graph PowerShell SDK (`Connect-MgGraph`).
    MicrosoftGraph,
}

impl CredentialConfig {
    /// Whether the tokens are of an application, whatever they show.
    pub(crate) fn is_application(&self) -> bool {
        matches!(self, Self::ClientSecret { .. })
    }

    /// Whether permissions can be asked for by name. Everything else gives what there is: `.default`.
    pub(crate) fn takes_scopes(&self) -> bool {
        matches!(self, Self::Browser | Self::Host { .. } | Self::DeviceCode)
    }

    /// Whether it is this session's own application that signs in.
    fn needs_registration(&self) -> bool {
        matches!(self, Self::ClientSecret { .. })
    }
}

/// What a credential needs of the rest of the configuration.
pub(crate) fn check(config: &SessionConfig) -> Result<()> {
    let refuse = |field: &str, why: &str, hint: &str| Err(Error::new(ErrorCode::InvalidConfiguration, why).hint(hint).target(field));
    let credential = &config.credential;
    if credential.needs_registration() && config.client_id.is_none() {
        return refuse("clientId", "the credential is of an application, and none is named", "give the application (client) id");
    }
    if credential.needs_registration() && ["organizations", "common", "consumers"].contains(&config.tenant.to_ascii_lowercase().as_str()) {
        return refuse("tenant", "an application signs in to a tenant, and none is named", "give the tenant's id or domain");
    }
    Ok(())
}
