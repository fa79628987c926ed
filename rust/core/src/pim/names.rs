//! Names that may have been meant.

use std::collections::BTreeSet;

use uuid::Uuid;

/// How alike a name must be to be offered, of 1.
const ALIKE: f64 = 0.75;
/// How many characters of a GUID may differ: random ones share about every sixth.
const SLIPS: usize = 4;
/// How many names are offered.
const OFFERED: usize = 3;
/// How many candidates a message lists.
pub(super) const LISTED: usize = 10;

/// A question that offers the names most like `wanted`. None if nothing is like it.
pub(super) fn nearest(names: &BTreeSet<&str>, wanted: &str) -> Option<String> {
    let near = names.iter().map(|name| (alike(name, wanted), format!("`{name}`"))).collect();
    question(near)
}

/// What may have been meant among things that have an id, and mostly a name too. A thing may come more than once, with another name.
pub(super) fn meant<'a>(known: impl IntoIterator<Item = (&'a str, Option<&'a str>)> + Clone, wanted: &str) -> Option<String> {
    let is_name = |name: Option<&str>| name.is_some_and(|name| name.to_lowercase() == wanted.to_lowercase());
    let named: BTreeSet<_> = known.clone().into_iter().filter(|(_, name)| is_name(*name)).map(|(id, _)| id).collect();
    if !named.is_empty() {
        let ids = named.into_iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" or ");
        return Some(format!("that is a display name: give the id {ids}"));
    }
    let near = known.into_iter().map(|(id, name)| {
        let alike = alike(id, wanted).max(name.map_or(0.0, |name| alike(name, wanted)));
        (alike, name.map_or_else(|| format!("`{id}`"), |name| format!("`{name}` (`{id}`)")))
    });
    question(near.collect())
}

fn question(mut near: Vec<(f64, String)>) -> Option<String> {
    near.retain(|(alike, _)| *alike >= ALIKE);
    near.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
    near.dedup_by(|left, right| left.1 == right.1);
    near.truncate(OFFERED);
    let offered = near.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(" or ");
    (!near.is_empty()).then(|| format!("did you mean {offered}?"))
}

fn alike(name: &str, wanted: &str) -> f64 {
    let (name, wanted) = (name.to_lowercase(), wanted.to_lowercase());
    let own_part = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    // GUIDs of the same length look alike to a measure that is made for words.
    if Uuid::parse_str(&own_part(&name)).is_ok() {
        let slips = strsim::damerau_levenshtein(&own_part(&name), &own_part(&wanted));
        return if slips <= SLIPS { 1.0 - f64::from(u32::try_from(slips).unwrap_or(u32::MAX)) / 36.0 } else { 0.0 };
    }
    strsim::jaro_winkler(&name, &wanted)
}

/// Names in a sentence; of many, the first.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let more = names.len().saturating_sub(LISTED);
    let shown = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRODUCTION: &str = "6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1";
    const DEVELOPMENT: &str = "a3c8e5f0-7d14-4a62-b9f3-0e5d6c2b8f12";

    #[test]
    fn a_name_in_place_of_an_id_gets_the_id() {
        let known = [(PRODUCTION, Some("Production")), (DEVELOPMENT, Some("Development")), ("x", Some("production"))];
        assert_eq!(meant(known, "PRODUCTION"), Some(format!("that is a display name: give the id `{PRODUCTION}` or `x`")));
        assert_eq!(meant(known, "Prodction"), Some(format!("did you mean `Production` (`{PRODUCTION}`) or `production` (`x`)?")));
        assert_eq!(meant(known, "zzz"), None);
        assert_eq!(meant([], "x"), None);
    }

    #[test]
    fn a_guid_is_near_to_one_that_differs_by_slips_alone() {
        let known = [(PRODUCTION, None), (DEVELOPMENT, None)];
        let question = Some(format!("did you mean `{PRODUCTION}`?"));
        assert_eq!(meant(known, &PRODUCTION.replace("0e1", "0e2")), question);
        assert_eq!(meant(known, &PRODUCTION[1..]), question);
        assert_eq!(meant(known, "00000000-0000-4000-8000-000000000000"), None);
        let scope = format!("/subscriptions/{PRODUCTION}");
        assert_eq!(meant([(scope.as_str(), None)], &PRODUCTION.to_uppercase()), Some(format!("did you mean `{scope}`?")));
    }
}
