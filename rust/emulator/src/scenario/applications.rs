//! Applications that sign in for themselves: service principals with what they prove themselves with.

use serde::{Deserialize, Serialize};

use super::Scenario;
use super::identity::{Client, Consent, Unique, refuse};
use crate::certificate::Known;
use crate::error::Result;
use crate::login::is_application_permission;

/// An application that has a secret, a certificate or a federated credential: a confidential client, with its service principal in the tenant.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Application {
    /// Application id, a GUID.
    pub client_id: String,
    /// Object id of the service principal, a GUID: the principal of its roles.
    pub object_id: String,
    /// Name, by which grants of roles refer to it.
    pub display_name: String,
    /// Client secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Secret>,
    /// Certificates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<Certificate>,
    /// Tokens of other issuers that are taken for the application's own proof.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub federated_credentials: Vec<FederatedCredential>,
    /// Application permissions of Microsoft Graph that an administrator has agreed to: the claim `roles`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<String>,
}

/// A client secret.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Secret {
    /// The secret itself.
    pub value: String,
    /// When it expires, in seconds from the start of the emulator; never if absent, and expired already if negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_seconds: Option<i64>,
}

/// A certificate.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Certificate {
    /// The certificate as PEM, with an RSA key.
    pub pem: String,
    /// When it expires, in seconds from the start of the emulator; never if absent. The dates in the certificate don't count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_seconds: Option<i64>,
}

/// Whose tokens are taken for the application's own proof.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FederatedCredential {
    /// `iss` of the token, compared to the letter.
    pub issuer: String,
    /// `sub` of the token, compared to the letter.
    pub subject: String,
    /// `aud` of the token.
    #[serde(default = "token_exchange")]
    pub audience: String,
}

/// The audience of tokens for workload identity federation in the global cloud.
pub(crate) const TOKEN_EXCHANGE: &str = "api://AzureADTokenExchange";

fn token_exchange() -> String {
    TOKEN_EXCHANGE.to_owned()
}

/// What the directory shows of an application: the principal that roles are given to.
#[derive(Clone, Copy, Debug)]
pub struct ServicePrincipal<'a> {
    /// Object id.
    pub object_id: &'a str,
    /// Application id.
    pub client_id: &'a str,
    /// Name.
    pub display_name: &'a str,
    /// Whether it belongs to a managed identity.
    pub is_managed_identity: bool,
}

impl Application {
    /// As a client that would sign users in: it has no redirect address.
    pub(crate) fn as_client(&self) -> Client {
        Client {
            client_id: self.client_id.clone(),
            display_name: self.display_name.clone(),
            redirect_uris: Vec::new(),
            resources: None,
            consent: Consent::Granted,
            granted_scopes: None,
        }
    }
}

impl Scenario {
    pub(super) fn check_applications(&self, ids: &mut Unique, names: &mut Unique) -> Result<()> {
        for (index, application) in self.applications.iter().enumerate() {
            let place = format!("applications[{index}]");
            ids.add_guid(&format!("{place}.clientId"), &application.client_id)?;
            ids.add_guid(&format!("{place}.objectId"), &application.object_id)?;
            names.add(&format!("{place}.displayName"), &application.display_name)?;
            if application.secrets.iter().any(|secret| secret.value.is_empty()) {
                return refuse(&format!("{place}.secrets"), "a secret is empty".to_owned());
            }
            if application.certificates.iter().any(|certificate| Known::read(&certificate.pem).is_none()) {
                return refuse(&format!("{place}.certificates"), "a `pem` is no certificate with an RSA key".to_owned());
            }
            check_permissions(&format!("{place}.permissions"), &application.permissions)?;
        }
        Ok(())
    }

    /// All service principals of the tenant.
    pub fn service_principals(&self) -> impl Iterator<Item = ServicePrincipal<'_>> {
        let of_applications = self.applications.iter().map(|application| ServicePrincipal {
            object_id: &application.object_id,
            client_id: &application.client_id,
            display_name: &application.display_name,
            is_managed_identity: false,
        });
        let of_machine = self.machine.managed_identities.iter().map(|identity| ServicePrincipal {
            object_id: &identity.object_id,
            client_id: &identity.client_id,
            display_name: &identity.display_name,
            is_managed_identity: true,
        });
        of_applications.chain(of_machine)
    }

    /// The application with this application id.
    #[must_use]
    pub fn application(&self, client_id: &str) -> Option<&Application> {
        self.applications.iter().find(|application| application.client_id.eq_ignore_ascii_case(client_id))
    }
}

pub(super) fn check_permissions(place: &str, permissions: &[String]) -> Result<()> {
    match permissions.iter().find(|permission| !is_application_permission(permission)) {
        Some(unknown) => refuse(place, format!("`{unknown}` is no application permission of Microsoft Graph that the emulator knows")),
        None => Ok(()),
    }
}
