//! Groups that can be managed, and who is eligible for them.

use std::collections::{BTreeSet, HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{GROUP_POLICY_SCOPE, GROUP_SCOPES, Graph, NAME_SCOPE, about, without_notes};
use crate::http::WholeLists;
use crate::session::Session;

/// How many eligibilities wait until their policies and names are read together.
const TOGETHER: usize = 500;

/// A group that Privileged Identity Management can manage: the members of Microsoft Graph's `group` that tell so.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ManagedGroup {
    /// Id of the group.
    pub id: String,
    /// Its name.
    pub display_name: Option<String>,
    /// `true` if it comes from a directory on premises, `false` if it came from one once, else null.
    pub on_premises_sync_enabled: Option<bool>,
    /// `Unified` for a Microsoft 365 group.
    pub group_types: Option<Vec<String>>,
    /// Whether it receives mail.
    pub mail_enabled: Option<bool>,
    /// Whether it can be given access.
    pub security_enabled: Option<bool>,
    /// Its eligibility schedules as the service sends them. Absent where they were not asked for.
    #[serde(rename = "EligibleAssignment", skip_serializing_if = "Option::is_none")]
    pub eligible_assignment: Option<Vec<Value>>,
}

impl ManagedGroup {
    /// Groups that follow a rule or another directory, distribution lists and mail-enabled security groups cannot be managed.
    fn is_supported(&self) -> bool {
        let is = |kind: &str| self.group_types.iter().flatten().any(|known| known.eq_ignore_ascii_case(kind));
        self.on_premises_sync_enabled != Some(true) && !is("DynamicMembership") && (self.mail_enabled != Some(true) || is("Unified"))
    }
}

/// An eligibility for a group: `privilegedAccessGroupEligibilitySchedule`, with names and policy.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GroupEligibility {
    /// Id of the schedule.
    pub id: Option<String>,
    /// When it was made, ISO 8601.
    pub created_date_time: Option<String>,
    /// When it was last changed, ISO 8601.
    pub modified_date_time: Option<String>,
    /// For example `Provisioned`.
    pub status: Option<String>,
    /// The group.
    pub group_id: String,
    /// Name of the group; null if it cannot be read.
    #[serde(rename = "GroupName")]
    pub group_name: Option<String>,
    /// Who is eligible: a user, a group or a service principal.
    pub principal_id: Option<String>,
    /// Name of the principal; null if it cannot be read.
    #[serde(rename = "PrincipalName")]
    pub principal_name: Option<String>,
    /// `member` or `owner`: what the principal may become.
    pub access_id: Option<String>,
    /// `direct` or `group`.
    pub member_type: Option<String>,
    /// Begin and end as the service sends them.
    pub schedule_info: Value,
    /// The policy for this access to the group, with its rules, as the service sends it; null if there is none or it was not asked for.
    #[serde(rename = "Policy")]
    pub policy: Value,
}

/// Lists the groups that can be managed, or those of them that somebody is eligible for. Each is an output; the count is returned.
///
/// # Errors
/// Those of the sign-in, the connection and the service. An error means that the list is not whole; it names the group that it is about.
pub async fn list_groups(session: &Session, call: &Call, eligible_only: bool) -> Result<usize> {
    let graph = Graph::new(session, call);
    let mut count = 0;
    if eligible_only {
        let mut groups = EligibleGroups::new(&graph, &GROUP_SCOPES).await?;
        while let Some(group) = groups.next().await? {
            groups.lists.output(&group).await?;
            count += 1;
        }
    } else {
        let mut pages = graph.groups(&GROUP_SCOPES[..1]);
        while let Some(page) = pages.next().await? {
            for item in page.items {
                if let Some(group) = supported(item)? {
                    call.output(&group).await?;
                    count += 1;
                }
            }
        }
    }
    Ok(count)
}

/// The groups that somebody is eligible for, with their eligibility schedules.
pub(super) async fn eligible_groups(graph: &Graph<'_>, scopes: &[&str]) -> Result<Vec<ManagedGroup>> {
    let mut eligible = EligibleGroups::new(graph, scopes).await?;
    let mut groups = Vec::new();
    while let Some(group) = eligible.next().await? {
        groups.push(group);
    }
    Ok(groups)
}

