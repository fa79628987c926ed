//! An order for a role, and the rules by which it is accepted or refused.

use jiff::{SignedDuration, Timestamp};

use super::entries::{Assignment, Eligibility};
use super::lifecycle::{Request, Status};
use super::refusal::Refusal;
use super::world::World;
use super::{Caller, Kind};
use crate::scenario::EVERY_TIME_SECONDS;
use crate::scenario::SignInFrequency;
use crate::scenario::pim::Policy;

/// What is to be done. The services know more; those that aren't emulated are told apart only by being refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Activate an eligible role for oneself.
    SelfActivate,
    /// End one's own activation.
    SelfDeactivate,
    /// Prolong or renew one's own expiring assignment.
    SelfProlong,
    /// Anything that an administrator orders.
    Admin,
}

/// How long a role is to last.
#[derive(Clone, Debug, PartialEq)]
pub enum Expiration {
    /// For ever.
    Never,
    /// Until then.
    At(Timestamp),
    /// For so long.
    After {
        /// As it was written.
        text: String,
        /// As a length of time.
        length: SignedDuration,
    },
}

/// Which eligibility an activation refers to, in Azure Resource Manager.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Scope in front of the schedule's name, empty for the tenant; `None` for a bare GUID.
    pub scope: Option<String>,
    /// Schedule id.
    pub id: String,
}

/// A ticket in a change management system. Its content isn't checked by the services.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ticket {
    /// Number.
    pub number: Option<String>,
    /// System.
    pub system: Option<String>,
}

/// An order for a role, independent of the service that received it.
#[derive(Clone, Debug)]
pub struct Order {
    /// Family of the role.
    pub kind: Kind,
    /// Name that the client chose for the request, in Azure Resource Manager.
    pub name: Option<String>,
    /// What is to be done.
    pub action: Action,
    /// The word for the action that the client sent.
    pub action_text: String,
    /// Object id of who is to get or lose the role.
    pub principal: String,
    /// Role definition id without any scope in front.
    pub role: String,
    /// Where.
    pub scope: String,
    /// Why.
    pub justification: Option<String>,
    /// Ticket.
    pub ticket: Option<Ticket>,
    /// When it is to start.
    pub start: Option<Timestamp>,
    /// When it is to end.
    pub expiration: Expiration,
    /// The eligibility to use.
    pub link: Option<Link>,
    /// Condition of an Azure role.
    pub condition: Option<String>,
    /// Only check whether the order would be accepted.
    pub validate_only: bool,
}

/// Activations can't be shorter, nor ended sooner.
const SHORTEST: SignedDuration = SignedDuration::from_mins(5);

impl World {
    /// Carries out an order, or says why not. The answer to one that is only to be checked isn't kept.
    ///
    /// # Errors
    ///
    /// [`Refusal`], in the order in which the emulator looks: person, role, eligibility, what is active or pending, rules of the policy,
    /// authentication context.
    pub fn order(&mut self, caller: &Caller, mut order: Order, now: Timestamp) -> Result<Request, Refusal> {
        // Clients may write ids in any case; the answer has them as the tenant does.
        if let Some(scope) = self.resource_scope(&order.scope) {
            order.scope = scope.id.clone();
        }
        order.role.make_ascii_lowercase();
        order.principal.make_ascii_lowercase();
        match order.action {
            Action::SelfActivate => self.activate(caller, order, now),
            Action::SelfDeactivate => self.deactivate(caller, order, now),
            Action::SelfProlong => Err(Refusal::NotEmulated("extensions and renewals")),
            Action::Admin => Err(Refusal::NotYourself),
        }
    }

