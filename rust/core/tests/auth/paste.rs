//! The address at which a browser elsewhere ended, pasted into the host.

use std::sync::{Arc, Mutex};

use pim_core::call::Call;
use pim_core::error::ErrorCode;
use pim_core::event::{Event, Prompt, Question};
use pim_emulator::robot::Outcome;
use pim_emulator::{Emulator, Scenario};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Duration, timeout};
use url::Url;

use crate::service::{ADELE, Service};
use crate::user::{answer, failure, graph, query, start};

/// The next question of a call, with what it was told before.
async fn question(events: &mut UnboundedReceiver<Event>) -> (u64, Vec<Event>) {
    let mut before = Vec::new();
    loop {
        match timeout(Duration::from_secs(20), events.recv()).await.expect("a question").expect("a question") {
            Event::Ask { id, question: Question::RedirectUrl { message } } => {
                assert!(message.contains("address bar") && message.contains("-UseDeviceCode"), "{message}");
                return (id, before);
            }
            other => before.push(other),
        }
    }
}

fn page(events: &[Event]) -> Url {
    let page = events.iter().find_map(|event| match event {
        Event::Prompt(Prompt::Browser { url, opened: false, .. }) => Some(url),
        _ => None,
    });
    Url::parse(page.expect("a page")).unwrap()
}

/// Where the browser ends with these fields and the right state.
fn ended(page: &Url, fields: &[(&str, &str)]) -> String {
    let query = query(page);
    let mut redirect = Url::parse(&query["redirect_uri"]).unwrap();
    redirect.query_pairs_mut().extend_pairs(fields).append_pair("state", &query["state"]);
    redirect.to_string()
}

fn warnings(events: &[Event]) -> Vec<&str> {
    fn warning(event: &Event) -> Option<&str> {
        match event {
            Event::Warning { code, message } if code == "RedirectUrlRefused" => Some(message),
            _ => None,
        }
    }
    events.iter().filter_map(warning).collect()
}

#[tokio::test]
async fn the_pasted_address_signs_in_as_the_browser_would_and_the_code_stays_secret() {
    let service = Service::start().await;
    let (call, mut events) = Call::new();
    let signing = start(&service.authenticator(json!({})), call.clone(), graph());
    let (id, before) = question(&mut events).await;
    let page = page(&before);
    let code = service.sign_in(&page, ADELE);
    assert!(call.answer(id, json!(format!(" '{}'\n", ended(&page, &[("code", &code)])))));
    signing.await.unwrap().unwrap();
    drop(call);
    let mut told = format!("{before:?}");
    while let Some(event) = events.recv().await {
        told.push_str(&format!("{event:?}"));
    }
    assert!(!told.contains(&code));
    // The listener has gone with the sign-in.
    assert!(reqwest::get(ended(&page, &[("code", "x")])).await.unwrap_err().is_connect());
}

