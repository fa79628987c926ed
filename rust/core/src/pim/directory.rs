//! Directory roles, through Microsoft Graph.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::Kind;
use super::provider::{Order, Provider};
use super::role::{Assignment, Eligibility, same_scope};
use super::time::lenient;
use crate::arm::Scope;
use crate::auth::Resource;
use crate::call::Call;
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{ActivationBody, Expiration, Graph, RoleCatalogue, RoleSchedule, ScheduleInfo, TicketInfo};
use crate::http::{Failure, Response};
use crate::session::Session;

/// Name of the scope `/`.
pub(super) const WHOLE_DIRECTORY: &str = "Directory";
/// How much older than the order, by this computer's clock, its request may look.
const CLOCK_SKEW_SECONDS: i64 = 300;

pub(super) struct Directory<'a> {
    graph: Graph<'a>,
    /// Both lists need the names: whoever comes second waits for the first.
    roles: tokio::sync::OnceCell<RoleCatalogue>,
}

impl<'a> Directory<'a> {
    pub(super) fn new(session: &'a Session, call: &'a Call) -> Self {
        Self { graph: Graph::new(session, call), roles: tokio::sync::OnceCell::new() }
    }

    async fn roles(&self) -> Result<&RoleCatalogue> {
        self.roles.get_or_try_init(|| self.graph.role_catalogue()).await
    }

    async fn own(&self, order: &Order, fits: impl Fn(&Value) -> bool) -> Result<Option<Value>> {
        let mut requests = self.graph.own_activations(&order.role.role_definition_id).await?;
        requests.retain(|request| {
            let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default();
            let scope = if order.role.app_scope { text("appScopeId") } else { text("directoryScopeId") };
            text("action").eq_ignore_ascii_case("selfActivate")
                && text("roleDefinitionId").eq_ignore_ascii_case(&order.role.role_definition_id)
                && same_scope(scope, &order.role.scope)
                && fits(request)
        });
        Ok(requests.into_iter().max_by_key(created))
    }
}

impl Provider for Directory<'_> {
    const KIND: Kind = Kind::Directory;
    const RESOURCE: Resource = Resource::Graph;
    const NARROW: bool = false;
    const REPEATABLE: bool = false;

    async fn eligibilities(&self) -> Result<Vec<Eligibility>> {
        let (roles, rows) = tokio::try_join!(self.roles(), self.graph.instances("roleEligibilityScheduleInstances"))?;
        rows.iter().map(|row| eligibility(read(row)?, roles)).collect()
    }

    async fn assignments(&self) -> Result<Option<Vec<Assignment>>> {
        let (roles, rows) = tokio::try_join!(self.roles(), self.graph.instances("roleAssignmentScheduleInstances"))?;
        rows.iter().map(|row| assignment(read(row)?, roles)).collect::<Result<_>>().map(Some)
    }

    async fn assignments_at(&self, _scopes: &[String]) -> Result<Vec<Assignment>> {
        Ok(Vec::new())
    }

    async fn scope_names(&self, scopes: &[String]) -> HashMap<String, String> {
        let ids: Vec<_> = scopes.iter().filter(|scope| *scope != "/").map(|scope| object_id(scope).to_owned()).collect();
        if ids.is_empty() {
            return HashMap::new();
        }
        // Names are a convenience; many users may not read them.
        let objects = self.graph.objects(&ids).await.unwrap_or_default();
        scopes
            .iter()
            .filter_map(|scope| Some((scope.clone(), objects.get(&object_id(scope).to_lowercase())?.display_name.clone()?)))
            .collect()
    }

    async fn is_below(&self, _inner: &Scope, _outer: &str) -> Result<bool> {
        Ok(false)
    }

    async fn policy_rules(&self, role: &Eligibility) -> Result<Option<Vec<Value>>> {
        // Policies of custom roles are filed under the template's id.
        let template = self.roles().await?.template(&role.role_definition_id);
        if let Some(template) = template.filter(|template| !template.eq_ignore_ascii_case(&role.role_definition_id))
            && let Some(rules) = self.graph.policy_rules(template).await?
        {
            return Ok(Some(rules));
        }
        self.graph.policy_rules(&role.role_definition_id).await
    }

    async fn submit(&self, order: &Order, claims: Option<ClaimsRequest>) -> Result<Response, Failure> {
        self.graph.activate(&body(order), claims, order.write).await
    }

    async fn look_up(&self, order: &Order) -> Result<Option<Value>> {
        let earliest = order.placed.as_second() - CLOCK_SKEW_SECONDS;
        self.own(order, |request| created(request).is_some_and(|created| created.as_second() >= earliest)).await
    }

    async fn undecided(&self, order: &Order) -> Result<Option<Value>> {
        self.own(order, |request| request.get("status").and_then(Value::as_str).is_some_and(|status| status.starts_with("Pending"))).await
    }

    async fn state(&self, _order: &Order, request_id: &str) -> Result<Value> {
        self.graph.activation(request_id).await
    }

    fn mfa_claims() -> ClaimsRequest {
        ClaimsRequest::for_mfa()
    }
}

