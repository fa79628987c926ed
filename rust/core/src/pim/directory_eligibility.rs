//! Everybody's eligibilities for directory roles, with the roles' policies.

use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::directory_policy::DirectoryRolePolicy;
use super::everybody::Everybody;
use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{Graph, RolePolicy, without_notes};
use crate::session::Session;

/// An eligibility for a directory role that is in force now: `unifiedRoleEligibilityScheduleInstance`, with names and policy.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DirectoryRoleEligibility {
    /// Id of the instance.
    pub id: Option<String>,
    /// Who is eligible: a user, a group or a service principal.
    pub principal_id: Option<String>,
    /// Id of the role's definition.
    pub role_definition_id: Option<String>,
    /// `/`, `/administrativeUnits/{id}` or `/{objectId}`.
    pub directory_scope_id: Option<String>,
    /// Scope within an application, instead of a directory scope.
    pub app_scope_id: Option<String>,
    /// Begin, ISO 8601.
    pub start_date_time: Option<String>,
    /// End, ISO 8601; null if it has none.
    pub end_date_time: Option<String>,
    /// `Direct`, `Group` or `Inherited`.
    pub member_type: Option<String>,
    /// Id of the schedule that this is an instance of.
    pub role_eligibility_schedule_id: Option<String>,
    /// The role's definition as the service sends it. With `compact`, null in all rows of a role but the first.
    pub role_definition: Value,
    /// The principal as the service sends it; null if it does not exist any more. With `compact`, an array of its names and values in turn.
    pub principal: Value,
    /// Name of the principal.
    #[serde(rename = "PrincipalName")]
    pub principal_name: Option<String>,
    /// Name of the role.
    #[serde(rename = "RoleName")]
    pub role_name: Option<String>,
    /// The role's policy; null if it has none. Absent where policies were not asked for. With `compact`, null in all rows of a role but the first.
    #[serde(rename = "Policy", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DirectoryRolePolicy>")]
    pub policy: Option<Option<DirectoryRolePolicy>>,
}

/// What to read, and how to write it.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DirectoryEligibilityRequest {
    /// Whether to read the roles' policies too.
    #[serde(default = "yes")]
    pub policy: bool,
    /// For hosts that are slow at reading JSON: `roleDefinition` and `Policy` come with the first row of each role and are null in its later
    /// ones, and `principal` is an array of its names and values in turn.
    #[serde(default)]
    pub compact: bool,
}

fn yes() -> bool {
    true
}

/// Lists everybody's eligibilities for directory roles. Each is an output as soon as its page is there; the count is returned.
///
/// # Errors
/// Those of the sign-in, the connection and the service. An error means that the list is not whole. A role without a policy is none.
pub async fn directory_role_eligibilities(session: &Session, call: &Call, request: DirectoryEligibilityRequest) -> Result<usize> {
    let graph = Graph::new(session, call);
    let mut everybody = Everybody::new(graph, call);
    let policies = async { if request.policy { graph.role_policies().await.map(Some) } else { Ok(None) } };
    let (policies, first) = tokio::try_join!(policies, everybody.next())?;
    let mut policies = policies.map(|policies| Policies { policies, flat: HashMap::new() });
    let mut told = HashSet::new();
    let (mut items, mut count) = (first, 0);
    while let Some(rows) = items {
        for item in rows {
            let mut row = eligibility(item, policies.as_mut())?;
            if request.compact {
                row.compact(&mut told);
            }
            everybody.output(&row).await?;
            count += 1;
        }
        items = everybody.next().await?;
    }
    Ok(count)
}

impl DirectoryRoleEligibility {
    /// Leaves out what a row of the same role has told before.
    fn compact(&mut self, told: &mut HashSet<String>) {
        let role = self.role_definition_id.as_deref().unwrap_or_default();
        if told.contains(role) {
            self.role_definition = Value::Null;
            self.policy = self.policy.take().map(|_| None);
        } else {
            told.insert(role.to_owned());
        }
        if let Value::Object(members) = &mut self.principal {
            self.principal = std::mem::take(members).into_iter().flat_map(|(name, value)| [Value::String(name), value]).collect();
        }
    }
}

