//! Eligibilities in subscriptions, resource groups and resources.

use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::super::places::{Known, not_found};
use super::super::resource::read;
use super::{ScopeFailure, ScopeListSummary};
use crate::arm::{Arm, Scope, trailing_id};
use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::session::Session;

/// One eligibility, given in a subscription or below it.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubscriptionEligibility {
    /// Display name of who is eligible.
    pub principal_name: Option<String>,
    /// Mail address or user principal name of who is eligible.
    pub principal_email: Option<String>,
    /// `User`, `Group` or `ServicePrincipal`.
    pub principal_type: Option<String>,
    /// Object id of who is eligible.
    pub principal_id: Option<String>,
    /// Name of the role.
    pub role_name: Option<String>,
    /// `BuiltInRole` or `CustomRole`.
    pub role_type: Option<String>,
    /// Full id of the role definition.
    pub role_id: Option<String>,
    /// Resource id of the scope.
    pub scope_id: Option<String>,
    /// Display name of the scope.
    pub scope_name: Option<String>,
    /// `subscription`, `resourcegroup` or the resource's type.
    pub scope_type: Option<String>,
    /// Status of the eligibility, for example `Provisioned`.
    pub status: Option<String>,
    /// When it was made.
    #[serde(rename = "createdOn")]
    pub created_on: Option<String>,
    /// Its begin.
    #[serde(rename = "startDateTime")]
    pub start_date_time: Option<String>,
    /// Its end, or `permanent`.
    #[serde(rename = "endDateTime")]
    pub end_date_time: String,
    /// When it was changed last.
    #[serde(rename = "updatedOn")]
    pub updated_on: Option<String>,
    /// `Direct`.
    #[serde(rename = "memberType")]
    pub member_type: String,
    /// Full id of the eligibility schedule.
    #[serde(rename = "id")]
    pub id: Option<String>,
}

/// Lists who is eligible in subscriptions: in those named, or in all that are enabled. Each is an output.
///
/// # Errors
/// What concerns all subscriptions, and `ScopeNotFound` if none is named and the user sees none that is enabled.
pub async fn subscription_eligibilities(session: &Session, call: &Call, ids: &[String]) -> Result<ScopeListSummary> {
    let arm = Arm::new(session, call);
    let mut summary = ScopeListSummary::default();
    let mut known = None;
    let ids = if ids.is_empty() { enabled(&arm, call).await? } else { named(&arm, ids, &mut known, &mut summary).await? };
    let scopes = ids.iter().map(|id| Scope::parse(&format!("/subscriptions/{id}"))).collect::<Result<Vec<_>>>()?;
    let mut lists = arm.everybodys(&scopes, "roleEligibilitySchedules", false);
    let mut role_names = HashMap::new();
    while let Some(part) = lists.next().await? {
        match part.items {
            Ok(rows) => {
                let mut entries = Vec::new();
                for row in rows {
                    entries.extend(lists.meanwhile(entry(&arm, &mut role_names, &row)).await?);
                }
                lists.outputs(&entries).await?;
                summary.count += entries.len();
            }
            Err(error) if error.code == ErrorCode::NotFound => {
                let id = &ids[part.list];
                if known.is_none() {
                    known = lists.meanwhile(Known::all(arm.subscriptions())).await.ok();
                }
                let mut told = not_found("subscription", id, known.as_deref());
                (told.http, told.service) = (error.http, error.service);
                summary.fail(call, &scopes[part.list], told)?;
            }
            Err(error) => summary.fail(call, &scopes[part.list], error)?,
        }
    }
    Ok(summary)
}

async fn enabled(arm: &Arm<'_>, call: &Call) -> Result<Vec<String>> {
    let known = Known::all(arm.subscriptions()).await?;
    let disabled = known.iter().filter(|known| !known.enabled).count();
    if disabled > 0 {
        call.verbose(format!("{disabled} subscriptions are not enabled and are left out"));
    }
    let ids: Vec<_> = known.into_iter().filter(|known| known.enabled).map(|known| known.id).collect();
    if ids.is_empty() {
        return Err(Error::new(ErrorCode::ScopeNotFound, "the user sees no subscription that is enabled")
            .hint("sign in to the right tenant with an account that may read its subscriptions")
            .target("subscriptions"));
    }
    Ok(ids)
}

/// The ids among what was named, each once. What is no id has its failure.
async fn named(arm: &Arm<'_>, ids: &[String], known: &mut Option<Vec<Known>>, summary: &mut ScopeListSummary) -> Result<Vec<String>> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for id in ids {
        let id = trailing_id(id.trim());
        if !seen.insert(id.to_lowercase()) {
            continue;
        }
        if Uuid::parse_str(id).is_ok() {
            found.push(id.to_owned());
            continue;
        }
        if known.is_none() {
            *known = Some(Known::all(arm.subscriptions()).await?);
        }
        summary.failed.push(ScopeFailure { scope: id.to_owned(), error: not_found("subscription", id, known.as_deref()) });
    }
    Ok(found)
}

/// A row, if it was given in the subscription itself or below it.
async fn entry(arm: &Arm<'_>, role_names: &mut HashMap<String, Option<String>>, row: &Value) -> Result<Option<SubscriptionEligibility>> {
    let row = read(row)?;
    let properties = row.properties;
    let names = properties.expanded_properties.unwrap_or_default();
    let (principal, role, scope) =
        (names.principal.unwrap_or_default(), names.role_definition.unwrap_or_default(), names.scope.unwrap_or_default());
    let scope_id = scope.id.or(properties.scope);
    let kind = scope.kind.or_else(|| Some(Scope::parse(scope_id.as_deref()?).ok()?.kind().to_owned()));
    let member_type = properties.member_type.unwrap_or_default();
    let is_above = kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("managementgroup"));
    if is_above || !member_type.eq_ignore_ascii_case("Direct") {
        return Ok(None);
    }
    let role_id = role.id.or(properties.role_definition_id);
    let mut role_name = role.display_name;
    if let (None, Some(role), Some(scope)) = (&role_name, &role_id, &scope_id) {
        role_name = super::role_name(arm, role_names, scope, role).await;
    }
    Ok(Some(SubscriptionEligibility {
        principal_name: principal.display_name,
        principal_email: principal.email,
        principal_type: principal.kind.or(properties.principal_type),
        principal_id: principal.id.or(properties.principal_id),
        role_name,
        role_type: role.kind,
        role_id,
        scope_id,
        scope_name: scope.display_name,
        scope_type: kind,
        status: properties.status,
        created_on: properties.created_on,
        start_date_time: properties.start_date_time,
        end_date_time: properties.end_date_time.unwrap_or_else(|| "permanent".to_owned()),
        updated_on: properties.updated_on,
        member_type,
        id: row.id,
    }))
}
