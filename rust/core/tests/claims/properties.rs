//! What holds for every input.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use pim_core::claims::{ClaimsRequest, Finding, Report, search_response, search_text};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Pieces of which challenges are made: random text alone would never come near one.
fn fragments() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "claims=",
            "&claims=",
            "%7B",
            "%7D",
            "%22",
            "%257B",
            "{",
            "}",
            "[",
            "]",
            "\"",
            "\\\"",
            "\\",
            ":",
            ",",
            "=",
            " ",
            "\r\n",
            "Bearer ",
            "bearer",
            "PoP ",
            "access_token",
            "acrs",
            "essential",
            "true",
            "null",
            "value",
            "c1",
            "WWW-Authenticate: ",
            "-ClaimsChallenge ",
            "--claims-challenge ",
            "eyJ",
            "eyJhY2Nlc3NfdG9rZW4i",
            "message",
            "error",
            "responses",
            "status",
            "401",
            "headers",
            "body",
            "HTTP/1.1 401 X",
            "\u{201C}",
            "\u{201D}",
            "\u{FEFF}",
            "ä",
            "\u{1F600}",
            "{\"access_token\":{",
            "{\"error\":{\"message\":\"",
        ])
        .prop_map(str::to_owned),
        any::<String>().prop_map(|text| text.chars().take(6).collect()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![Just("c1".to_owned()), Just("c2".to_owned()), "[a-z0-9:._+/ äß\\\\\"{}%&=-]{1,12}"]
}

fn context() -> impl Strategy<Value = String> {
    prop_oneof![Just("c1".to_owned()), Just("p1".to_owned()), "[a-z0-9:._+/äß\\\\\"{}%&=-]{1,12}"]
}

fn claim_value(word: impl Strategy<Value = String> + Clone + 'static) -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        (any::<Option<bool>>(), prop::option::of(word.clone()), prop::option::of(prop::collection::vec(word, 0..4))).prop_map(
            |(essential, value, values)| {
                let mut request = Map::new();
                essential.map(|essential| request.insert("essential".to_owned(), json!(essential)));
                value.map(|value| request.insert("value".to_owned(), json!(value)));
                values.map(|values| request.insert("values".to_owned(), json!(values)));
                Value::Object(request)
            }
        ),
    ]
}

