//! Errors in the form of Azure Resource Manager.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::exchange::{Answer, Exchange};
use crate::pim::refusal::{Refusal, claims};
use crate::pim::world::World;
use crate::scenario::pim::ChallengeIn;

/// The claims of the challenge that demands multi-factor authentication for writes.
const MFA_CLAIMS: &str = r#"{"access_token":{"acrs":{"essential":true,"values":["p1"]}}}"#;

/// The request is wrong in a way that the emulator sees before PIM does.
pub(super) fn bad_request(code: &str, message: impl Into<String>) -> Answer {
    let message = message.into();
    Answer::error(400, code, &message).violating(message)
}

/// No such object.
pub(super) fn not_found(name: &str) -> Answer {
    Answer::error(404, "ResourceNotFound", &format!("The resource '{name}' was not found."))
}

/// The caller lacks a right at a scope.
pub(super) fn unauthorized(exchange: &Exchange<'_>, action: &str, scope: &str) -> Answer {
    let message = format!(
        "The client '{0}' with object id '{0}' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is \
         invalid. If access was recently granted, please refresh your credentials.",
        exchange.caller.object_id
    );
    Answer::error(403, "AuthorizationFailed", &message)
}

/// An order that PIM refuses.
pub(super) fn refused(refusal: &Refusal, world: &World, exchange: &Exchange<'_>) -> Answer {
    let mut answer = match refusal {
        Refusal::Context(context) if world.scenario.behaviour.challenge_in == ChallengeIn::Header => {
            let message = "The presented token does not satisfy the required authentication context.";
            in_header(world, exchange, "InsufficientClaims", message, &claims(context))
        }
        _ => Answer::error(refusal.status(), refusal.code(), &refusal.message()),
    };
    answer.challenge = matches!(refusal, Refusal::Context(_));
    if let Refusal::NotEmulated(what) = refusal {
        answer.violation = Some(format!("the emulator does not serve {what}"));
    }
    answer
}

/// The refusal of a write by a user who signed in with one factor.
pub(super) fn mandatory_mfa(world: &World, exchange: &Exchange<'_>) -> Answer {
    let message = "Resource was disallowed by Azure: Users must authenticate with multi-factor authentication to create or update \
                   resources without authenticating through MFA. See https://aka.ms/MFAforAzure";
    let mut answer = in_header(world, exchange, "RequestDisallowedByAzure", message, MFA_CLAIMS);
    answer.challenge = true;
    answer
}

fn in_header(world: &World, exchange: &Exchange<'_>, code: &str, message: &str, claims: &str) -> Answer {
    let mut answer = Answer::error(401, code, message);
    let challenge = format!(
        "Bearer realm=\"\", authorization_uri=\"{}/{}\", error=\"insufficient_claims\", claims=\"{}\"",
        exchange.login,
        world.tenant_id,
        STANDARD.encode(claims)
    );
    answer.headers.push(("www-authenticate", challenge));
    answer
}
