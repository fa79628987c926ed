//! Groups that can be managed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{GROUP_SCOPES, Graph, about};
use crate::http::WholeLists;
use crate::session::Session;

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
            let groups = page.items.into_iter().filter_map(|item| supported(item).transpose()).collect::<Result<Vec<_>>>()?;
            call.outputs(&groups).await?;
            count += groups.len();
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

pub(super) async fn candidates(graph: &Graph<'_>, scopes: &[&str]) -> Result<Vec<ManagedGroup>> {
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
