//! An emulated tenant, and a user who signs in to it where an operation wants that.

use pim_core::event::{Event, Prompt};
use pim_emulator::{Emulator, Scenario};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::driver::{PATIENCE, Session, Taken};

const USER: &str = "adele@contoso.example";
/// Manages roles for others, in the directory and in Azure.
const ADMINISTRATOR: &str = "patti@contoso.example";

pub struct Tenant {
    runtime: Runtime,
    user: &'static str,
    pub emulator: Emulator,
}

impl Tenant {
    pub fn start() -> Self {
        Self::of(USER)
    }

    pub fn administered() -> Self {
        Self::of(ADMINISTRATOR)
    }

    fn of(user: &'static str) -> Self {
        let runtime = Runtime::new().unwrap();
        let emulator = runtime.block_on(Emulator::start(Scenario::contoso().unwrap())).unwrap();
        Self { runtime, user, emulator }
    }

    pub fn session(&self) -> Session {
        self.session_with(|_| {})
    }

    pub fn session_with(&self, change: impl FnOnce(&mut Value)) -> Session {
        let mut config = self.emulator.session_config();
        config["account"] = json!(self.user);
        change(&mut config);
        Session::new(&config.to_string())
    }

    /// Runs an operation to its end and gives all its events. The pages that it asks for are walked through.
    pub fn run(&self, session: &Session, operation: &str, request: &str) -> Vec<Event> {
        let call = session.start(operation, request);
        let robot = self.emulator.robot(self.user);
        let mut events = Vec::new();
        loop {
            let (event, ended) = match call.next(PATIENCE) {
                Taken::Event(event) => (event, false),
                Taken::Final(event) => (event, true),
                Taken::Status(status) => panic!("{operation}: status {status}"),
            };
            if let Event::Prompt(Prompt::Browser { url, .. }) = &event {
                // How the sign-in ended is in the events; the page that tells the user may be cut by the end of the call.
                let _ = self.runtime.block_on(robot.open(url));
            }
            events.push(event);
            if ended {
                return events;
            }
        }
    }
}