/// Groups that can be managed and that somebody is eligible for, one by one.
struct EligibleGroups<'a> {
    candidates: Vec<ManagedGroup>,
    /// The eligibilities of each candidate, in their order.
    lists: WholeLists<'a>,
}

impl<'a> EligibleGroups<'a> {
    async fn new(graph: &Graph<'a>, scopes: &[&str]) -> Result<Self> {
        let candidates = candidates(graph, scopes).await?;
        let ids: Vec<_> = candidates.iter().map(|group| group.id.clone()).collect();
        Ok(Self { candidates, lists: graph.group_eligibilities(&ids, scopes) })
    }

    async fn next(&mut self) -> Result<Option<ManagedGroup>> {
        while let Some((place, schedules)) = self.lists.next().await? {
            let mut group = std::mem::take(&mut self.candidates[place]);
            let schedules = schedules.map_err(|error| about("group", &group.id, error))?;
            if !schedules.is_empty() {
                group.eligible_assignment = Some(schedules);
                return Ok(Some(group));
            }
        }
        Ok(None)
    }
}

async fn candidates(graph: &Graph<'_>, scopes: &[&str]) -> Result<Vec<ManagedGroup>> {
    let items = graph.groups(scopes).all().await?;
    items.into_iter().filter_map(|item| supported(item).transpose()).collect()
}

fn supported(item: Value) -> Result<Option<ManagedGroup>> {
    let group: ManagedGroup = serde_json::from_value(item).map_err(|error| {
        Error::new(ErrorCode::UnexpectedResponse, "a row of the list of groups is not what the service documents").cause(&error)
    })?;
    if group.id.is_empty() {
        return Err(Error::new(ErrorCode::UnexpectedResponse, "a row of the list of groups has no `id`"));
    }
    let group = ManagedGroup { eligible_assignment: None, ..group };
    Ok(group.is_supported().then_some(group))
}

/// Lists who is eligible for groups: for these, or for all that can be managed. Each eligibility is an output; the count is returned.
///
/// # Errors
/// `InvalidRequest` for an id that is none, and those of the sign-in, the connection and the service. An error means that the list is not
/// whole; it names the group that it is about.
pub async fn group_eligibilities(session: &Session, call: &Call, groups: Option<&[String]>, policy: bool) -> Result<usize> {
    let graph = Graph::new(session, call);
    let mut scopes = [GROUP_SCOPES.as_slice(), &[NAME_SCOPE]].concat();
    if policy {
        scopes.push(GROUP_POLICY_SCOPE);
    }
    let mut names = Names { graph, scopes: &scopes, known: HashMap::new() };
    let groups = match groups {
        Some(groups) => given(groups)?,
        None => {
            let groups = candidates(&graph, &scopes).await?;
            names.known.extend(groups.iter().map(|group| (group.id.to_lowercase(), group.display_name.clone())));
            groups.into_iter().map(|group| group.id).collect()
        }
    };
    let mut lists = graph.group_eligibilities(&groups, &scopes);
    let mut rows: Vec<GroupEligibility> = Vec::new();
    let mut count = 0;
    loop {
        let next = lists.next().await?;
        let ended = next.is_none();
        if let Some((place, schedules)) = next {
            for schedule in schedules.map_err(|error| about("group", &groups[place], error))? {
                rows.push(eligibility(schedule, &groups[place])?);
            }
        }
        if ended || rows.len() >= TOGETHER {
            let complete = async {
                if policy {
                    add_policies(&graph, &scopes, &mut rows).await?;
                }
                names.add(&mut rows).await
            };
            lists.meanwhile(complete).await?;
            for row in rows.drain(..) {
                lists.output(&row).await?;
                count += 1;
            }
        }
        if ended {
            return Ok(count);
        }
    }
}

fn given(groups: &[String]) -> Result<Vec<String>> {
    let mut seen = HashSet::new();
    let mut ids = Vec::new();
    for group in groups {
        let id = Uuid::parse_str(group.trim()).map_err(|_| {
            let group = crate::http::shown(group, 100);
            Error::new(ErrorCode::InvalidRequest, format!("`{group}` is no id of a group"))
                .hint("give the object id of the group")
                .target("groupIds")
        })?;
        if seen.insert(id) {
            ids.push(id.to_string());
        }
    }
    Ok(ids)
}

