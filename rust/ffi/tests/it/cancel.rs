use std::net::TcpListener;
use std::time::{Duration, Instant};

use pim_core::event::Event;
use pim_core::operations::ALL;
use pim_stepup::*;

use crate::driver::{Session, Taken, next};
use crate::files::read;

/// Operations that end without a word with any service.
const OFFLINE: [&str; 4] = ["cache.clear", "challenge.parse", "session.show", "session.disconnect"];

/// A service that takes connections and never says a word.
struct Silent {
    _listener: TcpListener,
    config: String,
}

impl Silent {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let config = serde_json::json!({
            "cloud": {"login": origin, "graph": origin, "arm": origin}, "tenant": "contoso.example", "browser": {"mode": "show"}
        });
        Self { _listener: listener, config: config.to_string() }
    }
}

#[test]
fn every_operation_ends_soon_after_a_cancel_without_a_network() {
    let silent = Silent::new();
    let session = Session::new(&silent.config);
    for operation in ALL {
        let request = read(&format!("tests/golden/{}/request.json", operation.name));
        let call = session.start(operation.name, &request);
        // Lets the operation come as far as it can before it has to wait.
        while matches!(call.next(Duration::from_millis(100)), Taken::Event(_)) {}
        let clock = Instant::now();
        assert_eq!(pim_call_cancel(call.0), PIM_OK);
        let end = loop {
            match next(call.0, 5_000) {
                Taken::Event(_) => {}
                end => break end,
            }
        };
        match end {
            Taken::Final(Event::Failed { error }) => assert_eq!(error.code.as_str(), "Cancelled", "{}: {error:?}", operation.name),
            // It had ended before, or was about to.
            Taken::Status(PIM_ERROR_ENDED) | Taken::Final(Event::Done { .. }) if OFFLINE.contains(&operation.name) => {}
            other => panic!("{}: {other:?}", operation.name),
        }
        assert!(clock.elapsed() < Duration::from_secs(3), "{} took {:?}", operation.name, clock.elapsed());
    }
}

#[test]
fn a_freed_session_with_requests_under_way_does_not_hold_up_the_host() {
    let silent = Silent::new();
    let clock = Instant::now();
    for _ in 0..5 {
        let session = Session::new(&silent.config);
        let call = session.start("rest.invoke", r#"{"uri": "/v1.0/me"}"#);
        call.next(Duration::from_millis(20));
    }
    assert!(clock.elapsed() < Duration::from_secs(8), "{:?}", clock.elapsed());
}
