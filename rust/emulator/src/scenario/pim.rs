//! The part of a scenario that describes Privileged Identity Management: roles, policies, eligibilities, assignments and how the services behave.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Scenario;
use crate::error::{Error, Result};
use crate::pim::world::World;

/// Everything that Microsoft Graph and Azure Resource Manager know about roles in the rehearsed tenant.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Pim {
    /// How the services answer.
    pub behaviour: Behaviour,
    /// Groups, through which users may hold eligibilities and assignments, and which somebody may be eligible for.
    pub groups: Vec<Group>,
    /// Who may become member or owner of which group.
    pub group_eligibilities: Vec<GroupGrant>,
    /// What that demands, where it differs from [`Policy::default`].
    pub group_policies: Vec<GroupPolicy>,
    /// Administrative units that limit directory roles.
    pub administrative_units: Vec<AdministrativeUnit>,
    /// Directory roles with their activation policies.
    pub directory_roles: Vec<DirectoryRole>,
    /// Who may activate which directory role.
    pub directory_eligibilities: Vec<Grant>,
    /// Who holds which directory role without activation.
    pub directory_assignments: Vec<Grant>,
    /// Management groups, subscriptions, resource groups and resources.
    pub resource_scopes: Vec<ResourceScope>,
    /// Azure roles.
    pub resource_roles: Vec<ResourceRole>,
    /// Activation policies of Azure roles where they differ from [`Policy::default`]. A policy belongs to a role at one scope and isn't inherited.
    pub resource_policies: Vec<ResourcePolicy>,
    /// Who may activate which Azure role.
    pub resource_eligibilities: Vec<Grant>,
    /// Who holds which Azure role without activation.
    pub resource_assignments: Vec<Grant>,
}

impl Pim {
    /// Checks that everything that is named exists.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check(&self, scenario: &Scenario) -> Result<()> {
        World::new(scenario, Timestamp::UNIX_EPOCH).map(|_| ()).map_err(Error::from)
    }
}

/// Switches for what the services do differently from tenant to tenant, and for what their documentation leaves open.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Behaviour {
    /// Entries on one page of a list.
    pub page_size: usize,
    /// Azure Resource Manager refuses writes with a token that doesn't prove multi-factor authentication (the `p1` challenge).
    pub arm_requires_mfa: bool,
    /// Microsoft Graph wraps the errors of PIM into `UnknownError` with a JSON document as message, as one of its older surfaces does.
    pub wrap_errors: bool,
    /// Where a missing authentication context is told.
    pub challenge_in: ChallengeIn,
    /// A new request is provisioned when it has been read so often. 0: reading doesn't help.
    pub provisioning_reads: u32,
    /// A new request is provisioned after so many seconds, however often it is read. 0 together with no reads: at once.
    pub provisioning_seconds: u32,
    /// For how many seconds after a deactivation the role still counts as active for a new activation.
    pub reactivation_lag_seconds: u32,
    /// Azure Resource Manager refuses ticket information that the policy doesn't ask for, which one client's authors report.
    pub arm_refuses_unwanted_ticket: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            page_size: 100,
            arm_requires_mfa: false,
            wrap_errors: false,
            challenge_in: ChallengeIn::Body,
            provisioning_reads: 1,
            provisioning_seconds: 10,
            reactivation_lag_seconds: 0,
            arm_refuses_unwanted_ticket: true,
        }
    }
}

/// The two forms in which a service demands an authentication context.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ChallengeIn {
    /// 400 with `RoleAssignmentRequestAcrsValidationFailed` and the claims in the message: what PIM does.
    #[default]
    Body,
    /// 401 with a `WWW-Authenticate` header: the documented form of a claims challenge.
    Header,
}

/// A group: a security group unless said otherwise.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Group {
    /// Object id.
    pub id: String,
    /// Name, by which grants refer to it.
    pub display_name: String,
    /// User principal names of the members, and names of groups that are members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// Comes from a directory on premises (true), came from one once (false), or never did (absent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_premises_sync_enabled: Option<bool>,
    /// `Unified` for a Microsoft 365 group, `DynamicMembership` for one whose members a rule decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_types: Vec<String>,
    /// Receives mail.
    #[serde(default, skip_serializing_if = "is_false")]
    pub mail_enabled: bool,
    /// Can be given access.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub security_enabled: bool,
}

