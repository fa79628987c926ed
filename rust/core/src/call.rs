//! One running call: its way to the host, and what it had begun when it ends early.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::ready;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, ErrorCode, Result, WriteDetail};
use crate::event::{Event, Prompt, Question};

pub use futures_util::future::BoxFuture;

/// Where the events of a call go.
pub trait Sink: Send + Sync {
    /// Takes an event at once, on the thread that made it. It must not block.
    fn event(&self, event: Event);

    /// Takes results, the JSON of each value, as soon as there is room for more. Of those whose future is dropped before, the first ones
    /// may have been taken.
    /// Without an own way there is always room.
    fn outputs(&self, values: Vec<Vec<u8>>) -> BoxFuture<'_, ()> {
        let values = values.iter().filter_map(|value| serde_json::from_slice(value).ok()).collect();
        self.event(Event::Output { values });
        Box::pin(ready(()))
    }
}

impl<F: Fn(Event) + Send + Sync> Sink for F {
    fn event(&self, event: Event) {
        self(event);
    }
}

/// The running side of a call. Clones speak for the same call.
#[derive(Clone)]
pub struct Call {
    events: Arc<dyn Sink>,
    cancel: CancellationToken,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    last_question: u64,
    questions: HashMap<u64, oneshot::Sender<Value>>,
    writes: Vec<WriteDetail>,
    no_user: Option<Error>,
    waited: Duration,
    waits_until: Option<Instant>,
}

/// Names one write of a call, so that its progress can be noted.
#[derive(Clone, Copy, Debug)]
pub struct WriteId(usize);

