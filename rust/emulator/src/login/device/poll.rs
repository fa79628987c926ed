//! The device's questions to the token endpoint.

use super::super::demand::Demand;
use super::super::refusal::Refusal;
use super::super::scopes::Scopes;
use super::super::store::Grant;
use super::Decision;
use crate::state::State;

/// How much sooner than told a question may arrive: the way to the service takes longer at one time than at another.
const GRACE_MILLISECONDS: i64 = 250;
/// RFC 8628, section 3.5: with `slow_down` the interval grows by this.
const SLOWER_MILLISECONDS: i64 = 5000;

/// What an approved device gets.
pub(in super::super) struct Redeemed {
    pub(in super::super) grant: Grant,
    pub(in super::super) scopes: Scopes,
    pub(in super::super) demand: Demand,
}

/// Answers one question; an approved device is answered once.
pub(in super::super) fn redeem(state: &State, device_code: &str, client_id: &str) -> Result<Redeemed, Refusal> {
    let (now, moment) = (state.clock.seconds(), state.clock.now().as_millisecond());
    state.login.with(|memory| {
        let device = memory
            .devices
            .get_mut(device_code)
            .ok_or_else(|| Refusal::new("bad_verification_code", 70_018, "The device code is not known."))?;
        if device.request.client.client_id != client_id {
            return Err(Refusal::invalid_grant(700_005, "The device code was issued to another application."));
        }
        let too_soon = device.asked.replace(moment).is_some_and(|last| moment - last + GRACE_MILLISECONDS < device.interval_milliseconds);
        match &device.decision {
            Decision::Declined => Err(Refusal::new("authorization_declined", 70_017, "The user declined the sign-in.")),
            Decision::Redeemed => Err(Refusal::invalid_grant(54_005, "The device code was redeemed already.")),
            Decision::Open | Decision::Approved(_) if now >= device.expires => {
                Err(Refusal::new("expired_token", 70_019, "The device code has expired."))
            }
            Decision::Open if too_soon => {
                device.interval_milliseconds += SLOWER_MILLISECONDS;
                Err(Refusal::new("slow_down", 70_016, "The application asks more often than it was told to."))
            }
            Decision::Open => {
                let message = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
                Err(Refusal::new("authorization_pending", 70_016, message))
            }
            Decision::Approved(grant) => {
                let redeemed =
                    Redeemed { grant: grant.clone(), scopes: device.request.scopes.clone(), demand: device.request.demand.clone() };
                device.decision = Decision::Redeemed;
                Ok(redeemed)
            }
        }
    })
}