/// Policies, flattened once for each role.
struct Policies {
    policies: HashMap<String, RolePolicy>,
    flat: HashMap<String, Option<DirectoryRolePolicy>>,
}

impl Policies {
    /// Policies of custom roles are filed under the template's id.
    fn of(&mut self, template: Option<&str>, role: &str) -> Option<DirectoryRolePolicy> {
        let id = template.unwrap_or(role);
        let policies = &self.policies;
        let flat = self.flat.entry(id.to_lowercase()).or_insert_with(|| {
            let policy = policies.get(&id.to_lowercase()).or_else(|| policies.get(&role.to_lowercase()))?;
            Some(DirectoryRolePolicy::flatten("", id, policy))
        });
        flat.clone()
    }
}

fn eligibility(item: Value, policies: Option<&mut Policies>) -> Result<DirectoryRoleEligibility> {
    let mut row: DirectoryRoleEligibility = serde_json::from_value(item).map_err(|error| {
        Error::new(ErrorCode::UnexpectedResponse, "a row of the list of eligibilities is not what the service documents").cause(&error)
    })?;
    row.role_definition = without_notes(row.role_definition).map_or(Value::Null, Value::Object);
    let text = |object: &Value, name: &str| object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    row.principal_name = text(&row.principal, "displayName");
    row.role_name = text(&row.role_definition, "displayName");
    row.policy = policies.map(|policies| {
        policies.of(text(&row.role_definition, "templateId").as_deref(), row.role_definition_id.as_deref().unwrap_or_default())
    });
    Ok(row)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_eligibility_of_something_deleted_is_still_one() {
        let row = eligibility(json!({"id": "e", "principalId": "p", "roleDefinitionId": "r", "principal": null}), None).unwrap();
        let written = serde_json::to_value(&row).unwrap();
        assert_eq!((written["id"].as_str(), &written["principal"], &written["RoleName"]), (Some("e"), &Value::Null, &Value::Null));
        assert!(written.get("Policy").is_none());
        assert!(eligibility(json!({"id": 7}), None).is_err());
    }

    #[test]
    fn compact_rows_tell_what_repeats_once() {
        let row = json!({"roleDefinitionId": "r", "roleDefinition": {"displayName": "R"}, "principal": {"id": "p", "phones": ["1"]}});
        let mut told = HashSet::new();
        let mut written = || {
            let mut policies =
                Policies { policies: HashMap::new(), flat: HashMap::from([("r".to_owned(), Some(DirectoryRolePolicy::default()))]) };
            let mut row = eligibility(row.clone(), Some(&mut policies)).unwrap();
            row.compact(&mut told);
            serde_json::to_value(row).unwrap()
        };
        let (first, second) = (written(), written());
        assert_eq!((&first["roleDefinition"], first["Policy"].is_object()), (&json!({"displayName": "R"}), true));
        assert_eq!((&second["roleDefinition"], &second["Policy"], &second["RoleName"]), (&Value::Null, &Value::Null, &json!("R")));
        assert_eq!(second["principal"], json!(["id", "p", "phones", ["1"]]));
        assert_eq!(first.as_object().unwrap().keys().collect::<Vec<_>>(), second.as_object().unwrap().keys().collect::<Vec<_>>());
    }

    #[test]
    fn a_policy_is_found_under_the_template_or_the_role() {
        let policies = ["template", "plain"].map(|id| (id.to_owned(), RolePolicy { id: format!("policy of {id}"), rules: Vec::new() }));
        let mut policies = Policies { policies: HashMap::from(policies), flat: HashMap::new() };
        let mut id = |template: Option<&str>, role: &str| {
            let policy = policies.of(template, role).map(|policy| serde_json::to_value(policy).unwrap());
            policy.map(|policy| (policy["RoleID"].clone(), policy["PolicyID"].clone()))
        };
        assert_eq!(id(Some("TEMPLATE"), "custom"), Some((json!("TEMPLATE"), json!("policy of template"))));
        assert_eq!(id(Some("unknown"), "Plain"), Some((json!("unknown"), json!("policy of plain"))));
        assert_eq!(id(None, "plain"), Some((json!("plain"), json!("policy of plain"))));
        assert_eq!(id(None, "nothing"), None);
    }
}
