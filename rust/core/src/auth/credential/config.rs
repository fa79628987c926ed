//! How a session is told where its tokens come from.

use std::path::PathBuf;

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
    /// An application with a certificate. Needs `clientId` and `tenant`.
    ClientCertificate {
        /// A PEM file with the certificate and its RSA key (PKCS#8 or PKCS#1, not encrypted).
        file: PathBuf,
    },
    /// An application with a certificate of which the host holds the key: it is asked to sign (an `ask` event with the question `sign`).
    /// Needs `clientId` and `tenant`.
    HostCertificate {
        /// The certificate, DER in base64.
        certificate: String,
    },
    /// An application that another identity provider vouches for (workload identity federation). Takes `clientId` and `tenant` from the
    /// environment where they are not given (`AZURE_CLIENT_ID`, `AZURE_TENANT_ID`).
    WorkloadIdentity {
        /// Who vouches. Without it, the environment tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<FederationSource>,
        /// The file with the other provider's token, in place of `AZURE_FEDERATED_TOKEN_FILE`. It is read anew for each sign-in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token_file: Option<PathBuf>,
        /// Id of the service connection, in place of `AZURESUBSCRIPTION_SERVICE_CONNECTION_ID`, for Azure DevOps.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service_connection_id: Option<String>,
    },
    /// The identity of the Azure resource on which this runs: a virtual machine, App Service, Functions, Azure Arc, Cloud Shell. At most
    /// one of the ids; none means the resource's own identity.
    ManagedIdentity {
        /// Application id of a user-assigned identity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        /// Object id of a user-assigned identity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object_id: Option<String>,
        /// Azure resource id of a user-assigned identity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource_id: Option<String>,
    },
    /// Whoever is signed in to the Azure CLI (`az login`).
    AzureCli,
    /// Whoever is signed in to the Azure Developer CLI (`azd auth login`).
    AzureDeveloperCli,
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

/// Who vouches for an application.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FederationSource {
    /// A file with a token, as Kubernetes projects it.
    File,
    /// GitHub Actions, in a job with the permission `id-token: write`.
    GitHub,
    /// Azure DevOps, in a task with a service connection.
    AzureDevOps,
}

impl CredentialConfig {
    /// Whether permissions can be asked for by name. Everything else gives what there is: `.default`.
    pub(crate) fn takes_scopes(&self) -> bool {
        matches!(self, Self::Browser | Self::Host { .. } | Self::DeviceCode)
    }

    /// Whether it is this session's own application that signs in.
    fn needs_registration(&self) -> bool {
        matches!(
            self,
            Self::ClientSecret { .. } | Self::ClientCertificate { .. } | Self::HostCertificate { .. } | Self::WorkloadIdentity { .. }
        )
    }
}

/// What a credential needs of the rest of the configuration.
pub(crate) fn check(config: &SessionConfig) -> Result<()> {
    let refuse = |field: &str, why: &str, hint: &str| -> Result<()> {
        Err(Error::new(ErrorCode::InvalidConfiguration, why).hint(hint).target(field))
    };
    let credential = &config.credential;
    if credential.needs_registration() && config.client_id.is_none() {
        return refuse("clientId", "the credential is of an application, and none is named", "give the application (client) id");
    }
    if credential.needs_registration() && ["organizations", "common", "consumers"].contains(&config.tenant.to_ascii_lowercase().as_str()) {
        return refuse("tenant", "an application signs in to a tenant, and none is named", "give the tenant's id or domain");
    }
    if let CredentialConfig::ManagedIdentity { client_id, object_id, resource_id } = credential {
        if [client_id, object_id, resource_id].into_iter().flatten().count() > 1 {
            return refuse(
                "credential",
                "a managed identity is named by more than one id",
                "give one of `clientId`, `objectId` and `resourceId`",
            );
        }
        // The endpoints say no more than that there is no such identity.
        for (kind, id) in [("application", client_id), ("object", object_id)] {
            if let Some(id) = id.as_ref().filter(|id| uuid::Uuid::parse_str(id).is_err()) {
                let why = format!("`{}` is no {kind} id of a managed identity", id.escape_debug());
                return refuse("credential", &why, "give the id, a GUID, or the identity's Azure resource id");
            }
        }
        if let Some(id) = resource_id.as_ref().filter(|id| !id.to_ascii_lowercase().starts_with("/subscriptions/")) {
            let why = format!("`{}` is no Azure resource id of a managed identity", id.escape_debug());
            return refuse("credential", &why, "give the whole id, which starts with `/subscriptions/`");
        }
    }
    Ok(())
}
