//! Every number of the token service that is known, as the answer to a refresh token.

use std::collections::BTreeMap;

use pim_core::auth::Resource;
use pim_core::error::ErrorCode::{self, ConditionalAccessBlocked, ConsentDenied, ConsentRequired, SignInFailed, SignInRequired};
use pim_emulator::{Fault, Service};
use serde_json::json;

use crate::sign_in::Fate::{self, Dropped, Kept};
use crate::sign_in::{fate, refresh_tokens, renew};
use crate::tenant::Tenant;

/// A number with the words `error` and `suberror` that it comes with; what a caller that must not ask the user is told, and what
/// becomes of the refresh token.
type Row = (u32, &'static str, &'static str, ErrorCode, Fate);

const GRANT: &str = "invalid_grant";
const INTERACTION: &str = "interaction_required";
const REQUEST: &str = "invalid_request";
const CLIENT: &str = "invalid_client";
const UNAUTHORIZED: &str = "unauthorized_client";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // A sign-in on the page helps, and the refresh token stays good for everything else.
    (16000, INTERACTION, "", SignInRequired, Kept),
    (50055, GRANT, "user_password_expired", SignInRequired, Kept),
    (50058, "login_required", "", SignInRequired, Kept),
    (50072, INTERACTION, "basic_action", SignInRequired, Kept),
    (50074, INTERACTION, "basic_action", SignInRequired, Kept),
    (50076, GRANT, "basic_action", SignInRequired, Kept),
    (50078, INTERACTION, "basic_action", SignInRequired, Kept),
    (50079, GRANT, "additional_action", SignInRequired, Kept),
    (50085, GRANT, "", SignInRequired, Kept),
    (50089, GRANT, "", SignInRequired, Kept),
    (50126, GRANT, "", SignInRequired, Kept),
    (50158, INTERACTION, "basic_action", SignInRequired, Kept),
    (50199, INTERACTION, "", SignInRequired, Kept),
    // The refresh token is dead.
    (50132, GRANT, "", SignInRequired, Dropped),
    (50133, GRANT, "", SignInRequired, Dropped),
    (50173, GRANT, "bad_token", SignInRequired, Dropped),
    (70000, GRANT, "bad_token", SignInRequired, Dropped),
    (70008, GRANT, "token_expired", SignInRequired, Dropped),
    (70043, GRANT, "bad_token", SignInRequired, Dropped),
    (700_082, GRANT, "token_expired", SignInRequired, Dropped),
    (700_084, GRANT, "", SignInRequired, Dropped),
    // Policies.
    (50097, INTERACTION, "message_only", ConditionalAccessBlocked, Kept),
    (50131, INTERACTION, "message_only", ConditionalAccessBlocked, Kept),
    (53000, INTERACTION, "message_only", ConditionalAccessBlocked, Kept),
    (53001, GRANT, "message_only", ConditionalAccessBlocked, Kept),
    (53002, GRANT, "", ConditionalAccessBlocked, Kept),
    (53003, GRANT, "", ConditionalAccessBlocked, Kept),
    (53004, GRANT, "", ConditionalAccessBlocked, Kept),
    (530_032, GRANT, "", ConditionalAccessBlocked, Kept),
    (530_035, GRANT, "", ConditionalAccessBlocked, Kept),
    // Consent.
    (65001, GRANT, "consent_required", ConsentRequired, Kept),
    (65002, GRANT, "", SignInFailed, Kept),
    (65004, GRANT, "", ConsentDenied, Kept),
    (65005, GRANT, "", SignInFailed, Kept),
    (90094, GRANT, "consent_required", ConsentRequired, Kept),
    // Another account or tenant.
    (50020, GRANT, "", SignInFailed, Kept),
    (50034, GRANT, "", SignInFailed, Kept),
    (50053, GRANT, "", SignInFailed, Kept),
    (90072, GRANT, "", SignInFailed, Kept),
    // The end, until somebody has changed something.
    (50057, GRANT, "", SignInFailed, Kept),
    (50105, GRANT, "", SignInFailed, Kept),
    (50196, GRANT, "", SignInFailed, Kept),
    (90036, REQUEST, "", SignInFailed, Kept),
    (500_021, GRANT, "", SignInFailed, Kept),
    (500_212, GRANT, "", SignInFailed, Kept),
    // Registrations and settings.
    (50011, REQUEST, "", SignInFailed, Kept),
    (50059, REQUEST, "", SignInFailed, Kept),
    (50194, REQUEST, "", SignInFailed, Kept),
    (70011, "invalid_scope", "", SignInFailed, Kept),
    (700_016, UNAUTHORIZED, "", SignInFailed, Kept),
    (700_024, CLIENT, "", SignInFailed, Kept),
    (700_027, CLIENT, "", SignInFailed, Kept),
    (7_000_215, CLIENT, "", SignInFailed, Kept),
    (7_000_218, CLIENT, "", SignInFailed, Kept),
    (7_000_222, CLIENT, "", SignInFailed, Kept),
    (90002, REQUEST, "", SignInFailed, Kept),
    (90038, REQUEST, "", SignInFailed, Kept),
    (500_011, "invalid_resource", "", SignInFailed, Kept),
    (9_002_326, REQUEST, "", SignInFailed, Kept),
    // Passing trouble: where the words do not say that the same may be sent once more, the page starts over.
    (50140, GRANT, "", SignInRequired, Kept),
    (54005, GRANT, "", SignInRequired, Kept),
    (70016, REQUEST, "", SignInFailed, Kept),
    (70018, REQUEST, "", SignInFailed, Kept),
    (70019, REQUEST, "", SignInFailed, Kept),
    (90033, GRANT, "", SignInRequired, Kept),
    // Faults of ours.
    (90014, REQUEST, "", SignInFailed, Kept),
    (90015, REQUEST, "", SignInFailed, Kept),
    (501_481, GRANT, "", SignInFailed, Kept),
    (9_002_313, REQUEST, "", SignInFailed, Kept),
];

