use std::thread;
use std::time::Duration;

use pim_core::event::Event;
use serde_json::json;

use super::driver::{PATIENCE, Session, Taken, failure, reply};
use super::new_gate;
use crate::*;

fn wait_for_verbose(call: &super::driver::Call) {
    assert!(matches!(call.next(PATIENCE), Taken::Event(Event::Verbose { .. })));
}

#[test]
fn a_call_has_one_end_whatever_its_operation_says() {
    let events = Session::new("{}").run("test.twoEnds", "");
    let ends = events.iter().filter(|event| event.is_final()).collect::<Vec<_>>();
    assert_eq!(ends, [&Event::Done { value: json!("late") }]);
    assert_eq!(events.len(), 2);
}

#[test]
fn cancel_ends_an_operation_that_waits() {
    let session = Session::new("{}");
    let call = session.start("test.never", "");
    wait_for_verbose(&call);
    assert_eq!((pim_call_cancel(call.0), pim_call_cancel(call.0)), (PIM_OK, PIM_OK));
    assert_eq!(failure(&call.finish()), "Cancelled");
    assert_eq!(pim_call_cancel(call.0), PIM_OK, "after the end");
}

#[test]
fn cancel_ends_an_operation_that_blocks_its_thread() {
    let (gate, operation) = new_gate();
    let session = Session::new("{}");
    let calls = [session.start(&operation, ""), session.start(&operation, ""), session.start("test.never", "")];
    wait_for_verbose(&calls[0]);
    for call in &calls {
        pim_call_cancel(call.0);
        assert_eq!(failure(&call.finish()), "Cancelled");
    }
    gate.open();
}

#[test]
fn an_abandoned_operation_still_tells_of_its_writes() {
    let session = Session::new("{}");
    let call = session.start("test.write", "");
    wait_for_verbose(&call);
    pim_call_cancel(call.0);
    let events = call.finish();
    let Some(Event::Failed { error }) = events.last() else { panic!("{events:?}") };
    let writes = error.writes.iter().map(|write| (write.target.as_str(), write.state.as_str())).collect::<Vec<_>>();
    assert_eq!(writes, [("one", "sent"), ("two", "notSent")]);
}

#[test]
fn a_question_is_answered_once_and_by_its_number() {
    let session = Session::new("{}");
    let call = session.start("test.ask", "");
    let Taken::Event(Event::Ask { id, question }) = call.next(PATIENCE) else { panic!("no question") };
    assert_eq!(question, super::question());
    for wrong in
        ["", "{}", "nonsense", r#"{"id":1}"#, r#"{"id":99,"answer":1}"#, r#"{"id":1,"answer":1,"more":2}"#, r#"{"id":-1,"answer":1}"#]
    {
        assert_eq!(reply(call.0, wrong.as_bytes()), PIM_ERROR_ANSWER, "{wrong}");
    }
    let answer = json!({"id": id, "answer": {"chosen": "this"}}).to_string();
    assert_eq!(reply(call.0, answer.as_bytes()), PIM_OK);
    assert_eq!(reply(call.0, answer.as_bytes()), PIM_ERROR_ANSWER, "a second answer");
    assert_eq!(call.finish(), [Event::Done { value: json!({"chosen": "this"}) }]);
    assert_eq!(reply(call.0, answer.as_bytes()), PIM_ERROR_ENDED);
}

#[test]
fn an_answer_from_another_thread_reaches_the_question() {
    let session = Session::new("{}");
    let call = session.start("test.ask", "");
    let Taken::Event(Event::Ask { id, .. }) = call.next(PATIENCE) else { panic!("no question") };
    let handle = call.0;
    let waiting = thread::scope(|scope| {
        let waiting = scope.spawn(|| call.finish());
        assert_eq!(reply(handle, json!({"id": id, "answer": 7}).to_string().as_bytes()), PIM_OK);
        waiting.join().unwrap()
    });
    assert_eq!(waiting, [Event::Done { value: json!(7) }]);
}

#[test]
fn a_call_outlives_its_session() {
    let session = Session::new("{}");
    let call = session.start("test.ask", "");
    assert_eq!(pim_session_free(session.0), PIM_OK);
    assert_eq!(super::driver::start(session.0, b"test.ask", b""), Err(PIM_ERROR_HANDLE));
    let Taken::Event(Event::Ask { id, .. }) = call.next(PATIENCE) else { panic!("no question") };
    reply(call.0, json!({"id": id, "answer": 7}).to_string().as_bytes());
    assert_eq!(call.finish(), [Event::Done { value: json!(7) }]);
}

#[test]
fn free_of_a_running_call_sends_the_waiting_thread_away() {
    let session = Session::new("{}");
    let call = session.start("test.never", "");
    wait_for_verbose(&call);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| call.next(PATIENCE));
        assert_eq!(pim_call_free(call.0), PIM_OK);
        assert_eq!(waiting.join().unwrap(), Taken::Status(PIM_ERROR_HANDLE));
    });
    assert_eq!(call.next(Duration::ZERO), Taken::Status(PIM_ERROR_HANDLE));
    assert_eq!(pim_call_free(call.0), PIM_ERROR_HANDLE);
}

#[test]
fn of_many_waiting_threads_one_gets_the_end_and_all_return() {
    let session = Session::new("{}");
    let call = session.start("test.never", "");
    wait_for_verbose(&call);
    let taken = thread::scope(|scope| {
        let threads = (0..8).map(|_| scope.spawn(|| call.next(PATIENCE))).collect::<Vec<_>>();
        pim_call_cancel(call.0);
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(taken.iter().filter(|taken| matches!(taken, Taken::Final(_))).count(), 1, "{taken:?}");
    assert_eq!(taken.iter().filter(|taken| **taken == Taken::Status(PIM_ERROR_ENDED)).count(), 7, "{taken:?}");
}

#[test]
fn a_host_may_free_from_inside_its_own_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let session = Session::new("{}");
        let call = session.start("test.never", "");
        assert_eq!(pim_session_free(session.0), PIM_OK);
        assert_eq!(pim_call_free(call.0), PIM_OK);
    });
}
