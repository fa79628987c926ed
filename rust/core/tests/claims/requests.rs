//! The claims request itself: what is valid, how two become one, what follows from it.

use std::collections::BTreeSet;

use pim_core::claims::{ClaimsError, ClaimsRequest, MAX_REQUEST_BYTES};
use serde_json::json;

#[track_caller]
fn parse(text: &str) -> ClaimsRequest {
    ClaimsRequest::parse(text).unwrap()
}

#[test]
fn valid_requests_are_kept_as_they_are() {
    for text in [
        r#"{"access_token":{"acrs":null}}"#,
        r#"{"access_token":{"acrs":{}}}"#,
        r#"{"access_token":{"acrs":{"essential":false,"values":[]}}}"#,
        r#"{"access_token":{"nbf":{"value":1539284376}}}"#,
        r#"{"access_token":{"nbf":{"essential":true,"value":"1539284376"}}}"#,
        r#"{"access_token":{"anything":[1,2,{"x":null}]},"other":7}"#,
        r#"{"id_token":{"auth_time":{"essential":true}}}"#,
        r#"{"userinfo":{"given_name":null},"id_token":{}}"#,
        "{ \"access_token\" :\r\n\t{ \"acrs\" : { \"value\" : \"urn:microsoft:req1\" } } }",
        r#"{"a\u0063cess_token":{"acrs":{"value":"ÿ?>~"}}}"#,
        r#"{"access_token":{"a":[[[[[[1]]]]]]}}"#,
    ] {
        assert_eq!(parse(text).text(), text);
        assert_eq!(parse(&format!(" \r\n{text}\t")).text(), text);
        assert_eq!(parse(&parse(text).canonical()), parse(text));
    }
}

