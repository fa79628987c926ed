//! From what a caller names to the eligibilities that are meant. Never a guess.

use std::collections::BTreeSet;

use super::RoleSelector;
use super::names::{LISTED, listed, meant, nearest};
use super::role::{Eligibility, same_scope, without_repetition};
use crate::arm::{Scope, trailing_id};
use crate::error::{Error, ErrorCode, Result};

/// What a selector fits.
#[derive(Debug)]
pub(super) struct Fit {
    /// One, unless the selector is ambiguous.
    pub candidates: Vec<Eligibility>,
    /// The name was completed: a part of it was given.
    pub completed: bool,
}

impl RoleSelector {
    /// Refuses a selector that names nothing.
    ///
    /// # Errors
    /// `InvalidRequest`.
    pub(super) fn check(&self) -> Result<()> {
        let named = [&self.name, &self.role_definition_id, &self.schedule_id].into_iter().flatten().any(|text| !text.trim().is_empty());
        if named {
            return Ok(());
        }
        Err(Error::new(ErrorCode::InvalidRequest, "a role is named by nothing")
            .hint("give `name`, `roleDefinitionId` or `scheduleId`")
            .target("roles"))
    }

    /// The selector as a person would say it.
    pub(super) fn title(&self) -> String {
        let what = [&self.name, &self.role_definition_id, &self.schedule_id].into_iter().flatten().next().map_or("", |text| text.trim());
        crate::http::shown(what, 200)
    }
}

/// Finds what a selector means. `narrow` allows scopes below an eligible one.
///
/// # Errors
/// `RoleNotEligible` with the nearest names, `RoleAmbiguous` if part of a name fits several role names, `InvalidRequest` for a malformed scope.
pub(super) fn find(eligibilities: &[Eligibility], selector: &RoleSelector, narrow: bool) -> Result<Fit> {
    let (named, completed) = named(eligibilities, selector)?;
    let chosen = match given(&selector.scope) {
        None => named,
        Some(scope) => {
            let chosen = by_scope(&named, scope, narrow)?;
            if chosen.is_empty() {
                return Err(not_eligible_there(&named, selector));
            }
            chosen
        }
    };
    Ok(Fit { candidates: without_repetition(chosen), completed })
}

/// What a selector means apart from its scope, and whether its name was completed.
pub(super) fn named(eligibilities: &[Eligibility], selector: &RoleSelector) -> Result<(Vec<Eligibility>, bool)> {
    let mut candidates: Vec<_> = eligibilities.iter().collect();
    if let Some(schedule) = given(&selector.schedule_id) {
        candidates.retain(|candidate| same_id(&candidate.schedule_id, schedule));
    }
    if let Some(definition) = given(&selector.role_definition_id) {
        candidates.retain(|candidate| candidate.role_key.eq_ignore_ascii_case(trailing_id(definition)));
    }
    let mut completed = false;
    if let Some(name) = given(&selector.name) {
        (candidates, completed) = by_name(candidates, name)?;
    }
    if candidates.is_empty() {
        return Err(not_eligible(eligibilities, selector));
    }
    Ok((candidates.into_iter().cloned().collect(), completed))
}

/// The eligibility, used at a scope below its own.
pub(super) fn narrowed(eligibility: &Eligibility, scope: &Scope) -> Eligibility {
    Eligibility { scope: scope.as_str().to_owned(), scope_name: None, scope_type: scope.kind().to_owned(), ..eligibility.clone() }
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// Equal, or equal in the last segment where one of the two is a full resource id.
fn same_id(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
        || (left.contains('/') != right.contains('/') && trailing_id(left).eq_ignore_ascii_case(trailing_id(right)))
}

fn by_name<'a>(candidates: Vec<&'a Eligibility>, name: &str) -> Result<(Vec<&'a Eligibility>, bool)> {
    let wanted = name.to_lowercase();
    let exact: Vec<_> = candidates
        .iter()
        .copied()
        .filter(|candidate| candidate.role_name.to_lowercase() == wanted || candidate.role_key == wanted)
        .collect();
    if !exact.is_empty() {
        return Ok((exact, false));
    }
    let partial: Vec<_> = candidates.iter().copied().filter(|candidate| candidate.role_name.to_lowercase().contains(&wanted)).collect();
    let names: BTreeSet<_> = partial.iter().map(|candidate| candidate.role_name.as_str()).collect();
    if names.len() > 1 {
        return Err(Error::new(
            ErrorCode::RoleAmbiguous,
            format!("`{name}` is part of several names of eligible roles: {}", listed(names)),
        )
        .hint("give the whole name")
        .target(name));
    }
    Ok((partial, true))
}

