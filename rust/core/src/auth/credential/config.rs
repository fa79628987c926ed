//! How a session is told where its tokens come from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
