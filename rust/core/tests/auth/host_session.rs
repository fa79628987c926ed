//! A session that lives in another module of the host: its tokens are asked for, and the page is the way out.

use std::sync::{Arc, Mutex};

use pim_core::call::Call;
use pim_core::error::{Error, ErrorCode};
use pim_core::event::{Event, Prompt, Question};
use pim_core::operations;
use pim_core::session::Session;
use pim_emulator::{Emulator, Robot, Scenario};
use serde_json::{Value, json};

const ADELE: &str = "adele@contoso.example";
const MEGAN: &str = "megan@contoso.example";

/// The module that is signed in already: a session of its own, which has nothing to do with the one under test.
async fn tokens_of(emulator: &Emulator, user: &str, request: Value) -> Value {
    let other = Session::new(emulator.session_config().to_string().as_bytes()).unwrap();
    let robot = Arc::new(emulator.robot(user));
    let call = Call::with_sink(move |event| follow(&robot, event));
    match operations::run(&other, &call, "token.acquire", request.to_string().as_bytes()).await {
        Event::Done { value } => json!({"accessToken": value["accessToken"], "expiresOn": value["expiresOn"]}),
        other => panic!("{other:?}"),
    }
}

fn follow(robot: &Arc<Robot>, event: Event) {
    if let Event::Prompt(Prompt::Browser { url, .. }) = event {
        let robot = Arc::clone(robot);
        tokio::spawn(async move { robot.open(&url).await.map(drop) });
    }
}

struct Host {
    session: Session,
    robot: Arc<Robot>,
    answer: Value,
    asked: Arc<Mutex<Vec<Question>>>,
    pages: Arc<Mutex<usize>>,
}

impl Host {
    fn new(emulator: &Emulator, answer: Value, more: Value) -> Self {
        let mut config = emulator.session_config();
        config["credential"] = json!({"kind": "host", "provider": "microsoftGraph"});
        for (name, value) in more.as_object().unwrap() {
            config[name] = value.clone();
        }
        let session = Session::new(config.to_string().as_bytes()).unwrap();
        Self { session, robot: Arc::new(emulator.robot(ADELE)), answer, asked: Arc::default(), pages: Arc::default() }
    }

    async fn run(&self, operation: &str, request: Value) -> Result<Value, Box<Error>> {
        let (robot, asked, pages, answer) =
            (Arc::clone(&self.robot), Arc::clone(&self.asked), Arc::clone(&self.pages), self.answer.clone());
        let (call, mut events) = Call::new();
        let answering = call.clone();
        let host = tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if let Event::Ask { id, question } = event {
                    if let Question::RedirectUrl { .. } = question {
                        // The robot may have come by itself meanwhile.
                        let _ = answering.answer(id, Value::Null);
                        continue;
                    }
                    asked.lock().unwrap().push(question);
                    assert!(answering.answer(id, answer.clone()));
                    continue;
                }
                *pages.lock().unwrap() += usize::from(matches!(event, Event::Prompt(_)));
                follow(&robot, event);
            }
        });
        let end = operations::run(&self.session, &call, operation, request.to_string().as_bytes()).await;
        host.abort();
        match end {
            Event::Done { value } => Ok(value),
            Event::Failed { error } => Err(error),
            other => panic!("{other:?}"),
        }
    }

    fn counts(&self) -> (usize, usize) {
        (self.asked.lock().unwrap().len(), *self.pages.lock().unwrap())
    }
}

fn graph() -> Value {
    json!({"resource": "graph"})
}

fn with_context() -> Value {
    json!({"resource": "graph", "claims": json!({"access_token": {"acrs": {"essential": true, "value": "c1"}}}).to_string()})
}

#[tokio::test]
async fn the_hosts_token_is_used_and_asked_for_once() {
    let emulator = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
    let token = tokens_of(&emulator, ADELE, graph()).await;
    let host = Host::new(&emulator, token.clone(), json!({"account": ADELE}));

    let reply = host.run("token.acquire", graph()).await.unwrap();
    assert_eq!((&reply["accessToken"], &reply["account"]["username"]), (&token["accessToken"], &json!(ADELE)));
    host.run("token.acquire", graph()).await.unwrap();
    assert_eq!(host.counts(), (1, 0));

    let question = host.asked.lock().unwrap()[0].clone();
    let Question::Token { resource, .. } = question else { panic!("{question:?}") };
    assert_eq!(resource, emulator.session_config()["cloud"]["graph"].as_str().unwrap());
}

