//! The first sign-in, the cache, and refreshes.

use pim_core::auth::{Resource, TokenRequest};
use pim_core::error::ErrorCode;
use serde_json::{Value, json};

use crate::service::{ADELE, Canned, GRAPH_CLIENT, Service, TENANT};
use crate::user::{User, failure, graph};

#[tokio::test]
async fn the_first_token_takes_one_page_and_the_second_none() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    assert!(auth.account().is_none());
    let first = auth.token(&user.call(), &graph()).await.unwrap();
    let second = auth.token(&user.call(), &graph()).await.unwrap();
    assert_eq!(first.id, second.id);
    assert_eq!((user.pages().len(), service.requests().len()), (1, 1));
    assert_eq!(user.prompts(), [None]);
    let request = &service.requests()[0];
    assert_eq!(request["client_info"], "1");
    assert!(request["scope"].contains("https://graph.example/RoleAssignmentSchedule.ReadWrite.Directory"));
    let account = auth.account().unwrap();
    assert_eq!((account.username.as_str(), account.tenant_id.as_str()), (ADELE, TENANT));
    assert_eq!(first.capabilities, ["CP1"]);
    let summaries = auth.summaries();
    assert_eq!(summaries.len(), 1);
    assert!(summaries[0].refreshable && summaries[0].client_id == GRAPH_CLIENT);
}

#[tokio::test]
async fn another_resource_of_the_same_client_needs_no_page() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({"armClientId": GRAPH_CLIENT}));
    let user = User::new(&service, ADELE);
    auth.token(&user.call(), &graph()).await.unwrap();
    let token = auth.token(&user.call(), &TokenRequest::new(Resource::Arm)).await.unwrap();
    assert_eq!(token.resource, Resource::Arm);
    assert_eq!(user.pages().len(), 1);
    let requests = service.requests();
    assert_eq!(requests[1]["grant_type"], "refresh_token");
    assert!(requests[1]["scope"].starts_with("https://arm.example/.default "));
}

#[tokio::test]
async fn another_client_asks_for_the_same_account() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    auth.token(&user.call(), &graph()).await.unwrap();
    auth.token(&user.call(), &TokenRequest::new(Resource::Arm)).await.unwrap();
    let pages = user.pages();
    assert_eq!(pages.len(), 2);
    assert!(!pages[0].contains_key("login_hint"));
    assert_eq!(pages[1]["login_hint"], ADELE);
}

#[tokio::test]
async fn a_token_at_its_end_is_renewed_silently() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    service.change_next(|answer| answer["expires_in"] = json!(0));
    let first = auth.token(&user.call(), &graph()).await.unwrap();
    let second = auth.token(&user.call(), &graph()).await.unwrap();
    assert!(second.id > first.id);
    assert_eq!(user.pages().len(), 1);
    assert_eq!(service.requests()[1]["grant_type"], "refresh_token");
}

#[tokio::test]
async fn a_caller_may_insist_on_a_new_token() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let first = auth.token(&user.call(), &graph()).await.unwrap();
    let renewed = auth.token(&user.call(), &TokenRequest { renew: true, ..graph() }).await.unwrap();
    assert!(renewed.id > first.id);
    assert_eq!(auth.token(&user.call(), &graph()).await.unwrap().id, renewed.id);
    assert_eq!(user.pages().len(), 1);
}

#[tokio::test]
async fn advice_to_renew_is_followed_and_no_failure_matters() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let advise = |answer: &mut Value| answer["refresh_in"] = json!(0);
    service.change_next(advise);
    let first = auth.token(&user.call(), &graph()).await.unwrap();
    service.refuse_next("interaction_required", "AADSTS50076: x", &json!({}));
    assert_eq!(auth.token(&user.call(), &graph()).await.unwrap().id, first.id);
    assert_eq!(service.requests().len(), 2);
    // Not again at once.
    assert_eq!(auth.token(&user.call(), &graph()).await.unwrap().id, first.id);
    assert_eq!(service.requests().len(), 2);

    service.change_next(advise);
    let second = auth.token(&user.call(), &TokenRequest { renew: true, ..graph() }).await.unwrap();
    let third = auth.token(&user.call(), &graph()).await.unwrap();
    assert!(third.id > second.id);
    assert_eq!(user.pages().len(), 1);
}

#[tokio::test]
async fn scopes_that_a_token_has_are_served_by_it() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let first = auth.token(&user.call(), &graph()).await.unwrap();
    let some = TokenRequest { scopes: vec!["user.read".to_owned()], ..graph() };
    assert_eq!(auth.token(&user.call(), &some).await.unwrap().id, first.id);
    let more = TokenRequest { scopes: vec!["AuthenticationContext.Read.All".to_owned()], ..graph() };
    let second = auth.token(&user.call(), &more).await.unwrap();
    assert!(second.id > first.id);
    // What was asked and not granted is not asked again.
    service.change_next(|answer| answer["scope"] = json!("https://graph.example/User.Read"));
    let less = TokenRequest { scopes: vec!["Mail.Read".to_owned()], ..graph() };
    let third = auth.token(&user.call(), &less).await.unwrap();
    assert_eq!(auth.token(&user.call(), &less).await.unwrap().id, third.id);
    assert_eq!(user.pages().len(), 1);
}

#[tokio::test]
async fn an_opaque_token_is_taken_at_its_word() {
    let service = Service::start().await;
    service.issue_opaque_tokens();
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let token = auth.token(&user.call(), &crate::user::with_contexts(&["c1"])).await.unwrap();
    assert!(token.contexts.contains("c1") && token.amr.is_empty());
    assert!(token.secret().expose().starts_with("opaque-"));
}

#[tokio::test]
async fn a_busy_token_service_is_asked_again_when_it_says() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let busy = || Canned { status: 503, headers: vec![("retry-after", "0".to_owned())], ..Canned::default() };
    service.answer_next(busy());
    service.answer_next(busy());
    auth.token(&user.call(), &graph()).await.unwrap();
    assert_eq!((user.pages().len(), service.requests().len()), (1, 3));
}

#[tokio::test]
async fn a_sign_out_forgets_everything() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    auth.token(&user.call(), &graph()).await.unwrap();
    auth.sign_out();
    assert!(auth.account().is_none() && auth.summaries().is_empty());
    auth.token(&user.call(), &graph()).await.unwrap();
    assert_eq!(user.pages().len(), 2);
    auth.start_over();
    auth.token(&user.call(), &graph()).await.unwrap();
    assert_eq!(user.prompts()[2].as_deref(), Some("select_account"));
}

#[tokio::test]
async fn a_client_id_that_is_none_is_refused() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let request = TokenRequest { client_id: Some("graph powershell".to_owned()), ..graph() };
    assert_eq!(failure(auth.token(&user.call(), &request).await).code, ErrorCode::InvalidRequest);
    assert!(user.pages().is_empty());
}
