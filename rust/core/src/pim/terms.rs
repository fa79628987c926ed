//! The terms of one activation: what the caller wants, measured against what the policy allows and demands.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::role::Eligibility;
use super::time::{iso, point, requested, seconds, wire};
use super::{ActivationRequest, Policy, Ticket};
use crate::error::{Error, ErrorCode, Result};

/// Asked for where neither the caller nor a readable policy names a duration: every policy of the services' own making allows it.
const CAUTIOUS: i64 = 3600;

/// What the caller wants, read once for all roles.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub justification: Option<String>,
    pub ticket: Option<Ticket>,
    /// Seconds.
    pub duration: Option<i64>,
    pub duration_text: Option<String>,
    pub clamp: bool,
    /// UTC; absent means at once.
    pub start: Option<String>,
}

/// What will be asked of the service for one role.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub duration: String,
    pub clamped: bool,
    pub ticket: Option<Ticket>,
    pub contexts: BTreeSet<String>,
}

impl Wish {
    /// Reads what concerns all roles of a request.
    ///
    /// # Errors
    /// `InvalidRequest`, `DurationInvalid`.
    pub(super) fn read(request: &ActivationRequest, now: Timestamp) -> Result<Self> {
        if request.roles.is_empty() {
            return Err(Error::new(ErrorCode::InvalidRequest, "no role is named").hint("name at least one role").target("roles"));
        }
        for selector in &request.roles {
            selector.check()?;
        }
        let text = |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let duration_text = text(&request.duration);
        let start = text(&request.start_date_time).map(|text| point(&text)).transpose()?;
        let ticket = request.ticket.clone().filter(|ticket| !ticket.number.trim().is_empty() || !ticket.system.trim().is_empty());
        Ok(Self {
            justification: text(&request.justification),
            ticket,
            duration: duration_text.as_deref().map(requested).transpose()?,
            duration_text,
            clamp: request.clamp_duration,
            start: start.filter(|start| *start > now).map(wire),
        })
    }

