//! Eligibilities of Azure roles that administrators give and take.

use jiff::Timestamp;

use super::Caller;
use super::Kind::Resource;
use super::entries::Eligibility;
use super::lifecycle::{Request, Status};
use super::order::{Expiration, Order, duration};
use super::refusal::Refusal;
use super::world::World;

impl World {
    /// Gives or takes an eligibility, or says why not. Whether the caller may do so is the service's to ask. The answer to an order that is only
    /// to be checked isn't kept.
    ///
    /// # Errors
    ///
    /// [`Refusal`], in the order in which the emulator looks: role, scope, principal, what exists, rules of the policy.
    pub fn grant(&mut self, caller: &Caller, mut order: Order, now: Timestamp) -> Result<Request, Refusal> {
        let role = self.resource_role(&order.role).ok_or(Refusal::UnknownRole)?;
        let scope = self.resource_scope(&order.scope).ok_or(Refusal::InvalidScope)?;
        let principal = self.principal(&order.principal).ok_or(Refusal::UnknownPrincipal)?;
        (order.role, order.scope, order.principal) = (role.id.clone(), scope.id.clone(), principal.id.clone());
        let existing = self.eligibilities.iter().position(|entry| {
            entry.kind == Resource
                && entry.end.is_none_or(|end| now < end)
                && entry.role == order.role
                && entry.scope == order.scope
                && entry.principal == order.principal
        });
        let id = order.name.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let validate_only = order.validate_only;
        match (order.action_text.as_str(), existing) {
            ("AdminAssign", Some(_)) => Err(Refusal::Exists),
            ("AdminAssign", None) => {
                self.check_eligible_duration(&order, now)?;
                let request = Request::new(id, order, caller, Status::Provisioned, now);
                if !validate_only {
                    self.add_eligibility(Eligibility {
                        id: request.schedule.clone(),
                        kind: Resource,
                        principal: request.order.principal.clone(),
                        role: request.order.role.clone(),
                        scope: request.order.scope.clone(),
                        start: request.start,
                        end: request.end(),
                        condition: request.order.condition.clone(),
                    });
                    self.eligibility_requests.push(request.clone());
                }
                Ok(request)
            }
            ("AdminRemove", None) => Err(Refusal::DoesNotExist),
            ("AdminRemove", Some(place)) => {
                let mut request = Request::new(id, order, caller, Status::Revoked, now);
                request.schedule.clone_from(&self.eligibilities[place].id);
                if !validate_only {
                    self.eligibilities[place].end = Some(now);
                    self.eligibility_requests.push(request.clone());
                }
                Ok(request)
            }
            _ => Err(Refusal::NotEmulated("extensions, renewals and updates of eligibilities")),
        }
    }

    fn check_eligible_duration(&self, order: &Order, now: Timestamp) -> Result<(), Refusal> {
        let policy = self.policy(Resource, &order.role, &order.scope);
        let start = order.start.map_or(now, |start| start.max(now));
        let length = match &order.expiration {
            Expiration::Never => None,
            Expiration::At(end) => Some(end.duration_since(start)),
            Expiration::After { length, .. } => Some(*length),
        };
        if length.is_some_and(|length| !length.is_positive()) {
            return Err(Refusal::Invalid);
        }
        let longest = duration(&policy.maximum_eligible_duration);
        let fits = length.zip(longest).is_some_and(|(length, longest)| length <= longest);
        if fits || policy.permanent_eligibility { Ok(()) } else { Err(Refusal::Policy(vec!["ExpirationRule"])) }
    }

    /// Administrators' requests for eligibilities of Azure roles, oldest first.
    pub fn eligibility_requests(&self) -> impl Iterator<Item = &Request> {
        self.eligibility_requests.iter()
    }
}