fn answer(number: u32, error: &str, suberror: &str) -> Fault {
    let mut body = json!({
        "error": error, "error_codes": [number], "correlation_id": "11111111-2222-4333-8444-555555555555",
        "error_description": format!("AADSTS{number}: Words of the token service. Trace ID: 1 Correlation ID: 2 Timestamp: 3"),
    });
    if !suberror.is_empty() {
        body["suberror"] = json!(suberror);
    }
    Fault::new(Service::Login).path("/token").status(400).body(body)
}

#[test]
fn every_known_number_stands_in_the_table_once() {
    let listed: BTreeMap<String, String> = serde_json::from_str(include_str!("../data/aadsts-codes.json")).unwrap();
    let mut listed: Vec<u32> = listed.into_keys().map(|number| number.parse().unwrap()).collect();
    let mut rows: Vec<u32> = ROWS.iter().map(|row| row.0).collect();
    listed.sort_unstable();
    rows.sort_unstable();
    assert_eq!(rows, listed);
}

#[tokio::test]
async fn a_caller_that_must_not_ask_is_told_why_and_the_sign_in_is_kept_or_dropped() {
    for (number, error, suberror, code, expected) in ROWS {
        let tenant = Tenant::signed_in().await;
        let known = refresh_tokens(&tenant);
        tenant.emulator.inject(answer(*number, error, suberror));
        let refused = renew(&tenant, Resource::Graph).await.unwrap_err();
        assert_eq!(refused.code, *code, "{number}: {refused:?}");
        let service = refused.service.as_ref().unwrap_or_else(|| panic!("{number}: {refused:?}"));
        assert_eq!(service.code, format!("AADSTS{number}"));
        assert!(refused.hint.is_some() && refused.http.is_some(), "{number}: {refused:?}");
        // In words of ours, wherever the service's own message stands too.
        let words = refused.causes.first().unwrap_or(&refused.message);
        assert!(!words.contains("refused the sign-in") && !words.contains("AADSTS"), "{number}: {words}");
        assert_eq!(fate(&tenant, Resource::Graph, known).await, *expected, "{number}");
        // Azure's client has a refresh token of its own, which is none the worse for it.
        renew(&tenant, Resource::Arm).await.unwrap();
        // Who may ask gets the token, from the page only if there is nothing else.
        let told = tenant.run("token.acquire", json!({"force": true})).await;
        told.done();
        assert_eq!(told.prompts, usize::from(*expected == Dropped), "{number}");
    }
}

#[tokio::test]
async fn a_user_is_asked_once_where_a_page_helps_and_never_where_it_does_not() {
    for (number, error, suberror, code, _) in ROWS {
        let tenant = Tenant::signed_in().await;
        tenant.emulator.inject(answer(*number, error, suberror));
        let told = tenant.run("token.acquire", json!({"force": true})).await;
        match code {
            SignInRequired | ConsentRequired => {
                told.done();
                assert_eq!(told.prompts, 1, "{number}");
            }
            code => assert_eq!((told.failed().code, told.prompts), (*code, 0), "{number}"),
        }
        tenant.assert_clean();
    }
}

#[tokio::test]
async fn what_passes_is_asked_again_by_itself() {
    for body in [
        json!({"error": "temporarily_unavailable", "error_description": "AADSTS90033: x", "error_codes": [90033]}),
        json!({"error": "server_error", "error_description": "AADSTS90036: x", "error_codes": [90036]}),
    ] {
        let tenant = Tenant::signed_in().await;
        tenant.emulator.inject(Fault::new(Service::Login).path("/token").status(400).header("retry-after", "0").body(body));
        renew(&tenant, Resource::Graph).await.unwrap();
        assert_eq!(tenant.asked("POST", "/token").len(), 2);
    }
}
