//! Names that may have been meant.

use std::collections::BTreeSet;

/// How alike a name must be to be offered, of 1.
const ALIKE: f64 = 0.75;
/// How many names are offered.
const OFFERED: usize = 3;
/// How many candidates a message lists.
pub(super) const LISTED: usize = 10;

/// A question that offers the names most like `wanted`. None if nothing is like it.
pub(super) fn nearest(names: &BTreeSet<&str>, wanted: &str) -> Option<String> {
    let wanted = wanted.to_lowercase();
    let mut near: Vec<_> = names
        .iter()
        .map(|name| (strsim::jaro_winkler(&name.to_lowercase(), &wanted), *name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    near.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
    near.truncate(OFFERED);
    let offered = near.iter().map(|(_, name)| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
    (!near.is_empty()).then(|| format!("did you mean {offered}?"))
}

/// Names in a sentence; of many, the first.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let more = names.len().saturating_sub(LISTED);
    let shown = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
