//! Privileged Identity Management, without any wire format: what the tenant contains, what an activation demands and what becomes of it.

pub mod lifecycle;
pub mod order;
pub mod refusal;
pub mod scenario;
pub mod world;

use std::collections::BTreeSet;

/// Who sends a request, as the verified access token says.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// `oid`.
    pub object_id: String,
    /// `scp`.
    pub scopes: BTreeSet<String>,
    /// `acrs`: authentication contexts that the sign-in satisfied.
    pub contexts: BTreeSet<String>,
    /// `amr`: methods of the sign-in.
    pub methods: BTreeSet<String>,
    /// `xms_cc`: capabilities that the client has declared.
    pub capabilities: BTreeSet<String>,
}

impl Caller {
    /// Whether the sign-in used more than one factor. PIM looks for `mfa` in `amr`; a passkey may show up as `ngcmfa` instead.
    #[must_use]
    pub fn used_mfa(&self) -> bool {
        self.methods.contains("mfa") || self.methods.contains("ngcmfa")
    }
}

/// The two families of roles.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Roles of Microsoft Entra ID, served by Microsoft Graph.
    Directory,
    /// Roles of Azure, served by Azure Resource Manager.
    Resource,
}
