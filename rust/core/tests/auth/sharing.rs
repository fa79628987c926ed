//! Many callers, one sign-in.

use std::collections::BTreeSet;

use pim_core::auth::{Resource, TokenRequest};
use pim_core::call::Call;
use pim_core::error::ErrorCode;
use pim_core::event::{Event, Prompt};
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;
use url::Url;

use crate::service::{ADELE, GRAPH_CLIENT, Service};
use crate::user::{User, answer, graph, next_page, query, start, watched_call, with_contexts};

fn prompts(events: &mut UnboundedReceiver<Event>) -> Vec<String> {
    let mut urls = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::Prompt(Prompt::Browser { url, .. }) = event {
            urls.push(url);
        }
    }
    urls
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_requests_share_one_page_and_one_token() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let flights: Vec<_> = (0..20).map(|_| start(&auth, user.call(), with_contexts(&["c1"]))).collect();
    let mut ids = BTreeSet::new();
    for flight in flights {
        ids.insert(flight.await.unwrap().unwrap().id);
    }
    assert_eq!((ids.len(), user.pages().len(), service.requests().len()), (1, 1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_refused_requests_share_one_step_up() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let plain = auth.token(&user.call(), &graph()).await.unwrap();
    let refused = || TokenRequest { refused: Some(plain.id), ..with_contexts(&["c1"]) };
    let flights: Vec<_> = (0..20).map(|_| start(&auth, user.call(), refused())).collect();
    let mut ids = BTreeSet::new();
    for flight in flights {
        ids.insert(flight.await.unwrap().unwrap().id);
    }
    assert_eq!((ids.len(), user.pages().len()), (1, 2));
}

#[tokio::test]
async fn every_call_hears_of_the_page_once() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({}));
    let (first, mut first_events) = watched_call();
    let (second, mut second_events) = watched_call();
    let mut flights = vec![start(&auth, first.clone(), graph()), start(&auth, first.clone(), graph())];
    let page = next_page(&mut first_events).await.unwrap();
    // These come late, and hear of the page that is open; the first call knows it already.
    flights.push(start(&auth, first, graph()));
    flights.push(start(&auth, second, graph()));
    assert_eq!(next_page(&mut second_events).await.unwrap(), page);
    let code = service.sign_in(&page, ADELE);
    answer(&page, &[("code", &code)]).await;
    for flight in flights {
        flight.await.unwrap().unwrap();
    }
    assert!(prompts(&mut first_events).is_empty() && prompts(&mut second_events).is_empty());
}

#[tokio::test]
async fn contexts_asked_for_at_the_same_time_share_the_page() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    auth.token(&user.call(), &graph()).await.unwrap();
    let release = service.hold_next();
    let first = start(&auth, user.call(), with_contexts(&["c1"]));
    until(|| service.requests().len() == 2).await;
    let second = start(&auth, user.call(), with_contexts(&["c2"]));
    settle().await;
    release.send(()).unwrap();
    let (first, second) = (first.await.unwrap().unwrap(), second.await.unwrap().unwrap());
    assert_eq!(first.id, second.id);
    assert_eq!(user.contexts(), [vec![], vec!["c1".to_owned(), "c2".to_owned()]]);
}

#[tokio::test]
async fn a_caller_that_goes_does_not_take_the_others_along() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({}));
    let (leader, mut leader_events) = watched_call();
    let (other, mut other_events) = watched_call();
    let leading = start(&auth, leader, graph());
    let page = next_page(&mut leader_events).await.unwrap();
    let waiting = start(&auth, other, graph());
    assert_eq!(next_page(&mut other_events).await.unwrap(), page);
    leading.abort();
    assert!(leading.await.unwrap_err().is_cancelled());
    let code = service.sign_in(&page, ADELE);
    answer(&page, &[("code", &code)]).await;
    waiting.await.unwrap().unwrap();
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test]
async fn when_all_callers_have_gone_the_listener_closes() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({}));
    let (call, mut events) = watched_call();
    let flights = [start(&auth, call.clone(), graph()), start(&auth, call, graph())];
    let page = next_page(&mut events).await.unwrap();
    for flight in flights {
        flight.abort();
        let _ = flight.await;
    }
    let redirect = Url::parse(&query(&page)["redirect_uri"]).unwrap();
    let address = format!("127.0.0.1:{}", redirect.port().unwrap());
    let mut open = true;
    while open {
        open = tokio::net::TcpStream::connect(&address).await.is_ok();
        tokio::task::yield_now().await;
    }
    // The next one starts anew.
    let user = User::new(&service, ADELE);
    auth.token(&user.call(), &graph()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_come_and_go_at_once_do_not_cost_the_others_their_token() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({}));
    let user = User::new(&service, ADELE);
    let mut staying = Vec::new();
    for number in 0..60 {
        let flight = start(&auth, user.call(), with_contexts(&[["c1"], ["c2"], ["c3"]][number % 3]));
        if number % 2 == 0 {
            flight.abort();
        } else {
            staying.push((number, flight));
        }
    }
    for (number, flight) in staying {
        let token = flight.await.unwrap().unwrap();
        assert!(token.contexts.contains(["c1", "c2", "c3"][number % 3]));
    }
}

