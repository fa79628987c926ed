//! The golden files are what the operations answer against the emulator, with all that changes from run to run made stable.

mod stable;

use std::fs;

use pim_core::event::{Event, Prompt};
use pim_core::operations::ALL;
use pim_emulator::{Emulator, Fault, Robot, Scenario, Service};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::driver::{PATIENCE, Session, Taken};
use crate::files::{expect, read, repository};
use stable::Stable;

const USER: &str = "adele@contoso.example";

/// A tenant of its own for each run: one operation must not see what another has done.
struct Tenant {
    runtime: Runtime,
    emulator: Emulator,
}

impl Tenant {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let emulator = runtime.block_on(Emulator::start(Scenario::contoso().unwrap())).unwrap();
        Self { runtime, emulator }
    }

    fn session(&self) -> Session {
        let mut config = self.emulator.session_config();
        config["account"] = json!(USER);
        Session::new(&config.to_string())
    }

    /// Runs an operation; the pages that it asks for are walked through by the robot.
    fn run(&self, session: &Session, operation: &str, request: &str) -> (Vec<Value>, Event) {
        let call = session.start(operation, request);
        let robot = self.emulator.robot(USER);
        let mut outputs = Vec::new();
        loop {
            match call.next(PATIENCE) {
                Taken::Event(Event::Output { value }) => outputs.push(value),
                Taken::Event(Event::Prompt(Prompt::Browser { url, .. })) => self.open(&robot, &url),
                Taken::Event(_) => {}
                Taken::Final(event) => return (outputs, event),
                Taken::Status(status) => panic!("{operation}: status {status}"),
            }
        }
    }

    fn open(&self, robot: &Robot, url: &str) {
        self.runtime.block_on(robot.open(url)).unwrap();
    }
}

#[test]
fn golden_replies_are_what_the_operations_answer() {
    for operation in ALL {
        let folder = format!("tests/golden/{}", operation.name);
        let tenant = Tenant::start();
        let session = tenant.session();
        if ["session.show", "session.disconnect"].contains(&operation.name) {
            tenant.run(&session, "session.connect", "{}");
        }
        let (outputs, end) = tenant.run(&session, operation.name, &read(&format!("{folder}/request.json")));
        let Event::Done { value } = end else { panic!("{}: {end:?}", operation.name) };
        let mut stable = Stable::new(&tenant.emulator);
        if (operation.output)().as_value()["title"] != "Nothing" {
            assert!(!outputs.is_empty(), "{} has no output to show", operation.name);
            expect(&format!("{folder}/output.json"), &stable.text(&Value::Array(outputs)));
        }
        expect(&format!("{folder}/reply.json"), &stable.text(&value));
    }
}

#[test]
fn golden_errors_are_what_the_operations_answer() {
    for operation in ALL {
        let tenant = Tenant::start();
        let request = failing(operation.name, &tenant.emulator);
        let (_, end) = tenant.run(&tenant.session(), operation.name, &request.to_string());
        let Event::Failed { error } = end else { panic!("{} with {request}: {end:?}", operation.name) };
        let error = Stable::new(&tenant.emulator).text(&serde_json::to_value(error).unwrap());
        expect(&format!("tests/golden/{}/error.json", operation.name), &error);
    }
}

/// A request that the operation cannot fulfil, or a service that does not let it.
fn failing(operation: &str, emulator: &Emulator) -> Value {
    let forbid = |path: &str| {
        let mut fault = Fault::new(Service::Graph);
        fault.path_contains = Some(path.to_owned());
        fault.status = Some(403);
        fault.times = 9;
        fault.body = Some(
            json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges to complete the operation."}}),
        );
        emulator.inject(fault);
    };
    match operation {
        "challenge.parse" => {
            json!({"text": "WWW-Authenticate: Bearer error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOiJicm9rZW4ifQ==\""})
        }
        "token.acquire" => json!({"claims": "nothing that carries a challenge"}),
        "session.connect" => json!({"claims": "nothing that carries a challenge"}),
        "role.list" => {
            forbid("roleEligibilitySchedules");
            json!({"kind": "directory", "state": "eligible"})
        }
        "role.activate" => json!({"kind": "directory", "roles": [{"name": "Security Administrator"}], "duration": "an hour"}),
        "rest.invoke" => json!({"uri": "https://elsewhere.example/v1.0/me"}),
        "authenticationContext.list" => {
            forbid("authenticationContextClassReferences");
            json!({})
        }
        _ => json!({"unknown": true}),
    }
}

#[test]
fn golden_requests_are_written_by_hand_and_readable() {
    for operation in ALL {
        let path = repository().join(format!("tests/golden/{}/request.json", operation.name));
        let text = fs::read_to_string(path).unwrap();
        assert!(serde_json::from_str::<Value>(&text).unwrap().is_object() && text.ends_with('\n'), "{}", operation.name);
    }
}
