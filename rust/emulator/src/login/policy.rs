//! Conditional Access: what has to be met, and whether it is.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::demand::Demand;
use super::refusal::Refusal;
use crate::scenario::{DeviceCodeFlow, EVERY_TIME_SECONDS, Requirement, SignInFrequency};
use crate::state::State;

/// What a user has proved in a browser session, and when.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Proof {
    /// Signed in at all (seconds).
    pub(super) signed_in: i64,
    /// Signed in with a passkey (seconds).
    pub(super) passkey: Option<i64>,
}

impl Proof {
    /// The claim `amr`.
    pub(super) fn methods(self) -> Vec<String> {
        let methods: &[&str] = if self.passkey.is_some() { &["fido", "mfa"] } else { &["pwd"] };
        methods.iter().map(|method| (*method).to_owned()).collect()
    }
}

/// What stands between a demand and its token.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Nothing.
    Met,
    /// A passkey.
    Passkey(Unmet),
    /// Something that nobody can do in a browser here.
    Never(Refusal),
}

/// What a passkey is wanted for.
#[derive(Debug)]
pub(super) struct Unmet {
    /// Ids of the policies.
    policies: Vec<String>,
    /// A passkey was used, and too long ago for them.
    expired: bool,
}

impl Unmet {
    /// The refusal of whoever cannot ask the user.
    pub(super) fn refusal(&self, demand: &Demand) -> Refusal {
        let (code, message) = if self.expired {
            (50_078, "Presented multi-factor authentication has expired due to policies configured by your administrator.")
        } else {
            (50_076, "Because of a policy of your administrator, a stronger sign-in is needed for what was asked.")
        };
        Refusal::new("interaction_required", code, message).suberror("basic_action").claims(demand.unmet(&self.policies))
    }
}

/// Weighs a demand against what was proved. Proofs older than `since` do not count (`prompt=login`).
pub(super) fn judge(state: &State, demand: &Demand, proof: Proof, since: i64) -> Verdict {
    let mut wanted = vec![("sign-in", state.scenario.behaviour.sign_in_requires, SignInFrequency::Session)];
    for context in &demand.contexts {
        let (requirement, frequency) = policy_of(state, context);
        wanted.push((context, requirement, frequency));
    }
    if demand.mfa {
        wanted.push(("mfa", Requirement::Mfa, SignInFrequency::Session));
    }
    let mut unmet = Unmet { policies: Vec::new(), expired: false };
    for (name, requirement, frequency) in wanted {
        match requirement {
            Requirement::None | Requirement::BlockSilent => {}
            Requirement::Mfa | Requirement::Passkey => {
                if !holds(state, proof, frequency, since) {
                    unmet.policies.push(policy_id(name));
                    unmet.expired |= proof.passkey.is_some();
                }
            }
            Requirement::CompliantDevice => {
                let refusal =
                    Refusal::new("interaction_required", 53_000, "The policy asks for a compliant device, and this device is not known.");
                return Verdict::Never(refusal.suberror("message_only").claims(demand.unmet(&[policy_id(name)])));
            }
            Requirement::Block => return Verdict::Never(blocked().suberror("message_only").claims(demand.unmet(&[policy_id(name)]))),
            Requirement::BlockWithoutClaims => return Verdict::Never(blocked().suberror("message_only")),
        }
    }
    if unmet.policies.is_empty() { Verdict::Met } else { Verdict::Passkey(unmet) }
}

fn blocked() -> Refusal {
    let message = "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.";
    Refusal::new("access_denied", 53_003, message)
}

/// The refusal of a demand that a refresh token alone cannot meet, whatever was proved once.
pub(super) fn blocked_silently(state: &State, demand: &Demand) -> Option<Refusal> {
    let is_silent = |requirement| requirement == Requirement::BlockSilent;
    let of_context = demand.contexts.iter().find(|context| is_silent(policy_of(state, context).0)).map(String::as_str);
    let name = of_context.or_else(|| is_silent(state.scenario.behaviour.sign_in_requires).then_some("sign-in"))?;
    Some(blocked().claims(demand.unmet(&[policy_id(name)])))
}

/// Whether a sign-in is too old for the tenant's sign-in frequency.
pub(super) fn is_too_old(state: &State, proof: Proof) -> bool {
    let oldest = state.scenario.behaviour.sign_in_frequency_seconds.map(|seconds| state.clock.seconds().saturating_sub(seconds));
    oldest.is_some_and(|oldest| proof.signed_in < oldest)
}

/// The refusal of Conditional Access where the tenant's policy on device code is this one.
pub(super) fn device_flow_blocked(state: &State, policy: DeviceCodeFlow) -> Option<Refusal> {
    (state.scenario.behaviour.device_code_flow == policy).then(|| blocked().suberror("message_only"))
}

/// The contexts among `contexts` that hold at this moment.
pub(super) fn still_met(state: &State, contexts: &BTreeSet<String>, proof: Proof) -> BTreeSet<String> {
    let met = |context: &&String| {
        let demand = Demand { contexts: BTreeSet::from([(*context).clone()]), ..Demand::default() };
        matches!(judge(state, &demand, proof, 0), Verdict::Met)
    };
    contexts.iter().filter(met).cloned().collect()
}

fn holds(state: &State, proof: Proof, frequency: SignInFrequency, since: i64) -> bool {
    let oldest = match frequency {
        SignInFrequency::Session => since,
        SignInFrequency::EveryTime => since.max(state.clock.seconds() - EVERY_TIME_SECONDS),
    };
    proof.passkey.is_some_and(|time| time >= oldest)
}

/// A context without a policy is issued to whoever asks; `p1` is the mark that Azure uses for a second factor.
fn policy_of(state: &State, context: &str) -> (Requirement, SignInFrequency) {
    let known = state.scenario.authentication_contexts.iter().find(|known| known.id == context);
    match known {
        Some(known) => (known.requires, known.sign_in_frequency),
        None if context == "p1" => (Requirement::Mfa, SignInFrequency::Session),
        None => (Requirement::None, SignInFrequency::Session),
    }
}

/// An id that is the same in every run, so that journals can be compared.
fn policy_id(name: &str) -> String {
    let digest = Sha256::digest(format!("conditional access policy of {name}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(bytes).to_string()
}
