//! An emulated tenant and a session of this library in it, for the tests of this folder.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::sync::Arc;
use std::time::Duration;

use pim_core::call::Call;
use pim_core::error::Error;
use pim_core::event::{Event, Prompt};
use pim_core::operations;
use pim_core::session::Session;
use pim_emulator::robot::Manner;
use pim_emulator::{Emulator, Fault, JournalEntry, Robot, Scenario, Service};
use serde_json::{Value, json};
use tokio::sync::Mutex;

pub const ADELE: &str = "adele@contoso.example";
/// Manages roles for others, in the directory and in Azure.
pub const PATTI: &str = "patti@contoso.example";
pub const REQUESTS: &str = "/roleAssignmentScheduleRequests";

/// Ten directory roles of the default scenario whose policies want the context `c1`.
pub const TEN: [&str; 10] = [
    "Global Reader",
    "Security Administrator",
    "User Administrator",
    "Exchange Administrator",
    "SharePoint Administrator",
    "Teams Administrator",
    "Intune Administrator",
    "Application Administrator",
    "Conditional Access Administrator",
    "Authentication Administrator",
];

pub struct Tenant {
    pub emulator: Emulator,
    pub session: Arc<Session>,
    robot: Arc<Mutex<Robot>>,
}

/// All that a call told.
pub struct Told {
    pub events: Vec<Event>,
    pub outputs: Vec<Value>,
    pub prompts: usize,
    pub end: Result<Value, Error>,
}

impl Told {
    /// The reply of a call that must succeed.
    pub fn done(&self) -> &Value {
        match &self.end {
            Ok(value) => value,
            Err(error) => panic!("the call failed: {error:?}"),
        }
    }

    /// The error of a call that must fail.
    pub fn failed(&self) -> &Error {
        match &self.end {
            Ok(value) => panic!("the call succeeded: {value}"),
            Err(error) => error,
        }
    }

    /// The only result.
    pub fn only(&self) -> &Value {
        assert_eq!(self.outputs.len(), 1, "{:#?} {:?}", self.outputs, self.end);
        &self.outputs[0]
    }

    /// Codes of the warnings.
    pub fn warnings(&self) -> Vec<&str> {
        self.events.iter().filter_map(|event| if let Event::Warning { code, .. } = event { Some(code.as_str()) } else { None }).collect()
    }

    /// Whether a verbose line holds this text.
    pub fn said(&self, part: &str) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Verbose { message } if message.contains(part)))
    }
}

impl Tenant {
    /// Contoso as it is, with Adele.
    pub async fn contoso() -> Self {
        Self::with(|_| {}, |_| {}).await
    }

    /// Contoso with a changed scenario and a changed session configuration.
    pub async fn with(scenario: impl FnOnce(&mut Value), config: impl FnOnce(&mut Value)) -> Self {
        Self::of(ADELE, scenario, config).await
    }

    /// Contoso with a changed scenario and a changed session configuration, and whoever it is that signs in.
    pub async fn of(user: &str, scenario: impl FnOnce(&mut Value), config: impl FnOnce(&mut Value)) -> Self {
        let mut text = serde_json::to_value(Scenario::contoso().unwrap()).unwrap();
        scenario(&mut text);
        let emulator = Emulator::start(Scenario::from_json(&text.to_string()).unwrap()).await.unwrap();
        let mut settings = emulator.session_config();
        config(&mut settings);
        let session = Arc::new(Session::new(settings.to_string().as_bytes()).unwrap());
        let robot = Arc::new(Mutex::new(emulator.robot(user)));
        Self { emulator, session, robot }
    }

    /// Contoso, and Adele has signed in to both services already.
    pub async fn signed_in() -> Self {
        let tenant = Self::contoso().await;
        tenant.sign_in().await;
        tenant
    }

    /// Contoso, and an administrator has signed in to both services already.
    pub async fn administered() -> Self {
        let tenant = Self::of(PATTI, |_| {}, |_| {}).await;
        tenant.sign_in().await;
        tenant
    }