#[tokio::test]
async fn a_sign_out_ends_what_is_under_way() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({}));
    let (call, mut events) = watched_call();
    let flight = start(&auth, call, graph());
    next_page(&mut events).await.unwrap();
    auth.sign_out();
    assert_eq!(flight.await.unwrap().unwrap_err().code, ErrorCode::SignInCancelled);
    assert!(auth.account().is_none());
}

#[tokio::test]
async fn two_clients_open_one_page_at_a_time() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({}));
    let (call, mut events) = watched_call();
    let arm = TokenRequest::new(Resource::Arm);
    let flights = [start(&auth, call.clone(), graph()), start(&auth, call, arm)];
    let first = next_page(&mut events).await.unwrap();
    settle().await;
    assert!(prompts(&mut events).is_empty());
    let code = service.sign_in(&first, ADELE);
    answer(&first, &[("code", &code)]).await;
    let second = next_page(&mut events).await.unwrap();
    assert_eq!(query(&second)["login_hint"], ADELE);
    let code = service.sign_in(&second, ADELE);
    answer(&second, &[("code", &code)]).await;
    for flight in flights {
        flight.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_slow_refresh_does_not_replace_what_a_sign_in_has_brought_meanwhile() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({"armClientId": GRAPH_CLIENT}));
    let user = User::new(&service, ADELE);
    auth.token(&user.call(), &graph()).await.unwrap();
    let release = service.hold_next();
    let slow = start(&auth, user.call(), TokenRequest::new(Resource::Arm));
    until(|| service.requests().len() == 2).await;
    auth.token(&user.call(), &with_contexts(&["c1"])).await.unwrap();
    release.send(()).unwrap();
    slow.await.unwrap().unwrap();
    let weak = service.requests()[1]["refresh_token"].clone();
    auth.token(&user.call(), &TokenRequest { renew: true, ..graph() }).await.unwrap();
    let requests = service.requests();
    let code = requests.iter().rposition(|request| request["grant_type"] == "authorization_code").unwrap();
    let strong = service.refresh_token_of(code);
    let used = &requests.last().unwrap()["refresh_token"];
    assert!(used != &weak && *used == strong);
}

#[tokio::test]
async fn all_who_wait_share_the_failure() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({}));
    let (call, mut events) = watched_call();
    let flights: Vec<_> = (0..5).map(|_| start(&auth, call.clone(), graph())).collect();
    let page = next_page(&mut events).await.unwrap();
    settle().await;
    answer(&page, &[("error", "access_denied"), ("error_subcode", "cancel")]).await;
    for flight in flights {
        assert_eq!(flight.await.unwrap().unwrap_err().code, ErrorCode::SignInCancelled);
    }
    assert!(prompts(&mut events).is_empty());
}

#[tokio::test]
async fn a_call_whose_user_cancelled_does_not_ask_again_and_another_does() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({}));
    let (call, mut events) = watched_call();
    let first = start(&auth, call.clone(), graph());
    let page = next_page(&mut events).await.unwrap();
    answer(&page, &[("error", "access_denied"), ("error_subcode", "cancel")]).await;
    assert_eq!(first.await.unwrap().unwrap_err().code, ErrorCode::SignInCancelled);
    let again = auth.token(&call, &with_contexts(&["c1"])).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::SignInCancelled);
    assert!(prompts(&mut events).is_empty());
    let user = User::new(&service, ADELE);
    auth.token(&user.call(), &graph()).await.unwrap();
    // Without the user it goes on.
    service.prove(&["c1"]);
    auth.token(&call, &with_contexts(&["c1"])).await.unwrap();
}

/// Lets every task run until it waits for something outside of this thread.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_call_is_itself_alone() {
    let ((first, _), (second, _)) = (Call::new(), Call::new());
    assert!(first.is(&first.clone()) && !first.is(&second));
}
