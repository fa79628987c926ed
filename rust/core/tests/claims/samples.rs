//! Every sample of `tests/claims/samples.json`: published and composed challenges with the stated result.

use pim_core::claims::{ClaimsRequest, Finding, Report, search_response, search_text};
use serde::Deserialize;
use serde_json::Value;

const SAMPLES: &str = include_str!("../../../../tests/claims/samples.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    name: String,
    kind: Kind,
    transport: Transport,
    #[serde(default)]
    status: u16,
    input: String,
    claims: Option<Value>,
    text: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Accept,
    None,
    Reject,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Transport {
    Header,
    Body,
    StsBody,
    ExceptionText,
}

fn samples() -> Vec<Sample> {
    let samples: Vec<Sample> = serde_json::from_str(SAMPLES).unwrap();
    assert!(samples.len() >= 49);
    samples
}

fn check(sample: &Sample, how: &str, report: Report) {
    let name = format!("{} as {how}", sample.name);
    match (&sample.kind, report.into_finding()) {
        (Kind::Accept, Finding::Found(challenges)) => {
            let first = &challenges[0];
            assert_eq!(Some(&Value::Object(first.claims.members().clone())), sample.claims.as_ref(), "{name}");
            if let Some(text) = &sample.text {
                assert_eq!(&first.text, text, "{name}");
            }
        }
        (Kind::None, Finding::None) => {}
        (Kind::Reject, Finding::Rejected(error)) => assert_eq!(error.target, sample.reason, "{name}"),
        (_, other) => panic!("{name}: {other:?}"),
    }
}

#[test]
fn every_sample_gives_its_result_where_it_occurs() {
    for sample in samples() {
        let input = sample.input.as_str();
        let report = match sample.transport {
            Transport::Header => search_response(sample.status, &[input], b""),
            Transport::Body | Transport::StsBody => search_response(sample.status, &[], input.as_bytes()),
            Transport::ExceptionText => search_text(input),
        };
        check(&sample, "stated", report);
    }
}

#[test]
fn every_sample_gives_the_same_when_it_is_pasted_as_text() {
    for sample in samples() {
        check(&sample, "text", search_text(&sample.input));
        if matches!(sample.transport, Transport::Header) {
            let line = format!("WWW-Authenticate: {}", sample.input);
            check(&sample, "header line", search_text(&line));
            check(&sample, "named header", search_response(sample.status, &[&line], b""));
            let response =
                format!("HTTP/1.1 {} X\r\nServer: x\r\n{line}\r\nDate: now\r\n\r\n{{\"error\":{{\"code\":\"X\"}}}}", sample.status);
            check(&sample, "response", search_text(&response));
        }
    }
}

#[test]
fn every_accepted_sample_is_found_again_from_its_own_text_and_base64() {
    for sample in samples().iter().filter(|sample| sample.kind == Kind::Accept) {
        let claims = ClaimsRequest::parse(&sample.claims.as_ref().unwrap().to_string()).unwrap();
        for text in [claims.text().to_owned(), claims.base64(), claims.canonical()] {
            match search_text(&text).into_finding() {
                Finding::Found(challenges) => assert_eq!(challenges[0].claims, claims, "{}", sample.name),
                other => panic!("{}: {other:?}", sample.name),
            }
        }
    }
}
