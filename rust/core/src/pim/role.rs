//! Eligible and active roles as the engine sees them: the same for every kind.

use super::{ActivationResult, Kind, Outcome, Policy};
use crate::error::Error;

/// One role that the user may activate.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Eligibility {
    pub role_name: String,
    /// As the service wants it back.
    pub role_definition_id: String,
    /// The definition's own id in lower case, for comparison.
    pub role_key: String,
    /// Where to activate, as the service wants it back.
    pub scope: String,
    /// The scope is one within an application.
    pub app_scope: bool,
    pub scope_name: Option<String>,
    pub scope_type: String,
    pub schedule_id: String,
    pub member_type: Option<String>,
    pub end: Option<String>,
    /// Condition and its version.
    pub condition: Option<(String, Option<String>)>,
}

/// One role that the user holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Assignment {
    pub role_name: String,
    pub role_key: String,
    pub scope: String,
    pub end: Option<String>,
}

impl Eligibility {
    pub(super) fn is_active_as(&self, assignment: &Assignment) -> bool {
        self.role_key == assignment.role_key && same_scope(&self.scope, &assignment.scope)
    }

    /// The role and its scope as a person would say it.
    pub(super) fn title(&self) -> String {
        if self.scope == "/" {
            return format!("`{}`", self.role_name);
        }
        match &self.scope_name {
            Some(name) => format!("`{}` at `{name}` (`{}`)", self.role_name, self.scope),
            None => format!("`{}` at `{}`", self.role_name, self.scope),
        }
    }

    /// A result that holds what is known before anything is sent.
    pub(super) fn result(&self, kind: Kind, status: Outcome) -> ActivationResult {
        ActivationResult {
            kind,
            role_name: self.role_name.clone(),
            role_definition_id: self.role_definition_id.clone(),
            scope: self.scope.clone(),
            scope_name: self.scope_name.clone(),
            scope_type: self.scope_type.clone(),
            status,
            service_status: None,
            request_id: None,
            requested_duration: None,
            duration: None,
            duration_clamped: false,
            start_date_time: None,
            end_date_time: None,
            authentication_contexts: Vec::new(),
            stepped_up: false,
            policy: None::<Policy>,
            sufficient_role: None,
            error: None,
            raw: None,
        }
    }

    pub(super) fn failed(&self, kind: Kind, mut error: Error) -> ActivationResult {
        error.target = Some(self.role_name.clone());
        ActivationResult { error: Some(error), ..self.result(kind, Outcome::Failed) }
    }
}

/// Scope ids compare without case and without a slash at the end.
pub(super) fn same_scope(left: &str, right: &str) -> bool {
    left.trim_matches('/').eq_ignore_ascii_case(right.trim_matches('/'))
}

/// One of each role and scope: an eligibility of one's own before one through a group, then the one that lasts longer.
pub(super) fn without_repetition(eligibilities: Vec<Eligibility>) -> Vec<Eligibility> {
    let mut kept: Vec<Eligibility> = Vec::new();
    for eligibility in eligibilities {
        let same = |other: &&mut Eligibility| other.role_key == eligibility.role_key && same_scope(&other.scope, &eligibility.scope);
        match kept.iter_mut().find(same) {
            Some(other) if rank(&eligibility) > rank(other) => *other = eligibility,
            Some(_) => {}
            None => kept.push(eligibility),
        }
    }
    kept
}

fn rank(eligibility: &Eligibility) -> (u8, bool, Option<jiff::Timestamp>) {
    let member = match eligibility.member_type.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("direct") => 2,
        Some("inherited") => 1,
        _ => 0,
    };
    (member, eligibility.end.is_none(), super::time::lenient(eligibility.end.as_deref()))
}

#[cfg(test)]
pub(super) mod samples {
    use super::Eligibility;

    pub(in crate::pim) fn eligible(name: &str, scope: &str) -> Eligibility {
        Eligibility {
            role_name: name.to_owned(),
            role_definition_id: format!("id-of-{name}"),
            role_key: format!("id-of-{name}").to_lowercase(),
            scope: scope.to_owned(),
            app_scope: false,
            scope_name: None,
            scope_type: "directory".to_owned(),
            schedule_id: format!("schedule-of-{name}-{scope}"),
            member_type: Some("Direct".to_owned()),
            end: None,
            condition: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::eligible;
    use super::*;

    #[test]
    fn the_direct_eligibility_wins_then_the_longer_one() {
        let group = Eligibility { member_type: Some("Group".to_owned()), schedule_id: "group".to_owned(), ..eligible("Reader", "/x") };
        let ending =
            Eligibility { end: Some("2026-01-01T00:00:00Z".to_owned()), schedule_id: "ending".to_owned(), ..eligible("Reader", "/X/") };
        let later =
            Eligibility { end: Some("2027-01-01T00:00:00Z".to_owned()), schedule_id: "later".to_owned(), ..eligible("Reader", "/x") };
        let kept = without_repetition(vec![group.clone(), ending.clone(), later.clone(), eligible("Reader", "/y")]);
        assert_eq!(kept.iter().map(|kept| kept.schedule_id.as_str()).collect::<Vec<_>>(), ["later", "schedule-of-Reader-/y"]);
        let permanent = Eligibility { schedule_id: "permanent".to_owned(), ..eligible("Reader", "/x") };
        assert_eq!(without_repetition(vec![later, permanent, ending, group])[0].schedule_id, "permanent");
    }
}
