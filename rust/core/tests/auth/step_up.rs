//! Tokens that have to satisfy a claims challenge.

use pim_core::auth::TokenRequest;
use pim_core::claims::ClaimsRequest;
use pim_core::error::ErrorCode;
use serde_json::json;

use crate::service::{ADELE, Service, Values};
use crate::user::{User, failure, graph, with_contexts};

#[tokio::test]
async fn a_step_up_takes_one_page_and_its_token_is_kept() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let plain = auth.token(&user.call(), &graph()).await.unwrap();
    let strong = auth.token(&user.call(), &TokenRequest { refused: Some(plain.id), ..with_contexts(&["c1"]) }).await.unwrap();
    assert!(strong.contexts.contains("c1"));
    assert_eq!(user.contexts(), [vec![], vec!["c1".to_owned()]]);
    assert_eq!(user.prompts(), [None, None]);
    for request in [with_contexts(&["c1"]), graph()] {
        assert_eq!(auth.token(&user.call(), &request).await.unwrap().id, strong.id);
    }
    assert_eq!(user.pages().len(), 2);
}

#[tokio::test]
async fn what_the_session_has_proven_needs_no_page() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    auth.token(&user.call(), &graph()).await.unwrap();
    service.prove(&["c1"]);
    let strong = auth.token(&user.call(), &with_contexts(&["c1"])).await.unwrap();
    assert!(strong.contexts.contains("c1"));
    assert_eq!(user.pages().len(), 1);
}

#[tokio::test]
async fn a_second_context_does_not_lose_the_first() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    auth.token(&user.call(), &with_contexts(&["c1"])).await.unwrap();
    let both = auth.token(&user.call(), &with_contexts(&["c2"])).await.unwrap();
    assert_eq!(both.contexts.iter().collect::<Vec<_>>(), ["c1", "c2"]);
    assert_eq!(user.contexts(), [vec!["c1"], vec!["c1", "c2"]]);
    for contexts in [&["c1"][..], &["c2"], &["c1", "c2"]] {
        assert_eq!(auth.token(&user.call(), &with_contexts(contexts)).await.unwrap().id, both.id);
    }
    let renewed = auth.token(&user.call(), &TokenRequest { renew: true, ..graph() }).await.unwrap();
    assert_eq!(renewed.contexts, both.contexts);
    assert_eq!(user.pages().len(), 2);
}

#[tokio::test]
async fn contexts_that_have_lapsed_do_not_stand_in_the_way_of_others() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    auth.token(&user.call(), &with_contexts(&["c1"])).await.unwrap();
    service.forget_proofs();
    service.prove(&["c2"]);
    let second = auth.token(&user.call(), &with_contexts(&["c2"])).await.unwrap();
    assert_eq!(second.contexts.iter().collect::<Vec<_>>(), ["c2"]);
    let plain = auth.token(&user.call(), &TokenRequest { renew: true, ..graph() }).await.unwrap();
    assert!(plain.id > second.id);
    assert_eq!(user.pages().len(), 1);
}

#[tokio::test]
async fn a_token_service_that_grants_one_of_several_is_asked_for_each_alone() {
    let service = Service::start().await;
    service.set_values(Values::Any);
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    auth.token(&user.call(), &with_contexts(&["c1"])).await.unwrap();
    let second = auth.token(&user.call(), &with_contexts(&["c2"])).await.unwrap();
    assert!(second.contexts.contains("c2"));
    assert_eq!(user.contexts(), [["c1"], ["c2"]]);
    // The first one's token is still there for what needs it.
    let first = auth.token(&user.call(), &with_contexts(&["c1"])).await.unwrap();
    assert!(first.contexts.contains("c1") && first.id < second.id);
    assert_eq!(user.pages().len(), 2);
}

#[tokio::test]
async fn a_refused_token_never_comes_back() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let strong = auth.token(&user.call(), &with_contexts(&["c1"])).await.unwrap();
    let again = TokenRequest { refused: Some(strong.id), ..with_contexts(&["c1"]) };
    let newer = auth.token(&user.call(), &again).await.unwrap();
    assert!(newer.id > strong.id && newer.contexts.contains("c1"));
    // Others that were refused with the same token get the new one.
    assert_eq!(auth.token(&user.call(), &again).await.unwrap().id, newer.id);
    assert_eq!((user.pages().len(), service.requests().len()), (1, 2));
}

