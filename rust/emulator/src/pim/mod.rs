//! Privileged Identity Management, without any wire format: what the tenant contains, what an activation demands and what becomes of it.

pub mod entries;
pub mod grant;
mod groups;
pub mod lifecycle;
pub mod order;
pub mod policies;
pub mod refusal;
pub mod rights;
pub mod world;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;
use world::World;

use crate::error::Result;
use crate::scenario::Scenario;
use crate::state::lock;
use crate::tokens::TokenClaims;

/// The tenant's roles and who has them, shared by Microsoft Graph, Azure Resource Manager and the token service.
#[derive(Debug)]
pub struct Directory {
    world: Mutex<World>,
}

impl Directory {
    /// The state that a scenario describes.
    ///
    /// # Errors
    /// What the scenario names without defining it.
    pub fn new(scenario: &Scenario, now: Timestamp) -> Result<Self> {
        Ok(Self { world: Mutex::new(World::new(scenario, now)?) })
    }

    /// Template ids of the directory roles that a user holds at this moment, as the claim `wids` lists them.
    #[must_use]
    pub fn active_role_template_ids(&self, object_id: &str, now: Timestamp) -> Vec<String> {
        self.at(now).active_directory_roles(object_id, now)
    }

    /// Decides a request that waits for approval, as one of its approvers would. False: no such request is waiting.
    pub fn decide(&self, request: &str, approve: bool, now: Timestamp) -> bool {
        self.at(now).decide(request, approve, now)
    }

    /// Everything, with all that is due at `now` done.
    pub fn at(&self, now: Timestamp) -> MutexGuard<'_, World> {
        let mut world = lock(&self.world);
        world.settle(now);
        world
    }
}

/// Who sends a request, as the verified access token says.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// `oid`.
    pub object_id: String,
    /// It is an application and speaks for itself.
    pub is_application: bool,
    /// What the token permits: `scp`, or `roles` of an application's token.
    pub scopes: BTreeSet<String>,
    /// `acrs`: authentication contexts that the sign-in satisfied.
    pub contexts: BTreeSet<String>,
    /// `amr`: methods of the sign-in.
    pub methods: BTreeSet<String>,
    /// `iat`: when the token was issued (seconds).
    pub issued: i64,
    /// `xms_cc`: capabilities that the client has declared.
    pub capabilities: BTreeSet<String>,
}

impl From<&TokenClaims> for Caller {
    fn from(token: &TokenClaims) -> Self {
        let set = |values: &[String]| values.iter().cloned().collect();
        Self {
            object_id: token.oid.clone(),
            is_application: token.is_app(),
            scopes: if token.is_app() { set(&token.roles) } else { token.scp.split_whitespace().map(str::to_owned).collect() },
            contexts: set(&token.acrs),
            methods: set(&token.amr),
            issued: token.iat,
            capabilities: set(&token.xms_cc),
        }
    }
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
