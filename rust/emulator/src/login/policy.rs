//! Conditional Access: what has to be met, and whether it is.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::demand::Demand;
use super::refusal::Refusal;
use crate::scenario::{DeviceCodeFlow, Requirement, SignInFrequency};
use crate::state::State;

/// The skew that Entra grants where a policy demands a sign-in every time.
const EVERY_TIME_SECONDS: i64 = 300;

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
    /// A passkey, for the policies of this list.
    Passkey(Vec<String>),
    /// Something that nobody can do in a browser here.
    Never(Refusal),
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
    let mut unmet = Vec::new();
    for (name, requirement, frequency) in wanted {
        match requirement {
            Requirement::None => {}
            Requirement::Mfa | Requirement::Passkey => {
                if !holds(state, proof, frequency, since) {
                    unmet.push(policy_id(name));
                }
            }
            Requirement::CompliantDevice => {
                let refusal =
                    Refusal::new("interaction_required", 53_000, "The policy asks for a compliant device, and this device is not known.");
                return Verdict::Never(refusal.suberror("message_only").claims(demand.unmet(&[policy_id(name)])));
            }
            Requirement::Block => {
                let refusal = Refusal::new("invalid_grant", 53_003, "Conditional Access blocks this token.");
                return Verdict::Never(refusal.suberror("message_only").claims(demand.unmet(&[policy_id(name)])));
            }
        }
    }
    if unmet.is_empty() { Verdict::Met } else { Verdict::Passkey(unmet) }
}

/// The refusal of Conditional Access where the tenant's policy on device code is this one.
pub(super) fn device_flow_blocked(state: &State, policy: DeviceCodeFlow) -> Option<Refusal> {
    let message = "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.";
    (state.scenario.behaviour.device_code_flow == policy).then(|| Refusal::new("access_denied", 53_003, message).suberror("message_only"))
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