fn claims() -> impl Strategy<Value = ClaimsRequest> {
    let known = prop::sample::select(vec!["amr", "polids", "capolids", "xms_cc", "deviceid", "x"]).prop_map(str::to_owned);
    let nbf = prop_oneof![
        any::<u32>().prop_map(|at| json!({"value": at})),
        any::<u32>().prop_map(|at| json!({"essential": true, "value": at.to_string()}))
    ];
    let free = prop_oneof![any::<i64>().prop_map(Value::from), any::<bool>().prop_map(Value::from), word().prop_map(Value::from)];
    let member = prop_oneof![
        4 => (known, claim_value(word().boxed())),
        3 => (Just("acrs".to_owned()), claim_value(context().boxed())),
        2 => (Just("nbf".to_owned()), nbf),
        1 => ("[fgh]", free),
    ];
    let target = || prop::collection::vec(member.clone(), 1..5).prop_map(|members| members.into_iter().collect::<Map<_, _>>());
    let id_token = prop::option::weighted(0.2, target());
    (target(), id_token).prop_map(|(access_token, id_token)| {
        let mut document = json!({ "access_token": access_token });
        if let Some(id_token) = id_token {
            document["id_token"] = Value::Object(id_token);
        }
        ClaimsRequest::parse(&document.to_string()).unwrap()
    })
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn escaped(text: &str) -> String {
    let quoted = Value::String(text.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn bearer(claims: &str) -> String {
    format!(r#"Bearer realm="", error="insufficient_claims", claims="{claims}""#)
}

/// One claims request in every carrier.
fn carriers(text: &str) -> Vec<(&'static str, Report)> {
    let plain = percent(text);
    let body = |message: &str| json!({"error": {"code": "RoleAssignmentRequestAcrsValidationFailed", "message": message}}).to_string();
    let marked = format!("&claims={plain}");
    let header = |claims: &str| search_response(401, &[&bearer(claims)], b"");
    let in_body = |body: String| search_response(400, &[], body.as_bytes());
    let batch = json!({"responses": [{"id": "1", "status": 400, "body": {"error": {"message": marked}}}]}).to_string();
    let nested = json!({"errorCode": "E", "message": marked}).to_string();
    vec![
        ("header, base64", header(&STANDARD.encode(text))),
        ("header, unpadded", header(&STANDARD_NO_PAD.encode(text))),
        ("header, url-safe", header(&URL_SAFE_NO_PAD.encode(text))),
        ("header, quoted JSON", header(&text.replace('\\', "\\\\").replace('"', "\\\""))),
        ("body", in_body(body(&marked))),
        ("body, encoded twice", in_body(body(&format!("&claims={}", percent(&plain))))),
        ("body, encoded three times", in_body(body(&format!("&claims={}", percent(&percent(&plain)))))),
        ("body, decoded", in_body(body(&format!("&claims={text}")))),
        ("body, nested", in_body(body(&nested))),
        ("batch", search_response(200, &[], batch.as_bytes())),
        ("token error", in_body(json!({"error": "interaction_required", "claims": text}).to_string())),
        ("text, JSON", search_text(text)),
        ("text, base64", search_text(&STANDARD.encode(text))),
        ("text, percent", search_text(&plain)),
        ("text, marker", search_text(&format!("it failed: &claims={plain} (400)"))),
        ("text, decoded", search_text(&format!("it failed: &claims={text} (400)"))),
        ("text, escaped", search_text(&format!("log \"&claims={}\" end", escaped(text)))),
        ("text, parameter", search_text(&format!("run Connect-AzAccount -ClaimsChallenge \"{}\" now", STANDARD.encode(text)))),
        ("text, header line", search_text(&format!("WWW-Authenticate: {}", bearer(&STANDARD.encode(text))))),
        ("text, body", search_text(&body(&marked))),
        ("text, response", search_text(&format!("HTTP/1.1 400 X\r\nDate: y\r\n\r\n{}", body(&marked)))),
    ]
}

proptest! {
    #[test]
    fn no_text_panics(text in fragments()) {
        let _ = search_text(&text);
        let _ = search_response(400, &[&text], text.as_bytes());
        let _ = search_response(401, &[&text], text.as_bytes());
        let _ = search_response(200, &[], text.as_bytes());
        let _ = ClaimsRequest::parse(&text);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), status in any::<u16>()) {
        let _ = search_response(status, &[], &bytes);
        let _ = search_text(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn whatever_is_found_is_valid_and_fit_to_be_shown(text in fragments()) {
        if let Finding::Found(challenges) = search_text(&text).into_finding() {
            for challenge in challenges {
                let again = ClaimsRequest::parse(&challenge.text).unwrap();
                prop_assert_eq!(again.text(), challenge.text.as_str());
                for shown in [challenge.error, challenge.error_description, challenge.code, challenge.scheme, challenge.authorization_uri].into_iter().flatten() {
                    prop_assert!(!shown.chars().any(char::is_control) && shown.chars().count() <= 501);
                }
            }
        }
    }

    #[test]
    fn a_request_is_found_in_every_carrier(claims in claims()) {
        for (carrier, report) in carriers(claims.text()) {
            prop_assert_eq!(report.challenges.len(), 1, "{}: {:?}", carrier, report);
            prop_assert_eq!(&report.challenges[0].text, claims.text(), "{}", carrier);
            prop_assert_eq!(&report.challenges[0].claims, &claims, "{}", carrier);
        }
    }

    #[test]
    fn merging_is_commutative_associative_and_idempotent(a in claims(), b in claims(), c in claims()) {
        prop_assert_eq!(a.merge(&b).canonical(), b.merge(&a).canonical());
        prop_assert_eq!(a.merge(&a).canonical(), a.canonical());
        prop_assert_eq!(a.merge(&b).merge(&b).canonical(), a.merge(&b).canonical());
        prop_assert_eq!(a.merge(&b).merge(&a).canonical(), a.merge(&b).canonical());
        prop_assert_eq!(a.merge(&b).merge(&c).canonical(), a.merge(&b.merge(&c)).canonical());
    }

    #[test]
    fn a_merge_is_valid_and_asks_for_all(a in claims(), b in claims()) {
        let merged = a.merge(&b);
        prop_assert_eq!(&ClaimsRequest::parse(merged.text()).unwrap(), &merged);
        prop_assert!(a.contexts().union(&b.contexts()).all(|context| merged.contexts().contains(context)));
        prop_assert_eq!(merged.not_before(), a.not_before().max(b.not_before()));
        prop_assert!(merged.includes(&a) && merged.includes(&b));
    }

    #[test]
    fn the_canonical_text_is_a_fixed_point(claims in claims()) {
        let canonical = ClaimsRequest::parse(&claims.canonical()).unwrap();
        prop_assert_eq!(canonical.canonical(), claims.canonical());
        prop_assert_eq!(canonical.text(), claims.canonical());
    }
}
