//! Everything beside roles: the signed-in user, directory objects by id, policies, authentication contexts.

use std::convert::identity;

use serde_json::{Value, json};

use super::error::{bad_request, missing_permission, not_found};
use super::list::{Kind, list, single};
use super::policy::{self, Subject};
use super::wire;
use crate::exchange::{Answer, Exchange};
use crate::odata::filter::Filter;
use crate::pim::world::World;
use crate::scenario::AuthenticationContext;
use crate::schema;

const USERS: Kind = Kind { context: "users", type_name: "user", filterable: &[], expandable: &[] };

const CONTEXTS: Kind = Kind {
    context: "identity/conditionalAccess/authenticationContextClassReferences",
    type_name: "authenticationContextClassReference",
    filterable: &["id", "displayName", "isAvailable"],
    expandable: &[],
};

const POLICY_ASSIGNMENTS: Kind = Kind {
    context: "policies/roleManagementPolicyAssignments",
    type_name: "unifiedRoleManagementPolicyAssignment",
    filterable: &["scopeId", "scopeType", "roleDefinitionId", "policyId"],
    expandable: &["policy"],
};

const POLICIES: Kind = Kind {
    context: "policies/roleManagementPolicies",
    type_name: "unifiedRoleManagementPolicy",
    filterable: &["scopeId", "scopeType"],
    expandable: &["rules"],
};

const RULES: Kind = Kind {
    context: "policies/roleManagementPolicies/rules",
    type_name: "unifiedRoleManagementPolicyRule",
    filterable: &["id"],
    expandable: &[],
};

/// `GET /me`.
pub(super) fn me(world: &World, exchange: &Exchange<'_>) -> Answer {
    if exchange.caller.is_application {
        return Answer::error(400, "BadRequest", "/me request is only valid with delegated authentication flow.");
    }
    let Some(user) = world.principal(&exchange.caller.object_id) else { return not_found("me") };
    let mut user = wire::principal(user);
    // The path says the type already.
    if let Value::Object(members) = &mut user {
        members.remove("@odata.type");
    }
    single(world, exchange, &USERS, 200, user)
}

/// `POST /directoryObjects/getByIds`. Ids that don't exist are missing from the answer.
pub(super) fn by_ids(world: &World, exchange: &Exchange<'_>) -> Answer {
    if let Some(option) = exchange.query.other_than(&[]) {
        return bad_request(format!("the query option `{option}` isn't emulated here"));
    }
    if let Err(violation) = schema::check("graphGetByIds", exchange.body) {
        return bad_request(violation);
    }
    let types = exchange.body["types"].as_array();
    let wanted = |name: &str| types.is_none_or(|types| types.iter().any(|kind| kind == name || kind == "directoryObject"));
    let may_read = |kind: &str| {
        let scopes = &exchange.caller.scopes;
        scopes.iter().any(|scope| scope.starts_with("Directory.Read") || scope.starts_with(kind))
    };
    let value: Vec<_> = exchange.body["ids"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|id| {
            let id = id.as_str()?;
            if let Some(principal) = world.principal(id) {
                let (kind, permission) = match principal.type_name() {
                    "User" => ("user", "User.Read"),
                    "ServicePrincipal" => ("servicePrincipal", "Application.Read"),
                    _ => ("group", "Group"),
                };
                return (wanted(kind) && may_read(permission)).then(|| wire::principal(principal));
            }
            let unit = world.scenario.administrative_units.iter().find(|unit| unit.id.eq_ignore_ascii_case(id))?;
            (wanted("administrativeUnit") && may_read("AdministrativeUnit")).then(|| wire::administrative_unit(unit))
        })
        .collect();
    let context = format!("{}/$metadata#directoryObjects", exchange.origin);
    Answer::with(200, json!({ "@odata.context": context, "value": value }))
}

/// `GET /identity/conditionalAccess/authenticationContextClassReferences`, all or one.
pub(super) fn contexts(world: &World, exchange: &Exchange<'_>, id: Option<&str>) -> Answer {
    let wire = |context: &AuthenticationContext| {
        json!({
            "id": context.id,
            "displayName": context.display_name,
            "description": context.description,
            "isAvailable": context.is_available,
        })
    };
    let Some(id) = id else {
        return list(world, exchange, &CONTEXTS, world.contexts.iter().collect(), wire);
    };
    match world.contexts.iter().find(|context| context.id.eq_ignore_ascii_case(id)) {
        Some(context) => single(world, exchange, &CONTEXTS, 200, wire(context)),
        None => not_found(id),
    }
}

