//! From what a caller names to one role definition at one scope. Never a guess.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::super::names::{listed, meant, nearest};
use super::super::places;
use crate::arm::{Arm, RoleDefinition, Scope, trailing_id};
use crate::error::{Error, ErrorCode, Result};
use crate::http::shown;

/// A role that can be assigned at a scope.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResourceRoleDefinition {
    /// Its name.
    pub role_name: String,
    /// What it allows.
    pub description: Option<String>,
    /// The GUID.
    pub id: String,
    /// Full id, as policies and assignments name the role at the scope.
    #[serde(rename = "roleDefinitionId")]
    pub role_definition_id: String,
}

/// A role at a scope.
#[derive(Clone, Debug)]
pub(in super::super) struct Role {
    pub scope: Scope,
    pub definition: ResourceRoleDefinition,
}

impl Role {
    /// Reads a scope that the caller has to name: an empty text is a mistake, and not the tenant's root.
    ///
    /// # Errors
    /// `InvalidRequest`.
    fn scope(text: &str) -> Result<Scope> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::new(ErrorCode::InvalidRequest, "the scope is empty")
                .hint("give a resource id such as `/subscriptions/00000000-0000-0000-0000-000000000000`; `/` is the tenant's root")
                .target("scope"));
        }
        Scope::parse(text)
    }

    /// Finds a role by its name or its id: the GUID, or a full id.
    ///
    /// # Errors
    /// `InvalidRequest`, `ScopeNotFound` and `RoleNotFound` with the nearest names, `RoleAmbiguous` with the ids, and those of the service.
    pub(in super::super) async fn find(arm: &Arm<'_>, scope: &str, name: Option<&str>, id: Option<&str>) -> Result<Self> {
        let scope = Self::scope(scope)?;
        let given = |text: Option<&'_ str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let (name, id) = (given(name), given(id));
        if name.is_some() == id.is_some() {
            return Err(Error::new(ErrorCode::InvalidRequest, "a role is named by its name or by its id")
                .hint("give either the role's name or its id")
                .target("roleName"));
        }
        places::check_shape(arm, &scope).await?;
        let found = match (&name, &id) {
            (Some(name), _) => by_name(arm, &scope, name).await,
            (None, id) => by_id(arm, &scope, id.as_deref().unwrap_or_default()).await,
        };
        match found {
            Ok(definition) => Ok(Self { scope, definition }),
            Err(error) => Err(places::explained(arm, &scope, error).await),
        }
    }

    /// Role and scope as a person would say them.
    pub(in super::super) fn title(&self) -> String {
        format!("`{}` at `{}`", shown(&self.definition.role_name, 200), shown_scope(&self.scope))
    }
}

/// A scope as it may be shown.
pub(super) fn shown_scope(scope: &Scope) -> String {
    if scope.as_str().is_empty() { "/".to_owned() } else { shown(scope.as_str(), 300) }
}

/// All role definitions of a scope that a caller names, by name.
///
/// # Errors
/// `InvalidRequest`, `ScopeNotFound` with the nearest names, and those of the service.
pub(super) async fn definitions_at(arm: &Arm<'_>, scope: &str) -> Result<Vec<ResourceRoleDefinition>> {
    let scope = Role::scope(scope)?;
    places::check_shape(arm, &scope).await?;
    match definitions(arm, &scope).await {
        Ok(definitions) => Ok(definitions),
        Err(error) => Err(places::explained(arm, &scope, error).await),
    }
}

async fn definitions(arm: &Arm<'_>, scope: &Scope) -> Result<Vec<ResourceRoleDefinition>> {
    let items = arm.role_definitions(scope, None).all().await?;
    let mut definitions = items.into_iter().map(|item| read(item, scope)).collect::<Result<Vec<_>>>()?;
    definitions.sort_by_cached_key(|definition| (definition.role_name.to_lowercase(), definition.id.clone()));
    Ok(definitions)
}

async fn by_name(arm: &Arm<'_>, scope: &Scope, name: &str) -> Result<ResourceRoleDefinition> {
    let items = arm.role_definitions(scope, Some(name)).all().await?;
    let mut found = items.into_iter().map(|item| read(item, scope)).collect::<Result<Vec<_>>>()?;
    let title = shown(name, 200);
    if found.is_empty() {
        let all = definitions(arm, scope).await?;
        let names: BTreeSet<_> = all.iter().map(|definition| definition.role_name.as_str()).collect();
        let hint = match nearest(&names, name) {
            Some(hint) => hint,
            None if names.is_empty() => "no role can be assigned there: check the scope".to_owned(),
            None => format!("the roles there are {}", listed(names)),
        };
        found = all.into_iter().filter(|definition| definition.role_name.to_lowercase() == name.to_lowercase()).collect();
        if found.is_empty() {
            let message = format!("no role at `{}` is called `{title}`", shown_scope(scope));
            return Err(Error::new(ErrorCode::RoleNotFound, message).hint(hint).target(title));
        }
    }
    let ids: BTreeSet<_> = found.iter().map(|definition| definition.id.as_str()).collect();
    if ids.len() > 1 {
        let message = format!("{} roles at `{}` are called `{title}`: {}", ids.len(), shown_scope(scope), listed(ids));
        return Err(Error::new(ErrorCode::RoleAmbiguous, message).hint("give the id of one of them").target(title));
    }
    Ok(found.swap_remove(0))
}

async fn by_id(arm: &Arm<'_>, scope: &Scope, id: &str) -> Result<ResourceRoleDefinition> {
    let guid = trailing_id(id);
    let cause = if Uuid::parse_str(guid).is_ok() {
        match arm.role_definition(scope, guid).await {
            Ok(definition) => return finished(definition, scope),
            Err(error) if error.service.as_ref().is_some_and(|service| service.code.eq_ignore_ascii_case("RoleDefinitionDoesNotExist")) => {
                Some(error)
            }
            Err(error) => return Err(error),
        }
    } else {
        None
    };
    let all = definitions(arm, scope).await?;
    let known = all.iter().map(|definition| (definition.id.as_str(), Some(definition.role_name.as_str())));
    let hint = meant(known, guid).unwrap_or_else(|| "give the role's name, or list the roles of the scope".to_owned());
    let message = format!("no role at `{}` has the id `{}`", shown_scope(scope), shown(guid, 100));
    let (http, service) = cause.map(|error| (error.http, error.service)).unwrap_or_default();
    Err(Error { http, service, ..Error::new(ErrorCode::RoleNotFound, message) }.hint(hint).target(shown(id, 300)))
}

fn read(item: Value, scope: &Scope) -> Result<ResourceRoleDefinition> {
    let definition = serde_json::from_value(item).map_err(|error| unreadable().cause(&error))?;
    finished(definition, scope)
}

fn finished(definition: RoleDefinition, scope: &Scope) -> Result<ResourceRoleDefinition> {
    let RoleDefinition { id, name, properties } = definition;
    let guid = name.or_else(|| id.as_deref().map(|id| trailing_id(id).to_owned())).filter(|id| !id.is_empty()).ok_or_else(unreadable)?;
    Ok(ResourceRoleDefinition {
        role_name: properties.role_name.unwrap_or_else(|| guid.clone()),
        description: properties.description,
        role_definition_id: id.unwrap_or_else(|| format!("{}/roleDefinitions/{guid}", scope.provider_path())),
        id: guid,
    })
}

fn unreadable() -> Error {
    Error::new(ErrorCode::UnexpectedResponse, "a role definition is not what the service documents")
}
