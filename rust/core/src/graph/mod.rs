//! Microsoft Graph as far as this product calls it: addresses and wire types, named as the service names them.

mod batch;
mod catalogue;
mod groups;
mod wire;

use std::collections::{BTreeSet, HashMap};

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::auth::Resource;
use crate::call::{Call, WriteId};
use crate::claims::ClaimsRequest;
use crate::error::{Error, Result};
use crate::http::{Failure, Lists, Pages, Request, Response, address};
use crate::session::Session;

pub use catalogue::RoleCatalogue;
pub use groups::{GROUP_POLICY_SCOPE, GROUP_SCOPES, NAME_SCOPE, about, without_notes};
pub use wire::{
    ActivationBody, AuthenticationContext, DirectoryObject, Expiration, RoleDefinition, RolePolicy, RoleSchedule, ScheduleInfo, TicketInfo,
};

const ROLES: &str = "/v1.0/roleManagement/directory";
const ROLE_MEMBERS: (&str, &str) = ("$select", "id,displayName,templateId");
/// Most ids that `getByIds` takes at once.
const MAX_IDS: usize = 1000;

/// Microsoft Graph for one call.
#[derive(Clone, Copy)]
pub struct Graph<'a> {
    session: &'a Session,
    call: &'a Call,
}

impl<'a> Graph<'a> {
    /// Microsoft Graph for one call.
    #[must_use]
    pub fn new(session: &'a Session, call: &'a Call) -> Self {
        Self { session, call }
    }

