//! Listing: the user's roles with names, page by page.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{Kind, RoleEntry, State, directory, resource};
use crate::arm::{Arm, Scope};
use crate::auth::Account;
use crate::call::Call;
use crate::error::Result;
use crate::graph::{DirectoryObject, Graph};
use crate::session::Session;

/// Lists directory roles. Each is an output; the count is returned.
pub(super) async fn directory_roles(session: &Session, call: &Call, state: State) -> Result<usize> {
    let graph = Graph::new(session, call);
    let mut pages = graph.schedules(match state {
        State::Eligible => "roleEligibilitySchedules",
        State::Active => "roleAssignmentSchedules",
    });
    let (roles, first) = tokio::try_join!(graph.role_catalogue(), pages.next())?;
    let mut page = first;
    let mut objects: HashMap<String, DirectoryObject> = HashMap::new();
    let mut asked = BTreeSet::new();
    let mut count = 0;
    while let Some(current) = page {
        let account = &current.response.token.account;
        let mut rows = Vec::with_capacity(current.items.len());
        for raw in current.items {
            rows.push((directory::read(&raw)?, raw));
        }
        let mut unknown = Vec::new();
        for (row, _) in &rows {
            let scope = row.directory_scope_id.as_deref().filter(|scope| *scope != "/").map(directory::object_id);
            let principal = row.principal_id.as_deref().filter(|id| !id.eq_ignore_ascii_case(&account.object_id));
            unknown.extend([scope, principal].into_iter().flatten().map(str::to_lowercase).filter(|id| asked.insert(id.clone())));
        }
        if !unknown.is_empty() {
            match graph.objects(&unknown).await {
                Ok(found) => objects.extend(found),
                Err(error) => call.verbose(format!("names of scopes and groups could not be read: {error}")),
            }
        }
        for (row, raw) in rows {
            let object = |id: &str| objects.get(&id.to_lowercase());
            let scope = directory::required(row.directory_scope_id.clone().or(row.app_scope_id), "directoryScopeId")?;
            let role_definition_id = directory::required(row.role_definition_id, "roleDefinitionId")?;
            let principal_id = row.principal_id.unwrap_or_default();
            let scope_object = if scope == "/" { None } else { object(directory::object_id(&scope)) };
            let schedule = row.schedule_info.unwrap_or_default();
            let entry = RoleEntry {
                kind: Kind::Directory,
                state,
                role_name: roles.name(&role_definition_id).map(str::to_owned),
                role_definition_id,
                scope_name: if scope == "/" {
                    Some(directory::WHOLE_DIRECTORY.to_owned())
                } else {
                    scope_object.and_then(|object| object.display_name.clone())
                },
                scope_type: scope_object
                    .and_then(|object| object.odata_type.as_deref())
                    .and_then(|kind| kind.strip_prefix("#microsoft.graph."))
                    .unwrap_or_else(|| if row.directory_scope_id.is_none() { "appScope" } else { directory::scope_type(&scope) })
                    .to_owned(),
                scope,
                principal_name: own_name(account, &principal_id)
                    .or_else(|| object(&principal_id).and_then(|object| object.display_name.clone())),
                principal_id,
                member_type: row.member_type,
                assignment_type: row.assignment_type,
                status: row.status,
                start_date_time: schedule.start_date_time.or(row.start_date_time),
                end_date_time: schedule.expiration.end_date_time.or(row.end_date_time),
                schedule_id: row.id.unwrap_or_default(),
                raw,
            };
            call.output(&entry).await?;
            count += 1;
        }
        page = pages.next().await?;
    }
    Ok(count)
}

/// Lists Azure resource roles. Each is an output; the count is returned.
pub(super) async fn resource_roles(session: &Session, call: &Call, state: State) -> Result<usize> {
    let arm = Arm::new(session, call);
    let mut pages = arm.own(
        &Scope::root(),
        match state {
            State::Eligible => "roleEligibilitySchedules",
            State::Active => "roleAssignmentSchedules",
        },
    );
    let mut role_names: HashMap<String, Option<String>> = HashMap::new();
    let mut count = 0;
    while let Some(page) = pages.next().await? {
        for raw in page.items {
            let entry = resource_entry(&arm, &mut role_names, &page.response.token.account, state, raw).await?;
            call.output(&entry).await?;
            count += 1;
        }
    }
    Ok(count)
}

async fn resource_entry(
    arm: &Arm<'_>,
    role_names: &mut HashMap<String, Option<String>>,
    account: &Account,
    state: State,
    raw: Value,
) -> Result<RoleEntry> {
    let row = resource::read(&raw)?;
    let properties = row.properties;
    let names = properties.expanded_properties.unwrap_or_default();
    let scope_names = names.scope.unwrap_or_default();
    let role_definition_id = directory::required(properties.role_definition_id, "roleDefinitionId")?;
    let scope = directory::required(properties.scope, "scope")?;
    let parsed = Scope::parse(&scope)?;
    let mut role_name = names.role_definition.and_then(|role| role.display_name);
    if role_name.is_none() {
        // Names come with the rows nearly always.
        role_name = match role_names.get(&role_definition_id) {
            Some(known) => known.clone(),
            None => {
                let name = arm.role_name(&parsed, &role_definition_id).await.ok().flatten();
                role_names.insert(role_definition_id.clone(), name.clone());
                name
            }
        };
    }
    let principal_id = properties.principal_id.unwrap_or_default();
    Ok(RoleEntry {
        kind: Kind::Resource,
        state,
        role_name,
        role_definition_id,
        scope_name: scope_names.display_name,
        scope_type: scope_names.kind.unwrap_or_else(|| parsed.kind().to_owned()),
        scope,
        principal_name: names.principal.and_then(|principal| principal.display_name).or_else(|| own_name(account, &principal_id)),
        principal_id,
        member_type: properties.member_type,
        assignment_type: properties.assignment_type,
        status: properties.status,
        start_date_time: properties.start_date_time,
        end_date_time: properties.end_date_time,
        schedule_id: row.id.unwrap_or_default(),
        raw,
    })
}

fn own_name(account: &Account, id: &str) -> Option<String> {
    account.object_id.eq_ignore_ascii_case(id).then(|| account.display_name.clone().unwrap_or_else(|| account.username.clone()))
}
