//! The exported functions, driven as a host drives them, with operations that only exist here.

#[path = "../../tests/support/driver.rs"]
mod driver;
mod ends;
mod flow;
mod panics;

use std::cell::Cell;
use std::sync::{Arc, Condvar, Mutex};

use pim_core::auth::HostProvider;
use pim_core::call::Call;
use pim_core::error::{Error, ErrorCode};
use pim_core::event::{Event, Question};
use serde_json::{Value, json};

thread_local! {
    static PANIC_NEXT: Cell<bool> = const { Cell::new(false) };
}

/// Makes the next guarded body of this thread panic.
fn panic_in_next_export() {
    PANIC_NEXT.set(true);
}

pub(crate) fn panic_if_asked() {
    assert!(!PANIC_NEXT.replace(false), "asked to panic with secret `hunter2`");
}

/// Holds threads until they may go on.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    fn wait(&self) {
        drop(self.opened.wait_while(self.open.lock().unwrap(), |open| !*open).unwrap());
    }
}

static GATES: Mutex<Vec<Arc<Gate>>> = Mutex::new(Vec::new());

fn new_gate() -> (Arc<Gate>, String) {
    let mut gates = GATES.lock().unwrap();
    let gate = Arc::new(Gate::default());
    gates.push(gate.clone());
    (gate, format!("test.block.{}", gates.len() - 1))
}

fn question() -> Question {
    Question::Token { provider: HostProvider::Az, resource: "https://vault.azure.net".to_owned(), tenant: "organizations".to_owned() }
}

/// Stands before the dispatch of the real operations.
pub(crate) async fn operation(call: &Call, name: &str) -> Option<Event> {
    let value = match name {
        "test.panic" => panic!("asked to panic with secret `hunter2`"),
        "test.panicLater" => {
            call.verbose("before the panic");
            tokio::task::yield_now().await;
            panic!("asked to panic with secret `hunter2`")
        }
        "test.panicBeside" => {
            let beside = tokio::spawn(async { panic!("asked to panic with secret `hunter2`") });
            let ended: Result<(), _> = beside.await;
            let error = Error::new(ErrorCode::Internal, if ended.is_err() { "broke off" } else { "went well" });
            return Some(Event::Failed { error: Box::new(error) });
        }
        "test.twoEnds" => {
            call.emit(Event::Done { value: json!("early") });
            call.verbose("after a false end");
            json!("late")
        }
        "test.ask" => call.ask(&question()).await.unwrap_or(Value::Null),
        "test.never" => {
            call.verbose("waiting");
            std::future::pending().await
        }
        "test.flood" => {
            for number in 0..flow::MANY {
                call.output(&flow::row(number)).await.unwrap();
                if number % 1000 == 999 {
                    call.verbose(format!("{number}"));
                }
            }
            json!(flow::MANY)
        }
        "test.endless" => {
            let _running = flow::Running::new();
            loop {
                if let Err(error) = call.output(&flow::row(0)).await {
                    return Some(Event::Failed { error: Box::new(error) });
                }
            }
        }
        "test.write" => {
            let sent = call.write_planned("one");
            call.write_sent(sent);
            let _ = call.write_planned("two");
            call.verbose("written");
            std::future::pending().await
        }
        _ => {
            let gate = name.strip_prefix("test.block.")?.parse::<usize>().ok()?;
            let gate = GATES.lock().unwrap()[gate].clone();
            call.verbose("blocked");
            gate.wait();
            json!("released")
        }
    };
    Some(Event::Done { value })
}
