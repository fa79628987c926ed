//! Azure Resource Manager as far as this product calls it: addresses and wire types of `Microsoft.Authorization`, 2020-10-01.

mod batch;
mod scope;
mod wire;

use http::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::auth::Resource;
use crate::call::{Call, WriteId};
use crate::claims::ClaimsRequest;
use crate::error::{Error, Result};
use crate::http::{Failure, Lists, Pages, Request, Response, address};
use crate::session::Session;

pub use scope::{Scope, trailing_id};
pub use wire::{
    ActivationBody, ActivationProperties, Expanded, ExpandedProperties, Expiration, RoleSchedule, ScheduleInfo, ScheduleProperties,
    TicketInfo,
};

const PIM_VERSION: &str = "2020-10-01";
const ROLE_DEFINITION_VERSION: &str = "2022-04-01";
const SUBSCRIPTION_VERSION: &str = "2022-12-01";
const MANAGEMENT_GROUP_VERSION: &str = "2020-05-01";

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
        let filter = format!("roleDefinitionId eq '{}'", role_definition_id.replace('\'', "''"));
        let path = format!("{}/roleManagementPolicyAssignments", scope.provider_path());
        let assignments = self.pages(&path, &[("api-version", PIM_VERSION), ("$filter", &filter)]).all().await?;
        Ok(assignments.into_iter().find_map(|mut assignment| match assignment.pointer_mut("/properties/effectiveRules").map(Value::take) {
            Some(Value::Array(rules)) => Some(rules),
            _ => None,
        }))
    }

    /// Name of a role definition.
    ///
    /// # Errors
    /// As [`crate::http::Client::send`].
    pub async fn role_name(&self, scope: &Scope, role_definition_id: &str) -> Result<Option<String>> {
        let path = format!("{}/roleDefinitions/{}", scope.provider_path(), address::segment(trailing_id(role_definition_id)));
        let answer: Value = self.send(&self.request(Method::GET, &path, &[("api-version", ROLE_DEFINITION_VERSION)])).await?.json()?;
        Ok(answer.pointer("/properties/roleName").and_then(Value::as_str).map(str::to_owned))
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

fn request_path(scope: &Scope, id: Uuid) -> String {
    format!("{}/roleAssignmentScheduleRequests/{id}", scope.provider_path())
}