impl Call {
    /// A call and the receiving end of its events.
    #[must_use]
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Event>) {
        let (events, receiver) = mpsc::unbounded_channel();
        // A host that has gone away is no reason to fail.
        let call = Self::with_sink(move |event: Event| {
            let _ = events.send(event);
        });
        (call, receiver)
    }

    /// A call whose events go straight to `sink`, on the thread that makes them. It must not block.
    #[must_use]
    pub fn with_sink(sink: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self::with_host(sink)
    }

    /// A call whose host may be slower than the operation.
    #[must_use]
    pub fn with_host(host: impl Sink + 'static) -> Self {
        Self { events: Arc::new(host), cancel: CancellationToken::new(), state: Arc::default() }
    }

    /// Whether both speak for the same call.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
    }

    /// Notes that the user of this call did not want to sign in or could not, so that the call does not ask again.
    pub(crate) fn note_no_user(&self, error: &Error) {
        self.lock().no_user.get_or_insert_with(|| error.clone());
    }

    /// How the user of this call was lost.
    pub(crate) fn no_user(&self) -> Option<Error> {
        self.lock().no_user.clone()
    }

    /// Sends an event.
    pub fn emit(&self, event: Event) {
        self.events.event(event);
    }

    /// Tells those who follow what happens.
    pub fn verbose(&self, message: impl Into<String>) {
        self.emit(Event::Verbose { message: message.into() });
    }

    /// Tells those who look for a fault.
    pub fn debug(&self, message: impl Into<String>) {
        self.emit(Event::Debug { message: message.into() });
    }

    /// Tells the user something important. `code` is a stable name.
    pub fn warning(&self, code: &str, message: impl Into<String>) {
        self.emit(Event::Warning { code: code.to_owned(), message: message.into() });
    }

    /// Shows how far an activity has come; `percent` is 0 to 100.
    pub fn progress(&self, activity: &str, status: impl Into<String>, percent: Option<u8>) {
        self.emit(Event::Progress { activity: activity.to_owned(), status: status.into(), percent, completed: false });
    }

    /// Ends the display of an activity.
    pub fn progress_completed(&self, activity: &str) {
        self.emit(Event::Progress { activity: activity.to_owned(), status: String::new(), percent: None, completed: true });
    }

    /// Asks the user to do something outside of the host.
    pub fn prompt(&self, prompt: Prompt) {
        self.emit(Event::Prompt(prompt));
    }

    /// Hands over one result, and waits while the host has not yet taken enough of those before. Whoever has other work under way goes on
    /// with it meanwhile ([`crate::meanwhile`]): the host may take its time.
    ///
    /// # Errors
    /// `Internal` if the value cannot be written as JSON, `Cancelled` if the call is cancelled.
    pub async fn output(&self, value: &impl Serialize) -> Result<()> {
        self.outputs(std::slice::from_ref(value)).await
    }

    /// Hands over results that came together, such as those of a page: a host that gets them one by one is woken for each.
    ///
    /// # Errors
    /// As [`Call::output`].
    pub async fn outputs(&self, values: &[impl Serialize]) -> Result<()> {
        let values = values
            .iter()
            .map(serde_json::to_vec)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Error::new(ErrorCode::Internal, "a result could not be written as JSON").cause(&error))?;
        if !values.is_empty() {
            tokio::select! {
                biased;
                () = self.events.outputs(values) => {}
                () = self.cancelled() => {}
            }
        }
        // Also where there was room: an operation that does nothing but to hand over must hear of its end.
        if self.cancel.is_cancelled() {
            return Err(Error::new(ErrorCode::Cancelled, "the call was cancelled while it handed over its results"));
        }
        Ok(())
    }

    /// Puts a question to the host and waits for its answer. A question that nobody waits for any more is withdrawn.
    ///
    /// # Errors
    /// `Cancelled` if the call ends before there is an answer.
    pub async fn ask(&self, question: &Question) -> Result<Value> {
        let (sender, receiver) = oneshot::channel();
        let id = {
            let mut state = self.lock();
            state.last_question += 1;
            let id = state.last_question;
            state.questions.insert(id, sender);
            id
        };
        let _open = OpenQuestion { call: self, id };
        self.emit(Event::Ask { id, question: question.clone() });
        receiver.await.map_err(|_| Error::new(ErrorCode::Cancelled, "the host did not answer a question"))
    }

    /// Hands the host's answer to whoever asked. False if no question with this number is open.
    #[must_use]
    pub fn answer(&self, id: u64, answer: Value) -> bool {
        let sender = self.lock().questions.remove(&id);
        sender.is_some_and(|sender| sender.send(answer).is_ok())
    }

    /// Ends the call from outside.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Resolves when the call is cancelled.
    pub async fn cancelled(&self) {
        self.cancel.cancelled().await;
    }

    /// Notes that a write is about to be made, so that a cancelled call can say how far it came.
    #[must_use]
    pub fn write_planned(&self, target: impl Into<String>) -> WriteId {
        let mut state = self.lock();
        state.writes.push(WriteDetail { target: target.into(), state: "notSent".to_owned() });
        WriteId(state.writes.len() - 1)
    }

    /// Notes that a write is on its way.
    pub fn write_sent(&self, write: WriteId) {
        self.set_write(write, "sent");
    }

    /// Notes that the service has answered a write.
    pub fn write_answered(&self, write: WriteId) {
        self.set_write(write, "answered");
    }

    /// Notes that a write has not reached the service, or was refused and will be sent again.
    pub fn write_not_sent(&self, write: WriteId) {
        self.set_write(write, "notSent");
    }

    /// Books waiting that a service asks for. Waits at the same time count once. False, and nothing booked, if all waiting of the call
    /// would be longer than `limit`.
    #[must_use]
    pub fn book_wait(&self, from: Instant, until: Instant, limit: Duration) -> bool {
        let mut state = self.lock();
        let from = state.waits_until.map_or(from, |booked| booked.max(from));
        let waited = state.waited + until.saturating_duration_since(from);
        if waited > limit {
            return false;
        }
        state.waited = waited;
        state.waits_until = Some(from.max(until));
        true
    }

    /// The writes of this call so far.
    #[must_use]
    pub fn writes(&self) -> Vec<WriteDetail> {
        self.lock().writes.clone()
    }

    fn set_write(&self, write: WriteId, state: &str) {
        if let Some(detail) = self.lock().writes.get_mut(write.0) {
            state.clone_into(&mut detail.state);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question that was put to the host.
struct OpenQuestion<'a> {
    call: &'a Call,
    id: u64,
}

impl Drop for OpenQuestion<'_> {
    fn drop(&mut self) {
        let unanswered = self.call.lock().questions.remove(&self.id).is_some();
        if unanswered {
            self.call.emit(Event::Withdrawn { id: self.id });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_question_that_nobody_waits_for_is_withdrawn() {
        let (call, mut events) = Call::new();
        let question = Question::RedirectUrl { message: String::new() };
        let answered = {
            let asking = call.ask(&question);
            tokio::pin!(asking);
            assert!(futures_util::poll!(&mut asking).is_pending());
            assert!(call.answer(1, Value::Null));
            asking.await
        };
        assert!(answered.unwrap().is_null());
        assert!(tokio::time::timeout(Duration::ZERO, call.ask(&question)).await.is_err());
        assert!(!call.answer(2, Value::Null));
        let told: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).collect();
        assert!(matches!(told[..], [Event::Ask { id: 1, .. }, Event::Ask { id: 2, .. }, Event::Withdrawn { id: 2 }]), "{told:?}");
    }

    #[test]
    fn waits_at_the_same_time_count_once() {
        let (call, _events) = Call::new();
        let start = Instant::now();
        let second = |n| start + Duration::from_secs(n);
        let limit = Duration::from_secs(10);
        assert!(call.book_wait(second(0), second(6), limit));
        assert!(call.book_wait(second(1), second(5), limit));
        assert!(call.book_wait(second(2), second(8), limit));
        assert!(!call.book_wait(second(8), second(11), limit));
        assert!(call.book_wait(second(20), second(22), limit));
        assert!(!call.book_wait(second(30), second(31), limit));
    }
}
