//! The events of one call, between the thread that makes them and the threads that take them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pim_core::error::{Error, ErrorCode};
use pim_core::event::Event;

use crate::bytes::Bytes;

/// What there is to take.
pub(crate) enum Next {
    /// Nothing within the time given.
    Nothing,
    /// An event; more follow.
    Event(Bytes),
    /// The last event.
    Final(Bytes),
    /// The last event was taken before.
    Ended,
    /// The call was freed.
    Freed,
}

#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    events: VecDeque<Bytes>,
    has_final: bool,
    final_taken: bool,
    freed: bool,
    /// When the host stops to wait for the end of a cancelled operation.
    give_up: Option<Instant>,
}

/// How long a cancelled operation may take to say how it ended.
const PATIENCE: Duration = Duration::from_secs(1);

impl Queue {
    /// Adds an event. Whatever comes after the first final event is dropped: a call ends once.
    pub(crate) fn push(&self, event: &Event) {
        let text = serde_json::to_vec(event).ok().filter(|text| u32::try_from(text.len()).is_ok());
        let (text, is_final) = match text {
            Some(text) => (Bytes::new(text), event.is_final()),
            None => (unwritable(), true),
        };
        let mut state = self.lock();
        if !state.has_final && !state.freed {
            state.events.push_back(text);
            state.has_final = is_final;
            self.changed.notify_all();
        }
    }

    /// Notes that the call was cancelled: its end must come soon now.
    pub(crate) fn cancel(&self) {
        self.lock().give_up.get_or_insert_with(|| Instant::now() + PATIENCE);
        self.changed.notify_all();
    }

    /// Takes the next event, waiting at most `patience`. `abandoned` makes the end of a cancelled call whose operation does not end:
    /// it is made here because all threads of the session may be stuck in such operations.
    pub(crate) fn next(&self, patience: Duration, abandoned: impl Fn() -> Event) -> Next {
        let deadline = Instant::now() + patience;
        let mut state = self.lock();
        loop {
            if state.freed {
                return Next::Freed;
            }
            if let Some(text) = state.events.pop_front() {
                state.final_taken = state.has_final && state.events.is_empty();
                if state.final_taken {
                    // Those who wait beside this thread learn that nothing comes any more.
                    self.changed.notify_all();
                    return Next::Final(text);
                }
                return Next::Event(text);
            }
            if state.final_taken {
                return Next::Ended;
            }
            let now = Instant::now();
            if state.give_up.is_some_and(|end| end <= now) {
                drop(state);
                self.push(&abandoned());
                state = self.lock();
                continue;
            }
            if deadline <= now {
                return Next::Nothing;
            }
            let wake = state.give_up.map_or(deadline, |end| end.min(deadline));
            (state, _) = self.changed.wait_timeout(state, wake - now).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether the host has taken the final event.
    pub(crate) fn is_ended(&self) -> bool {
        self.lock().final_taken
    }

    /// The call's handle is gone: nobody takes events any more, and those who wait are sent away.
    pub(crate) fn free(&self) {
        let mut state = self.lock();
        state.freed = true;
        state.events.clear();
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unwritable() -> Bytes {
    let error = Error::new(ErrorCode::Internal, "an event could not be written as JSON, or is larger than 4 GiB");
    Bytes::new(serde_json::to_vec(&Event::Failed { error: Box::new(error) }).unwrap_or_default())
}
