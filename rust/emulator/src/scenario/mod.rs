//! Scenarios: what exists in the tenant, as JSON.

mod applications;
pub mod generate;
pub(crate) mod identity;
mod machine;
pub mod pim;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub(crate) use applications::TOKEN_EXCHANGE;
pub use applications::{Application, Certificate, FederatedCredential, Secret, ServicePrincipal};
pub(crate) use identity::EVERY_TIME_SECONDS;
pub use identity::{
    AuthenticationContext, Behaviour, Client, Consent, DeviceCodeFlow, Home, OtherTenant, Requirement, Resource, SignInFrequency, Tenant,
    User,
};

pub use machine::{AzureDevOpsJob, GitHubJob, Machine, ManagedIdentity};

use crate::error::{Error, Result, without_texts};
use pim::Pim;

/// What exists: a tenant with its users, applications, authentication contexts, roles and policies.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Scenario {
    /// The tenant that Graph and Azure Resource Manager show.
    pub tenant: Tenant,
    /// Tenants that exist for sign-in only, to rehearse wrong accounts and wrong tenants.
    #[serde(default)]
    pub other_tenants: Vec<OtherTenant>,
    /// Users of the tenant.
    pub users: Vec<User>,
    /// Applications that may sign users in. Default: Microsoft Graph Command Line Tools, Azure PowerShell and Azure CLI.
    #[serde(default = "identity::well_known_clients")]
    pub clients: Vec<Client>,
    /// Applications that sign in for themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<Application>,
    /// What the machine offers that scripts run on.
    #[serde(default)]
    pub machine: Machine,
    /// Further APIs for which tokens are issued, besides Graph and Azure Resource Manager.
    #[serde(default)]
    pub resources: Vec<Resource>,
    /// Authentication contexts and what Conditional Access demands for each.
    #[serde(default)]
    pub authentication_contexts: Vec<AuthenticationContext>,
    /// How the services behave beyond the usual.
    #[serde(default)]
    pub behaviour: Behaviour,
    /// Roles, eligibilities, assignments, policies.
    #[serde(default)]
    pub pim: Pim,
}

impl Scenario {
    /// Reads a scenario from JSON text.
    ///
    /// # Errors
    /// JSON that is not of the documented shape, and contradictions ([`Scenario::check`]).
    pub fn from_json(text: &str) -> Result<Self> {
        let scenario: Self = serde_json::from_str(text).map_err(|error| Error::ScenarioSyntax(without_texts(&error)))?;
        scenario.check()?;
        Ok(scenario)
    }

    /// The scenario that is built in: Contoso.
    ///
    /// # Errors
    /// None, as long as the text that is built in is one.
    pub fn contoso() -> Result<Self> {
        Self::from_json(include_str!("../../../../tests/scenarios/contoso.json"))
    }

    /// Reads a scenario from a file.
    ///
    /// # Errors
    /// As [`Scenario::from_json`], and a file that cannot be read.
    pub fn from_file(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::ScenarioFile { path: path.display().to_string(), source })?;
        Self::from_json(text.trim_start_matches('\u{feff}'))
    }

    /// Checks that everything that is named exists, and nothing twice.
    ///
    /// # Errors
    /// The first contradiction, with its place.
    pub fn check(&self) -> Result<()> {
        self.check_identity()?;
        self.pim.check(self)
    }

    /// A user of the tenant by user principal name, in any case.
    #[must_use]
    pub fn user(&self, user_principal_name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.user_principal_name.eq_ignore_ascii_case(user_principal_name))
    }

    /// A user of the tenant by object id.
    #[must_use]
    pub fn user_by_id(&self, object_id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.object_id.eq_ignore_ascii_case(object_id))
    }
}
