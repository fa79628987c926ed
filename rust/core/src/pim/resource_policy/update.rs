//! The change of a policy: read, merged, checked, sent once, and told as it came out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::ResourcePolicyChange;
use super::read::policy;
use super::role::{Role, shown_scope};
use super::settings::{Difference, ResourcePolicySettings};
use crate::arm::{Arm, RolePolicy, RolePolicyProperties};
use crate::call::{Call, WriteId};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Graph;
use crate::http::{Failure, Fate, shown};
use crate::session::Session;

/// A policy before and after its change.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourcePolicyUpdate {
    /// Full id of the policy.
    pub policy_id: Option<String>,
    /// Last part of the id.
    pub policy_name: Option<String>,
    /// The scope, as the service writes it.
    pub scope: String,
    /// Name of the role.
    pub role_name: String,
    /// Full id of the role definition.
    pub role_definition_id: String,
    /// The settings as they were.
    pub before: ResourcePolicySettings,
    /// The settings as they are now; in a plan, as they would be.
    pub after: ResourcePolicySettings,
    /// What is different.
    pub changes: Vec<Difference>,
    /// Whether the change was sent: not in a plan, and not where nothing is different.
    pub sent: bool,
    /// When the policy was last changed, as the service says.
    pub last_modified_date_time: Option<String>,
}

/// Changes the policy of an Azure role at a scope. Only rules that become different are sent, in one request; with `plan` none is.
///
/// # Errors
/// `InvalidRequest`, `DurationInvalid` and `PolicyContradiction` before anything is sent; `RoleNotFound`, `RoleAmbiguous`,
/// `PolicyNotFound`, and those of the service. A failed write says what became of the policy.
pub async fn set_resource_role_policy(session: &Session, call: &Call, change: &ResourcePolicyChange) -> Result<ResourcePolicyUpdate> {
    change.check()?;
    let arm = Arm::new(session, call);
    let role = Role::find(&arm, &change.scope, change.role_name.as_deref(), change.role_id.as_deref()).await?;
    let present = policy(&arm, &role).await?;
    let rules = change.rules(&present.properties)?;
    let before = ResourcePolicySettings::of(&present.properties);
    let wanted = ResourcePolicySettings::of(&with_rules(&present.properties, &rules));
    if wanted.authentication_context_id != before.authentication_context_id
        && let Some(context) = &wanted.authentication_context_id
    {
        check_context(&Graph::new(session, call), call, context).await?;
    }
    let sent = !change.plan && !rules.is_empty();
    let (after, policy) = if sent {
        let update = Update { arm: &arm, call, role: &role, policy: &present, rules: &rules, before: &before, wanted: &wanted };
        let changed = update.run().await?;
        (ResourcePolicySettings::of(&changed.properties), changed)
    } else {
        (wanted.clone(), present)
    };
    if after != wanted {
        call.warning(
            "PolicyDiffers",
            format!("the service took the change of the policy of {}, and shows other settings than were sent", role.title()),
        );
    }
    Ok(ResourcePolicyUpdate {
        scope: policy.properties.text("scope").map_or_else(|| shown_scope(&role.scope), str::to_owned),
        last_modified_date_time: policy.properties.text("lastModifiedDateTime").map(str::to_owned),
        policy_id: policy.id,
        policy_name: policy.name,
        role_name: role.definition.role_name,
        role_definition_id: role.definition.role_definition_id,
        changes: before.differences(&after),
        before,
        after,
        sent,
    })
}

/// A policy with some of its rules replaced.
fn with_rules(policy: &RolePolicyProperties, rules: &[Value]) -> RolePolicyProperties {
    let mut properties = policy.0.clone();
    let id_of = |rule: &Value| rule.get("id").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let replaced: Vec<_> = rules.iter().map(id_of).collect();
    let mut all: Vec<_> = properties.get("rules").and_then(Value::as_array).cloned().unwrap_or_default();
    all.retain(|rule| !replaced.contains(&id_of(rule)));
    all.extend(rules.iter().cloned());
    properties.insert("rules".to_owned(), Value::Array(all));
    RolePolicyProperties(properties)
}

