//! Scopes by their names: what a caller may have meant.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::names::nearest;
use crate::error::{Error, ErrorCode, Result};
use crate::http::{Pages, shown};

/// A subscription or management group that the user may see.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The id that addresses it: a GUID, or the name of a management group.
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
            // Management groups have no state.
            enabled: text("/state").is_none_or(|state| state.eq_ignore_ascii_case("Enabled")),
        })
    }

    /// All of a list.
    pub(super) async fn all(list: Pages<'_>) -> Result<Vec<Self>> {
        Ok(list.all().await?.iter().filter_map(Self::read).collect())
    }
}

/// What a caller named and what does not exist.
pub(super) fn not_found(what: &str, wanted: &str, known: Option<&[Known]>) -> Error {
    let wanted = shown(wanted, 200);
    let error =
        Error::new(ErrorCode::NotFound, format!("there is no {what} `{wanted}`, or the user may not see it")).target(wanted.clone());
    let Some(known) = known else { return error.hint(format!("check the {what}'s id and the tenant")) };
    let named: Vec<_> =
        known.iter().filter(|known| known.title.as_ref().is_some_and(|title| title.eq_ignore_ascii_case(&wanted))).collect();
    if !named.is_empty() {
        let ids = named.iter().map(|known| format!("`{}`", known.id)).collect::<Vec<_>>().join(" or ");
        return error.hint(format!("that is a display name: give the id {ids}"));
    }
    let mut labels = BTreeSet::new();
    for known in known {
        labels.insert(known.id.as_str());
        labels.extend(known.title.as_deref());
    }
    let hint = nearest(&labels, &wanted).unwrap_or_else(|| format!("check the {what}'s id and the tenant"));
    error.hint(hint)
}