fn eligibility(schedule: Value, group: &str) -> Result<GroupEligibility> {
    let mut row: GroupEligibility = serde_json::from_value(schedule).map_err(|error| {
        Error::new(ErrorCode::UnexpectedResponse, format!("an eligibility for the group `{group}` is not what the service documents"))
            .target(group)
            .cause(&error)
    })?;
    if row.group_id.is_empty() {
        group.clone_into(&mut row.group_id);
    }
    row.policy = Value::Null;
    Ok(row)
}

/// One policy for each group and access, however many are eligible.
async fn add_policies(graph: &Graph<'_>, scopes: &[&str], rows: &mut [GroupEligibility]) -> Result<()> {
    let key = |row: &GroupEligibility| Some((row.group_id.clone(), row.access_id.clone()?));
    let accesses: Vec<_> = rows.iter().filter_map(key).collect::<BTreeSet<_>>().into_iter().collect();
    let mut policies = HashMap::new();
    let mut lists = graph.group_policies(&accesses, scopes);
    while let Some((place, assignments)) = lists.next().await? {
        let (group, access) = &accesses[place];
        let assignments = assignments.map_err(|error| about(&format!("{access} policy of the group"), group, error))?;
        let policy = assignments.into_iter().find_map(|mut assignment| without_notes(assignment.get_mut("policy")?.take()));
        policies.insert(&accesses[place], policy);
    }
    for row in rows {
        if let Some(Some(policy)) = key(row).and_then(|key| policies.get(&key)) {
            row.policy = Value::Object(policy.clone());
        }
    }
    Ok(())
}

/// Names of groups and principals, each asked for once.
struct Names<'a> {
    graph: Graph<'a>,
    scopes: &'a [&'a str],
    known: HashMap<String, Option<String>>,
}

impl Names<'_> {
    async fn add(&mut self, rows: &mut [GroupEligibility]) -> Result<()> {
        let ids = rows.iter().flat_map(|row| [Some(&row.group_id), row.principal_id.as_ref()]).flatten().map(|id| id.to_lowercase());
        let unknown: Vec<_> = ids.collect::<BTreeSet<_>>().into_iter().filter(|id| !self.known.contains_key(id)).collect();
        let objects = self.graph.whole_objects(&unknown, self.scopes).await?;
        for id in unknown {
            let name = objects.get(&id).and_then(|object| object.get("displayName")?.as_str()).map(str::to_owned);
            self.known.insert(id, name);
        }
        let name = |id: &str| self.known.get(&id.to_lowercase()).cloned().flatten();
        for row in rows {
            row.group_name = name(&row.group_id);
            row.principal_name = row.principal_id.as_deref().and_then(name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn is_supported(group: Value) -> bool {
        let mut members = json!({"id": "g"});
        members.as_object_mut().unwrap().extend(group.as_object().unwrap().clone());
        supported(members).unwrap().is_some()
    }

    #[test]
    fn groups_that_can_be_managed_are_told_from_those_that_cannot() {
        assert!(is_supported(json!({})));
        assert!(is_supported(json!({"groupTypes": null, "mailEnabled": null})));
        assert!(is_supported(json!({"groupTypes": ["Unified"], "mailEnabled": true, "securityEnabled": false})));
        assert!(is_supported(json!({"groupTypes": ["Unified"], "mailEnabled": true, "securityEnabled": true})));
        assert!(is_supported(json!({"onPremisesSyncEnabled": false, "securityEnabled": true})));
        assert!(!is_supported(json!({"onPremisesSyncEnabled": true, "securityEnabled": true})));
        assert!(!is_supported(json!({"groupTypes": ["Unified", "DynamicMembership"], "mailEnabled": true})));
        assert!(!is_supported(json!({"mailEnabled": true, "securityEnabled": true})));
        assert!(!is_supported(json!({"mailEnabled": true, "securityEnabled": false})));
    }

    #[test]
    fn a_row_that_is_no_group_is_an_error() {
        for row in [json!({}), json!(7), json!({"id": 7}), json!({"id": "g", "groupTypes": "Unified"})] {
            assert_eq!(supported(row).unwrap_err().code.as_str(), "UnexpectedResponse");
        }
    }
}