#[test]
fn every_rule_has_its_reason() {
    let deep = format!(r#"{{"access_token":{{"a":{}{}}}}}"#, "[".repeat(7), "]".repeat(7));
    let deeper = format!(r#"{{"access_token":{{"a":{}{}}}}}"#, "[".repeat(4000), "]".repeat(4000));
    let large = format!(r#"{{"access_token":{{"a":"{}"}}}}"#, "x".repeat(MAX_REQUEST_BYTES));
    let long_context = format!(r#"{{"access_token":{{"acrs":{{"value":"{}"}}}}}}"#, "c".repeat(257));
    let cases = [
        ("", ClaimsError::Empty),
        (" \n", ClaimsError::Empty),
        (large.as_str(), ClaimsError::TooLarge),
        ("{", ClaimsError::NotJson),
        ("<html></html>", ClaimsError::NotJson),
        (r#"{"access_token":{"acrs":{"value":"c1"}}"#, ClaimsError::NotJson),
        (r#"{"access_token":{"acrs":{"value":'c1'}}}"#, ClaimsError::NotJson),
        (r#"{"access_token":{"a":1e999}}"#, ClaimsError::NotJson),
        (r#"{"access_token":{"a":"\ud800"}}"#, ClaimsError::NotJson),
        (r#"{"access_token":{"a":1}}{}"#, ClaimsError::TrailingText),
        (r#"{"access_token":{"a":1}} x"#, ClaimsError::TrailingText),
        (r#"{"access_token":{"a":1},"access_token":{"a":1}}"#, ClaimsError::DuplicateName),
        (r#"{"access_token":{"a":1,"\u0061":2}}"#, ClaimsError::DuplicateName),
        (r#"{"access_token":{"a":{"value":{"x":1,"x":1}}}}"#, ClaimsError::DuplicateName),
        (deep.as_str(), ClaimsError::TooDeep),
        (deeper.as_str(), ClaimsError::TooDeep),
        ("{\"access_token\":{\"a\":\"\u{0}\"}}", ClaimsError::ControlCharacter),
        ("{\"access_token\":{\"a\":\"\u{7f}\"}}", ClaimsError::ControlCharacter),
        (r#"{"access_token":{"a":"\u001b[2J"}}"#, ClaimsError::ControlCharacter),
        (r#"{"access_token":{"a\n":1}}"#, ClaimsError::ControlCharacter),
        ("[]", ClaimsError::NotAnObject),
        ("null", ClaimsError::NotAnObject),
        ("\"x\"", ClaimsError::NotAnObject),
        ("true", ClaimsError::NotAnObject),
        ("12", ClaimsError::NotAnObject),
        ("{}", ClaimsError::NoTarget),
        (r#"{"unexpected":true}"#, ClaimsError::NoTarget),
        (r#"{"access_token":null}"#, ClaimsError::TargetNotAnObject("access_token")),
        (r#"{"access_token":{"a":1},"id_token":[]}"#, ClaimsError::TargetNotAnObject("id_token")),
        (r#"{"userinfo":"x"}"#, ClaimsError::TargetNotAnObject("userinfo")),
        (r#"{"access_token":{}}"#, ClaimsError::NothingRequested),
        (r#"{"id_token":{},"userinfo":{}}"#, ClaimsError::NothingRequested),
        (r#"{"access_token":{},"id_token":{"a":null}}"#, ClaimsError::NothingRequested),
        (r#"{"access_token":{"acrs":"c1"}}"#, ClaimsError::WrongType("acrs")),
        (r#"{"access_token":{"acrs":{"essential":"true"}}}"#, ClaimsError::WrongType("acrs")),
        (r#"{"access_token":{"acrs":{"value":["c1"]}}}"#, ClaimsError::WrongType("acrs")),
        (r#"{"access_token":{"acrs":{"values":"c1"}}}"#, ClaimsError::WrongType("acrs")),
        (r#"{"access_token":{"acrs":{"values":["c1",2]}}}"#, ClaimsError::WrongType("acrs")),
        (r#"{"access_token":{"acrs":{"value":""}}}"#, ClaimsError::WrongType("acrs")),
        (r#"{"access_token":{"acrs":{"value":"c1 - call 555-0100"}}}"#, ClaimsError::WrongType("acrs")),
        (r#"{"access_token":{"acrs":{"values":["c1\u202e"]}}}"#, ClaimsError::WrongType("acrs")),
        (long_context.as_str(), ClaimsError::WrongType("acrs")),
        (r#"{"access_token":{"nbf":{"value":"soon"}}}"#, ClaimsError::WrongType("nbf")),
        (r#"{"access_token":{"nbf":{"value":""}}}"#, ClaimsError::WrongType("nbf")),
        (r#"{"access_token":{"nbf":{"value":-1}}}"#, ClaimsError::WrongType("nbf")),
        (r#"{"access_token":{"nbf":{"value":1.5}}}"#, ClaimsError::WrongType("nbf")),
        (r#"{"access_token":{"polids":{"values":{}}}}"#, ClaimsError::WrongType("polids")),
        (r#"{"access_token":{"xms_cc":{"values":[null]}}}"#, ClaimsError::WrongType("xms_cc")),
    ];
    for (text, reason) in cases {
        assert_eq!(ClaimsRequest::parse(text), Err(reason), "{text:.80}");
    }
}

#[test]
fn reasons_are_distinct_words_and_quote_nothing() {
    let words: BTreeSet<&str> = ClaimsError::ALL.iter().map(|error| error.reason()).collect();
    assert_eq!(words.len(), ClaimsError::ALL.len());
    assert!(words.iter().all(|word| word.bytes().all(|b| b.is_ascii_alphanumeric())));
    let error = pim_core::error::Error::from(ClaimsRequest::parse(r#"{"access_token":{"\u001bmarker":{"\u001bmarker":}}}"#).unwrap_err());
    assert!(!format!("{error:?}").contains("marker"));
}

#[test]
fn contexts_make_a_request() {
    for (contexts, expected) in [
        (&["c1"][..], json!({"access_token": {"acrs": {"essential": true, "value": "c1"}}})),
        (&["c2", "c1", "c2"], json!({"access_token": {"acrs": {"essential": true, "values": ["c1", "c2"]}}})),
        (&[], json!({"access_token": {"xms_cc": {"values": ["cp1"]}}})),
    ] {
        let request = ClaimsRequest::for_contexts(contexts.iter().copied());
        assert_eq!(serde_json::to_value(&request).unwrap(), expected);
        assert_eq!(request.contexts(), contexts.iter().map(|context| (*context).to_owned()).collect());
        assert_eq!(parse(request.text()), request);
    }
    assert_eq!(ClaimsRequest::for_mfa().methods(), ["mfa".to_owned()].into());
}

#[test]
fn what_is_asked_for_can_be_read() {
    let request = parse(
        r#"{"id_token":{"auth_time":{"essential":true}},"access_token":{"acrs":{"value":"c1","values":["c2","c1"]},"nbf":{"value":"0170"},"deviceid":null}}"#,
    );
    assert_eq!(request.contexts(), ["c1".to_owned(), "c2".to_owned()].into());
    assert_eq!(request.demands(), ["acrs", "nbf", "deviceid", "id_token.auth_time"]);
    assert_eq!(request.not_before(), Some(170));
    assert_eq!(parse(r#"{"access_token":{"x":1}}"#).not_before(), None);
}

#[test]
fn two_requests_become_one() {
    for (one, two, expected) in [
        (
            r#"{"acrs":{"essential":true,"value":"c1"}}"#,
            r#"{"acrs":{"value":"c2"}}"#,
            r#"{"acrs":{"essential":true,"values":["c1","c2"]}}"#,
        ),
        (r#"{"acrs":{"essential":false,"value":"c1"}}"#, r#"{"acrs":{"value":"c1"}}"#, r#"{"acrs":{"essential":false,"value":"c1"}}"#),
        (r#"{"acrs":{"values":["p1"]}}"#, r#"{"acrs":{"value":"p1"}}"#, r#"{"acrs":{"value":"p1"}}"#),
        (r#"{"acrs":{"values":["c2","c1"]}}"#, r#"{"acrs":{"values":["c1","c3"]}}"#, r#"{"acrs":{"values":["c1","c2","c3"]}}"#),
        (r#"{"acrs":null}"#, r#"{"acrs":{"value":"c1"}}"#, r#"{"acrs":{"value":"c1"}}"#),
        (r#"{"nbf":{"essential":true,"value":"100"}}"#, r#"{"nbf":{"value":99}}"#, r#"{"nbf":{"essential":true,"value":"100"}}"#),
        (r#"{"nbf":{"value":"100"}}"#, r#"{"nbf":{"essential":true,"value":1000}}"#, r#"{"nbf":{"essential":true,"value":1000}}"#),
        (r#"{"nbf":{"value":"7"}}"#, r#"{"nbf":{"value":7}}"#, r#"{"nbf":{"value":"7"}}"#),
        (
            r#"{"polids":{"values":["a"]}}"#,
            r#"{"capolids":{"values":["b"]}}"#,
            r#"{"polids":{"values":["a"]},"capolids":{"values":["b"]}}"#,
        ),
        (r#"{"acrs":{"essential":true}}"#, r#"{"acrs":{"value":"c1"}}"#, r#"{"acrs":{"essential":true,"value":"c1"}}"#),
        (
            r#"{"x":{"value":"a","more":{"k":1}}}"#,
            r#"{"x":{"value":"b","more":{"l":2}}}"#,
            r#"{"x":{"values":["a","b"],"more":{"k":1,"l":2}}}"#,
        ),
        (r#"{"foo":"bar"}"#, r#"{"foo":"baz"}"#, r#"{"foo":"baz"}"#),
        (r#"{"foo":"bar"}"#, r#"{"foo":{"value":"a"}}"#, r#"{"foo":{"value":"a"}}"#),
    ] {
        let [one, two, expected] = [one, two, expected].map(|claims| parse(&format!(r#"{{"access_token":{claims}}}"#)));
        assert_eq!(one.merge(&two), expected);
        assert_eq!(two.merge(&one), expected);
        assert!(expected.includes(&one) && expected.includes(&two), "{expected:?}");
    }
    let both = parse(r#"{"access_token":{"acrs":{"value":"c1"}}}"#).merge(&parse(r#"{"id_token":{"auth_time":null}}"#));
    assert_eq!(both.canonical(), r#"{"access_token":{"acrs":{"value":"c1"}},"id_token":{"auth_time":null}}"#);
}

#[test]
fn a_request_includes_what_it_asks_for_and_no_more() {
    let c1 = ClaimsRequest::for_contexts(["c1"]);
    let both = ClaimsRequest::for_contexts(["c1", "c2"]);
    assert!(both.includes(&c1) && !c1.includes(&both));
    assert!(c1.includes(&parse(r#"{"access_token":{"acrs":{"essential":true,"values":["c1"]}}}"#)));
    let nbf = |at: &str| parse(&format!(r#"{{"access_token":{{"nbf":{{"essential":true,"value":"{at}"}}}}}}"#));
    assert!(nbf("10").includes(&nbf("9")) && !nbf("9").includes(&nbf("10")));
}

#[test]
fn claims_can_be_left_out() {
    let request = parse(r#"{"access_token":{"acrs":{"value":"c1"},"deviceid":null},"id_token":{"auth_time":null}}"#);
    let rest = request.without(&["acrs"]).unwrap();
    assert_eq!(rest.canonical(), r#"{"access_token":{"deviceid":null},"id_token":{"auth_time":null}}"#);
    assert_eq!(rest.without(&["deviceid"]).unwrap().canonical(), r#"{"id_token":{"auth_time":null}}"#);
    assert_eq!(ClaimsRequest::for_contexts(["c1"]).without(&["acrs"]), None);
}

#[test]
fn the_capability_is_declared_once() {
    let c1 = ClaimsRequest::for_contexts(["c1"]);
    let declared = c1.with_capability();
    assert_eq!(declared.canonical(), r#"{"access_token":{"acrs":{"essential":true,"value":"c1"},"xms_cc":{"values":["cp1"]}}}"#);
    assert_eq!(declared.with_capability().text(), declared.text());
    let other_case = parse(r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#);
    assert_eq!(other_case.with_capability(), other_case);
    let other = parse(r#"{"access_token":{"xms_cc":{"values":["cp2"]}}}"#);
    assert_eq!(other.with_capability().canonical(), r#"{"access_token":{"xms_cc":{"values":["cp1","cp2"]}}}"#);
    let id_token = parse(r#"{"id_token":{"auth_time":null}}"#).with_capability();
    assert_eq!(id_token.canonical(), r#"{"access_token":{"xms_cc":{"values":["cp1"]}},"id_token":{"auth_time":null}}"#);
}

#[test]
fn the_canonical_text_orders_names_and_keeps_lists() {
    let request = parse(r#"{ "b": 1.50, "access_token": { "z": ["b", "a"], "acrs": { "value": "c\"1", "essential": true } } }"#);
    assert_eq!(request.canonical(), r#"{"access_token":{"acrs":{"essential":true,"value":"c\"1"},"z":["b","a"]},"b":1.5}"#);
}

#[test]
fn base64_is_of_the_text_as_it_came() {
    let text = r#"{"access_token":{"acrs":{"essential":true, "value":"c1"}}}"#;
    assert_eq!(parse(text).base64(), crate::cases::C1_BASE64);
}