/// Refuses a context that the tenant does not have, if the contexts can be read without asking the user.
async fn check_context(graph: &Graph<'_>, call: &Call, id: &str) -> Result<()> {
    let contexts = match graph.authentication_contexts_silently().await {
        Ok(contexts) => contexts,
        Err(error) => {
            call.verbose(format!("The authentication contexts cannot be read, so `{}` is not checked: {error}", shown(id, 100)));
            return Ok(());
        }
    };
    let Some(context) = contexts.iter().find(|context| context.id.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(id))) else {
        let names = contexts.iter().filter_map(|context| {
            let name = context.display_name.as_deref().unwrap_or_default();
            Some(format!("`{}` ({})", shown(context.id.as_deref()?, 100), shown(name, 100)))
        });
        let names: Vec<_> = names.collect();
        let hint =
            if names.is_empty() { "create one in Conditional Access first".to_owned() } else { format!("it has {}", names.join(", ")) };
        return Err(Error::new(ErrorCode::InvalidRequest, format!("the tenant has no authentication context `{}`", shown(id, 100)))
            .hint(hint)
            .target("authenticationContextId"));
    };
    if context.is_available == Some(false) {
        call.warning(
            "ContextNotPublished",
            format!("the authentication context `{}` is not published: nobody can satisfy it before it is", shown(id, 100)),
        );
    }
    Ok(())
}

/// One change on its way.
struct Update<'a> {
    arm: &'a Arm<'a>,
    call: &'a Call,
    role: &'a Role,
    policy: &'a RolePolicy,
    rules: &'a [Value],
    before: &'a ResourcePolicySettings,
    wanted: &'a ResourcePolicySettings,
}

impl Update<'_> {
    /// Sends the rules and gives the policy as it is then.
    async fn run(&self) -> Result<RolePolicy> {
        let title = self.role.title();
        let write = self.call.write_planned(format!("policy of {title}"));
        let name = self.policy.name.as_deref().unwrap_or_default();
        match self.arm.update_policy(&self.role.scope, name, self.rules, write).await {
            Ok(response) => match response.json::<RolePolicy>() {
                Ok(changed) if changed.properties.0.contains_key("rules") => Ok(self.named(changed)),
                // The change was taken; what it led to is in the policy itself.
                _ => match self.read().await {
                    Ok(changed) => Ok(changed),
                    Err(error) => {
                        self.call.verbose(format!("The policy of {title} was changed and cannot be read again: {error}"));
                        Ok(RolePolicy { properties: with_rules(&self.policy.properties, self.rules), ..self.policy.clone() })
                    }
                },
            },
            Err(failure) if failure.fate == Fate::NotDone => Err(self.failed(*failure.error, "the policy is unchanged")),
            Err(failure) => self.after_lost_answer(failure, write).await,
        }
    }

    /// The service may have acted: the policy itself tells.
    async fn after_lost_answer(&self, failure: Failure, write: WriteId) -> Result<RolePolicy> {
        let title = self.role.title();
        self.call.verbose(format!("The answer to the change of the policy of {title} was lost: reading the policy again"));
        match self.read().await {
            Ok(now) => {
                let settings = ResourcePolicySettings::of(&now.properties);
                let names = |differences: Vec<Difference>| {
                    differences.iter().map(|difference| format!("`{}`", difference.name)).collect::<Vec<_>>().join(", ")
                };
                let missing = settings.differences(self.wanted);
                if missing.is_empty() {
                    self.call.write_answered(write);
                    return Ok(now);
                }
                let done = self.before.differences(&settings);
                Err(if done.is_empty() {
                    self.call.write_not_sent(write);
                    self.failed(*failure.error, "the policy is unchanged")
                } else {
                    self.failed(*failure.error, &format!("{} changed, {} did not", names(done), names(missing)))
                })
            }
            Err(error) => {
                let mut failed = self.failed(*failure.error, "whether the policy has changed is not known");
                failed.hint = Some("read the policy before trying again".to_owned());
                failed.causes.push(format!("reading the policy again failed: {error}"));
                Err(failed)
            }
        }
    }

    async fn read(&self) -> Result<RolePolicy> {
        let name = self.policy.name.as_deref().unwrap_or_default();
        Ok(self.named(self.arm.policy(&self.role.scope, name).await?))
    }

    fn named(&self, mut policy: RolePolicy) -> RolePolicy {
        policy.id = policy.id.or_else(|| self.policy.id.clone());
        policy.name = policy.name.or_else(|| self.policy.name.clone());
        policy
    }

    fn failed(&self, mut error: Error, outcome: &str) -> Error {
        error.message = format!("{}; {outcome}", error.message);
        error.target = Some(self.role.definition.role_name.clone());
        error.writes = self.call.writes();
        error
    }
}
