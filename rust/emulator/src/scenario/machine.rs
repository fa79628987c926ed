//! What the machine offers that a script runs on: identities without a secret of their own.

use serde::{Deserialize, Serialize};

use super::Scenario;
use super::applications::check_permissions;
use super::identity::{Unique, refuse};
use crate::error::Result;

/// Managed identities, the user of a cloud shell, and the jobs of pipelines. The same machine plays them all, each on paths of its own.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Machine {
    /// Managed identities that the machine has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub managed_identities: Vec<ManagedIdentity>,
    /// User principal name of who is signed in to the cloud shell; absent: there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_shell_user: Option<String>,
    /// The job of GitHub Actions that a script runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_hub: Option<GitHubJob>,
    /// The job of Azure Pipelines that a script runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub azure_dev_ops: Option<AzureDevOpsJob>,
}

/// A managed identity.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ManagedIdentity {
    /// Application id, a GUID.
    pub client_id: String,
    /// Object id of the service principal, a GUID: the principal of its roles.
    pub object_id: String,
    /// Name, by which grants of roles refer to it.
    pub display_name: String,
    /// Resource id of a user-assigned identity; the one without is the machine's own, system-assigned identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// Application permissions of Microsoft Graph: the claim `roles`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<String>,
}

/// A job of GitHub Actions, as its tokens show it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GitHubJob {
    /// `iss`.
    #[serde(default = "git_hub_issuer")]
    pub issuer: String,
    /// `sub`, such as `repo:contoso/roles:ref:refs/heads/main`.
    pub subject: String,
}

/// A job of Azure Pipelines with a service connection, as its tokens show it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AzureDevOpsJob {
    /// `iss`, such as `https://vstoken.dev.azure.com/<organisation id>`.
    pub issuer: String,
    /// `sub`, such as `sc://contoso/Roles/Production`.
    pub subject: String,
    /// Id of the service connection that the job may use, a GUID.
    pub service_connection_id: String,
}

fn git_hub_issuer() -> String {
    "https://token.actions.githubusercontent.com".to_owned()
}

impl Scenario {
    pub(super) fn check_machine(&self, ids: &mut Unique, names: &mut Unique) -> Result<()> {
        let machine = &self.machine;
        for (index, identity) in machine.managed_identities.iter().enumerate() {
            let place = format!("machine.managedIdentities[{index}]");
            ids.add_guid(&format!("{place}.clientId"), &identity.client_id)?;
            ids.add_guid(&format!("{place}.objectId"), &identity.object_id)?;
            names.add(&format!("{place}.displayName"), &identity.display_name)?;
            if let Some(id) = &identity.resource_id {
                names.add(&format!("{place}.resourceId"), id)?;
            }
            check_permissions(&format!("{place}.permissions"), &identity.permissions)?;
        }
        if machine.managed_identities.iter().filter(|identity| identity.resource_id.is_none()).count() > 1 {
            return refuse(
                "machine.managedIdentities",
                "a machine has one system-assigned identity; others need a `resourceId`".to_owned(),
            );
        }
        if let Some(name) = machine.cloud_shell_user.as_ref().filter(|name| self.user(name).is_none()) {
            return refuse("machine.cloudShellUser", format!("there is no user `{name}`"));
        }
        if let Some(job) = &machine.azure_dev_ops {
            Unique::default().add_guid("machine.azureDevOps.serviceConnectionId", &job.service_connection_id)?;
        }
        Ok(())
    }
}
