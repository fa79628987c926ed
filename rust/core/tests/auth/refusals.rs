//! Sign-ins that must not succeed, and what the user is told.

use pim_core::error::ErrorCode;
use serde_json::json;
use tokio::net::TcpSocket;

use crate::service::{ADELE, Canned, MEGAN, OTHER_TENANT, Service};
use crate::user::{User, answer, call_answered_by, failure, graph, watched_call, with_contexts};

#[tokio::test]
async fn another_account_than_the_named_one_is_refused_and_leaves_no_trace() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({"account": "Adele@Contoso.example"}));
    let user = User::new(&service, MEGAN);
    let error = failure(auth.token(&user.call(), &graph()).await);
    assert_eq!((error.code, error.target.as_deref()), (ErrorCode::AccountMismatch, Some(MEGAN)));
    assert!(auth.account().is_none() && auth.summaries().is_empty());
    // The page must let the user choose now, and no hint may choose first.
    user.becomes(ADELE);
    auth.token(&user.call(), &graph()).await.unwrap();
    let pages = user.pages();
    assert_eq!((pages[0].get("prompt"), pages[0]["login_hint"].as_str()), (None, "Adele@Contoso.example"));
    assert_eq!((pages[1]["prompt"].as_str(), pages[1].get("login_hint")), ("select_account", None));
}

#[tokio::test]
async fn a_session_stays_with_the_account_that_came_first() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let first = auth.token(&user.call(), &graph()).await.unwrap();
    user.becomes(MEGAN);
    let error = failure(auth.token(&user.call(), &with_contexts(&["c1"])).await);
    assert_eq!(error.code, ErrorCode::AccountMismatch);
    assert_eq!(auth.account().unwrap().username, ADELE);
    assert_eq!(auth.token(&user.call(), &graph()).await.unwrap().id, first.id);
}

#[tokio::test]
async fn an_access_token_of_another_account_than_the_id_token_is_refused() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let foreign = crate::service::jwt(&json!({"oid": crate::service::object_id(MEGAN)}));
    service.change_next(move |answer| answer["access_token"] = json!(foreign));
    assert_eq!(failure(auth.token(&user.call(), &graph()).await).code, ErrorCode::AccountMismatch);
    assert!(auth.account().is_none() && auth.summaries().is_empty());
}

#[tokio::test]
async fn another_tenant_is_refused() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({"tenant": OTHER_TENANT}));
    let user = User::new(&service, ADELE);
    assert_eq!(failure(auth.token(&user.call(), &graph()).await).code, ErrorCode::TenantMismatch);
    assert!(auth.account().is_none() && auth.summaries().is_empty());
}

#[tokio::test]
async fn a_domain_or_no_tenant_takes_the_tenant_that_comes() {
    for tenant in ["contoso.example", "organizations"] {
        let service = Service::start().await;
        let auth = service.authenticator(json!({"tenant": tenant}));
        let user = User::new(&service, ADELE);
        auth.token(&user.call(), &graph()).await.unwrap();
        assert_eq!(auth.account().unwrap().tenant_id, crate::service::TENANT);
    }
}

#[tokio::test]
async fn the_page_can_refuse() {
    for (fields, expected) in [
        (&[("error", "access_denied"), ("error_subcode", "cancel")][..], ErrorCode::SignInCancelled),
        (&[("error", "access_denied"), ("error_description", "AADSTS65004: User declined to consent")], ErrorCode::ConsentDenied),
        (&[("error", "consent_required"), ("error_description", "AADSTS65001: x")], ErrorCode::ConsentRequired),
        (&[("error", "invalid_request"), ("error_description", "AADSTS90094: x")], ErrorCode::ConsentRequired),
        (&[("error", "access_denied"), ("error_description", "AADSTS53003: blocked")], ErrorCode::ConditionalAccessBlocked),
        (&[("error", "unauthorized_client"), ("error_description", "AADSTS700016: x")], ErrorCode::SignInFailed),
        (&[("error", "temporarily_unavailable")], ErrorCode::ServiceUnavailable),
        (&[("code", "x"), ("iss", "https://evil.example/11111111-2222-3333-4444-555555555555/v2.0")], ErrorCode::SignInStateMismatch),
    ] {
        let service = Service::start().await;
        let auth = service.authenticator(json!({}));
        let (call, _answering) = call_answered_by(move |page| async move {
            let response = answer(&page, fields).await;
            assert_eq!(response.status(), 200);
            assert!(response.text().await.unwrap().contains("did not succeed"));
        });
        let error = failure(auth.token(&call, &graph()).await);
        assert_eq!(error.code, expected, "{fields:?}");
        assert!(error.hint.is_some(), "{fields:?}");
        assert!(service.requests().is_empty());
    }
}

