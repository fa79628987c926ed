//! Time is linear in the input, whatever the input. The bounds are far above what it takes and far below what a quadratic search takes.

use std::time::{Duration, Instant};

use pim_core::claims::{search_response, search_text};

const MEGABYTE: usize = 1024 * 1024;

fn repeat(unit: &str) -> String {
    unit.repeat(MEGABYTE / unit.len())
}

/// Texts that make a careless search look at the same bytes again and again.
fn hostile() -> Vec<(&'static str, String)> {
    let c1 = r#"{"access_token":{"acrs":{"value":"c1"}}}"#;
    let mut inputs = vec![
        ("markers", repeat("claims=")),
        ("markers in messages", repeat("&claims=%7B ")),
        ("markers and braces", repeat("claims={")),
        ("markers and open strings", repeat("claims={\"")),
        ("markers and escaped braces", repeat("claims={\\\"access_token\\\":{ ")),
        ("markers and percent", repeat("claims=%7B")),
        ("markers and base64", repeat("claims=eyJhY2Nlc3NfdG9rZW4i ")),
        ("markers and base64 by lines", repeat("claims=\"eyJhY2Nlc3NfdG9rZW4i\n\" ")),
        ("base64 by lines", format!("x {}", repeat("eyJhY2Nlc3NfdG9rZW4i\n"))),
        ("single digits by lines", format!("-ClaimsChallenge \"eyJhY2Nlc3NfdG9rZW4i\n{}", repeat("A\n"))),
        ("parameters", repeat("-ClaimsChallenge ")),
        ("equals signs", format!("claims{}", repeat("="))),
        ("braces", repeat("{")),
        ("brackets", repeat("[")),
        ("braces and spaces", repeat("{    ")),
        ("nested objects", format!("{}1{}", "{\"message\":".repeat(MEGABYTE / 12), "}".repeat(MEGABYTE / 12))),
        ("beginnings of requests", repeat("{\"access_token\":{")),
        ("valid requests", repeat(&format!("&claims={c1} "))),
        ("quotes", repeat("\"")),
        ("backslashes", repeat("\\")),
        ("brace and backslashes", repeat("{\\")),
        ("escaped quotes", repeat("{\\\"")),
        ("commas", format!("Bearer {}", repeat(","))),
        ("schemes", repeat("Bearer ")),
        ("schemes and parameters", repeat("Bearer a=b,")),
        ("schemes and open strings", repeat("Bearer a=\"")),
        ("schemes and escaped strings", repeat("Bearer a=\\\"")),
        ("words", repeat("a/")),
        ("percent", repeat("%7B%22access_token%22")),
        ("percent signs", repeat("%25")),
        ("field lines", repeat("WWW-Authenticate: Bearer a=b\n")),
        ("folded field", format!("WWW-Authenticate: Bearer a=b,\n{}", repeat(" a=\n"))),
        ("empty lines", format!("x{}", repeat("\n\n"))),
        ("responses", repeat("HTTP/1.1 401 X\n\n{")),
        ("spaces", format!("claims:{}x", repeat(" "))),
        ("not ASCII", repeat("claims={ü")),
        ("zeros", repeat("\0")),
    ];
    inputs.push(("many messages", format!("{{{}\"x\":1}}", repeat("\"message\":\"claims=\","))));
    inputs.push((
        "many messages, long code",
        format!("{{\"code\":\"{}\",{}\"x\":1}}", "c".repeat(MEGABYTE / 2), "\"message\":\"&claims=%7B\",".repeat(20_000)),
    ));
    inputs.push((
        "many items, long id",
        format!(
            "{{\"responses\":[{{\"id\":\"{}\",\"body\":{{{}\"x\":1}}}}]}}",
            "c".repeat(MEGABYTE / 2),
            "\"message\":\"&claims=%7B\",".repeat(20_000)
        ),
    ));
    inputs.push(("a large list", format!("[{}0]", repeat("0,"))));
    inputs.push(("nested batches", format!("{}1{}", "{\"responses\":[".repeat(60), "]}".repeat(60))));
    let mut nested = format!("{{\"message\":\"{}\"}}", "&claims=%7B ".repeat(8_000));
    while nested.len() < MEGABYTE / 3 {
        nested = serde_json::json!({ "message": nested }).to_string();
    }
    inputs.push(("documents in messages", nested));
    inputs
}

fn limit() -> Duration {
    if cfg!(debug_assertions) { Duration::from_secs(2) } else { Duration::from_millis(50) }
}

/// The best of a few runs: what else the machine does is not measured.
fn fastest(work: impl Fn()) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed());
        if best < limit() / 4 {
            break;
        }
    }
    best
}

#[test]
fn a_megabyte_of_anything_takes_no_time_to_speak_of() {
    for (name, input) in hostile() {
        let taken = fastest(|| drop(search_text(&input)));
        assert!(taken < limit(), "{name} as text: {taken:?}");
        let taken = fastest(|| drop(search_response(400, &[], input.as_bytes())));
        assert!(taken < limit(), "{name} as body: {taken:?}");
        let fields: Vec<&str> = input.as_bytes().chunks(60 * 1024).take(40).filter_map(|chunk| std::str::from_utf8(chunk).ok()).collect();
        let taken = fastest(|| drop(search_response(401, &fields, b"")));
        assert!(taken < limit(), "{name} as fields: {taken:?}");
    }
}

#[test]
fn what_is_larger_than_the_limit_is_refused_at_once() {
    let input = " ".repeat(pim_core::claims::MAX_INPUT_BYTES + 1);
    for report in [search_text(&input), search_response(400, &[], input.as_bytes())] {
        assert_eq!(report.rejected[0].reason.reason(), "inputTooLarge");
    }
    let nothing_to_search = search_response(404, &[], input.as_bytes());
    assert!(nothing_to_search.rejected.is_empty());
}