    /// The user's eligibility or assignment schedules (`roleEligibilitySchedules`, `roleAssignmentSchedules`), also those that begin later.
    #[must_use]
    pub fn schedules(&self, collection: &str) -> Pages<'a> {
        self.pages(&format!("{ROLES}/{collection}/filterByCurrentUser(on='principal')"), &[])
    }

    /// What is in force now (`roleEligibilityScheduleInstances`, `roleAssignmentScheduleInstances`).
    ///
    /// # Errors
    /// As [`crate::http::Pages::next`].
    pub async fn instances(&self, collection: &str) -> Result<Vec<Value>> {
        self.schedules(collection).all().await
    }

    /// The tenant's role definitions.
    ///
    /// # Errors
    /// As [`crate::http::Pages::next`].
    pub async fn role_definitions(&self) -> Result<Vec<RoleDefinition>> {
        let items = self.pages(&format!("{ROLES}/roleDefinitions"), &[ROLE_MEMBERS]).all().await?;
        Ok(items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect())
    }

    /// The tenant's role definitions with all that the service tells of them.
    ///
    /// # Errors
    /// As [`crate::http::Pages::next`].
    pub async fn whole_role_definitions(&self) -> Result<Vec<Value>> {
        self.pages(&format!("{ROLES}/roleDefinitions"), &[]).all().await
    }

    /// Role definitions of exactly this name.
    ///
    /// # Errors
    /// As [`crate::http::Pages::next`].
    pub async fn roles_named(&self, name: &str) -> Result<Vec<RoleDefinition>> {
        let filter = format!("displayName eq {}", quoted(name));
        let items = self.pages(&format!("{ROLES}/roleDefinitions"), &[("$filter", &filter), ROLE_MEMBERS]).all().await?;
        Ok(items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect())
    }

    /// The tenant's role definitions by their ids.
    ///
    /// # Errors
    /// As [`crate::http::Pages::next`].
    pub async fn role_catalogue(&self) -> Result<RoleCatalogue> {
        Ok(RoleCatalogue::new(self.role_definitions().await?))
    }

    /// Directory objects by id, in lower case. Ids that do not exist, or that the user may not read, are missing.
    ///
    /// # Errors
    /// As [`crate::http::Client::send`].
    pub async fn objects(&self, ids: &[String]) -> Result<HashMap<String, DirectoryObject>> {
        let objects = self.whole_objects(ids, &[]).await?;
        Ok(objects.into_iter().filter_map(|(id, object)| Some((id, serde_json::from_value(object).ok()?))).collect())
    }

    /// The same objects with all that the service tells of them.
    ///
    /// # Errors
    /// As [`crate::http::Client::send`].
    pub async fn whole_objects(&self, ids: &[String], scopes: &[&str]) -> Result<HashMap<String, Value>> {
        let ids: Vec<_> = ids.iter().filter(|id| Uuid::parse_str(id).is_ok()).collect();
        let mut objects = HashMap::new();
        for ids in ids.chunks(MAX_IDS) {
            let request = self.scoped(Method::POST, "/v1.0/directoryObjects/getByIds", &[], scopes);
            let mut request = request.json(&json!({ "ids": ids }))?;
            // A query, although it is a POST.
            request.safe = true;
            let mut answer: Value = self.send(&request).await?.json()?;
            let Some(Value::Array(items)) = answer.get_mut("value").map(Value::take) else { continue };
            for item in items {
                if let Some(id) = item.get("id").and_then(Value::as_str).map(str::to_lowercase) {
                    objects.insert(id, item);
                }
            }
        }
        Ok(objects)
    }

    /// The rules of a directory role's policy. Policies of directory roles exist for the whole directory only. None if there is none.
    ///
    /// # Errors
    /// As [`crate::http::Pages::next`]; `AccessDenied` is common.
    pub async fn policy_rules(&self, role_definition_id: &str) -> Result<Option<Vec<Value>>> {
        Ok(self.role_policy(role_definition_id).await?.map(|policy| policy.rules))
    }

    /// A directory role's policy with its rules. None if there is none.
    ///
    /// # Errors
    /// As [`crate::http::Pages::next`]; `AccessDenied` is common.
    pub async fn role_policy(&self, role_definition_id: &str) -> Result<Option<RolePolicy>> {
        let filter = format!("scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq {}", quoted(role_definition_id));
        let assignments = self
            .pages("/v1.0/policies/roleManagementPolicyAssignments", &[("$filter", &filter), ("$expand", "policy($expand=rules)")])
            .all()
            .await?;
        Ok(assignments.into_iter().find_map(RolePolicy::read))
    }

    /// Everybody's eligibilities for directory roles that are in force now, each with its role and its principal.
    #[must_use]
    pub fn all_eligibilities(&self) -> Pages<'a> {
        self.pages(&format!("{ROLES}/roleEligibilityScheduleInstances"), &[("$expand", "roleDefinition,principal")])
    }

    /// The same for each of these roles, without the role: its definition is in every row, and may name hundreds of permissions.
    #[must_use]
    pub fn eligibilities_of_roles(&self, roles: &BTreeSet<String>) -> Lists<'a> {
        let requests = roles.iter().map(|role| {
            let filter = format!("roleDefinitionId eq {}", quoted(role));
            let query = [("$filter", filter.as_str()), ("$expand", "principal")];
            self.request(Method::GET, &format!("{ROLES}/roleEligibilityScheduleInstances"), &query)
        });
        self.session.http.lists(&self.session.auth, self.call, &batch::BATCH, requests.collect())
    }

    /// The policies of all directory roles, by the id that they are filed under, in lower case.
    ///
    /// # Errors
    /// As [`crate::http::Pages::next`]; `AccessDenied` is common.
    pub async fn role_policies(&self) -> Result<HashMap<String, RolePolicy>> {
        let query = [("$filter", "scopeId eq '/' and scopeType eq 'DirectoryRole'"), ("$expand", "policy($expand=rules)")];
        let assignments = self.pages("/v1.0/policies/roleManagementPolicyAssignments", &query).all().await?;
        let mut policies = HashMap::new();
        for assignment in assignments {
            let role = assignment.get("roleDefinitionId").and_then(Value::as_str).map(str::to_lowercase);
            if let (Some(role), Some(policy)) = (role, RolePolicy::read(assignment)) {
                policies.insert(role, policy);
            }
        }
        Ok(policies)
    }

    /// Sends an activation.
    ///
    /// # Errors
    /// As [`crate::http::Client::send`].
    pub async fn activate(&self, body: &ActivationBody<'_>, claims: Option<ClaimsRequest>, write: WriteId) -> Result<Response, Failure> {
        let mut request = self.request(Method::POST, &format!("{ROLES}/roleAssignmentScheduleRequests"), &[]).json(body)?;
        request.claims = claims;
        request.write = Some(write);
        self.session.http.send(&self.session.auth, self.call, &request).await
    }

    /// One assignment schedule request.
    ///
    /// # Errors
    /// As [`crate::http::Client::send`].
    pub async fn activation(&self, id: &str) -> Result<Value> {
        let id = address::segment(id);
        self.send(&self.request(Method::GET, &format!("{ROLES}/roleAssignmentScheduleRequests/{id}"), &[])).await?.json()
    }

    /// The user's own assignment schedule requests for a role.
    ///
    /// # Errors
    /// As [`crate::http::Pages::next`].
    pub async fn own_activations(&self, role_definition_id: &str) -> Result<Vec<Value>> {
        let filter = format!("roleDefinitionId eq {}", quoted(role_definition_id));
        let path = format!("{ROLES}/roleAssignmentScheduleRequests/filterByCurrentUser(on='principal')");
        self.pages(&path, &[("$filter", &filter)]).all().await
    }

    /// The tenant's authentication contexts.
    #[must_use]
    pub fn authentication_contexts(&self) -> Pages<'a> {
        self.session.http.pages(&self.session.auth, self.call, self.contexts_request())
    }

    /// The tenant's authentication contexts, if they can be read without asking the user.
    ///
    /// # Errors
    /// As [`crate::http::Pages::next`]; `SignInRequired` is common.
    pub async fn authentication_contexts_silently(&self) -> Result<Vec<AuthenticationContext>> {
        let request = Request { silent: true, ..self.contexts_request() };
        let items = self.session.http.pages(&self.session.auth, self.call, request).all().await?;
        Ok(items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect())
    }

    fn contexts_request(&self) -> Request {
        let mut request = self.request(Method::GET, "/v1.0/identity/conditionalAccess/authenticationContextClassReferences", &[]);
        request.scopes = vec!["AuthenticationContext.Read.All".to_owned()];
        request
    }

    fn pages(&self, path: &str, query: &[(&str, &str)]) -> Pages<'a> {
        self.session.http.pages(&self.session.auth, self.call, self.request(Method::GET, path, query))
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> Request {
        Request::new(method, address::with_query(&self.session.cloud.graph, path, query), Resource::Graph)
    }

    fn scoped(&self, method: Method, path: &str, query: &[(&str, &str)], scopes: &[&str]) -> Request {
        let mut request = self.request(method, path, query);
        request.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        request
    }

    async fn send(&self, request: &Request) -> Result<Response> {
        self.session.http.send(&self.session.auth, self.call, request).await.map_err(Error::from)
    }
}

/// A string of an `OData` filter.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn addresses_are_encoded_for_odata() {
        let base = Url::parse("https://graph.example").unwrap();
        let url = address::with_query(
            &base,
            &format!("{ROLES}/x/filterByCurrentUser(on='principal')"),
            &[("$filter", "a eq 'b''+&c#d'"), ("$select", "id")],
        );
        assert_eq!(url.path(), "/v1.0/roleManagement/directory/x/filterByCurrentUser(on='principal')");
        assert_eq!(url.query(), Some("$filter=a%20eq%20%27b%27%27%2B%26c%23d%27&$select=id"));
        assert_eq!(quoted("it's"), "'it''s'");
    }
}