pub(super) fn read(row: &Value) -> Result<RoleSchedule> {
    RoleSchedule::deserialize(row).map_err(|error| {
        Error::new(ErrorCode::UnexpectedResponse, "a row of the list of roles is not what the service documents").cause(&error)
    })
}

/// The last part of `/administrativeUnits/{id}` or `/{id}`.
pub(super) fn object_id(scope: &str) -> &str {
    scope.rsplit('/').next().unwrap_or(scope)
}

/// The kind of a directory scope as its path tells it.
pub(super) fn scope_type(scope: &str) -> &'static str {
    if scope == "/" {
        "directory"
    } else if scope.to_ascii_lowercase().starts_with("/administrativeunits/") {
        "administrativeUnit"
    } else {
        "directoryObject"
    }
}

fn eligibility(row: RoleSchedule, roles: &RoleCatalogue) -> Result<Eligibility> {
    let role_definition_id = required(row.role_definition_id, "roleDefinitionId")?;
    let role_key = role_definition_id.to_lowercase();
    let app_scope = row.directory_scope_id.is_none() && row.app_scope_id.is_some();
    let scope = required(row.directory_scope_id.or(row.app_scope_id), "directoryScopeId")?;
    Ok(Eligibility {
        role_name: roles.name(&role_key).map_or_else(|| role_definition_id.clone(), str::to_owned),
        role_key,
        role_definition_id,
        scope_type: if app_scope { "appScope" } else { scope_type(&scope) }.to_owned(),
        scope_name: (scope == "/").then(|| WHOLE_DIRECTORY.to_owned()),
        scope,
        app_scope,
        schedule_id: row.role_eligibility_schedule_id.or(row.id).unwrap_or_default(),
        member_type: row.member_type,
        end: row.end_date_time,
        condition: None,
    })
}

fn assignment(row: RoleSchedule, roles: &RoleCatalogue) -> Result<Assignment> {
    let role_key = required(row.role_definition_id, "roleDefinitionId")?.to_lowercase();
    Ok(Assignment {
        role_name: roles.name(&role_key).unwrap_or_default().to_owned(),
        role_key,
        scope: required(row.directory_scope_id.or(row.app_scope_id), "directoryScopeId")?,
        end: row.end_date_time,
    })
}

pub(super) fn required(text: Option<String>, name: &str) -> Result<String> {
    text.filter(|text| !text.is_empty())
        .ok_or_else(|| Error::new(ErrorCode::UnexpectedResponse, format!("a row of the list of roles has no `{name}`")))
}

fn created(request: &Value) -> Option<jiff::Timestamp> {
    lenient(request.get("createdDateTime").and_then(Value::as_str))
}

fn body(order: &Order) -> ActivationBody<'_> {
    let role = &order.role;
    ActivationBody {
        action: "selfActivate",
        principal_id: &order.principal_id,
        role_definition_id: &role.role_definition_id,
        directory_scope_id: (!role.app_scope).then_some(role.scope.as_str()),
        app_scope_id: role.app_scope.then_some(role.scope.as_str()),
        justification: order.justification.as_deref(),
        schedule_info: ScheduleInfo {
            start_date_time: order.start.clone(),
            expiration: Expiration { kind: Some("afterDuration".to_owned()), duration: Some(order.duration.clone()), end_date_time: None },
        },
        ticket_info: order.ticket.as_ref().map(|ticket| TicketInfo { ticket_number: &ticket.number, ticket_system: &ticket.system }),
    }
}