fn by_scope(candidates: &[Eligibility], scope: &str, narrow: bool) -> Result<Vec<Eligibility>> {
    let fits = |candidate: &&Eligibility| {
        same_scope(&candidate.scope, scope)
            || candidate.scope_name.as_deref().is_some_and(|name| name.to_lowercase() == scope.to_lowercase())
    };
    let exact: Vec<_> = candidates.iter().filter(fits).cloned().collect();
    if !exact.is_empty() || !narrow || !scope.contains('/') {
        return Ok(exact);
    }
    let inner = Scope::parse(scope)?;
    let above: Vec<_> = candidates
        .iter()
        .filter_map(|candidate| Some((Scope::parse(&candidate.scope).ok()?, candidate)))
        .filter(|(outer, _)| inner.is_below(outer))
        .collect();
    // The nearest eligibility above: its policy is closest to what will be asked.
    let Some(longest) = above.iter().map(|(outer, _)| outer.as_str().len()).max() else { return Ok(Vec::new()) };
    Ok(above.into_iter().filter(|(outer, _)| outer.as_str().len() == longest).map(|(_, candidate)| narrowed(candidate, &inner)).collect())
}

fn not_eligible(eligibilities: &[Eligibility], selector: &RoleSelector) -> Error {
    let title = selector.title();
    let names: BTreeSet<_> = eligibilities.iter().map(|eligibility| eligibility.role_name.as_str()).collect();
    let hint = nearest(&names, &title).unwrap_or_else(|| format!("the eligible roles are {}", listed(names)));
    Error::new(ErrorCode::RoleNotEligible, format!("`{title}` is not among the roles for which you are eligible")).hint(hint).target(title)
}

fn not_eligible_there(candidates: &[Eligibility], selector: &RoleSelector) -> Error {
    let title = selector.title();
    let scopes: BTreeSet<_> = candidates.iter().map(|candidate| candidate.scope.as_str()).collect();
    let scope = crate::http::shown(selector.scope.as_deref().unwrap_or_default(), 300);
    let known = candidates.iter().map(|candidate| (candidate.scope.as_str(), candidate.scope_name.as_deref()));
    let question = meant(known, &scope).map_or_else(String::new, |question| format!("; {question}"));
    Error::new(ErrorCode::RoleNotEligible, format!("you are not eligible for `{title}` at `{scope}`"))
        .hint(format!("you are eligible for it at {}{question}", listed(scopes)))
        .target(title)
}

/// One selector, several roles or scopes. Roles that are called the same are told with their ids.
pub(super) fn ambiguous(candidates: &[Eligibility], selector: &RoleSelector) -> Error {
    let same_name = |candidate: &Eligibility| {
        candidates
            .iter()
            .any(|other| other.role_key != candidate.role_key && other.role_name.to_lowercase() == candidate.role_name.to_lowercase())
    };
    let several = candidates.iter().any(same_name);
    let told = |candidate: &Eligibility| {
        if several { format!("{} with the id `{}`", candidate.title(), candidate.role_key) } else { candidate.title() }
    };
    let titles: BTreeSet<_> = candidates.iter().map(told).collect();
    let title = selector.title();
    let shown: Vec<_> = titles.iter().take(LISTED).cloned().collect();
    let more = titles.len().saturating_sub(LISTED);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    Error::new(ErrorCode::RoleAmbiguous, format!("`{title}` fits several eligible roles: {}{rest}", shown.join(", ")))
        .hint(if several { "give the id of the role definition" } else { "give the scope too, or the id of the schedule" })
        .target(title)
}

#[cfg(test)]
mod tests {
    use super::super::role::samples::eligible;
    use super::*;

    fn tenant() -> Vec<Eligibility> {
        vec![
            eligible("Security Reader", "/"),
            eligible("Security Administrator", "/"),
            eligible("User Administrator", "/"),
            Eligibility { scope_name: Some("Berlin".to_owned()), ..eligible("Groups Administrator", "/administrativeUnits/1") },
            eligible("Groups Administrator", "/administrativeUnits/2"),
            eligible("Contributor", "/subscriptions/1"),
            eligible("Contributor", "/subscriptions/1/resourceGroups/g"),
        ]
    }

