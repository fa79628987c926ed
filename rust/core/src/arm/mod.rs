//! Azure Resource Manager as far as this product calls it: addresses and wire types of `Microsoft.Authorization`, 2020-10-01.

mod batch;
mod scope;
mod wire;

use futures_util::future::try_join_all;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::auth::Resource;
use crate::call::{Call, WriteId};
use crate::claims::ClaimsRequest;
use crate::error::{Error, Result};
use crate::http::{Failure, Item, Lists, Pages, Request, Response, address};
use crate::session::Session;

pub use scope::{Scope, trailing_id};
pub use wire::{
    ActivationBody, ActivationProperties, AssignmentBody, AssignmentExpiration, AssignmentProperties, AssignmentSchedule, Expanded,
    ExpandedProperties, Expiration, RoleDefinition, RoleDefinitionProperties, RolePolicy, RolePolicyProperties, RoleSchedule, ScheduleInfo,
    ScheduleProperties, TicketInfo,
};

const PIM_VERSION: &str = "2020-10-01";
const ROLE_DEFINITION_VERSION: &str = "2022-04-01";
const SUBSCRIPTION_VERSION: &str = "2022-12-01";
const MANAGEMENT_GROUP_VERSION: &str = "2020-05-01";
const RESOURCE_VERSION: &str = "2021-04-01";

/// Path of all management groups; below it, one by its name.
pub const MANAGEMENT_GROUPS: &str = "/providers/Microsoft.Management/managementGroups";

/// Azure Resource Manager for one call.
#[derive(Clone, Copy)]
pub struct Arm<'a> {
    session: &'a Session,
    call: &'a Call,
}

impl<'a> Arm<'a> {
    /// Azure Resource Manager for one call.
    #[must_use]
    pub fn new(session: &'a Session, call: &'a Call) -> Self {
        Self { session, call }
    }