    fn activate(&mut self, caller: &Caller, order: Order, now: Timestamp) -> Result<Request, Refusal> {
        self.check_person_and_role(caller, &order)?;
        let eligibility = self.eligibility_for(caller, &order, now)?.clone();
        if self.is_taken(&order, now) {
            return Err(Refusal::Exists);
        }
        if self.requests.iter().any(|request| request.status.is_pending() && concerns(&request.order, &order)) {
            return Err(Refusal::Pending);
        }
        let policy = self.policy(order.kind, &order.role, &order.scope);
        self.check_rules(caller, &order, &policy, now)?;
        self.check_context(caller, &policy, now)?;

        let id = order.name.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let later = order.start.is_some_and(|start| start > now);
        let status = match (policy.approvers.is_empty(), later) {
            (false, _) => Status::PendingApproval,
            (true, true) => Status::Granted,
            (true, false) => Status::PendingProvisioning,
        };
        let validate_only = order.validate_only;
        let mut request = Request::new(id, order, caller, status, now);
        request.eligibility = Some(eligibility.id);
        request.order.condition = request.order.condition.or(eligibility.condition);
        request.needs_approval = status == Status::PendingApproval;
        if status == Status::Granted {
            request.completed = Some(request.start);
        }
        if validate_only {
            request.status = Status::Granted;
            return Ok(request);
        }
        let id = request.id.clone();
        self.requests.push(request);
        self.settle(now);
        self.requests.iter().rfind(|request| request.id == id).cloned().ok_or(Refusal::Invalid)
    }

    fn deactivate(&mut self, caller: &Caller, order: Order, now: Timestamp) -> Result<Request, Refusal> {
        self.check_person_and_role(caller, &order)?;
        let is_meant = |entry: &&Assignment| entry.activated_from.is_some() && entry.holds(now) && is_for(entry, &order);
        let active = self.assignments.iter().find(is_meant).cloned().ok_or(Refusal::DoesNotExist)?;
        if now.duration_since(active.start) < SHORTEST {
            return Err(Refusal::TooShort);
        }
        let id = order.name.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let validate_only = order.validate_only;
        let mut request = Request::new(id, order, caller, Status::Revoked, now);
        request.completed = Some(now);
        request.schedule.clone_from(&active.id);
        request.eligibility.clone_from(&active.activated_from);
        if !validate_only {
            self.assignments.retain(|entry| entry.id != active.id || entry.kind != active.kind);
            let lag = SignedDuration::from_secs(i64::from(self.scenario.behaviour.reactivation_lag_seconds));
            if let Ok(until) = now.checked_add(lag) {
                self.released.push((active, until));
            }
            self.requests.push(request.clone());
        }
        Ok(request)
    }

    fn check_person_and_role(&self, caller: &Caller, order: &Order) -> Result<(), Refusal> {
        // Only users have eligibilities of their own, and an application cannot act for one.
        if caller.is_application || !order.principal.eq_ignore_ascii_case(&caller.object_id) {
            return Err(Refusal::NotYourself);
        }
        match order.kind {
            Kind::Directory => self.directory_role(&order.role).map(|_| ()).ok_or(Refusal::UnknownRole)?,
            Kind::Resource => self.resource_role(&order.role).map(|_| ()).ok_or(Refusal::UnknownRole)?,
        }
        match order.kind {
            Kind::Directory if order.scope == "/" || self.unit_at(&order.scope).is_some() => Ok(()),
            Kind::Resource if self.resource_scope(&order.scope).is_some() => Ok(()),
            _ => Err(Refusal::InvalidScope),
        }
    }

    /// The eligibility behind an activation: that of the link, or one of the caller's own and those of the caller's groups.
    /// A directory role is activated at the very scope of the eligibility, an Azure role also below it.
    fn eligibility_for(&self, caller: &Caller, order: &Order, now: Timestamp) -> Result<&Eligibility, Refusal> {
        let identities = self.identities(&caller.object_id);
        let reach = match order.kind {
            Kind::Directory => vec![order.scope.clone()],
            Kind::Resource => self.at_and_above(&order.scope),
        };
        let fits = |entry: &&Eligibility| {
            entry.holds(now)
                && entry.role.eq_ignore_ascii_case(&order.role)
                && identities.contains(&entry.principal.to_ascii_lowercase())
                && reach.iter().any(|scope| scope.eq_ignore_ascii_case(&entry.scope))
        };
        let mut candidates: Vec<_> = self.eligibilities(order.kind, now).filter(fits).collect();
        if candidates.is_empty() {
            return Err(Refusal::Policy(vec!["EligibilityRule"]));
        }
        if let Some(link) = &order.link {
            let id_fits = |entry: &&Eligibility| entry.id.eq_ignore_ascii_case(&link.id);
            let scope_fits = |entry: &&Eligibility| match &link.scope {
                Some(scope) => scope.eq_ignore_ascii_case(entry.scope.trim_end_matches('/')),
                // Clients report that the bare id is refused below the eligibility's own scope.
                None => entry.scope.eq_ignore_ascii_case(&order.scope),
            };
            candidates.retain(|entry| id_fits(entry) && scope_fits(entry));
            return candidates.first().copied().ok_or(Refusal::UnknownEligibility);
        }
        // An eligibility through a group is found by its link alone in Azure Resource Manager.
        if order.kind == Kind::Resource {
            candidates.retain(|entry| entry.principal.eq_ignore_ascii_case(&caller.object_id));
        }
        candidates.first().copied().ok_or(Refusal::UnknownEligibility)
    }

