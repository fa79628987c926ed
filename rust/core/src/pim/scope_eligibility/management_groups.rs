//! Eligibilities at management groups.

use std::collections::{BTreeMap, HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::places::{Known, not_found};
use super::{ScopeListSummary, role_name};
use crate::arm::{Arm, MANAGEMENT_GROUPS, Scope, trailing_id};
use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::http::{Lists, Part, concerns_one};
use crate::session::Session;

/// One eligibility, given at a management group: the service's object with its containers opened.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagementGroupEligibility {
    /// GUID of the eligibility schedule.
    pub name: Option<String>,
    /// Full id of the eligibility schedule.
    pub id: Option<String>,
    /// Its resource type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// All that the service tells of it, in the order of the alphabet: `condition`, `conditionVersion`, `createdOn`, `endDateTime`,
    /// `memberType`, `principalId`, `principalType`, `roleDefinitionId`, `roleEligibilityScheduleRequestId`, `startDateTime`, `status`,
    /// `updatedOn`.
    #[serde(flatten)]
    pub properties: BTreeMap<String, Value>,
    /// Who is eligible: `id`, `displayName`, `type`, and `email` where there is one.
    pub principal: Value,
    /// The role: `id`, `displayName`, `type`.
    pub role_definition: Value,
    /// The management group: `id`, `displayName`, `type`.
    pub scope: Value,
    /// The role's policy at the management group: its `properties` as the service sends them. Null if it was not wanted or cannot be read.
    #[serde(rename = "Policy")]
    pub policy: Value,
}

/// Lists who is eligible at management groups: at those named, or at all that the user sees. What is inherited is left out.
/// Each is an output.
///
/// # Errors
/// What concerns all management groups; `InvalidRequest` for a malformed name; `ScopeNotFound` if none is named and the user sees none.
pub async fn management_group_eligibilities(session: &Session, call: &Call, names: &[String], policy: bool) -> Result<ScopeListSummary> {
    let arm = Arm::new(session, call);
    let names = if names.is_empty() { visible(&arm).await? } else { once(names) };
    let scopes = names.iter().map(|name| scope(name)).collect::<Result<Vec<_>>>()?;
    let lists = arm.everybodys(&scopes, "roleEligibilitySchedules", true);
    let work = Listing {
        arm,
        call,
        lists,
        scopes,
        with_policy: policy,
        policies: HashMap::new(),
        unread: HashSet::new(),
        role_names: HashMap::new(),
        known: None,
        summary: ScopeListSummary::default(),
    };
    work.run(&names).await
}

async fn visible(arm: &Arm<'_>) -> Result<Vec<String>> {
    let names: Vec<_> = Known::all(arm.management_groups()).await?.into_iter().map(|known| known.id).collect();
    if names.is_empty() {
        return Err(Error::new(ErrorCode::ScopeNotFound, "the user sees no management group")
            .hint("sign in with an account that may read management groups, for example a Management Group Reader")
            .target("managementGroups"));
    }
    Ok(names)
}

/// The names, each once, in their order. A full resource id is as good as a name.
fn once(names: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    let prefix = format!("{MANAGEMENT_GROUPS}/");
    let bare = |name: &String| {
        let name = name.trim();
        let is_id = name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(&prefix));
        if is_id { trailing_id(name).to_owned() } else { name.to_owned() }
    };
    names.iter().map(bare).filter(|name| seen.insert(name.to_lowercase())).collect()
}

fn scope(name: &str) -> Result<Scope> {
    let is_name = !name.is_empty() && !name.contains('/');
    let scope = is_name.then(|| Scope::parse(&format!("{MANAGEMENT_GROUPS}/{name}")));
    scope.and_then(Result::ok).ok_or_else(|| {
        Error::new(ErrorCode::InvalidRequest, format!("`{}` is no name of a management group", crate::http::shown(name, 200)))
            .hint("give the name (the id that the portal shows), not the display name")
            .target("names")
    })
}

struct Listing<'a> {
    arm: Arm<'a>,
    call: &'a Call,
    lists: Lists<'a>,
    scopes: Vec<Scope>,
    with_policy: bool,
    /// Policies by list and role, as long as the list goes on.
    policies: HashMap<(usize, String), Value>,
    /// Policies that could not be read and were told of.
    unread: HashSet<String>,
    role_names: HashMap<String, Option<String>>,
    known: Option<Vec<Known>>,
    summary: ScopeListSummary,
}