    /// The user's rows of a collection (`roleEligibilitySchedules`, `roleAssignmentScheduleInstances`, …) at a scope; at the tenant's root,
    /// the rows of all scopes.
    #[must_use]
    pub fn own(&self, scope: &Scope, collection: &str) -> Pages<'a> {
        let query = [("api-version", PIM_VERSION), ("$filter", "asTarget()")];
        self.pages(&format!("{}/{collection}", scope.provider_path()), &query)
    }

    /// Everybody's rows of a collection, each scope a list of its own. With `at_scope`, rows below a scope are left out.
    #[must_use]
    pub fn everybodys(&self, scopes: &[Scope], collection: &str, at_scope: bool) -> Lists<'a> {
        let mut query = vec![("api-version", PIM_VERSION)];
        if at_scope {
            query.push(("$filter", "atScope()"));
        }
        let request = |scope: &Scope| self.request(Method::GET, &format!("{}/{collection}", scope.provider_path()), &query);
        self.session.http.lists(&self.session.auth, self.call, &batch::BATCH, scopes.iter().map(request).collect())
    }

    /// The subscriptions of the tenant that the user may see.
    #[must_use]
    pub fn subscriptions(&self) -> Pages<'a> {
        self.pages("/subscriptions", &[("api-version", SUBSCRIPTION_VERSION)])
    }

    /// The management groups that the user may see.
    #[must_use]
    pub fn management_groups(&self) -> Pages<'a> {
        self.pages(MANAGEMENT_GROUPS, &[("api-version", MANAGEMENT_GROUP_VERSION)])
    }

    /// The resource groups of a subscription that the user may see.
    #[must_use]
    pub fn resource_groups(&self, subscription: &Scope) -> Pages<'a> {
        self.pages(&format!("{}/resourceGroups", subscription.as_str()), &[("api-version", RESOURCE_VERSION)])
    }

    /// The resources of a resource group that the user may see.
    #[must_use]
    pub fn resources(&self, subscription: &Scope, group: &str) -> Pages<'a> {
        let path = format!("{}/resourceGroups/{}/resources", subscription.as_str(), address::segment(group));
        self.pages(&path, &[("api-version", RESOURCE_VERSION)])
    }

    /// All scopes below one at which the user is eligible.
    #[must_use]
    pub fn eligible_children(&self, scope: &Scope) -> Pages<'a> {
        // Without the option, which is in use but in no documentation, only direct children are listed.
        let query = [("api-version", PIM_VERSION), ("$getAllChildren", "true")];
        self.pages(&format!("{}/eligibleChildResources", scope.provider_path()), &query)
    }

    /// The rules in force for a role at a scope. None if the service lists no policy.
    ///
    /// # Errors
    /// As [`crate::http::Pages::next`]; `AccessDenied` is common.
    pub async fn policy_rules(&self, scope: &Scope, role_definition_id: &str) -> Result<Option<Vec<Value>>> {
        let assignments = self.policy_assignments(scope, role_definition_id).await?;
        Ok(assignments.into_iter().find_map(|mut assignment| match assignment.pointer_mut("/properties/effectiveRules").map(Value::take) {
            Some(Value::Array(rules)) => Some(rules),
            _ => None,
        }))
    }

    /// The policies of roles at scopes, as their `properties`, in the order in which they are wanted. None if there is no policy.
    ///
    /// # Errors
    /// What concerns all of them, as [`crate::http::Client::batch`].
    pub async fn policies(&self, wanted: &[(Scope, String)]) -> Result<Vec<Result<Option<Value>>>> {
        let assignments = wanted.iter().map(|(scope, role)| self.policy_assignments_request(scope, role)).collect();
        let mut names = Vec::with_capacity(wanted.len());
        let mut requests = Vec::new();
        for (assignment, (scope, _)) in self.together(assignments).await?.into_iter().zip(wanted) {
            let id = assignment.map(|item| item.body.pointer("/value/0/properties/policyId").and_then(Value::as_str).map(str::to_owned));
            if let Ok(Some(id)) = &id {
                requests.push(self.request(Method::GET, &policy_path(scope, trailing_id(id)), &[("api-version", PIM_VERSION)]));
            }
            names.push(id);
        }
        let mut policies = self.together(requests).await?.into_iter();
        let policies = names.into_iter().map(|id| match id? {
            Some(_) => policies.next().transpose().map(|item| item.and_then(|mut item| item.body.get_mut("properties").map(Value::take))),
            None => Ok(None),
        });
        Ok(policies.collect())
    }

    /// Sends reads in as few requests as the service allows, side by side.
    async fn together(&self, requests: Vec<Request>) -> Result<Vec<Result<Item>>> {
        let batches = requests.chunks(batch::BATCH.most);
        let batches = batches.map(|batch| self.session.http.batch(&self.session.auth, self.call, &batch::BATCH, batch));
        Ok(try_join_all(batches).await?.into_iter().flatten().collect())
    }

    /// Name of a role definition.
    ///
    /// # Errors
    /// As [`crate::http::Client::send`].
    pub async fn role_name(&self, scope: &Scope, role_definition_id: &str) -> Result<Option<String>> {
        Ok(self.role_definition(scope, trailing_id(role_definition_id)).await?.properties.role_name)
    }

    /// One role definition by its GUID.
    ///
    /// # Errors
    /// As [`crate::http::Client::send`].
    pub async fn role_definition(&self, scope: &Scope, id: &str) -> Result<RoleDefinition> {
        let path = format!("{}/roleDefinitions/{}", scope.provider_path(), address::segment(id));
        self.send(&self.request(Method::GET, &path, &[("api-version", ROLE_DEFINITION_VERSION)])).await?.json()
    }

    /// Role definitions that can be assigned at a scope: all, or those of exactly this name.
    #[must_use]
    pub fn role_definitions(&self, scope: &Scope, name: Option<&str>) -> Pages<'a> {
        let filter = name.map(|name| format!("roleName eq {}", quoted(name)));
        let mut query = vec![("api-version", ROLE_DEFINITION_VERSION)];
        query.extend(filter.as_deref().map(|filter| ("$filter", filter)));
        self.pages(&format!("{}/roleDefinitions", scope.provider_path()), &query)
    }

    /// The assignments of policies to a role at a scope.
    ///
    /// # Errors
    /// As [`crate::http::Pages::next`].
    pub async fn policy_assignments(&self, scope: &Scope, role_definition_id: &str) -> Result<Vec<Value>> {
        self.session.http.pages(&self.session.auth, self.call, self.policy_assignments_request(scope, role_definition_id)).all().await
    }

    /// One policy (`RoleManagementPolicy`).
    ///
    /// # Errors
    /// As [`crate::http::Client::send`].
    pub async fn policy(&self, scope: &Scope, name: &str) -> Result<RolePolicy> {
        self.send(&self.request(Method::GET, &policy_path(scope, name), &[("api-version", PIM_VERSION)])).await?.json()
    }

    /// Replaces rules of a policy. Rules that are not sent stay as they are.
    ///
    /// # Errors
    /// As [`crate::http::Client::send`].
    pub async fn update_policy(&self, scope: &Scope, name: &str, rules: &[Value], write: WriteId) -> Result<Response, Failure> {
        let body = json!({ "properties": { "rules": rules } });
        let mut request = self.request(Method::PATCH, &policy_path(scope, name), &[("api-version", PIM_VERSION)]).json(&body)?;
        request.write = Some(write);
        self.session.http.send(&self.session.auth, self.call, &request).await
    }

    /// Makes somebody eligible. `id` is the request's identity: the same id again is the same request.
    ///
    /// # Errors
    /// As [`crate::http::Client::send`].
    pub async fn assign_eligibility(
        &self,
        scope: &Scope,
        id: Uuid,
        body: &AssignmentBody<'_>,
        claims: Option<ClaimsRequest>,
        write: WriteId,
    ) -> Result<Response, Failure> {
        let mut request = self.request(Method::PUT, &eligibility_path(scope, id), &[("api-version", PIM_VERSION)]).json(body)?;
        request.claims = claims;
        request.write = Some(write);
        self.session.http.send(&self.session.auth, self.call, &request).await
    }

    /// One eligibility schedule request.
    ///
    /// # Errors
    /// As [`crate::http::Client::send`].
    pub async fn eligibility_request(&self, scope: &Scope, id: Uuid) -> Result<Value> {
        self.send(&self.request(Method::GET, &eligibility_path(scope, id), &[("api-version", PIM_VERSION)])).await?.json()
    }

    /// Sends an activation. `id` is its identity: the same id again is the same request.
    ///
    /// # Errors
    /// As [`crate::http::Client::send`].
    pub async fn activate(
        &self,
        scope: &Scope,
        id: Uuid,
        body: &ActivationBody<'_>,
        claims: Option<ClaimsRequest>,
        write: WriteId,
    ) -> Result<Response, Failure> {
        let mut request = self.request(Method::PUT, &request_path(scope, id), &[("api-version", PIM_VERSION)]).json(body)?;
        request.claims = claims;
        request.write = Some(write);
        self.session.http.send(&self.session.auth, self.call, &request).await
    }

    /// One assignment schedule request.
    ///
    /// # Errors
    /// As [`crate::http::Client::send`].
    pub async fn activation(&self, scope: &Scope, id: Uuid) -> Result<Value> {
        self.send(&self.request(Method::GET, &request_path(scope, id), &[("api-version", PIM_VERSION)])).await?.json()
    }

    fn policy_assignments_request(&self, scope: &Scope, role_definition_id: &str) -> Request {
        let filter = format!("roleDefinitionId eq {}", quoted(role_definition_id));
        let path = format!("{}/roleManagementPolicyAssignments", scope.provider_path());
        self.request(Method::GET, &path, &[("api-version", PIM_VERSION), ("$filter", &filter)])
    }

    fn pages(&self, path: &str, query: &[(&str, &str)]) -> Pages<'a> {
        self.session.http.pages(&self.session.auth, self.call, self.request(Method::GET, path, query))
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> Request {
        Request::new(method, address::with_query(&self.session.cloud.arm, path, query), Resource::Arm)
    }

    async fn send(&self, request: &Request) -> Result<Response> {
        self.session.http.send(&self.session.auth, self.call, request).await.map_err(Error::from)
    }
}

/// A string of an `OData` filter.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn policy_path(scope: &Scope, name: &str) -> String {
    format!("{}/roleManagementPolicies/{}", scope.provider_path(), address::segment(name))
}

fn eligibility_path(scope: &Scope, id: Uuid) -> String {
    format!("{}/roleEligibilityScheduleRequests/{id}", scope.provider_path())
}

fn request_path(scope: &Scope, id: Uuid) -> String {
    format!("{}/roleAssignmentScheduleRequests/{id}", scope.provider_path())
}