    fn is_taken(&self, order: &Order, now: Timestamp) -> bool {
        let active = self.assignments.iter().any(|entry| entry.holds(now) && is_for(entry, order));
        active || self.released.iter().any(|(entry, until)| now < *until && is_for(entry, order))
    }

    fn check_rules(&self, caller: &Caller, order: &Order, policy: &Policy, now: Timestamp) -> Result<(), Refusal> {
        let mut failed = Vec::new();
        let start = order.start.map_or(now, |start| start.max(now));
        let length = match &order.expiration {
            Expiration::Never => None,
            Expiration::At(end) => Some(end.duration_since(start)),
            Expiration::After { length, .. } => Some(*length),
        };
        match length {
            Some(length) if length < SHORTEST => return Err(Refusal::TooShort),
            Some(length) if duration(&policy.maximum_duration).is_some_and(|maximum| length <= maximum) => {}
            _ => failed.push("ExpirationRule"),
        }
        if policy.justification && order.justification.as_deref().is_none_or(|text| text.trim().is_empty()) {
            failed.push("JustificationRule");
        }
        let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        let has_ticket = order.ticket.as_ref().is_some_and(|ticket| given(&ticket.number) || given(&ticket.system));
        let unwanted = order.kind == Kind::Resource && self.scenario.behaviour.arm_refuses_unwanted_ticket;
        if policy.ticket != has_ticket && (policy.ticket || unwanted) {
            failed.push("TicketingRule");
        }
        if policy.mfa && !caller.used_mfa() {
            failed.push("MfaRule");
        }
        if failed.is_empty() { Ok(()) } else { Err(Refusal::Policy(failed)) }
    }

    fn check_context(&self, caller: &Caller, policy: &Policy, now: Timestamp) -> Result<(), Refusal> {
        let Some(context) = &policy.authentication_context else { return Ok(()) };
        let capable = caller.capabilities.contains("cp1") || !self.contexts_need_capability;
        let every_time = self.contexts.iter().any(|known| known.id == *context && known.sign_in_frequency == SignInFrequency::EveryTime);
        let fresh = !every_time || now.as_second() - caller.issued <= EVERY_TIME_SECONDS;
        if caller.contexts.contains(context) && capable && fresh { Ok(()) } else { Err(Refusal::Context(context.clone())) }
    }
}

fn is_for(entry: &Assignment, order: &Order) -> bool {
    entry.kind == order.kind
        && entry.role.eq_ignore_ascii_case(&order.role)
        && entry.scope.eq_ignore_ascii_case(&order.scope)
        && entry.principal.eq_ignore_ascii_case(&order.principal)
}

fn concerns(earlier: &Order, order: &Order) -> bool {
    earlier.kind == order.kind
        && earlier.role.eq_ignore_ascii_case(&order.role)
        && earlier.scope.eq_ignore_ascii_case(&order.scope)
        && earlier.principal.eq_ignore_ascii_case(&order.principal)
}

/// An ISO 8601 duration with days as its largest unit.
#[must_use]
pub fn duration(text: &str) -> Option<SignedDuration> {
    let span: jiff::Span = text.parse().ok()?;
    span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok().filter(|length| !length.is_negative())
}
