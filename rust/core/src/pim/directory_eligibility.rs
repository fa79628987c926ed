//! Everybody's eligibilities for directory roles, with the roles' policies.

use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::directory_policy::DirectoryRolePolicy;
use super::everybody::Everybody;
use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{Graph, RolePolicy};
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
    /// The principal as the service sends it; null if it does not exist any more. With `compact`, one without objects and filled arrays in it
    /// is an array: first its names or, where an earlier row came with the same, that list's number from 0; then its values.
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
    /// ones, and the names of a `principal` come once for all rows that have the same.
    #[serde(default)]
    pub compact: bool,
}

/// Kinds of principals differ in their names; a service that makes up new ones in every row fills no memory.
const MOST_LISTS_OF_NAMES: usize = 100;

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
    let mut told = Told::default();
    let (mut items, mut count) = (first, 0);
    while let Some(rows) = items {
        let rows = rows
            .into_iter()
            .map(|item| {
                let mut row = DirectoryRoleEligibility::read(item)?;
                row.describe(everybody.definition(row.role()), policies.as_mut(), request.compact.then_some(&mut told));
                Ok(row)
            })
            .collect::<Result<Vec<_>>>()?;
        everybody.outputs(&rows).await?;
        count += rows.len();
        items = everybody.next().await?;
    }
    Ok(count)
}

impl DirectoryRoleEligibility {
    fn read(item: Value) -> Result<Self> {
        serde_json::from_value(item).map_err(|error| {
            Error::new(ErrorCode::UnexpectedResponse, "a row of the list of eligibilities is not what the service documents").cause(&error)
        })
    }

    fn role(&self) -> &str {
        self.role_definition_id.as_deref().unwrap_or_default()
    }

    /// Adds what is known of the role and the names. With `told`, what a row before has told is left out.
    fn describe(&mut self, definition: &Value, policies: Option<&mut Policies>, told: Option<&mut Told>) {
        let text = |object: &Value, name: &str| object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        self.principal_name = text(&self.principal, "displayName");
        self.role_name = text(definition, "displayName");
        let is_new = match told {
            Some(told) => {
                told.shorten(&mut self.principal);
                told.roles.insert(self.role().to_owned())
            }
            None => true,
        };
        self.role_definition = if is_new { definition.clone() } else { Value::Null };
        self.policy = policies.map(|policies| {
            let template = text(definition, "templateId");
            is_new.then(|| policies.of(template.as_deref(), self.role())).flatten()
        });
    }
}

/// What compact rows have told.
#[derive(Default)]
struct Told {
    roles: HashSet<String>,
    /// Numbers of the lists of names that principals came with.
    names: HashMap<Vec<String>, usize>,
}

impl Told {
    /// A principal as its values, after the number of their names or, the first time, the names themselves.
    fn shorten(&mut self, principal: &mut Value) {
        let is_plain = |value: &Value| !value.is_object() && value.as_array().is_none_or(Vec::is_empty);
        let Value::Object(members) = principal else { return };
        if !members.values().all(is_plain) {
            return;
        }
        let names: Vec<_> = members.keys().cloned().collect();
        let first = match self.names.get(&names) {
            Some(number) => Value::from(*number),
            None if self.names.len() < MOST_LISTS_OF_NAMES => {
                self.names.insert(names.clone(), self.names.len());
                Value::from(names)
            }
            None => return,
        };
        *principal = std::iter::once(first).chain(std::mem::take(members).into_iter().map(|(_, value)| value)).collect();
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_eligibility_of_something_deleted_is_still_one() {
        let mut row =
            DirectoryRoleEligibility::read(json!({"id": "e", "principalId": "p", "roleDefinitionId": "r", "principal": null})).unwrap();
        row.describe(&Value::Null, None, Some(&mut Told::default()));
        let written = serde_json::to_value(&row).unwrap();
        assert_eq!((written["id"].as_str(), &written["principal"], &written["RoleName"]), (Some("e"), &Value::Null, &Value::Null));
        assert!(written.get("Policy").is_none());
        assert!(DirectoryRoleEligibility::read(json!({"id": 7})).is_err());
    }

    #[test]
    fn compact_rows_tell_what_repeats_once() {
        let mut told = Told::default();
        let mut written = |principal: Value| {
            let mut policies =
                Policies { policies: HashMap::new(), flat: HashMap::from([("r".to_owned(), Some(DirectoryRolePolicy::default()))]) };
            let mut row = DirectoryRoleEligibility::read(json!({"roleDefinitionId": "r", "principal": principal})).unwrap();
            row.describe(&json!({"displayName": "R"}), Some(&mut policies), Some(&mut told));
            serde_json::to_value(row).unwrap()
        };
        let (first, second) = (written(json!({"id": "p", "phones": []})), written(json!({"id": "q", "phones": null})));
        assert_eq!((&first["roleDefinition"], first["Policy"].is_object()), (&json!({"displayName": "R"}), true));
        assert_eq!((&second["roleDefinition"], &second["Policy"], &second["RoleName"]), (&Value::Null, &Value::Null, &json!("R")));
        assert_eq!((&first["principal"], &second["principal"]), (&json!([["id", "phones"], "p", []]), &json!([0, "q", null])));
        assert_eq!(first.as_object().unwrap().keys().collect::<Vec<_>>(), second.as_object().unwrap().keys().collect::<Vec<_>>());
        assert_eq!(written(json!({"phones": null}))["principal"], json!([["phones"], null]));
        assert_eq!(written(json!({"phones": 1}))["principal"], json!([1, 1]));
        assert_eq!(written(json!({"phones": ["1"]}))["principal"], json!({"phones": ["1"]}));
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
