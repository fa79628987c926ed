//! Requests and what becomes of them: provisioned, waiting for approval or for their start, ended.

use jiff::{SignedDuration, Timestamp};

use super::entries::Assignment;
use super::order::{Expiration, Order};
use super::world::World;
use super::{Caller, Kind};

/// State of a request, a part of the services' open list of statuses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// Accepted; the role isn't there yet.
    PendingProvisioning,
    /// In force.
    Provisioned,
    /// Accepted; starts later.
    Granted,
    /// Somebody has to agree first.
    PendingApproval,
    /// An approver said no.
    Denied,
    /// Withdrawn by the requestor.
    Canceled,
    /// A deactivation that was carried out.
    Revoked,
}

impl Status {
    /// As both services write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PendingProvisioning => "PendingProvisioning",
            Self::Provisioned => "Provisioned",
            Self::Granted => "Granted",
            Self::PendingApproval => "PendingApproval",
            Self::Denied => "Denied",
            Self::Canceled => "Canceled",
            Self::Revoked => "Revoked",
        }
    }

    /// Whether the request is still under way, so that it stands in the way of another one.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::PendingProvisioning | Self::Granted | Self::PendingApproval)
    }
}

/// An order that was accepted.
#[derive(Clone, Debug)]
pub struct Request {
    /// Id; for Azure Resource Manager the name that the client chose.
    pub id: String,
    /// Family.
    pub kind: Kind,
    /// What was ordered.
    pub order: Order,
    /// Who ordered it.
    pub requestor: String,
    /// Where it is.
    pub status: Status,
    /// When it arrived.
    pub created: Timestamp,
    /// When it was decided.
    pub completed: Option<Timestamp>,
    /// When the role starts, once that is certain.
    pub start: Timestamp,
    /// The eligibility that an activation uses.
    pub eligibility: Option<String>,
    /// The schedule that it makes or ends.
    pub schedule: String,
    /// An approval exists under the request's id.
    pub needs_approval: bool,
    reads: u32,
}

impl Request {
    /// A request that has just been accepted.
    pub(super) fn new(id: String, order: Order, caller: &Caller, status: Status, now: Timestamp) -> Self {
        Self {
            kind: order.kind,
            start: order.start.map_or(now, |start| start.max(now)),
            requestor: caller.object_id.clone(),
            status,
            created: now,
            completed: None,
            eligibility: None,
            schedule: id.clone(),
            needs_approval: false,
            reads: 0,
            id,
            order,
        }
    }

    /// When the role ends, counted from the request's start.
    #[must_use]
    pub fn end(&self) -> Option<Timestamp> {
        match &self.order.expiration {
            Expiration::Never => None,
            Expiration::At(end) => Some(*end),
            Expiration::After { length, .. } => self.start.checked_add(*length).ok(),
        }
    }
}

impl World {
    /// Lets everything happen that is due at `now`: provisioning, starts, ends. Called before each request is answered.
    pub fn settle(&mut self, now: Timestamp) {
        let after = SignedDuration::from_secs(i64::from(self.scenario.behaviour.provisioning_seconds));
        let (reads, seconds) = (self.scenario.behaviour.provisioning_reads, self.scenario.behaviour.provisioning_seconds);
        for index in 0..self.requests.len() {
            let request = &self.requests[index];
            let due = match request.status {
                Status::Granted => request.start <= now,
                Status::PendingProvisioning => {
                    let by_time = (seconds > 0 || reads == 0) && request.created.checked_add(after).is_ok_and(|time| time <= now);
                    by_time || (reads > 0 && request.reads >= reads)
                }
                _ => false,
            };
            if due {
                self.provision(index, now);
            }
        }
        self.assignments.retain(|entry| entry.end.is_none_or(|end| now < end));
        self.released.retain(|(_, until)| now < *until);
    }

    fn provision(&mut self, index: usize, now: Timestamp) {
        let request = &mut self.requests[index];
        // What starts now starts when it is provisioned, as the services say in their answers.
        if request.status == Status::PendingProvisioning {
            request.start = now;
        }
        request.status = Status::Provisioned;
        request.completed = Some(now);
        let assignment = Assignment {
            id: request.schedule.clone(),
            kind: request.kind,
            principal: request.order.principal.clone(),
            role: request.order.role.clone(),
            scope: request.order.scope.clone(),
            start: request.start,
            end: request.end(),
            activated_from: request.eligibility.clone(),
            request: Some(request.id.clone()),
            condition: request.order.condition.clone(),
        };
        self.assignments.push(assignment);
    }

    /// Finds a request and counts the reading, which may be what provisions it.
    pub fn read_request(&mut self, kind: Kind, id: &str, now: Timestamp) -> Option<&Request> {
        let index = self.requests.iter().position(|request| request.kind == kind && request.id.eq_ignore_ascii_case(id))?;
        self.requests[index].reads += 1;
        self.settle(now);
        Some(&self.requests[index])
    }

    /// Finds a request without counting the reading.
    #[must_use]
    pub fn request(&self, kind: Kind, id: &str) -> Option<&Request> {
        self.requests(kind).find(|request| request.id.eq_ignore_ascii_case(id))
    }

    /// Withdraws a request of the caller's own. `Some(false)`: it can't be withdrawn any more; `None`: there is none.
    pub fn cancel(&mut self, kind: Kind, id: &str, caller: &Caller, now: Timestamp) -> Option<bool> {
        let mut of_caller = self.requests.iter_mut().filter(|request| request.requestor.eq_ignore_ascii_case(&caller.object_id));
        let request = of_caller.find(|request| request.kind == kind && request.id.eq_ignore_ascii_case(id))?;
        let pending = request.status.is_pending();
        if pending {
            request.status = Status::Canceled;
            request.completed = Some(now);
        }
        Some(pending)
    }

    /// Decides a request that waits for approval, as an approver would. False: no such request is waiting.
    pub fn decide(&mut self, id: &str, approve: bool, now: Timestamp) -> bool {
        let mut waiting = self.requests.iter_mut().filter(|request| request.status == Status::PendingApproval);
        let Some(request) = waiting.find(|request| request.id.eq_ignore_ascii_case(id)) else { return false };
        if approve {
            request.status = if request.start > now { Status::Granted } else { Status::PendingProvisioning };
            // The provisioning delay starts with the decision.
            request.created = now;
            request.reads = 0;
        } else {
            request.status = Status::Denied;
            request.completed = Some(now);
        }
        self.settle(now);
        true
    }
}