impl Listing<'_> {
    async fn run(mut self, names: &[String]) -> Result<ScopeListSummary> {
        while let Some(part) = self.lists.next().await? {
            // All that has come together, so that its policies are asked for together.
            let mut parts = vec![part];
            while let Some(part) = self.lists.ready() {
                parts.push(part);
            }
            let mut rows = Vec::new();
            for Part { list, items, last } in parts {
                match items {
                    Ok(items) => rows.push((list, last, items.into_iter().filter(is_direct).collect::<Vec<_>>())),
                    Err(error) => self.fail(list, &names[list], error).await?,
                }
            }
            if self.with_policy {
                self.read_policies(&rows).await?;
            }
            for (list, last, items) in rows {
                let mut entries = Vec::new();
                for item in items {
                    entries.push(self.entry(list, item).await?);
                }
                self.lists.outputs(&entries).await?;
                self.summary.count += entries.len();
                if last {
                    self.policies.retain(|(of, _), _| *of != list);
                }
            }
        }
        Ok(self.summary)
    }

    async fn fail(&mut self, list: usize, name: &str, mut error: Error) -> Result<()> {
        if error.code == ErrorCode::NotFound {
            if self.known.is_none() {
                self.known = self.lists.meanwhile(Known::all(self.arm.management_groups())).await.ok();
            }
            let mut told = not_found("management group", name, self.known.as_deref());
            (told.http, told.service) = (error.http, error.service);
            error = told;
        }
        self.summary.fail(self.call, &self.scopes[list], error)
    }

    /// Reads the policies that the rows need and that are not there yet: one for each role and management group.
    async fn read_policies(&mut self, rows: &[(usize, bool, Vec<Value>)]) -> Result<()> {
        let mut missing: BTreeMap<(usize, String), String> = BTreeMap::new();
        for (list, _, items) in rows {
            for role in items.iter().filter_map(role_id) {
                let key = (*list, trailing_id(role).to_lowercase());
                if !self.policies.contains_key(&key) {
                    missing.entry(key).or_insert_with(|| role.to_owned());
                }
            }
        }
        let wanted: Vec<_> = missing.iter().map(|((list, _), role)| (self.scopes[*list].clone(), role.clone())).collect();
        let policies = self.lists.meanwhile(self.arm.policies(&wanted)).await?;
        for (key, policy) in missing.into_keys().zip(policies) {
            let policy = match policy {
                Ok(policy) => policy.unwrap_or_default(),
                Err(error) if concerns_one(&error) => {
                    self.tell_unread(key.0, &error);
                    Value::Null
                }
                Err(error) => return Err(error),
            };
            self.policies.insert(key, policy);
        }
        Ok(())
    }

    fn tell_unread(&mut self, list: usize, error: &Error) {
        let scope = self.scopes[list].as_str();
        if self.unread.insert(scope.to_owned()) {
            self.call.warning("PolicyUnreadable", format!("policies of `{scope}` cannot be read: {error}"));
        }
    }

    async fn entry(&mut self, list: usize, mut item: Value) -> Result<ManagementGroupEligibility> {
        let policy =
            role_id(&item).and_then(|role| self.policies.get(&(list, trailing_id(role).to_lowercase()))).cloned().unwrap_or_default();
        let mut properties: BTreeMap<_, _> = match item.get_mut("properties").map(Value::take) {
            Some(Value::Object(properties)) => properties.into_iter().collect(),
            _ => BTreeMap::new(),
        };
        let mut names = match properties.remove("expandedProperties") {
            Some(Value::Object(names)) => names,
            _ => Map::new(),
        };
        let id = properties.remove("scope").unwrap_or_else(|| json!(self.scopes[list].as_str()));
        let text = |name: &str| properties.get(name).cloned().unwrap_or_default();
        let scope = names.remove("scope").unwrap_or_else(|| json!({ "id": id, "displayName": null, "type": "managementgroup" }));
        let principal = names
            .remove("principal")
            .unwrap_or_else(|| json!({ "id": text("principalId"), "displayName": null, "type": text("principalType") }));
        let role_definition = match names.remove("roleDefinition") {
            Some(role) => role,
            None => {
                let role = text("roleDefinitionId");
                let title = role_name(&self.arm, &mut self.role_names, self.scopes[list].as_str(), role.as_str().unwrap_or_default());
                let title = self.lists.meanwhile(title).await;
                json!({ "id": role, "displayName": title, "type": null })
            }
        };
        let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
        let (name, id, kind) = (text("name"), text("id"), text("type"));
        Ok(ManagementGroupEligibility { name, id, kind, properties, principal, role_definition, scope, policy })
    }
}

fn is_direct(item: &Value) -> bool {
    item.pointer("/properties/memberType").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("Direct"))
}

fn role_id(item: &Value) -> Option<&str> {
    item.pointer("/properties/roleDefinitionId").and_then(Value::as_str).filter(|id| !id.is_empty())
}