#[tokio::test]
async fn wrong_pastes_are_told_and_may_be_tried_again() {
    let service = Service::start().await;
    let (call, mut events) = Call::new();
    let signing = start(&service.authenticator(json!({})), call.clone(), graph());
    let (mut id, before) = question(&mut events).await;
    let page = page(&before);
    let redirect = query(&page)["redirect_uri"].clone();
    let refused = [("error", "access_denied"), ("error_description", "AADSTS65004: User declined to consent.")];
    for (wrong, word) in [
        (json!(format!("{redirect}?code=hush-hush&state=of-another")), "another sign-in"),
        (json!(format!("{redirect}?code=hush-hush")), "another sign-in"),
        (json!(ended(&page, &[("code", "hush-hush"), ("code", "b")])), "twice"),
        (json!(page.as_str()), "not where a sign-in ends"),
        (json!("hush-hush"), "not where a sign-in ends"),
        (json!(""), "not where a sign-in ends"),
        (json!({"url": "hush-hush"}), "JSON string"),
        (json!(ended(&page, &refused)), "the service refused the sign-in"),
    ] {
        assert!(call.answer(id, wrong.clone()));
        let (next, told) = question(&mut events).await;
        let [warning] = warnings(&told)[..] else { panic!("{wrong}: {told:?}") };
        assert!(warning.contains(word), "{warning}");
        assert!(!format!("{told:?}").contains("hush-hush"));
        id = next;
    }
    assert!(service.requests().is_empty(), "nothing of it went to the service");
    assert!(call.answer(id, json!(ended(&page, &[("code", &service.sign_in(&page, ADELE))]))));
    signing.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_browser_that_comes_by_itself_is_first_and_the_question_withdrawn() {
    let service = Service::start().await;
    let (call, mut events) = Call::new();
    let signing = start(&service.authenticator(json!({})), call.clone(), graph());
    let (id, before) = question(&mut events).await;
    let page = page(&before);
    let shown = answer(&page, &[("code", &service.sign_in(&page, ADELE))]).await;
    assert_eq!(shown.status(), 200);
    signing.await.unwrap().unwrap();
    assert!(!call.answer(id, json!("too late")));
    let mut withdrawn = false;
    while let Ok(event) = events.try_recv() {
        withdrawn |= event == Event::Withdrawn { id };
    }
    assert!(withdrawn);
}

#[tokio::test]
async fn a_host_with_nobody_to_ask_is_asked_once_and_the_listener_goes_on() {
    let service = Service::start().await;
    let (call, mut events) = Call::new();
    let signing = start(&service.authenticator(json!({})), call.clone(), graph());
    let (id, before) = question(&mut events).await;
    assert!(call.answer(id, Value::Null));
    let page = page(&before);
    answer(&page, &[("code", &service.sign_in(&page, ADELE))]).await;
    signing.await.unwrap().unwrap();
    while let Ok(event) = events.try_recv() {
        assert!(!matches!(event, Event::Ask { .. } | Event::Warning { .. }), "{event:?}");
    }
}

#[tokio::test]
async fn a_host_that_answers_nonsense_without_end_is_not_asked_without_end() {
    let service = Service::start().await;
    let auth = service.authenticator(json!({"timeouts": {"signInSeconds": 2}}));
    let asked = Arc::new(Mutex::new(0));
    let slot: Arc<Mutex<Option<Call>>> = Arc::default();
    let call = {
        let (asked, slot) = (Arc::clone(&asked), Arc::clone(&slot));
        Call::with_sink(move |event| {
            if let Event::Ask { id, .. } = event {
                *asked.lock().unwrap() += 1;
                assert!(slot.lock().unwrap().as_ref().unwrap().answer(id, json!("nonsense")));
            }
        })
    };
    *slot.lock().unwrap() = Some(call.clone());
    assert_eq!(failure(auth.token(&call, &graph()).await).code, ErrorCode::SignInTimeout);
    assert_eq!(*asked.lock().unwrap(), 50);
    slot.lock().unwrap().take();
}

/// A computer that is reached over SSH and has no display.
fn over_ssh() -> Value {
    json!({"browser": {"mode": "system"}, "environment": {"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22"}})
}

#[tokio::test]
async fn without_a_display_the_address_is_shown_and_a_paste_awaited_by_itself() {
    let service = Service::start().await;
    let (call, mut events) = Call::new();
    let signing = start(&service.authenticator(over_ssh()), call.clone(), graph());
    let (id, before) = question(&mut events).await;
    let page = page(&before);
    assert!(before.iter().any(|event| matches!(event, Event::Verbose { message } if message.contains("no display"))), "{before:?}");
    assert!(call.answer(id, json!(ended(&page, &[("code", &service.sign_in(&page, ADELE))]))));
    signing.await.unwrap().unwrap();
}

#[tokio::test]
async fn without_a_display_and_without_anybody_the_call_fails_at_once() {
    let service = Service::start().await;
    let (call, mut events) = Call::new();
    let signing = start(&service.authenticator(over_ssh()), call.clone(), graph());
    let (id, _) = question(&mut events).await;
    assert!(call.answer(id, Value::Null));
    let error = failure(signing.await.unwrap());
    assert_eq!(error.code, ErrorCode::BrowserUnavailable);
    assert!(error.hint.unwrap().contains("device code"));
}

#[tokio::test]
async fn where_the_robot_ends_at_the_emulator_is_an_answer() {
    let emulator = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
    let session = pim_core::session::Session::new(emulator.session_config().to_string().as_bytes()).unwrap();
    let (call, mut events) = Call::new();
    let signing = start(&session.auth, call.clone(), graph());
    let (id, before) = question(&mut events).await;
    let Outcome::Answered(callback) = emulator.robot(ADELE).walk(page(&before).as_str()).await.unwrap() else { panic!() };
    assert!(call.answer(id, json!(callback.url.query().unwrap())));
    let token = signing.await.unwrap().unwrap();
    assert!(!format!("{token:?}").contains(&callback.parameter("code").unwrap()));
}