    fn named(name: &str) -> RoleSelector {
        RoleSelector { name: Some(name.to_owned()), ..RoleSelector::default() }
    }

    fn at(name: &str, scope: &str) -> RoleSelector {
        RoleSelector { scope: Some(scope.to_owned()), ..named(name) }
    }

    fn scopes(selector: &RoleSelector) -> Vec<String> {
        find(&tenant(), selector, true).unwrap().candidates.into_iter().map(|found| found.scope).collect()
    }

    #[test]
    fn names_are_exact_first_then_a_unique_part() {
        let exact = find(&tenant(), &named(" security READER "), false).unwrap();
        assert_eq!((exact.candidates.len(), exact.completed), (1, false));
        let part = find(&tenant(), &named("user adm"), false).unwrap();
        assert_eq!((part.candidates[0].role_name.as_str(), part.completed), ("User Administrator", true));
        let error = find(&tenant(), &named("Security"), false).unwrap_err();
        assert_eq!(error.code, ErrorCode::RoleAmbiguous);
        assert!(error.message.contains("`Security Administrator`, `Security Reader`"), "{}", error.message);
    }

    #[test]
    fn a_wrong_name_gets_the_nearest_ones() {
        let error = find(&tenant(), &named("Securty Reader"), false).unwrap_err();
        assert_eq!(error.code, ErrorCode::RoleNotEligible);
        assert!(error.hint.unwrap().starts_with("did you mean `Security Reader`"));
        let error = find(&tenant(), &named("zzz"), false).unwrap_err();
        assert!(error.hint.unwrap().starts_with("the eligible roles are `Contributor`"));
    }

    #[test]
    fn scopes_are_chosen_by_id_by_name_and_below() {
        assert_eq!(scopes(&named("Groups Administrator")).len(), 2);
        assert_eq!(scopes(&at("Groups Administrator", "/AdministrativeUnits/2/")), ["/administrativeUnits/2"]);
        assert_eq!(scopes(&at("Groups Administrator", "berlin")), ["/administrativeUnits/1"]);
        assert_eq!(scopes(&at("Contributor", "subscriptions/1")), ["/subscriptions/1"]);
        let site = "/subscriptions/1/resourceGroups/g/providers/Microsoft.Web/sites/s";
        let below = find(&tenant(), &at("Contributor", site), true).unwrap().candidates;
        assert_eq!((below[0].scope.as_str(), below[0].scope_type.as_str()), (site, "resource"));
        assert_eq!(below[0].schedule_id, "schedule-of-Contributor-/subscriptions/1/resourceGroups/g");
        let error = find(&tenant(), &at("Contributor", "/subscriptions/2"), true).unwrap_err();
        assert!(error.hint.unwrap().contains("`/subscriptions/1`"));
        assert_eq!(find(&tenant(), &at("Contributor", "/subscriptions/1/../2"), true).unwrap_err().code, ErrorCode::InvalidRequest);
        assert_eq!(find(&tenant(), &at("Contributor", site), false).unwrap_err().code, ErrorCode::RoleNotEligible);
    }

    #[test]
    fn ids_are_compared_by_their_own_part() {
        let definition = RoleSelector {
            role_definition_id: Some("/subscriptions/9/providers/Microsoft.Authorization/roleDefinitions/ID-of-contributor".to_owned()),
            scope: Some("/subscriptions/1".to_owned()),
            ..RoleSelector::default()
        };
        assert_eq!(scopes(&definition), ["/subscriptions/1"]);
        assert_eq!(scopes(&named("id-of-user administrator")), ["/"]);
        let schedule = RoleSelector { schedule_id: Some("SCHEDULE-of-Security Reader-/".to_owned()), ..RoleSelector::default() };
        assert_eq!(find(&tenant(), &schedule, false).unwrap().candidates[0].role_name, "Security Reader");
        let both = RoleSelector { name: Some("User Administrator".to_owned()), ..schedule };
        assert_eq!(find(&tenant(), &both, false).unwrap_err().code, ErrorCode::RoleNotEligible);
        assert!(RoleSelector::default().check().is_err());
    }
}