#[tokio::test]
async fn what_the_host_cannot_give_the_user_gives_and_the_hosts_session_is_not_asked_to() {
    let emulator = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
    let host = Host::new(&emulator, tokens_of(&emulator, ADELE, graph()).await, json!({}));
    let reply = host.run("token.acquire", with_context()).await.unwrap();
    assert_eq!(reply["authenticationContexts"], json!(["c1"]));
    assert_eq!(host.counts(), (1, 1));

    // From now on the stronger session's own refresh token serves.
    host.run("token.acquire", json!({"resource": "graph", "force": true})).await.unwrap();
    assert_eq!(host.counts(), (1, 1));
}

#[tokio::test]
async fn where_nobody_can_be_asked_a_weak_token_is_an_error_that_names_the_claims() {
    let emulator = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
    let host = Host::new(&emulator, tokens_of(&emulator, ADELE, graph()).await, json!({"browser": {"mode": "never"}}));
    let error = host.run("token.acquire", with_context()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SignInRequired, "{error:?}");
    assert!(error.claims.unwrap().contains("c1"));
    assert_eq!(host.counts(), (1, 0));
}

#[tokio::test]
async fn where_nobody_can_be_asked_the_other_module_says_why_and_repeats_no_token() {
    let emulator = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
    let token = tokens_of(&emulator, ADELE, graph()).await["accessToken"].as_str().unwrap().to_owned();
    let answer = json!({"error": format!("the token {token} is broken")});
    let host = Host::new(&emulator, answer, json!({"browser": {"mode": "never"}}));
    let error = host.run("token.acquire", graph()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SignInRequired);
    assert!(error.message.contains("Microsoft Graph PowerShell SDK could not be used: the token (token) is broken"), "{error}");
    assert!(error.hint.unwrap().contains("Connect-MgGraph"));
}

#[tokio::test]
async fn a_token_near_its_end_is_asked_for_again_and_an_expired_one_is_none() {
    let emulator = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
    let mut token = tokens_of(&emulator, ADELE, graph()).await;
    token["expiresOn"] = json!(jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_secs(3)).unwrap().to_string());
    let host = Host::new(&emulator, token.clone(), json!({}));
    host.run("token.acquire", graph()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1800)).await;
    host.run("token.acquire", graph()).await.unwrap();
    assert_eq!(host.counts(), (2, 0));

    token["expiresOn"] = json!("2020-01-01T00:00:00Z");
    let host = Host::new(&emulator, token, json!({}));
    host.run("token.acquire", graph()).await.unwrap();
    assert_eq!(host.counts(), (1, 1));
}

#[tokio::test]
async fn another_account_or_tenant_than_the_sessions_is_refused() {
    let emulator = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
    let megans = tokens_of(&emulator, MEGAN, graph()).await;
    let host = Host::new(&emulator, megans.clone(), json!({"account": ADELE}));
    assert_eq!(host.run("token.acquire", graph()).await.unwrap_err().code, ErrorCode::AccountMismatch);

    let host = Host::new(&emulator, megans, json!({"tenant": "99999999-2222-3333-4444-555555555555"}));
    assert_eq!(host.run("token.acquire", graph()).await.unwrap_err().code, ErrorCode::TenantMismatch);
}

#[tokio::test]
async fn a_host_without_an_answer_leaves_it_to_the_page_and_a_broken_answer_is_named_without_its_secret() {
    let emulator = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
    for answer in [Value::Null, json!({"error": "run Connect-MgGraph"}), json!({})] {
        let host = Host::new(&emulator, answer, json!({}));
        host.run("token.acquire", graph()).await.unwrap();
        assert_eq!(host.counts(), (1, 1));
    }
    for answer in [json!("hunter2"), json!({"accessToken": ["hunter2"]}), json!({"accessToken": "hunter2\r\nX: y"})] {
        let host = Host::new(&emulator, answer, json!({}));
        let error = host.run("token.acquire", graph()).await.unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        assert_eq!(host.counts(), (1, 0));
    }
}
