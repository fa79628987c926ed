//! Azure resource roles, through Azure Resource Manager.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::Value;

use super::Kind;
use super::directory::required;
use super::provider::{Order, Provider};
use super::role::{Assignment, Eligibility};
use crate::arm::{
    ActivationBody, ActivationProperties, Arm, ExpandedProperties, Expiration, RoleSchedule, ScheduleInfo, Scope, TicketInfo, trailing_id,
};
use crate::auth::Resource;
use crate::call::Call;
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::http::{Failure, Response};
use crate::session::Session;

pub(super) struct Resources<'a> {
    arm: Arm<'a>,
}

impl<'a> Resources<'a> {
    pub(super) fn new(session: &'a Session, call: &'a Call) -> Self {
        Self { arm: Arm::new(session, call) }
    }
}

impl Provider for Resources<'_> {
    const KIND: Kind = Kind::Resource;
    const RESOURCE: Resource = Resource::Arm;
    const NARROW: bool = true;
    const REPEATABLE: bool = true;

    async fn eligibilities(&self) -> Result<Vec<Eligibility>> {
        let rows = self.arm.own(&Scope::root(), "roleEligibilityScheduleInstances").all().await?;
        let rows: Vec<_> = rows.iter().map(read).collect::<Result<_>>()?;
        try_join_all(rows.into_iter().map(|row| self.eligibility(row))).await
    }

    async fn assignments(&self) -> Result<Option<Vec<Assignment>>> {
        // The list over all scopes is slow, and was seen to lose rows.
        Ok(None)
    }

    async fn assignments_at(&self, scopes: &[String]) -> Result<Vec<Assignment>> {
        let lists = scopes.iter().map(|scope| async move {
            let rows = self.arm.own(&Scope::parse(scope)?, "roleAssignmentScheduleInstances").all().await?;
            rows.iter().map(|row| assignment(read(row)?)).collect::<Result<Vec<_>>>()
        });
        Ok(try_join_all(lists).await?.into_iter().flatten().collect())
    }

    async fn scope_names(&self, _scopes: &[String]) -> HashMap<String, String> {
        // The rows themselves bring the names.
        HashMap::new()
    }

    async fn is_below(&self, inner: &Scope, outer: &str) -> Result<bool> {
        let outer = Scope::parse(outer)?;
        if outer.kind() != "managementgroup" {
            return Ok(false);
        }
        let children = self.arm.eligible_children(&outer).all().await?;
        let ids = children.iter().filter_map(|child| child.get("id")?.as_str());
        Ok(ids.filter_map(|id| Scope::parse(id).ok()).any(|child| inner.is(&child) || inner.is_below(&child)))
    }

    async fn policy_rules(&self, role: &Eligibility) -> Result<Option<Vec<Value>>> {
        self.arm.policy_rules(&Scope::parse(&role.scope)?, &role.role_definition_id).await
    }

    async fn submit(&self, order: &Order, claims: Option<ClaimsRequest>) -> Result<Response, Failure> {
        self.arm.activate(&Scope::parse(&order.role.scope)?, order.id, &body(order), claims, order.write).await
    }

    async fn look_up(&self, order: &Order) -> Result<Option<Value>> {
        match self.state(order, "").await {
            Ok(request) => Ok(Some(request)),
            Err(error) if error.http.as_ref().is_some_and(|http| http.status == 404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn undecided(&self, order: &Order) -> Result<Option<Value>> {
        let rows = self.arm.own(&Scope::parse(&order.role.scope)?, "roleAssignmentScheduleRequests").all().await?;
        Ok(rows.into_iter().find(|row| {
            let text = |name: &str| row.pointer(&format!("/properties/{name}")).and_then(Value::as_str).unwrap_or_default();
            text("status").starts_with("Pending")
                && text("requestType").eq_ignore_ascii_case("SelfActivate")
                && trailing_id(text("roleDefinitionId")).eq_ignore_ascii_case(&order.role.role_key)
        }))
    }

    async fn state(&self, order: &Order, _request_id: &str) -> Result<Value> {
        self.arm.activation(&Scope::parse(&order.role.scope)?, order.id).await
    }

    fn mfa_claims() -> ClaimsRequest {
        // Azure's name for multi-factor authentication, as its own refusals write it.
        ClaimsRequest::for_contexts(["p1"])
    }
}

impl Resources<'_> {
    async fn eligibility(&self, row: RoleSchedule) -> Result<Eligibility> {
        let properties = row.properties;
        let role_definition_id = required(properties.role_definition_id, "roleDefinitionId")?;
        let scope = required(properties.scope, "scope")?;
        let parsed = Scope::parse(&scope)?;
        let ExpandedProperties { scope: scope_names, role_definition, .. } = properties.expanded_properties.unwrap_or_default();
        let scope_names = scope_names.unwrap_or_default();
        let role_name = match role_definition.and_then(|names| names.display_name) {
            Some(name) => name,
            // The names are optional; without a name only the id can be matched.
            None => self.arm.role_name(&parsed, &role_definition_id).await.ok().flatten().unwrap_or_else(|| role_definition_id.clone()),
        };
        Ok(Eligibility {
            role_name,
            role_key: trailing_id(&role_definition_id).to_lowercase(),
            role_definition_id,
            scope_type: scope_names.kind.unwrap_or_else(|| parsed.kind().to_owned()),
            scope,
            app_scope: false,
            scope_name: scope_names.display_name,
            schedule_id: properties.role_eligibility_schedule_id.unwrap_or_default(),
            member_type: properties.member_type,
            end: properties.end_date_time,
            condition: properties.condition.filter(|text| !text.is_empty()).map(|condition| (condition, properties.condition_version)),
        })
    }
}

pub(super) fn read(row: &Value) -> Result<RoleSchedule> {
    RoleSchedule::deserialize(row).map_err(|error| {
        Error::new(ErrorCode::UnexpectedResponse, "a row of the list of roles is not what the service documents").cause(&error)
    })
}

fn assignment(row: RoleSchedule) -> Result<Assignment> {
    let properties = row.properties;
    let role_definition_id = required(properties.role_definition_id, "roleDefinitionId")?;
    let names = properties.expanded_properties.unwrap_or_default();
    Ok(Assignment {
        role_name: names.role_definition.and_then(|names| names.display_name).unwrap_or_default(),
        role_key: trailing_id(&role_definition_id).to_lowercase(),
        scope: required(properties.scope, "scope")?,
        end: properties.end_date_time,
    })
}

fn body(order: &Order) -> ActivationBody<'_> {
    let role = &order.role;
    ActivationBody {
        properties: ActivationProperties {
            principal_id: &order.principal_id,
            role_definition_id: &role.role_definition_id,
            request_type: "SelfActivate",
            linked_role_eligibility_schedule_id: (!role.schedule_id.is_empty()).then_some(role.schedule_id.as_str()),
            justification: order.justification.as_deref(),
            ticket_info: order.ticket.as_ref().map(|ticket| TicketInfo { ticket_number: &ticket.number, ticket_system: &ticket.system }),
            schedule_info: ScheduleInfo {
                start_date_time: order.start.as_deref(),
                expiration: Expiration { kind: "AfterDuration", duration: &order.duration },
            },
            condition: role.condition.as_ref().map(|(condition, _)| condition.as_str()),
            condition_version: role.condition.as_ref().map(|(_, version)| version.as_deref().unwrap_or("2.0")),
        },
    }
}
