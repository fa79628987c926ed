//! Users, groups and service principals that do not exist, and what may have been meant.

use serde_json::Value;

use super::names::meant;
use crate::arm::{Arm, Scope};
use crate::error::{Error, ErrorCode};
use crate::http::shown;

/// Where the names of those who have something to do with a scope stand.
const COLLECTIONS: [&str; 2] = ["roleEligibilityScheduleInstances", "roleAssignmentScheduleInstances"];

/// The failure of an id that the tenant does not have. Near names are looked for among those who are eligible or have a role at the scope:
/// the directory itself is another service, which nobody should have to sign in to for that.
pub(super) async fn not_found(arm: &Arm<'_>, scope: &Scope, wanted: &str) -> Error {
    let mut known = Vec::new();
    for collection in COLLECTIONS {
        let mut list = arm.everybodys(std::slice::from_ref(scope), collection, true);
        while let Ok(Some(part)) = list.next().await {
            for row in part.items.unwrap_or_default() {
                let text = |name: &str| {
                    row.pointer(&format!("/properties/expandedProperties/principal/{name}")).and_then(Value::as_str).map(str::to_owned)
                };
                if let Some(id) = text("id") {
                    known.extend([text("displayName"), text("email")].into_iter().flatten().map(|name| (id.clone(), name)));
                }
            }
        }
    }
    let wanted = shown(wanted, 200);
    let candidates = known.iter().map(|(id, name)| (id.as_str(), Some(name.as_str())));
    let hint = meant(candidates, &wanted).unwrap_or_else(|| {
        "give the object id of a user, group or service principal of this tenant; one that was made a moment ago may need a minute to be known"
            .to_owned()
    });
    Error::new(ErrorCode::PrincipalNotFound, format!("the tenant has no principal `{wanted}`")).hint(hint).target(wanted)
}
