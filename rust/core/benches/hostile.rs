//! Times the search for a claims challenge in bodies of 1 MB that are made to be slow: many beginnings, no end.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use pim_core::claims::{Finding, find_in_response, find_in_text};

const SIZE: usize = 1 << 20;
const RUNS: usize = 5;

/// What is repeated to 1 MB.
const FRAGMENTS: &[(&str, &str)] = &[
    ("markers", "claims="),
    ("percent-encoded beginnings", "claims=%7B%22access_token%22%3A%7B"),
    ("percent signs", "%25"),
    ("base64 beginnings", "claims=\"eyJhY2Nlc3NfdG9rZW4iOnsi "),
    ("one base64 word", "eyJhY2Nlc3NfdG9rZW4i"),
    ("JSON beginnings", "{\"access_token\":{\"acrs\":"),
    ("open brackets", "["),
    ("open braces", "{"),
    ("backslashes", "\\"),
    ("quotation marks", "\""),
    ("header lines", "WWW-Authenticate: Bearer error=\"insufficient_claims\", claims=\"e30\n"),
    ("unclosed quotes", "Bearer claims=\"\\\""),
    ("whole challenges", "claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22value%22%3A%22c1%22%7D%7D%7D "),
];

fn repeated(fragment: &str) -> String {
    let mut text = fragment.repeat(SIZE / fragment.len() + 1);
    text.truncate(SIZE);
    text
}

fn in_error_body(text: &str) -> Vec<u8> {
    serde_json::json!({ "error": { "code": "RoleAssignmentRequestAcrsValidationFailed", "message": text } }).to_string().into_bytes()
}

fn best(mut run: impl FnMut() -> Finding) -> Duration {
    (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn main() {
    for (name, fragment) in FRAGMENTS {
        let text = repeated(fragment);
        let body = in_error_body(&text);
        let slowest = best(|| find_in_text(black_box(&text)))
            .max(best(|| find_in_response(400, &[], black_box(text.as_bytes()))))
            .max(best(|| find_in_response(400, &[], black_box(&body))));
        println!("{name}: {:.2} ms", slowest.as_secs_f64() * 1000.0);
    }
}