impl Group {
    /// Whether a rule decides who is a member.
    #[must_use]
    pub fn is_dynamic(&self) -> bool {
        self.group_types.iter().any(|kind| kind == "DynamicMembership")
    }
}

/// What somebody may become in a group.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Access {
    /// A member.
    #[default]
    Member,
    /// An owner.
    Owner,
}

impl Access {
    /// As Microsoft Graph writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }
}

/// An eligibility for a group.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct GroupGrant {
    /// User principal name, or the name of a group.
    pub principal: String,
    /// Name of the group.
    pub group: String,
    /// What the principal may become.
    pub access: Access,
    /// When it starts, in seconds from the start of the emulator.
    pub starts_in_seconds: i64,
    /// When it ends, in seconds from the start of the emulator; never if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_in_seconds: Option<i64>,
}

/// What becoming member or owner of one group demands.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GroupPolicy {
    /// Name of the group.
    pub group: String,
    /// Member or owner.
    pub access: Access,
    /// The demands.
    pub policy: Policy,
}

/// An administrative unit.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AdministrativeUnit {
    /// Object id.
    pub id: String,
    /// Name.
    pub display_name: String,
}

/// A directory role and what its activation demands.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DirectoryRole {
    /// Role definition id; the template id for built-in roles.
    pub id: String,
    /// Name.
    pub display_name: String,
    /// What the role allows.
    #[serde(default)]
    pub description: String,
    /// Delivered with the directory.
    #[serde(default = "yes")]
    pub is_built_in: bool,
    /// What an activation demands.
    #[serde(default)]
    pub policy: Policy,
}

/// A place in the Azure hierarchy.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ResourceScope {
    /// Resource id with a leading slash, for example `/subscriptions/{id}`.
    pub id: String,
    /// Name.
    pub display_name: String,
    /// Resource id of the management group or subscription above, where the id itself doesn't contain it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// A subscription that is read-only and listed as `Disabled`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub disabled: bool,
}

/// An Azure role.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ResourceRole {
    /// The GUID of the role definition.
    pub id: String,
    /// Name.
    pub display_name: String,
    /// What the role allows.
    #[serde(default)]
    pub description: String,
    /// Delivered with Azure.
    #[serde(default = "yes")]
    pub is_built_in: bool,
}

/// What the activation of an Azure role demands at one scope.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ResourcePolicy {
    /// Resource id with a leading slash.
    pub scope: String,
    /// Name of the Azure role.
    pub role: String,
    /// The demands.
    pub policy: Policy,
}

/// What an activation demands.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Policy {
    /// Longest activation, an ISO 8601 duration.
    pub maximum_duration: String,
    /// A justification must be given.
    pub justification: bool,
    /// Ticket information must be given.
    pub ticket: bool,
    /// The token must prove multi-factor authentication. Excludes an authentication context.
    pub mfa: bool,
    /// The authentication context that the token must contain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication_context: Option<String>,
    /// Names of those who must approve; empty where nobody has to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<String>,
    /// Longest eligibility that an administrator may give, an ISO 8601 duration. Counts where none may be permanent.
    pub maximum_eligible_duration: String,
    /// Eligibilities may be permanent.
    pub permanent_eligibility: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            maximum_duration: "PT8H".to_owned(),
            justification: true,
            ticket: false,
            mfa: false,
            authentication_context: None,
            approvers: Vec::new(),
            maximum_eligible_duration: "P365D".to_owned(),
            permanent_eligibility: true,
        }
    }
}

/// A role given to somebody at some scope: as an eligibility or as an assignment, depending on the list that holds it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Grant {
    /// User principal name, or the name of a group.
    pub principal: String,
    /// Name of the role.
    pub role: String,
    /// Scope; the whole directory unless said otherwise. For Azure roles it must be one of `resourceScopes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// When it starts, in seconds from the start of the emulator. Negative values lie in the past.
    pub starts_in_seconds: i64,
    /// When it ends, in seconds from the start of the emulator; never if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_in_seconds: Option<i64>,
    /// Condition of an Azure role, written in its own language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Schedule id; made from the other fields if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_true(value: &bool) -> bool {
    *value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