    pub async fn sign_in(&self) {
        self.run("session.connect", json!({"resources": ["graph", "arm"]})).await.done();
        self.forget();
    }

    /// How the user behaves from now on.
    pub async fn behaves(&self, manner: Manner) {
        let mut robot = self.robot.lock().await;
        *robot = self.emulator.robot(ADELE).with_profile(robot.profile()).manner(manner);
    }

    /// Empties the journal.
    pub fn forget(&self) {
        self.emulator.state().journal.clear();
    }

    /// Runs an operation; the robot opens every page that it shows.
    pub async fn run(&self, operation: &str, request: Value) -> Told {
        self.start(operation, request).1.await
    }

    /// Starts an operation: its call, and its end.
    pub fn start(&self, operation: &str, request: Value) -> (Call, impl Future<Output = Told> + use<>) {
        let (call, mut receiver) = Call::new();
        let (session, robot, operation, running) = (Arc::clone(&self.session), Arc::clone(&self.robot), operation.to_owned(), call.clone());
        let work = tokio::spawn(async move {
            let end = operations::run(&session, &running, &operation, request.to_string().as_bytes()).await;
            running.emit(end);
        });
        let told = async move {
            let mut told = Told { events: Vec::new(), outputs: Vec::new(), prompts: 0, end: Ok(Value::Null) };
            loop {
                let event =
                    tokio::time::timeout(Duration::from_secs(60), receiver.recv()).await.expect("the call hangs").expect("no final event");
                told.events.push(event.clone());
                match event {
                    Event::Prompt(Prompt::Browser { url, .. }) => {
                        told.prompts += 1;
                        let robot = Arc::clone(&robot);
                        // A page that leads nowhere is the sign-in's matter.
                        tokio::spawn(async move { robot.lock().await.open(&url).await });
                    }
                    Event::Output { values } => told.outputs.extend(values),
                    Event::Done { value } => {
                        told.end = Ok(value);
                        break;
                    }
                    Event::Failed { error } => {
                        told.end = Err(*error);
                        break;
                    }
                    _ => {}
                }
            }
            work.await.unwrap();
            told
        };
        (call, told)
    }

    /// Activates roles by name, with a justification.
    pub async fn activate(&self, kind: &str, roles: &[&str], more: Value) -> Told {
        self.run("role.activate", request(kind, roles, more)).await
    }

    /// Journal entries of a method and a part of the path.
    pub fn asked(&self, method: &str, path: &str) -> Vec<JournalEntry> {
        self.emulator.journal().into_iter().filter(|entry| entry.method == method && entry.path.contains(path)).collect()
    }

    /// Statuses of the activations that were sent, in order.
    pub fn activations(&self) -> Vec<u16> {
        let writes = self.emulator.journal().into_iter().filter(|entry| entry.path.contains(REQUESTS) && entry.method != "GET");
        writes.map(|entry| entry.status).collect()
    }

    /// No request broke a rule of the protocol or of the official schema.
    pub fn assert_clean(&self) {
        let broken: Vec<_> = self.emulator.journal().into_iter().filter_map(|entry| entry.violation).collect();
        assert!(broken.is_empty(), "{broken:#?}");
    }

    /// Makes the policies unreadable, so that the services' refusals decide.
    pub fn hide_policies(&self) {
        for service in [Service::Graph, Service::Arm] {
            self.emulator.inject(Fault::new(service).path("roleManagementPolicyAssignments").times(1000).status(403).body(json!({
                "error": {"code": "AuthorizationFailed", "message": "no"}
            })));
        }
    }
}

/// A request of `role.activate` with a justification and everything in `more`.
pub fn request(kind: &str, roles: &[&str], more: Value) -> Value {
    let roles: Vec<_> = roles.iter().map(|name| json!({"name": name})).collect();
    let mut request = json!({"kind": kind, "roles": roles, "justification": "test"});
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}
