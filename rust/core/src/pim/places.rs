//! Azure scopes that do not exist: which part of the id is missing, and what may have been meant.

use serde_json::Value;
use uuid::Uuid;

use super::names::meant;
use crate::arm::{Arm, MANAGEMENT_GROUPS, Scope, trailing_id};
use crate::error::{Error, ErrorCode, Result};
use crate::http::{Pages, shown};

/// Codes with which Azure Resource Manager says that a part of the scope does not exist.
const MISSING: [&str; 8] = [
    "SubscriptionNotFound",
    "InvalidSubscriptionId",
    "MissingSubscription",
    "ManagementGroupNotFound",
    "ResourceGroupNotFound",
    "ResourceNotFound",
    "InvalidResourceNamespace",
    "InvalidScope",
];

/// A subscription, management group, resource group or resource that the user may see.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// What addresses it within what contains it: a GUID, or a name.
    pub id: String,
    /// What people call it.
    pub title: Option<String>,
    /// Whether it is in use.
    pub enabled: bool,
}

impl Known {
    fn read(item: &Value) -> Option<Self> {
        let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        Some(Self {
            id: text("/subscriptionId").or_else(|| text("/name"))?.to_owned(),
            title: text("/displayName").or_else(|| text("/properties/displayName")).map(str::to_owned),
            // Only subscriptions have a state.
            enabled: text("/state").is_none_or(|state| state.eq_ignore_ascii_case("Enabled")),
        })
    }

    /// All of a list.
    pub(super) async fn all(list: Pages<'_>) -> Result<Vec<Self>> {
        Ok(list.all().await?.iter().filter_map(Self::read).collect())
    }

    fn is(&self, id: &str) -> bool {
        self.id.eq_ignore_ascii_case(id)
    }
}

/// What a caller named and what does not exist. `known` is what there is of its kind, where that could be read.
pub(super) fn not_found(what: &str, wanted: &str, known: Option<&[Known]>) -> Error {
    let wanted = shown(wanted, 200);
    let candidates = known.unwrap_or_default().iter().map(|known| (known.id.as_str(), known.title.as_deref()));
    let hint = meant(candidates, &wanted).unwrap_or_else(|| format!("check the {what}'s id and the tenant"));
    Error::new(ErrorCode::ScopeNotFound, format!("there is no {what} `{wanted}`, or the user may not see it")).hint(hint).target(wanted)
}

/// Whether the service refuses because a part of the scope does not exist.
pub(super) fn is_missing(error: &Error) -> bool {
    error.service.as_ref().is_some_and(|service| MISSING.iter().any(|code| service.code.eq_ignore_ascii_case(code)))
}

/// Refuses a text that is no resource id, such as the name of a subscription, with what may have been meant.
///
/// # Errors
/// `ScopeNotFound`.
pub(super) async fn check_shape(arm: &Arm<'_>, scope: &Scope) -> Result<()> {
    let segments: Vec<_> = scope.as_str().split('/').skip(1).collect();
    let is = |place: usize, word: &str| segments.get(place).is_some_and(|segment| segment.eq_ignore_ascii_case(word));
    if segments.is_empty() || is(0, "providers") || is(0, "subscriptions") && segments.len() > 1 {
        return Ok(());
    }
    let mut known = Known::all(arm.subscriptions()).await.unwrap_or_default();
    for known in &mut known {
        known.id = format!("/subscriptions/{}", known.id);
    }
    for mut group in Known::all(arm.management_groups()).await.unwrap_or_default() {
        group.id = format!("{MANAGEMENT_GROUPS}/{}", group.id);
        known.push(group);
    }
    let wanted = shown(scope.as_str().trim_matches('/'), 200);
    let exact = known.iter().find(|known| trailing_id(&known.id).eq_ignore_ascii_case(&wanted));
    let candidates = known.iter().map(|known| (known.id.as_str(), known.title.as_deref()));
    let hint = match exact {
        Some(exact) => format!("give the whole id `{}`", exact.id),
        None => meant(candidates, &wanted).unwrap_or_else(|| {
            "give a resource id such as `/subscriptions/00000000-0000-0000-0000-000000000000`; `/` is the tenant's root".to_owned()
        }),
    };
    Err(Error::new(ErrorCode::ScopeNotFound, format!("`{wanted}` is no resource id of a scope")).hint(hint).target(wanted))
}

/// Says which part of a scope is missing, if that is why a request failed there. Whoever may not see a scope is often told that it is
/// forbidden: then it is said that it may not exist.
pub(super) async fn explained(arm: &Arm<'_>, scope: &Scope, error: Error) -> Error {
    let hidden = error.code == ErrorCode::AccessDenied && error.http.is_some();
    if !hidden && !is_missing(&error) {
        return error;
    }
    let Some(missing) = missing(arm, scope).await else { return error };
    if hidden {
        // Not visible is not the same as absent: only a likely slip is worth a word.
        let question = missing.hint.filter(|hint| hint.starts_with("did you mean"));
        return match question {
            Some(question) => error.hint(format!("check the scope: {question}")),
            None => error,
        };
    }
    Error { http: error.http, service: error.service, ..missing }
}

/// The first part of a scope that the user does not see. None if all of it is there, or if that cannot be told.
async fn missing(arm: &Arm<'_>, scope: &Scope) -> Option<Error> {
    let segments: Vec<_> = scope.as_str().split('/').skip(1).collect();
    let lower: Vec<_> = segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
    let lower: Vec<_> = lower.iter().map(String::as_str).collect();
    let absent = |what: &str, wanted: &str, known: &[Known]| {
        (!known.iter().any(|known| known.is(wanted))).then(|| not_found(what, wanted, Some(known)))
    };
    match lower.as_slice() {
        ["providers", "microsoft.management", "managementgroups", _] => {
            absent("management group", segments[3], &Known::all(arm.management_groups()).await.ok()?)
        }
        ["subscriptions", id, rest @ ..] => {
            let subscriptions = Known::all(arm.subscriptions()).await.ok();
            if let Some(error) = absent("subscription", segments[1], subscriptions.as_deref().unwrap_or_default())
                .filter(|_| subscriptions.is_some() || Uuid::parse_str(id).is_err())
            {
                return Some(error);
            }
            let ["resourcegroups", _, inner @ ..] = rest else { return None };
            let subscription = Scope::parse(&format!("/subscriptions/{id}")).ok()?;
            let group = segments[3];
            if let Some(error) = absent("resource group", group, &Known::all(arm.resource_groups(&subscription)).await.ok()?) {
                return Some(error);
            }
            if inner.is_empty() {
                return None;
            }
            let resources = Known::all(arm.resources(&subscription, group)).await.ok()?;
            absent("resource", trailing_id(scope.as_str()), &resources)
        }
        _ => None,
    }
}
