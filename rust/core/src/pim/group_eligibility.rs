//! Who is eligible for groups.

use std::collections::{BTreeSet, HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::groups::candidates;
use super::names::meant;
use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{GROUP_POLICY_SCOPE, GROUP_SCOPES, Graph, NAME_SCOPE, about, without_notes};
use crate::http::shown;
use crate::session::Session;

/// How many eligibilities wait until their policies and names are read together.
const TOGETHER: usize = 500;

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

/// A group that a caller named and whose eligibilities are not told. The other groups are not concerned.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupFailure {
    /// What the caller named.
    pub group_id: String,
    /// Why.
    pub error: Error,
}

/// What a list over several groups came to.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupListSummary {
    /// Number of outputs.
    pub count: usize,
    /// Groups that the caller named and that do not exist.
    pub failed: Vec<GroupFailure>,
}

/// Lists who is eligible for groups: for these, or for all that can be managed. Each eligibility is an output. A named group that
/// does not exist fails by itself.
///
/// # Errors
/// Those of the sign-in, the connection and the service. An error means that the list is not whole; it names the group that it is about.
pub async fn group_eligibilities(session: &Session, call: &Call, groups: Option<&[String]>, policy: bool) -> Result<GroupListSummary> {
    let graph = Graph::new(session, call);
    let mut scopes = [GROUP_SCOPES.as_slice(), &[NAME_SCOPE]].concat();
    if policy {
        scopes.push(GROUP_POLICY_SCOPE);
    }
    let mut names = Names { graph, scopes: &scopes, known: HashMap::new() };
    let mut strangers = Vec::new();
    let ids = match groups {
        Some(groups) => {
            let (ids, others) = given(groups);
            strangers = others;
            ids
        }
        None => {
            let groups = candidates(&graph, &scopes).await?;
            names.known.extend(groups.iter().map(|group| (group.id.to_lowercase(), group.display_name.clone())));
            groups.into_iter().map(|group| group.id).collect()
        }
    };
    let mut lists = graph.group_eligibilities(&ids, &scopes);
    let mut summary = GroupListSummary::default();
    let mut rows: Vec<GroupEligibility> = Vec::new();
    let mut empty = Vec::new();
    loop {
        let next = lists.next().await?;
        let ended = next.is_none();
        if let Some((place, schedules)) = next {
            let id = &ids[place];
            match schedules {
                Ok(schedules) if schedules.is_empty() => empty.push(id.clone()),
                Ok(schedules) => {
                    for schedule in schedules {
                        rows.push(eligibility(schedule, id)?);
                    }
                }
                // A group that was named may be a slip; one that was listed is there.
                Err(error) if error.code == ErrorCode::NotFound && groups.is_some() => empty.push(id.clone()),
                Err(error) => return Err(about("group", id, error)),
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
            lists.outputs(&rows).await?;
            summary.count += rows.len();
            rows.clear();
        }
        if ended {
            break;
        }
    }
    if groups.is_some() {
        summary.failed = not_found(&graph, &scopes, strangers, &empty).await?;
    }
    Ok(summary)
}

/// The ids among what was named, each once, and what is no id.
fn given(groups: &[String]) -> (Vec<String>, Vec<String>) {
    let mut seen = HashSet::new();
    let (mut ids, mut others) = (Vec::new(), Vec::new());
    for group in groups.iter().map(|group| group.trim()) {
        match Uuid::parse_str(group) {
            Ok(id) if seen.insert(id.to_string()) => ids.push(id.to_string()),
            Err(_) if seen.insert(group.to_lowercase()) => others.push(group.to_owned()),
            _ => {}
        }
    }
    (ids, others)
}

/// Tells apart groups without eligibilities from what is no group. The tenant's groups are read only if something is none of them.
async fn not_found(graph: &Graph<'_>, scopes: &[&str], mut strangers: Vec<String>, empty: &[String]) -> Result<Vec<GroupFailure>> {
    let objects = graph.whole_objects(empty, scopes).await?;
    let mut others = HashMap::new();
    for id in empty {
        match objects.get(id).map(|object| object.get("@odata.type").and_then(Value::as_str).unwrap_or_default()) {
            Some(kind) if kind.eq_ignore_ascii_case("#microsoft.graph.group") || kind.is_empty() => {}
            Some(kind) => {
                others.insert(id.clone(), kind.trim_start_matches("#microsoft.graph.").to_owned());
                strangers.push(id.clone());
            }
            None => strangers.push(id.clone()),
        }
    }
    if strangers.is_empty() {
        return Ok(Vec::new());
    }
    let known = graph.groups(scopes).all().await.unwrap_or_default();
    let known = known.iter().filter_map(|group| Some((group.get("id")?.as_str()?, group.get("displayName").and_then(Value::as_str))));
    let failures = strangers.into_iter().map(|group_id| {
        let title = shown(&group_id, 200);
        let message = match others.get(&group_id) {
            Some(kind) => format!("`{title}` is no group but a {kind}"),
            None => format!("there is no group `{title}`, or the user may not see it"),
        };
        let hint = meant(known.clone(), &group_id).unwrap_or_else(|| "give the object id of the group".to_owned());
        GroupFailure { error: Error::new(ErrorCode::GroupNotFound, message).hint(hint).target(title), group_id }
    });
    Ok(failures.collect())
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
