//! A session of an application, and all that its calls tell.

use std::sync::{Arc, Mutex};

use pim_core::call::Call;
use pim_core::error::Error;
use pim_core::event::Event;
use pim_core::operations;
use pim_core::session::Session;
use serde_json::{Value, json};

use crate::scripted::{APP, Answer, TENANT, application_token, ok};

/// What the token service answers where all is well.
pub fn granted() -> Answer {
    ok(&json!({"token_type": "Bearer", "expires_in": 3600, "access_token": application_token()}))
}

pub struct Told {
    pub end: Result<Value, Box<Error>>,
    /// Every event and the end, as hosts get them and as they debug.
    pub all: String,
}

impl Told {
    pub fn failed(&self) -> &Error {
        self.end.as_ref().expect_err("a failure")
    }
}

/// The configuration of a session whose three services are at these addresses.
pub fn config(login: &str, graph: &str, more: Value) -> Value {
    let mut config = json!({
        "cloud": {"name": "Test", "login": login, "graph": graph, "arm": graph},
        "tenant": TENANT,
        "clientId": APP,
        "credential": {"kind": "clientSecret", "secret": "the secret of the application"},
        "environment": {},
    });
    for (name, value) in more.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

pub async fn run(config: &Value, operation: &str, request: Value) -> Told {
    let session = match Session::new(config.to_string().as_bytes()) {
        Ok(session) => session,
        Err(error) => return Told { all: format!("{error:?}"), end: Err(Box::new(error)) },
    };
    let told: Arc<Mutex<String>> = Arc::default();
    let noting = Arc::clone(&told);
    let call = Call::with_sink(move |event: Event| noting.lock().unwrap().push_str(&format!("{event:?}\n")));
    let end = operations::run(&session, &call, operation, request.to_string().as_bytes()).await;
    let all = format!("{}{end:?}{}", told.lock().unwrap(), serde_json::to_string(&end).unwrap());
    let end = match end {
        Event::Done { value } => Ok(value),
        Event::Failed { error } => Err(error),
        other => panic!("{other:?}"),
    };
    Told { end, all }
}

/// A token for Graph.
pub async fn token(config: &Value) -> Told {
    run(config, "token.acquire", json!({"resource": "graph"})).await
}
