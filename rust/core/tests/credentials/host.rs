//! A host: runs operations of one session, follows prompts with a robot, and remembers what it was told.

use std::sync::{Arc, Mutex};

use pim_core::call::Call;
use pim_core::error::Error;
use pim_core::event::{Event, Prompt};
use pim_core::operations;
use pim_core::session::Session;
use pim_emulator::{Emulator, Robot, Scenario};
use serde_json::{Value, json};

pub const ADELE: &str = "adele@contoso.example";

pub struct Host {
    pub session: Session,
    robot: Option<Arc<Robot>>,
    told: Arc<Mutex<Vec<Event>>>,
}

impl Host {
    /// A session of the emulator with this credential and further settings.
    pub fn new(emulator: &Emulator, credential: Value, more: Value) -> Result<Self, Box<Error>> {
        Self::of(emulator.session_config(), credential, more)
    }

    /// The same for any configuration.
    pub fn of(mut config: Value, credential: Value, more: Value) -> Result<Self, Box<Error>> {
        config["credential"] = credential;
        for (name, value) in more.as_object().unwrap() {
            config[name] = value.clone();
        }
        let session = Session::new(config.to_string().as_bytes())?;
        Ok(Self { session, robot: None, told: Arc::default() })
    }

    /// The same with a user at a browser.
    pub fn with(mut self, robot: Robot) -> Self {
        self.robot = Some(Arc::new(robot));
        self
    }

    pub async fn run(&self, operation: &str, request: Value) -> Result<Value, Box<Error>> {
        let (robot, told) = (self.robot.clone(), Arc::clone(&self.told));
        let call = Call::with_sink(move |event: Event| {
            told.lock().unwrap().push(event.clone());
            let Some(robot) = robot.clone() else { return };
            match event {
                Event::Prompt(Prompt::Browser { url, .. }) => drop(tokio::spawn(async move { robot.open(&url).await.map(drop) })),
                Event::Prompt(Prompt::DeviceCode { verification_uri, user_code, .. }) => {
                    tokio::spawn(async move { robot.enter_code(&verification_uri, &user_code).await.map(drop) });
                }
                _ => {}
            }
        });
        match operations::run(&self.session, &call, operation, request.to_string().as_bytes()).await {
            Event::Done { value } => Ok(value),
            Event::Failed { error } => Err(error),
            other => panic!("{other:?}"),
        }
    }

    /// A token for an API.
    pub async fn token(&self, resource: &str) -> Result<Value, Box<Error>> {
        self.run("token.acquire", json!({"resource": resource})).await
    }

    /// A token with an authentication context.
    pub async fn token_with(&self, resource: &str, context: &str) -> Result<Value, Box<Error>> {
        self.run("token.acquire", json!({"resource": resource, "claims": acrs(context)})).await
    }

    pub fn told(&self) -> Vec<Event> {
        self.told.lock().unwrap().clone()
    }
}

pub async fn contoso() -> Emulator {
    Emulator::start(Scenario::contoso().unwrap()).await.unwrap()
}

pub fn acrs(context: &str) -> String {
    json!({"access_token": {"acrs": {"essential": true, "value": context}}}).to_string()
}

/// Tokens of a user who signs in on the page, for use elsewhere.
pub async fn tokens_of(emulator: &Emulator, user: &str, resources: &[&str]) -> Vec<Value> {
    let host = Host::new(emulator, json!({"kind": "browser"}), json!({})).unwrap().with(emulator.robot(user));
    let mut tokens = Vec::new();
    for resource in resources {
        tokens.push(host.token(resource).await.unwrap()["accessToken"].clone());
    }
    tokens
}
