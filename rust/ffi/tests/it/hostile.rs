//! Numbers that overflow what they are added to.

use std::time::Duration;

use pim_core::event::{Event, Prompt};
use pim_emulator::{Emulator, Fault, Scenario, Service};
use pim_stepup::*;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::driver::{PATIENCE, Session, Taken, failure};

const HUGE: &str = "18446744073709551615";

#[test]
fn timeouts_of_any_size_are_no_fault_of_the_library() {
    let huge = u64::MAX;
    let config = json!({
        "cloud": {"login": "http://127.0.0.1:1", "graph": "http://127.0.0.1:1", "arm": "http://127.0.0.1:1"},
        "tenant": "contoso.example", "browser": {"mode": "show"},
        "timeouts": {"connectSeconds": huge, "requestSeconds": huge, "signInSeconds": huge, "throttleSeconds": huge}
    });
    let session = Session::new(&config.to_string());
    let call = session.start("session.connect", "{}");
    while !matches!(call.next(PATIENCE), Taken::Event(Event::Prompt(_))) {}
    assert_eq!(call.next(Duration::from_millis(50)), Taken::Status(PIM_OK));
    pim_call_cancel(call.0);
    assert_eq!(failure(&call.finish()), "Cancelled");
}

#[test]
fn a_service_may_ask_for_any_wait() {
    let runtime = Runtime::new().unwrap();
    let emulator = runtime.block_on(Emulator::start(Scenario::contoso().unwrap())).unwrap();
    let robot = emulator.robot("adele@contoso.example");
    for (path, service) in [("/token", Service::Login), ("/me", Service::Graph)] {
        let refuse = |wait: &str| {
            let mut fault = Fault::new(service);
            fault.path_contains = Some(path.to_owned());
            fault.status = Some(503);
            fault.headers.insert("Retry-After".to_owned(), wait.to_owned());
            emulator.inject(fault);
        };
        refuse("1");
        refuse(HUGE);
        let session = Session::new(&emulator.session_config().to_string());
        let call = session.start("rest.invoke", r#"{"uri": "/v1.0/me"}"#);
        let end = loop {
            match call.next(PATIENCE) {
                Taken::Event(Event::Prompt(Prompt::Browser { url, .. })) => {
                    // The page that tells the result is not what is tested here.
                    let _ = runtime.block_on(robot.open(&url));
                }
                Taken::Event(_) => {}
                Taken::Final(event) => break event,
                Taken::Status(status) => panic!("status {status}"),
            }
        };
        let Event::Failed { error } = end else { panic!("{path}: {end:?}") };
        assert!(["Throttled", "ServiceUnavailable"].contains(&error.code.as_str()), "{path}: {error:?}");
        assert!(error.retryable, "{path}: {error:?}");
    }
}