/// `GET /policies/roleManagementPolicyAssignments`. The service wants to know at least the scope.
pub(super) fn policy_assignments(world: &World, exchange: &Exchange<'_>, id: Option<&str>) -> Answer {
    if let Some(id) = id {
        return match Subject::of_policy(world, id).filter(|subject| !id.eq_ignore_ascii_case(&subject.policy_id(world))) {
            Some(subject) => single(world, exchange, &POLICY_ASSIGNMENTS, 200, policy::assignment(subject, world)),
            None => not_found(id),
        };
    }
    match subjects(world, exchange) {
        Ok(subjects) => {
            list(world, exchange, &POLICY_ASSIGNMENTS, subjects, |subject| as_asked(policy::assignment(subject, world), exchange))
        }
        Err(answer) => answer,
    }
}

/// `GET /policies/roleManagementPolicies`, all, one, or the rules of one.
pub(super) fn policies(world: &World, exchange: &Exchange<'_>, rest: &[&str]) -> Answer {
    let Some(id) = rest.first() else {
        return match subjects(world, exchange) {
            Ok(subjects) => list(world, exchange, &POLICIES, subjects, |subject| as_asked(policy::policy(subject, world), exchange)),
            Err(answer) => answer,
        };
    };
    let Some(subject) = Subject::of_policy(world, id).filter(|subject| id.eq_ignore_ascii_case(&subject.policy_id(world))) else {
        return not_found(id);
    };
    match rest[1..] {
        [] => single(world, exchange, &POLICIES, 200, policy::policy(subject, world)),
        [_] => list(world, exchange, &RULES, policy::rules(subject, world), identity),
        [_, rule, ..] => match policy::rules(subject, world).into_iter().find(|known| known["id"] == rule) {
            Some(found) => single(world, exchange, &RULES, 200, found),
            None => not_found(rule),
        },
    }
}

/// `Directory` is an older name of the scope type `DirectoryRole`; the answer uses the name that was asked for.
fn as_asked(mut object: Value, exchange: &Exchange<'_>) -> Value {
    let asked = exchange.query.get("$filter").is_some_and(|filter| filter.to_ascii_lowercase().contains("scopetype eq 'directory'"));
    if asked {
        object["scopeType"] = json!("Directory");
    }
    object
}

/// What the policies of the scope that the filter names are about. The permissions for groups and for directory roles are different ones.
fn subjects<'a>(world: &'a World, exchange: &Exchange<'_>) -> Result<Vec<Subject<'a>>, Answer> {
    let filter = exchange.query.get("$filter").map(Filter::parse).transpose().map_err(bad_request)?;
    let value = |name: &str| filter.as_ref().and_then(|filter| filter.required(name));
    let missing = |name: &str| missing_permission(exchange.path, &[format!("RoleManagementPolicy.Read.{name}")]);
    let has_for_groups =
        exchange.caller.scopes.iter().any(|scope| scope.starts_with("RoleManagementPolicy.") && scope.ends_with(".AzureADGroup"));
    let has_for_roles = exchange.caller.scopes.iter().any(|scope| scope.starts_with("RoleManagement") && !scope.ends_with(".AzureADGroup"));
    match (value("scopeId"), value("scopeType")) {
        (Some(_), Some("DirectoryRole" | "Directory")) if !has_for_roles => Err(missing("Directory")),
        (Some(_), Some("DirectoryRole" | "Directory")) => Ok(Subject::all(world, None)),
        (Some(_), Some("Group")) if !has_for_groups => Err(missing("AzureADGroup")),
        (Some(group), Some("Group")) => Ok(Subject::all(world, Some(group))),
        (Some(_), Some(other)) => Err(bad_request(format!("policies of the scope type `{other}` aren't emulated"))),
        _ => Err(bad_request("The filter must name scopeId and scopeType.")),
    }
}
