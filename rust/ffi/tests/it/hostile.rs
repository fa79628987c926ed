//! Numbers that overflow what they are added to.

use std::time::Duration;

use pim_core::event::Event;
use pim_emulator::{Fault, Service};
use pim_stepup::*;
use serde_json::json;

use crate::driver::{PATIENCE, Session, Taken, failure};
use crate::tenant::Tenant;

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
    while !matches!(call.next(PATIENCE), Taken::Event(Event::Ask { .. })) {}
    assert_eq!(call.next(Duration::from_millis(50)), Taken::Status(PIM_OK));
    pim_call_cancel(call.0);
    assert_eq!(failure(&call.finish()), "Cancelled");
}

#[test]
fn a_service_may_ask_for_any_wait() {
    let tenant = Tenant::start();
    for (path, service) in [("/token", Service::Login), ("/me", Service::Graph)] {
        let refuse = |wait: &str| {
            let mut fault = Fault::new(service);
            fault.path_contains = Some(path.to_owned());
            fault.status = Some(503);
            fault.headers.insert("Retry-After".to_owned(), wait.to_owned());
            tenant.emulator.inject(fault);
        };
        refuse("1");
        refuse(HUGE);
        let events = tenant.run(&tenant.session(), "rest.invoke", r#"{"uri": "/v1.0/me"}"#);
        let Some(Event::Failed { error }) = events.last() else { panic!("{path}: {events:?}") };
        assert!(["Throttled", "ServiceUnavailable"].contains(&error.code.as_str()), "{path}: {error:?}");
        assert!(error.retryable, "{path}: {error:?}");
    }
}
