//! A host that is slower than the core.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use pim_core::event::{Event, Prompt};
use pim_emulator::scenario::generate::Size;
use pim_emulator::{Emulator, Fault, Scenario, Service};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::driver::{Call, PATIENCE, Session, Taken, failure};
use crate::queue::{Backlog, ROOM};
use crate::*;

pub(super) const MANY: usize = 50_000;

pub(super) fn row(number: usize) -> Value {
    json!({ "number": number, "text": "x".repeat(number % 300) })
}

static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Counts the endless operations that have not been dropped.
pub(super) struct Running;

impl Running {
    pub(super) fn new() -> Self {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

fn backlog(call: &Call) -> Backlog {
    crate::call::backlog(call.0)
}

/// Waits until the core has nothing to do but to wait for the host.
fn wait_until_full(call: &Call) {
    let end = Instant::now() + PATIENCE;
    while backlog(call).count < ROOM.count && backlog(call).bytes < ROOM.bytes {
        assert!(Instant::now() < end, "the queue does not fill: {:?}", backlog(call));
        sleep(Duration::from_millis(5));
    }
}

fn assert_bounded(call: &Call, largest: usize) {
    let backlog = backlog(call);
    assert!(backlog.count <= ROOM.count && backlog.bytes < ROOM.bytes + largest, "{backlog:?}");
}

#[test]
fn what_a_slow_host_has_not_taken_stays_bounded_and_comes_in_order() {
    let session = Session::new("{}");
    let call = session.start("test.flood", "");
    wait_until_full(&call);
    let (mut rows, mut events, mut lines) = (Vec::new(), 0, 0);
    loop {
        assert_bounded(&call, 400);
        match call.next(PATIENCE) {
            Taken::Event(Event::Output { values }) => {
                assert!(!values.is_empty());
                events += 1;
                rows.extend(values);
                if events % 16 == 0 {
                    sleep(Duration::from_millis(2));
                }
            }
            Taken::Event(Event::Verbose { message }) => {
                assert_eq!(message, (rows.len() - 1).to_string(), "a line came before or after its time");
                lines += 1;
            }
            Taken::Final(Event::Done { value }) => break assert_eq!(value, json!(MANY)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((rows.len(), lines), (MANY, MANY / 1000));
    assert!(rows.iter().enumerate().all(|(number, found)| *found == row(number)));
    assert!(events < MANY / 10, "{events} events: results that wait come together");
}

#[test]
fn a_call_that_waits_for_its_host_can_be_cancelled_and_freed() {
    let session = Session::new("{}");
    let calls = [session.start("test.endless", ""), session.start("test.endless", "")];
    calls.iter().for_each(wait_until_full);
    let clock = Instant::now();
    pim_call_cancel(calls[0].0);
    assert_eq!(failure(&calls[0].finish()), "Cancelled");
    assert!(clock.elapsed() < Duration::from_secs(2), "{:?}", clock.elapsed());
    assert_eq!(pim_call_free(calls[1].0), PIM_OK);
    while RUNNING.load(Ordering::SeqCst) > 0 {
        assert!(clock.elapsed() < PATIENCE, "an operation waits for a host that has gone");
        sleep(Duration::from_millis(5));
    }
}

/// Seconds: enough for a machine that is busy with other tests.
const LONGEST_REQUEST: u64 = 6;

struct Tenant {
    runtime: Runtime,
    emulator: Emulator,
}

impl Tenant {
    fn new(size: &Size) -> Self {
        let runtime = Runtime::new().unwrap();
        let emulator = runtime.block_on(Emulator::start(Scenario::generate(size).unwrap())).unwrap();
        Self { runtime, emulator }
    }

    /// A session with little patience and few requests at once, signed in.
    fn session(&self) -> Session {
        let mut config = self.emulator.session_config();
        config["concurrency"] = json!(2);
        config["timeouts"] = json!({ "requestSeconds": LONGEST_REQUEST });
        let session = Session::new(&config.to_string());
        let call = session.start("session.connect", r#"{"resources": ["graph", "arm"]}"#);
        loop {
            match call.next(PATIENCE) {
                Taken::Event(Event::Prompt(Prompt::Browser { url, .. })) => {
                    _ = self.runtime.block_on(self.emulator.robot("patti@contoso.example").open(&url));
                }
                Taken::Event(_) => {}
                Taken::Final(Event::Done { .. }) => return session,
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Takes the rows of a list; `pause` is called once in the middle.
fn rows(call: &Call, mut pause: impl FnMut()) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut paused = false;
    loop {
        assert_bounded(call, 16 << 10);
        match call.next(PATIENCE) {
            Taken::Event(Event::Output { values }) => rows.extend(values),
            Taken::Event(_) => {}
            Taken::Final(Event::Done { value }) => {
                assert_eq!(value["count"], json!(rows.len()));
                return rows;
            }
            other => panic!("{other:?} after {} rows", rows.len()),
        }
        if !rows.is_empty() && !paused {
            paused = true;
            wait_until_full(call);
            pause();
        }
    }
}

fn distinct(rows: &[Value]) -> usize {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect::<std::collections::HashSet<_>>().len()
}

const EVERYBODY: &str = r#"{"uri": "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances", "all": true}"#;

#[test]
fn a_list_of_tens_of_thousands_waits_for_its_host() {
    let tenant = Tenant::new(&Size { eligibilities: 20_000, page_size: 999, ..Size::default() });
    let session = tenant.session();
    let call = session.start("rest.invoke", EVERYBODY);
    let rows = rows(&call, || {
        let asked = tenant.emulator.journal().len();
        sleep(Duration::from_millis(500));
        assert_eq!(tenant.emulator.journal().len(), asked, "pages are read that nobody wants yet");
    });
    assert_eq!((rows.len(), distinct(&rows)), (20_000, 20_000));

    let call = session.start("rest.invoke", EVERYBODY);
    wait_until_full(&call);
    let clock = Instant::now();
    pim_call_cancel(call.0);
    assert_eq!(failure(&call.finish()), "Cancelled");
    assert!(clock.elapsed() < Duration::from_secs(2), "{:?}", clock.elapsed());
}

#[test]
fn lists_read_side_by_side_neither_run_out_of_time_nor_keep_others_from_the_service() {
    let tenant = Tenant::new(&Size { subscriptions: 1_500, eligibilities: 0, groups: 0, page_size: 20, ..Size::default() });
    let session = tenant.session();
    // All batches but the first take their time, so that some are under way whenever the host pauses.
    tenant.emulator.inject(Fault::new(Service::Arm).path("/batch").skip(1).times(1_000).delay(Duration::from_millis(50)));
    let call = session.start("subscription.eligibility", "{}");
    let rows = rows(&call, || {
        // The host thinks for longer than a request may take.
        sleep(Duration::from_secs(LONGEST_REQUEST + 1));
        // Both requests that may be under way at once are those of the list, if it holds them.
        let other = session.start("rest.invoke", r#"{"uri": "/v1.0/me"}"#);
        assert!(matches!(other.finish().last(), Some(Event::Done { .. })));
    });
    // Every 25th is disabled, every third has a resource group with an eligibility of its own.
    assert_eq!((rows.len(), distinct(&rows)), (1_440 + 480, 1_440 + 480));
    let batches = tenant.emulator.journal().iter().filter(|entry| entry.path == "/batch").count();
    assert_eq!(batches, 1_440 / 20, "a batch ran out of time and was sent again");
}
