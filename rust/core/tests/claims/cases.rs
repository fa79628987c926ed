//! Bodies, batches and texts beyond the published samples.

use pim_core::claims::{Challenge, Finding, FoundIn, find_in_response, find_in_text};

pub const C1: &str = r#"{"access_token":{"acrs":{"essential":true, "value":"c1"}}}"#;
const C1_PERCENT: &str = "%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22c1%22%7D%7D%7D";
pub const C1_BASE64: &str = "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsICJ2YWx1ZSI6ImMxIn19fQ==";
const P1_BASE64: &str = "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlcyI6WyJwMSJdfX19";

/// Fills in the names in angle brackets.
fn fill(template: &str) -> String {
    let escaped = C1.replace('"', "\\\"");
    let twice = escaped.replace('\\', "\\\\").replace('"', "\\\"");
    template
        .replace("<c1>", C1)
        .replace("<c1%>", C1_PERCENT)
        .replace("<c1b64>", C1_BASE64)
        .replace("<p1b64>", P1_BASE64)
        .replace("<c1\\>", &escaped)
        .replace("<c1\\\\>", &twice)
}

#[track_caller]
fn found(finding: Finding) -> Vec<Challenge> {
    match finding {
        Finding::Found(challenges) => challenges,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn reason(finding: Finding) -> String {
    match finding {
        Finding::Rejected(error) => error.target.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn bodies_hold_the_challenge_in_every_nesting() {
    for (name, status, body) in [
        ("prose before the marker", 400, r#"{"error":{"code":"X","message":"Access is refused. &claims=<c1%>"}}"#),
        ("no ampersand", 400, r#"{"error":{"code":"X","message":"claims=<c1%>"}}"#),
        ("question mark", 400, r#"{"error":{"code":"X","message":"go to https://x.example/?claims=<c1%>"}}"#),
        ("something after the value", 400, r#"{"error":{"code":"X","message":"&claims=<c1%>&correlationId=7 and more"}}"#),
        ("marker in capitals", 403, r#"{"error":{"code":"X","message":"&CLAIMS=<c1%>"}}"#),
        ("decoded value", 401, r#"{"error":{"code":"X","message":"&claims=<c1\>"}}"#),
        ("decoded value and an ampersand", 400, r#"{"error":{"code":"X","message":"&claims=<c1\>&x=y"}}"#),
        (
            "message with a document in it, decoded value",
            400,
            r#"{"error":{"code":"UnknownError","message":"{\"errorCode\":\"E\",\"message\":\"&claims=<c1\\>\"}"}}"#,
        ),
        (
            "document in a document in a document",
            400,
            r#"{"error":{"message":"{\"error\":{\"message\":\"{\\\"message\\\":\\\"&claims=<c1%>\\\"}\"}}"}}"#,
        ),
        (
            "details",
            400,
            r#"{"error":{"code":"Many","message":"see details","details":[{"code":"A","message":"no"},{"code":"B","message":"&claims=<c1%>"}]}}"#,
        ),
        ("inner error", 400, r#"{"error":{"code":"X","message":"","innererror":{"message":"&claims=<c1%>"}}}"#),
        ("no envelope", 400, r#"{"errorCode":"RoleAssignmentRequestAcrsValidationFailed","message":"&claims=<c1%>"}"#),
        (
            "OData error of older surfaces",
            400,
            r#"{"odata.error":{"code":"X","message":{"lang":"en","value":"no"}},"Message":"&claims=<c1%>"}"#,
        ),
        ("byte order mark", 400, "\u{FEFF}{\"error\":{\"message\":\"&claims=<c1%>\"}}"),
        ("escapes of JSON", 400, r#"{"error":{"message":"\u0026claims\u003d<c1%>"}}"#),
        ("plain text", 400, "&claims=<c1%>"),
        ("token service", 400, r#"{"error":"interaction_required","error_codes":[50076],"claims":"<c1\>"}"#),
        ("token service, nothing but claims", 400, r#"{"claims":"<c1\>"}"#),
        ("token service, base64", 400, r#"{"error":"invalid_grant","claims":"<c1b64>"}"#),
    ] {
        let body = fill(body);
        for status in [status, 0] {
            match find_in_response(status, &[], body.as_bytes()) {
                Finding::Found(challenges) => {
                    assert_eq!(challenges.len(), 1, "{name}");
                    assert_eq!(challenges[0].claims.contexts(), ["c1".to_owned()].into(), "{name}");
                }
                other => panic!("{name} with status {status}: {other:?}"),
            }
        }
    }
}

#[test]
fn bodies_without_a_challenge_give_none() {
    for (name, status, body) in [
        ("empty", 400, ""),
        ("not JSON", 400, "<html><body>Bad Request</body></html>"),
        ("the words alone", 400, r#"{"error":"invalid_grant","error_description":"the access_token lacks claims"}"#),
        ("prose with the words", 400, r#"{"error":{"message":"the claims {} of the access_token"}}"#),
        ("tokens", 400, r#"{"access_token":"eyJ0eXAi.e30.x","token_type":"Bearer"}"#),
        ("a link within a message", 400, r#"{"error":{"message":"see https://x.example/subclaims=<c1%>"}}"#),
        ("base64 within a message", 400, r#"{"error":{"message":"the name '<c1b64>' is not allowed"}}"#),
        ("an echoed document within a message", 400, r#"{"error":{"message":"the body was '<c1\\>'"}}"#),
        ("other members", 400, r#"{"error":{"target":"&claims=<c1%>"},"x":"&claims=<c1%>"}"#),
        (
            "CAE message, whose claims are in the header",
            401,
            r#"{"error":{"code":"InvalidAuthenticationToken","message":"Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp"}}"#,
        ),
        ("success", 200, r#"{"error":{"message":"&claims=<c1%>"}}"#),
        ("not found", 404, r#"{"error":{"message":"&claims=<c1%>"}}"#),
        ("server error", 500, r#"{"error":{"message":"&claims=<c1%>"}}"#),
        ("empty lists", 400, r#"{"responses":[],"error":[]}"#),
        ("nulls", 400, r#"{"error":null,"claims":null,"message":null,"responses":null}"#),
    ] {
        assert_eq!(find_in_response(status, &[], fill(body).as_bytes()), Finding::None, "{name}");
    }
}

#[test]
fn bodies_with_a_broken_challenge_say_why() {
    for (body, expected) in [
        (r#"{"error":{"message":"&claims=%7B%2"}}"#, "badPercentEncoding"),
        (r#"{"error":{"message":"&claims=%7B%7D"}}"#, "noTarget"),
        (r#"{"error":{"message":"&claims=%5B%5D"}}"#, "notAnObject"),
        (r#"{"error":{"message":"&claims=%FF%FE"}}"#, "notUtf8"),
        (r#"{"error":{"message":"&claims=%7B%22access_token%22%3A%7B%7D%7D"}}"#, "nothingRequested"),
        (r#"{"error":{"message":"&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22value%22%3A1%7D%7D%7D"}}"#, "wrongType"),
        (r#"{"error":{"message":"&claims=%2525257B"}}"#, "encodedTooOften"),
        (r#"{"error":{"message":"&claims={\"access_token\":{\"acrs\":null}}x"}}"#, "trailingText"),
        (r#"{"error":{"message":"&claims={\"access_token\":{\"acrs\":nu!l}}"}}"#, "notJson"),
        (r#"{"error":"interaction_required","claims":"none"}"#, "notUtf8"),
        (r#"{"error":"interaction_required","claims":""}"#, "empty"),
        (r#"{"error":"interaction_required","claims":"{\"access_token\":{\"a\":{\"value\":\"\\u0007\"}}}"}"#, "controlCharacter"),
    ] {
        assert_eq!(reason(find_in_response(400, &[], body.as_bytes())), expected, "{body}");
    }
    let mut body = br#"{"error":{"message":"&claims={\"access_token\":{\"x\":\"?\"}}"}}"#.to_vec();
    let question = body.iter().position(|byte| *byte == b'?').unwrap();
    body[question] = 0xC3;
    assert_eq!(reason(find_in_response(400, &[], &body)), "notUtf8");
}

#[test]
fn a_body_tells_code_and_words() {
    let body = fill(
        r#"{"error":{"code":"UnknownError","message":"{\"errorCode\":\"RoleAssignmentRequestAcrsValidationFailed\",\"message\":\"&claims=<c1%>\"}"}}"#,
    );
    let challenges = found(find_in_response(400, &[], body.as_bytes()));
    assert_eq!(challenges[0].code.as_deref(), Some("RoleAssignmentRequestAcrsValidationFailed"));
    assert_eq!((challenges[0].found_in, challenges[0].text.as_str()), (FoundIn::Body, C1));

    let body = fill(r#"{"error":{"code":"Outer","message":"{\"message\":\"&claims=<c1%>\"}"}}"#);
    assert_eq!(found(find_in_response(400, &[], body.as_bytes()))[0].code.as_deref(), Some("Outer"));

    let body = fill(
        "{\"error\":\"invalid_grant\",\"suberror\":\"message_only\",\"error_description\":\"AADSTS53003:\\r\\n\\u001b[31mno\\u202e\",\"claims\":\"<c1\\>\"}",
    );
    let challenge = &found(find_in_response(400, &[], body.as_bytes()))[0];
    assert_eq!(challenge.found_in, FoundIn::TokenError);
    assert_eq!(challenge.suberror.as_deref(), Some("message_only"));
    assert_eq!(challenge.error.as_deref(), Some("invalid_grant"));
    assert_eq!(challenge.error_description.as_deref(), Some("AADSTS53003:   [31mno"));
}

#[test]
fn what_a_service_says_is_shortened() {
    let body = fill(&format!(r#"{{"error":"x","error_description":"{}","claims":"<c1\>"}}"#, "ä".repeat(5000)));
    let description = found(find_in_response(400, &[], body.as_bytes()))[0].error_description.clone().unwrap();
    assert_eq!(description.chars().count(), 501);
    assert!(description.ends_with("ä…"));
}

#[test]
fn batch_items_count_by_their_own_status() {
    let graph = fill(
        r#"{"responses":[
            {"id":"1","status":201,"headers":{},"body":{"id":"x"}},
            {"id":"2","status":400,"headers":{"Content-Type":"application/json"},"body":{"error":{"code":"RoleAssignmentRequestAcrsValidationFailed","message":"&claims=<c1%>"}}},
            {"id":"3","status":404,"body":{"error":{"message":"&claims=<c1%>"}}},
            {"id":"4","status":401,"headers":{"WWW-Authenticate":"Bearer error=\"insufficient_claims\", claims=\"<p1b64>\""},"body":{}},
            {"id":"5","status":400,"headers":{"WWW-Authenticate":"Bearer claims=\"<c1b64>\""},"body":{}}
        ]}"#,
    );
    let challenges = found(find_in_response(200, &[], graph.as_bytes()));
    let seen: Vec<_> = challenges
        .iter()
        .map(|c| (c.batch_id.as_deref().unwrap(), c.found_in, c.claims.contexts().into_iter().collect::<String>()))
        .collect();
    assert_eq!(seen, [("4", FoundIn::BatchItem, "p1".to_owned()), ("2", FoundIn::BatchItem, "c1".to_owned())]);

    let arm = fill(
        r#"{"responses":[
            {"name":"a","httpStatusCode":200,"content":{"message":"&claims=<c1%>"}},
            {"name":"b","httpStatusCode":400,"headers":{"x":["y"]},"content":{"error":{"code":"E","message":"&claims=<c1%>"}},"contentLength":3},
            {"name":"c","httpStatusCode":401,"headers":{"www-authenticate":["Negotiate","Bearer claims=\"<p1b64>\""]},"content":"{\"error\":{\"code\":\"RequestDisallowedByAzure\"}}"},
            {"name":"d","httpStatusCode":400,"content":"{\"error\":{\"message\":\"&claims=<c1%>\"}}"}
        ]}"#,
    );
    let challenges = found(find_in_response(200, &[], arm.as_bytes()));
    let seen: Vec<_> = challenges.iter().map(|c| c.batch_id.as_deref().unwrap()).collect();
    assert_eq!(seen, ["c", "b", "d"]);

    let outside = fill(r#"{"error":{"message":"&claims=<c1%>"},"responses":[{"id":"1","status":200,"body":{"message":"&claims=<c1%>"}}]}"#);
    assert_eq!(find_in_response(200, &[], outside.as_bytes()), Finding::None);
    assert_eq!(found(find_in_response(400, &[], outside.as_bytes()))[0].found_in, FoundIn::Body);
}

#[test]
fn a_response_reports_header_before_body() {
    let body = fill(r#"{"error":{"code":"RequestDisallowedByAzure","message":"&claims=<c1%>"}}"#);
    let header = fill(r#"Bearer error="insufficient_claims", claims="<p1b64>""#);
    let challenges = found(find_in_response(401, &[&header], body.as_bytes()));
    assert_eq!(challenges.iter().map(|c| c.found_in).collect::<Vec<_>>(), [FoundIn::Header, FoundIn::Body]);

    let broken = r#"Bearer error="insufficient_claims", claims="ey==""#;
    let challenges = found(find_in_response(401, &[broken], body.as_bytes()));
    assert_eq!(challenges.iter().map(|c| c.found_in).collect::<Vec<_>>(), [FoundIn::Body]);
}

#[test]
fn texts_hold_the_challenge_in_every_form() {
    for (name, found_in, text) in [
        (
            "Azure CLI",
            FoundIn::Text,
            "Run the command below:\naz logout\naz login --tenant \"x\" --scope \"https://management.core.windows.net//.default\" --claims-challenge \"<c1b64>\"\n",
        ),
        ("Azure CLI without quotes", FoundIn::Text, "az login --claims-challenge <c1b64>"),
        ("Azure PowerShell", FoundIn::Text, "Connect-AzAccount -Tenant x -ClaimsChallenge \"<c1b64>\""),
        ("single quotes", FoundIn::Text, "Connect-AzAccount -ClaimsChallenge '<c1b64>' -Tenant x"),
        ("colon after the parameter", FoundIn::Text, "Connect-AzAccount -ClaimsChallenge:<c1b64>"),
        ("typographic quotes", FoundIn::Text, "Connect-AzAccount -ClaimsChallenge \u{201C}<c1b64>\u{201D}"),
        ("decoded value of the parameter", FoundIn::Text, "Connect-AzAccount -ClaimsChallenge '<c1>'"),
        ("typographic quotes alone", FoundIn::Base64, "\u{201C}<c1b64>\u{201D}"),
        ("base64 alone", FoundIn::Base64, "  <c1b64>\r\n"),
        ("base64 in quotes", FoundIn::Base64, "\"<c1b64>\""),
        ("JSON alone", FoundIn::Json, "\n<c1>\n"),
        ("JSON in quotes", FoundIn::Json, "'<c1>'"),
        ("percent-encoding alone", FoundIn::Text, "<c1%>"),
        ("JSON string", FoundIn::Body, "\"<c1\\>\""),
        ("exception with decoded JSON", FoundIn::Text, "MsalUiRequiredException: AADSTS50076\n\tClaims: <c1>\n   at X.Y()"),
        ("property list", FoundIn::Text, "ErrorCode : interaction_required\nClaims    : <c1>\nMessage   : no"),
        ("JSON in prose", FoundIn::Text, "The claims are <c1>, it said"),
        ("escaped JSON in prose", FoundIn::Text, "Response: {\"error\":\"interaction_required\",\"claims\":\"<c1\\>\"} (400)"),
        ("JSON escaped twice in prose", FoundIn::Text, "log: \"{\\\"claims\\\":\\\"<c1\\\\>\\\"}\" end"),
        ("percent-encoding in a URL", FoundIn::Text, "https://login.example/authorize?client_id=x&claims=<c1%>&state=y"),
        ("percent-encoding in parentheses", FoundIn::Text, "refused (claims=<c1%>)."),
        ("percent-encoding without marker", FoundIn::Text, "it said <c1%> and left"),
        ("base64 without marker", FoundIn::Text, "it said <c1b64>, and left"),
        ("raw body in prose", FoundIn::Text, "Status: 400 Body: {\"error\":{\"code\":\"X\",\"message\":\"&claims=<c1%>\"}} at once"),
        (
            "broken line in base64",
            FoundIn::Text,
            "Connect-AzAccount -ClaimsChallenge \"eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3Nlbn\r\n  RpYWwiOnRydWUsICJ2YWx1ZSI6ImMxIn19fQ==\"",
        ),
        ("header line", FoundIn::Header, "WWW-Authenticate: Bearer realm=\"\", error=\"insufficient_claims\", claims=\"<c1b64>\""),
        (
            "header line of curl",
            FoundIn::Header,
            "< HTTP/1.1 401 Unauthorized\r\n< www-authenticate: Bearer error=\"x\", claims=\"<c1b64>\"\r\n<\r\n",
        ),
        (
            "header list of PowerShell",
            FoundIn::Header,
            "Server           : {x}\nWWW-Authenticate : {Bearer realm=\"\", claims=\"<c1b64>\"}\n",
        ),
        ("header in prose", FoundIn::Header, "401 with (Bearer error=\"insufficient_claims\", claims=\"<c1b64>\") again"),
        (
            "header escaped for JSON",
            FoundIn::Header,
            "log {\"h\":\"Bearer error=\\\"insufficient_claims\\\", claims=\\\"<c1b64>\\\"\"} end",
        ),
        ("parameters without scheme", FoundIn::Text, "realm=\"\", error=\"insufficient_claims\", claims=\"<c1b64>\""),
        ("folded header", FoundIn::Header, "Content-Length: 0\r\nWWW-Authenticate: Bearer realm=\"\",\r\n   claims=\"<c1b64>\"\r\nDate: x"),
        (
            "response, other scheme first",
            FoundIn::Header,
            "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Basic realm=\"x\", Bearer claims=\"<c1b64>\"\n\n{}",
        ),
        (
            "response with body",
            FoundIn::Body,
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n{\"error\":{\"code\":\"X\",\"message\":\"&claims=<c1\\>\"}}\r\n",
        ),
        (
            "response in chunks",
            FoundIn::Text,
            "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n3f\r\n{\"error\":{\"message\":\"&claims=<c1%>\"}}\r\n0\r\n\r\n",
        ),
        ("whole body", FoundIn::Body, "{\"error\":{\"code\":\"X\",\"message\":\"&claims=<c1%>\"}}"),
        (
            "error record as JSON",
            FoundIn::Body,
            "{\"Exception\":{\"Message\":\"Forbidden\"},\"ErrorDetails\":{\"Message\":\"{\\\"error\\\":{\\\"message\\\":\\\"&claims=<c1%>\\\"}}\"}}",
        ),
        ("header in JSON", FoundIn::Header, "{\"status\":401,\"headers\":{\"WWW-Authenticate\":\"Bearer claims=\\\"<c1b64>\\\"\"}}"),
        ("list of errors", FoundIn::Body, "[{\"message\":\"no\"},{\"text\":\"it said claims=<c1%>\"}]"),
    ] {
        match find_in_text(&fill(text)) {
            Finding::Found(challenges) => {
                assert_eq!(challenges.len(), 1, "{name}: {challenges:?}");
                assert_eq!((challenges[0].found_in, challenges[0].text.as_str()), (found_in, C1), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn texts_without_a_challenge_give_none() {
    for text in [
        "",
        " \r\n\t",
        "nothing here",
        "the claims: none; claims = 3; claims={user}; -ClaimsChallenge $challenge; --claims-challenge <value>",
        "claims=%s and claims: %d",
        "Authorization: Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJhY2Nlc3NfdG9rZW4iOiJ4In0.c2ln",
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJhY2Nlc3NfdG9rZW4iOiJ4In0.c2ln",
        "Bearer",
        "bearer of claims, pop music",
        "supported claims: {\"email\", \"name\"}",
        "see \"access_token\" and \"claims\" {} []",
        "{\"error\":\"invalid_request\"}",
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"x\"\r\n\r\n",
        "\"\"",
        "{}",
        "[]",
    ] {
        assert_eq!(find_in_text(text), Finding::None, "{text}");
    }
}

#[test]
fn texts_with_a_broken_challenge_say_why() {
    for (text, expected) in [
        (r#"{"access_token":{"acrs":{"value":"c1"}},"access_token":{"acrs":{"value":"c2"}}}"#, "duplicateName"),
        (r#"{"access_token":"c1"}"#, "targetNotAnObject"),
        ("claims={\"access_token\":{\"acrs\":{", "notJson"),
        ("%7B%22access_token%22", "notJson"),
        ("ey==", "notJson"),
        ("eyJhY", "notBase64"),
        ("Connect-AzAccount -ClaimsChallenge \"eyJhY2Nlc3NfdG9rZW4iOnt9fQ==\"", "nothingRequested"),
        ("&claims={\"unexpected\":true}", "noTarget"),
        ("x: Bearer claims=\"<html>\"", "notBase64"),
        ("x: Bearer claims=\"\", claims=\"\"", "duplicateParameter"),
    ] {
        assert_eq!(reason(find_in_text(text)), expected, "{text}");
    }
}

#[test]
fn all_challenges_of_a_text_are_reported_once() {
    let text = fill(
        "first &claims=<c1%>\nagain -ClaimsChallenge \"<c1b64>\"\nthen Bearer error=\"insufficient_claims\", claims=\"<p1b64>\"\nand claims={\"access_token\":{\"acrs\":1}}",
    );
    let challenges = found(find_in_text(&text));
    let contexts: Vec<String> = challenges.iter().flat_map(|challenge| challenge.claims.contexts()).collect();
    assert_eq!(contexts, ["p1", "c1"]);
}

#[test]
fn a_challenge_after_a_broken_one_is_found() {
    for broken in [
        "claims={\"access_token\":{\"x\":!",
        "claims=%7B%2",
        "-ClaimsChallenge \"eyJhY2Nlc3NfdG9rZW4i!\"",
        "Bearer claims=\"?\"",
        "claims={\\\"access_token\\\":{\"",
        "claims={\"access_token\":{}}",
    ] {
        let text = fill(&format!("{broken} and then &claims=<c1%>"));
        assert_eq!(found(find_in_text(&text))[0].text, C1, "{broken}");
    }
}