#[tokio::test]
async fn an_answer_of_the_token_service_that_is_none_says_what_came() {
    let canned = |status: u16, body: &str| Canned { status, body: body.to_owned(), ..Canned::default() };
    let waiting = Canned { headers: vec![("retry-after", "3600".to_owned())], ..canned(429, "") };
    for (answer, expected, status) in [
        (canned(200, "<html>proxy</html>"), ErrorCode::CaptivePortal, 200),
        (canned(200, r#"{"token_type":"Bearer","access_token":"a","expires_in":1}"#), ErrorCode::UnexpectedResponse, 0),
        (canned(200, &"x".repeat(2_000_000)), ErrorCode::UnexpectedResponse, 200),
        (canned(302, ""), ErrorCode::UnexpectedResponse, 302),
        (canned(404, "<html>"), ErrorCode::UnexpectedResponse, 404),
        (canned(400, r#"{"error":"invalid_client","error_description":"AADSTS7000218: x"}"#), ErrorCode::SignInFailed, 400),
        (waiting, ErrorCode::Throttled, 429),
    ] {
        let service = Service::start().await;
        let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
        service.answer_next(answer);
        let error = failure(auth.token(&user.call(), &graph()).await);
        assert_eq!(error.code, expected);
        assert_eq!(error.http.map_or(0, |http| http.status), status);
        assert!(auth.summaries().is_empty());
    }
}

#[tokio::test]
async fn an_id_token_of_another_sign_in_is_refused() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let url = service.url.clone();
    service.change_next(move |answer| {
        let claims = json!({"iss": format!("{url}/{}/v2.0", crate::service::TENANT), "aud": crate::service::GRAPH_CLIENT,
                            "exp": 4_000_000_000_u64, "nonce": "another", "oid": "x"});
        answer["id_token"] = json!(crate::service::jwt(&claims));
    });
    assert_eq!(failure(auth.token(&user.call(), &graph()).await).code, ErrorCode::SignInStateMismatch);
}

#[tokio::test]
async fn where_no_page_may_be_shown_a_sign_in_fails_at_once() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({"browser": {"mode": "never"}}));
    let (call, _events) = watched_call();
    let error = failure(auth.token(&call, &with_contexts(&["c1"])).await);
    assert_eq!(error.code, ErrorCode::SignInRequired);
    assert!(error.claims.unwrap().contains("c1"));
}

#[tokio::test]
async fn a_browser_that_cannot_be_started_is_told_at_once() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({"browser": {"mode": "command", "command": ["/nonexistent/browser"]}}));
    let (call, _events) = watched_call();
    assert_eq!(failure(auth.token(&call, &graph()).await).code, ErrorCode::BrowserUnavailable);
}

#[tokio::test]
async fn a_page_that_nobody_answers_times_out() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({"timeouts": {"signInSeconds": 1}}));
    let (call, _events) = watched_call();
    assert_eq!(failure(auth.token(&call, &graph()).await).code, ErrorCode::SignInTimeout);
}

#[tokio::test]
async fn an_answer_to_another_sign_in_alone_is_a_state_mismatch() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({"timeouts": {"signInSeconds": 4}}));
    let (call, _answering) = call_answered_by(|mut page| async move {
        let redirect = crate::user::query(&page)["redirect_uri"].clone();
        page.query_pairs_mut().clear().append_pair("redirect_uri", &redirect).append_pair("state", "another");
        assert_eq!(answer(&page, &[("code", "x")]).await.status(), 400);
    });
    assert_eq!(failure(auth.token(&call, &graph()).await).code, ErrorCode::SignInStateMismatch);
    assert!(service.requests().is_empty());
}

#[tokio::test]
async fn a_token_service_that_is_not_there_is_told_by_name() {
    // Bound and not listening: nobody else gets the port.
    let bound = TcpSocket::new_v4().unwrap();
    bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let closed = bound.local_addr().unwrap();
    let service = Service::start().await;
    let cloud =
        json!({"name": "Gone", "login": format!("http://{closed}"), "graph": "https://graph.example", "arm": "https://arm.example"});
    let auth = service.authenticator(json!({"cloud": cloud, "tenant": "organizations"}));
    let (call, _answering) = call_answered_by(|page| async move {
        answer(&page, &[("code", "x")]).await;
    });
    let error = failure(auth.token(&call, &graph()).await);
    assert_eq!((error.code, error.retryable), (ErrorCode::ConnectionFailed, true));
}