#[tokio::test]
async fn a_token_that_was_refused_for_a_demand_is_not_tried_for_it_by_others() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let strong = auth.token(&user.call(), &with_contexts(&["c1"])).await.unwrap();
    service.refuse_next("temporarily_unavailable", "x", &json!({}));
    service.answer_next(crate::service::Canned { status: 404, ..Default::default() });
    let again = TokenRequest { refused: Some(strong.id), ..with_contexts(&["c1"]) };
    failure(auth.token(&user.call(), &again).await);
    assert_eq!(auth.token(&user.call(), &graph()).await.unwrap().id, strong.id);
    assert!(auth.token(&user.call(), &with_contexts(&["c1"])).await.unwrap().id > strong.id);
    assert_eq!(user.pages().len(), 1);
}

#[tokio::test]
async fn a_token_that_silently_lacks_the_context_makes_the_page_ask_for_credentials() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    auth.token(&user.call(), &graph()).await.unwrap();
    service.prove(&["c1"]);
    let weak = crate::service::jwt(&json!({"acrs": []}));
    service.change_next(move |answer| answer["access_token"] = json!(weak));
    let strong = auth.token(&user.call(), &with_contexts(&["c1"])).await.unwrap();
    assert!(strong.contexts.contains("c1"));
    assert_eq!(user.prompts(), [None, Some("login".to_owned())]);
}

#[tokio::test]
async fn a_page_that_brings_too_little_is_tried_once_more_and_then_it_is_an_error() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    for _ in 0..2 {
        let weak = crate::service::jwt(&json!({"acrs": ["c9"]}));
        service.change_next(move |answer| answer["access_token"] = json!(weak));
    }
    let error = failure(auth.token(&user.call(), &with_contexts(&["c1"])).await);
    assert_eq!(error.code, ErrorCode::ChallengeUnsatisfied);
    assert!(error.message.contains("`c1`") && error.message.contains("`c9`"), "{error}");
    assert_eq!(error.claims.unwrap(), ClaimsRequest::for_contexts(["c1"]).canonical());
    assert_eq!(user.prompts(), [None, Some("login".to_owned())]);
}

#[tokio::test]
async fn a_token_from_before_a_revocation_does_not_satisfy() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let old = auth.token(&user.call(), &graph()).await.unwrap();
    let claims = ClaimsRequest::parse(r#"{"access_token":{"nbf":{"essential":true,"value":"1700000001"}}}"#).unwrap();
    let demand = TokenRequest { claims: Some(claims), ..graph() };
    let new = auth.token(&user.call(), &demand).await.unwrap();
    assert!(new.id > old.id);
    assert!(service.requests()[1]["claims"].contains("1700000001"));
    assert_eq!(auth.token(&user.call(), &demand).await.unwrap().id, new.id);
}

#[tokio::test]
async fn a_dead_refresh_token_is_dropped_and_a_policy_refusal_keeps_it() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    auth.token(&user.call(), &graph()).await.unwrap();
    let renew = || TokenRequest { renew: true, ..graph() };

    service.refuse_next("invalid_grant", "AADSTS53003: blocked", &json!({}));
    assert_eq!(failure(auth.token(&user.call(), &renew()).await).code, ErrorCode::ConditionalAccessBlocked);
    auth.token(&user.call(), &renew()).await.unwrap();
    assert_eq!(user.pages().len(), 1);

    service.refuse_next("invalid_grant", "AADSTS700082: expired", &json!({"suberror": "token_expired"}));
    auth.token(&user.call(), &renew()).await.unwrap();
    assert_eq!(user.pages().len(), 2);
}

#[tokio::test]
async fn claims_of_the_token_service_go_into_the_page() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    auth.token(&user.call(), &graph()).await.unwrap();
    service.refuse_next(
        "interaction_required",
        "AADSTS50076: x",
        &json!({"claims": r#"{"access_token":{"polids":{"essential":true,"values":["p"]}}}"#}),
    );
    auth.token(&user.call(), &with_contexts(&["c1"])).await.unwrap();
    let claims = &user.pages()[1]["claims"];
    assert!(claims.contains("polids") && claims.contains("c1"), "{claims}");
}