    /// Measures the wish against a policy; None is a policy that could not be read. All that is missing is told at once.
    ///
    /// # Errors
    /// `JustificationRequired`, `TicketRequired`, `DurationTooLong`; `PolicyViolation` for more than one of them.
    pub(super) fn against(&self, role: &Eligibility, policy: Option<&Policy>) -> Result<Terms> {
        let Some(policy) = policy else {
            // The service decides.
            return Ok(Terms {
                duration: iso(self.duration.unwrap_or(CAUTIOUS)),
                clamped: false,
                ticket: self.ticket.clone(),
                contexts: BTreeSet::new(),
            });
        };
        let maximum = policy.maximum_duration.as_deref().and_then(seconds);
        let too_long = self.duration.zip(maximum).filter(|(duration, maximum)| duration > maximum);
        let mut lacks: Vec<(ErrorCode, String, String)> = Vec::new();
        if policy.justification_required && self.justification.is_none() {
            lacks.push((ErrorCode::JustificationRequired, "demands a justification".to_owned(), "give a justification".to_owned()));
        }
        if policy.ticket_required && self.ticket.is_none() {
            lacks.push((ErrorCode::TicketRequired, "demands ticket information".to_owned(), "give a ticket number and system".to_owned()));
        }
        if let Some((duration, maximum)) = too_long.filter(|_| !self.clamp) {
            let (duration, maximum) = (iso(duration), iso(maximum));
            lacks.push((
                ErrorCode::DurationTooLong,
                format!("allows `{maximum}`, which is shorter than `{duration}`"),
                format!("ask for `{maximum}` or less"),
            ));
        }
        if let Some((code, _, _)) = lacks.first() {
            let code = if lacks.len() == 1 { *code } else { ErrorCode::PolicyViolation };
            let told = lacks.iter().map(|(_, sentence, _)| sentence.as_str()).collect::<Vec<_>>().join(" and ");
            let hints = lacks.iter().map(|(_, _, hint)| hint.as_str()).collect::<Vec<_>>().join(", and ");
            let mut error = Error::new(code, format!("the policy of {} {told}", role.title())).hint(hints).target(role.role_name.clone());
            if lacks.len() > 1 {
                error.causes = lacks.iter().map(|(code, sentence, _)| format!("{}: the policy {sentence}", code.as_str())).collect();
            }
            return Err(error);
        }
        let duration = match (self.duration, maximum) {
            (Some(duration), Some(maximum)) => duration.min(maximum),
            (Some(duration), None) => duration,
            (None, maximum) => maximum.unwrap_or(CAUTIOUS),
        };
        Ok(Terms {
            duration: iso(duration),
            clamped: too_long.is_some(),
            // A ticket that the policy does not want is refused by some services.
            ticket: self.ticket.clone().filter(|_| policy.ticket_required),
            contexts: policy.authentication_context.iter().cloned().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::role::samples::eligible;
    use super::*;

    fn wish(mut request: Value) -> Result<Wish> {
        request["kind"] = json!("directory");
        if request.get("roles").is_none() {
            request["roles"] = json!([{"name": "Reader"}]);
        }
        Wish::read(&serde_json::from_value(request).unwrap(), "2026-01-01T00:00:00Z".parse().unwrap())
    }

    fn strict() -> Policy {
        Policy { maximum_duration: Some("PT4H".to_owned()), justification_required: true, ticket_required: true, ..Policy::default() }
    }

    #[test]
    fn all_that_is_missing_is_told_at_once() {
        let role = eligible("Reader", "/");
        let error = wish(json!({"duration": "PT8H", "clampDuration": false})).unwrap().against(&role, Some(&strict())).unwrap_err();
        assert_eq!(error.code, ErrorCode::PolicyViolation);
        assert_eq!(
            error.message,
            "the policy of `Reader` demands a justification and demands ticket information and allows `PT4H`, which is shorter than `PT8H`"
        );
        assert_eq!(error.causes.len(), 3);
        let error = wish(json!({"justification": "x"})).unwrap().against(&role, Some(&strict())).unwrap_err();
        assert_eq!(error.code, ErrorCode::TicketRequired);
        let error = wish(json!({"justification": "  ", "ticket": {"number": "1"}})).unwrap().against(&role, Some(&strict())).unwrap_err();
        assert_eq!(error.code, ErrorCode::JustificationRequired);
    }

    #[test]
    fn durations_are_clamped_or_taken_from_the_policy() {
        let role = eligible("Reader", "/");
        let easy = Policy { maximum_duration: Some("PT4H".to_owned()), ..Policy::default() };
        let terms = |request: Value, policy: Option<&Policy>| {
            let terms = wish(request).unwrap().against(&role, policy).unwrap();
            (terms.duration, terms.clamped)
        };
        assert_eq!(terms(json!({"duration": "PT8H"}), Some(&easy)), ("PT4H".to_owned(), true));
        assert_eq!(terms(json!({"duration": "PT30M"}), Some(&easy)), ("PT30M".to_owned(), false));
        assert_eq!(terms(json!({}), Some(&easy)), ("PT4H".to_owned(), false));
        assert_eq!(terms(json!({}), Some(&Policy::default())), ("PT1H".to_owned(), false));
        assert_eq!(terms(json!({}), None), ("PT1H".to_owned(), false));
        assert_eq!(terms(json!({"duration": "PT8H"}), None), ("PT8H".to_owned(), false));
    }

    #[test]
    fn a_ticket_goes_only_where_it_may_be_wanted() {
        let role = eligible("Reader", "/");
        let wish = wish(json!({"justification": "x", "ticket": {"number": "1", "system": "s"}})).unwrap();
        assert!(wish.against(&role, Some(&Policy::default())).unwrap().ticket.is_none());
        assert!(wish.against(&role, Some(&strict())).unwrap().ticket.is_some());
        assert!(wish.against(&role, None).unwrap().ticket.is_some());
    }

    #[test]
    fn what_concerns_all_roles_is_refused_at_once() {
        for (request, code) in [
            (json!({"roles": []}), ErrorCode::InvalidRequest),
            (json!({"roles": [{"scope": "/"}]}), ErrorCode::InvalidRequest),
            (json!({"duration": "8 hours"}), ErrorCode::DurationInvalid),
            (json!({"startDateTime": "2026-01-01T00:00:00"}), ErrorCode::InvalidRequest),
        ] {
            assert_eq!(wish(request.clone()).unwrap_err().code, code, "{request}");
        }
        assert_eq!(wish(json!({"startDateTime": "2025-12-31T00:00:00Z"})).unwrap().start, None);
        assert_eq!(wish(json!({"startDateTime": "2026-01-01T02:00:00+01:00"})).unwrap().start.as_deref(), Some("2026-01-01T01:00:00Z"));
    }
}
