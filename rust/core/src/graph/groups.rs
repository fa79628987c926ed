//! Groups, and Privileged Identity Management for them. What is read of many groups is asked for in batches.

use futures_util::future::try_join_all;
use http::Method;
use serde_json::{Map, Value, json};

use super::batch::BATCH;
use super::{Graph, quoted};
use crate::error::{Error, Result};
use crate::http::{Item, Pages, Request, WholeLists, address};

/// What reading groups and who is eligible for them needs.
pub const GROUP_SCOPES: [&str; 2] = ["Group.ReadBasic.All", "PrivilegedEligibilitySchedule.Read.AzureADGroup"];
/// What reading the names of objects of every type needs.
pub const NAME_SCOPE: &str = "Directory.Read.All";
/// What reading the policies of groups needs.
pub const GROUP_POLICY_SCOPE: &str = "RoleManagementPolicy.Read.AzureADGroup";

const SELECTED: &str = "id,displayName,onPremisesSyncEnabled,groupTypes,mailEnabled,securityEnabled";
/// Largest page of groups that the service makes.
const PAGE: &str = "999";

impl<'a> Graph<'a> {
    /// All groups of the tenant, with the properties that tell whether they can be managed.
    #[must_use]
    pub fn groups(&self, scopes: &[&str]) -> Pages<'a> {
        let request = self.scoped(Method::GET, "/v1.0/groups", &[("$select", SELECTED), ("$top", PAGE)], scopes);
        self.session.http.pages(&self.session.auth, self.call, request)
    }

    /// Eligibility schedules of each of these groups, also those that begin later.
    #[must_use]
    pub fn group_eligibilities(&self, groups: &[String], scopes: &[&str]) -> WholeLists<'a> {
        self.each(groups, |group| {
            let filter = format!("groupId eq {}", quoted(group));
            self.scoped(
                Method::GET,
                "/v1.0/identityGovernance/privilegedAccess/group/eligibilitySchedules",
                &[("$filter", &filter)],
                scopes,
            )
        })
    }

    /// Assignments of policies with their rules, of each of these pairs of a group and `member` or `owner`.
    #[must_use]
    pub fn group_policies(&self, accesses: &[(String, String)], scopes: &[&str]) -> WholeLists<'a> {
        self.each(accesses, |(group, access)| {
            let filter = format!("scopeId eq {} and scopeType eq 'Group' and roleDefinitionId eq {}", quoted(group), quoted(access));
            let query = [("$filter", filter.as_str()), ("$expand", "policy($expand=rules)")];
            self.scoped(Method::GET, "/v1.0/policies/roleManagementPolicyAssignments", &query, scopes)
        })
    }

    /// The groups that each of these objects is a member of, directly or through other groups: the answer for each, by its place.
    ///
    /// # Errors
    /// As [`crate::http::Client::batch`].
    pub async fn member_groups(&self, objects: &[String], scopes: &[&str]) -> Result<Vec<Result<Item>>> {
        let requests = objects.iter().map(|id| {
            let path = format!("/v1.0/directoryObjects/{}/getMemberGroups", address::segment(id));
            let mut request = self.scoped(Method::POST, &path, &[], scopes).json(&json!({ "securityEnabledOnly": false }))?;
            // A query, although it is a POST.
            request.safe = true;
            Ok(request)
        });
        let requests = requests.collect::<Result<Vec<_>>>()?;
        let batches = requests.chunks(BATCH.most).map(|batch| self.session.http.batch(&self.session.auth, self.call, &BATCH, batch));
        Ok(try_join_all(batches).await?.into_iter().flatten().collect())
    }

    fn each<T>(&self, items: &[T], request: impl Fn(&T) -> Request) -> WholeLists<'a> {
        let requests = items.iter().map(request).collect();
        self.session.http.lists(&self.session.auth, self.call, &BATCH, requests).whole()
    }
}

/// A failure of one thing among many, that names it.
#[must_use]
pub fn about(what: &str, id: &str, mut error: Error) -> Error {
    error.message = format!("the {what} `{id}` could not be read: {}", error.message);
    error.target(id)
}

/// An object without the notes of the protocol. `None` if it is no object.
#[must_use]
pub fn without_notes(object: Value) -> Option<Map<String, Value>> {
    let Value::Object(mut members) = object else { return None };
    members.retain(|name, _| !name.contains("@odata."));
    Some(members)
}
