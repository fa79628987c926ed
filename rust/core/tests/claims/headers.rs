//! `WWW-Authenticate` fields beyond the published samples.

use pim_core::claims::{Challenge, Finding, Note, find_in_response, search_response};

use crate::cases::C1_BASE64;

const P1: &str = "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlcyI6WyJwMSJdfX19";

fn fill(template: &str) -> String {
    template.replace("<c1>", C1_BASE64).replace("<c1 after eyJ>", &C1_BASE64[3..]).replace("<p1>", P1)
}

fn contexts(challenges: &[Challenge]) -> Vec<String> {
    challenges.iter().flat_map(|challenge| challenge.claims.contexts()).collect()
}

#[track_caller]
fn answer(fields: &[&str]) -> Vec<Challenge> {
    let fields: Vec<String> = fields.iter().map(|field| fill(field)).collect();
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    match find_in_response(401, &fields, b"") {
        Finding::Found(challenges) => challenges,
        other => panic!("{fields:?}: {other:?}"),
    }
}

#[test]
fn one_challenge_in_every_notation() {
    for field in [
        r#"Bearer claims="<c1>""#,
        r#"Bearer claims=<c1>"#,
        r#"BEARER Claims = "<c1>" , error = insufficient_claims"#,
        r#",, Bearer ,realm="a, b", claims="<c1>",,"#,
        "Bearer\tclaims=\"<c1>\"",
        r#"Bearer realm="say \"claims=\" twice", claims="<c1>""#,
        r#"Bearer realm="C:\\", claims="<c1>""#,
        r#"Bearer claims="{\"access_token\":{\"acrs\":{\"value\":\"c1\"}}}""#,
        r#"Bearer realm="x" claims="<c1>""#,
        r#"Bearer realm=, claims="<c1>""#,
        r#"Bearer authorization_uri=https://login.example/a,b, claims="<c1>""#,
        r#"Bearer error="x", claims="<c1>"; Secure"#,
        r#"Negotiate YII==, Bearer claims="<c1>""#,
        r#"Negotiate, Bearer claims="<c1>""#,
        r#"NTLM TlRMTVNTUAAC, Digest realm="x", qop="auth, auth-int", Bearer claims="<c1>""#,
        r#"claims="<c1>", error="insufficient_claims""#,
        r#"WWW-Authenticate : Bearer claims="<c1>""#,
        r#"PoP nonce="x", claims="<c1>""#,
        r#"Bearer claims="\e\y\J<c1 after eyJ>""#,
        r#"Bearer realm="ÄÖ", claims="<c1>""#,
        r#"Bearer Ä="x", claims="<c1>""#,
        r#"Bearer claims="<c1>", cc_type="authcontext"#,
    ] {
        assert_eq!(contexts(&answer(&[field])), ["c1"], "{field}");
    }
}

#[test]
fn the_first_is_the_one_to_answer() {
    for (fields, expected) in [
        (&[r#"Bearer error="invalid_token", claims="<p1>", Bearer error="insufficient_claims", claims="<c1>""#][..], ["c1", "p1"]),
        (&[r#"Bearer error="invalid_token", claims="<p1>""#, r#"Bearer error="insufficient_claims", claims="<c1>""#], ["c1", "p1"]),
        (&[r#"PoP nonce="x", error="insufficient_claims", claims="<p1>", Bearer claims="<c1>""#], ["c1", "p1"]),
        (&[r#"PoP error="insufficient_claims", claims="<p1>""#, r#"claims="<c1>""#], ["c1", "p1"]),
        (&[r#"Bearer claims="<p1>", Bearer claims="<c1>""#], ["p1", "c1"]),
    ] {
        assert_eq!(contexts(&answer(fields)), expected, "{fields:?}");
    }
}

#[test]
fn a_broken_challenge_does_not_hide_a_good_one() {
    for field in [
        r#"Bearer claims="?", Bearer claims="<c1>""#,
        r#"Bearer claims="<p1>", claims="<p1>", Bearer claims="<c1>""#,
        r#"Bearer x="1", X="2", claims="<p1>", Bearer claims="<c1>""#,
    ] {
        let report = search_response(401, &[&fill(field)], b"");
        assert_eq!((contexts(&report.challenges), report.rejected.len()), (vec!["c1".to_owned()], 1), "{field}");
    }
}

#[test]
fn all_that_a_challenge_says_is_kept() {
    let challenge = &answer(&[
        r#"Bearer realm="", authorization_uri="https://login.example/common", error="insufficient_claims", errorDescription="no \"way\"", claims="<c1>""#,
    ])[0];
    assert_eq!(challenge.scheme.as_deref(), Some("Bearer"));
    assert_eq!(challenge.error.as_deref(), Some("insufficient_claims"));
    assert_eq!(challenge.error_description.as_deref(), Some("no \"way\""));
    assert_eq!(challenge.authorization_uri.as_deref(), Some("https://login.example/common"));
}

#[test]
fn a_header_counts_under_401_and_403_alone() {
    let field = fill(r#"Bearer claims="<c1>""#);
    for (status, counts) in [(0, true), (401, true), (403, true), (200, false), (400, false), (404, false), (503, false)] {
        assert_eq!(find_in_response(status, &[&field], b"") != Finding::None, counts, "{status}");
    }
}

#[test]
fn other_headers_and_other_schemes_hold_nothing() {
    for field in [
        "",
        ",",
        "Negotiate",
        "Basic realm=\"claims=\"",
        "Server: Bearer claims=\"<c1>\"",
        "Bearer",
        "=",
        "\"",
        "Bearer \"claims\"=\"<c1>\"",
    ] {
        assert_eq!(find_in_response(401, &[&fill(field)], b""), Finding::None, "{field}");
    }
}

#[test]
fn what_has_no_claims_is_noted() {
    let notes = |field: &str| search_response(401, &[field], b"").notes;
    assert_eq!(notes(r#"Bearer error="insufficient_claims""#), [Note::ClaimsMissing]);
    assert_eq!(
        notes(r#"Bearer error="insufficient_user_authentication", acr_values="urn:a urn:b", max_age=5"#),
        [Note::InsufficientUserAuthentication { acr_values: Some("urn:a urn:b".to_owned()), max_age: Some("5".to_owned()) }]
    );
    assert_eq!(notes(r#"Bearer error="invalid_token""#), []);
}

#[test]
fn a_field_beyond_the_limit_is_refused() {
    let field = format!("Bearer realm=\"{}\", {}", "x".repeat(64 * 1024), fill("claims=\"<c1>\""));
    match find_in_response(401, &[&field], b"") {
        Finding::Rejected(error) => assert_eq!(error.target.as_deref(), Some("inputTooLarge")),
        other => panic!("{other:?}"),
    }
}
