//! The events of one call, between the thread that makes them and the threads that take them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pim_core::error::{Error, ErrorCode};
use pim_core::event::Event;
use tokio::sync::Notify;

/// What there is to take.
pub(crate) enum Next {
    /// Nothing within the time given.
    Nothing,
    /// An event; more follow.
    Event(Vec<u8>),
    /// The last event.
    Final(Vec<u8>),
    /// The last event was taken before.
    Ended,
    /// The call was freed.
    Freed,
}

#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    room: Notify,
}

#[derive(Default)]
struct State {
    entries: VecDeque<Entry>,
    backlog: Backlog,
    has_final: bool,
    final_taken: bool,
    freed: bool,
    /// When the host stops to wait for the end of a cancelled operation.
    give_up: Option<Instant>,
    /// Threads in `next`: to wake nobody takes the system as long as to wake somebody.
    waiting: usize,
}

enum Entry {
    /// The JSON of an event.
    Event(Vec<u8>),
    /// The JSON of a result. Those that stand together become one event when they are taken.
    Output(Vec<u8>),
}

/// Results that the host has not taken yet.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Backlog {
    pub(crate) count: usize,
    pub(crate) bytes: usize,
}

/// Results that wait at most: a further one waits until half of them are taken, so that the two sides do not hand over one by one.
/// A single result may be larger.
pub(crate) const ROOM: Backlog = Backlog { count: 1000, bytes: 1 << 20 };
/// Bytes of results after which an event takes no more of them: a host that reads an event must stay responsive.
const TOGETHER: usize = 256 << 10;
const HALF: Backlog = Backlog { count: ROOM.count / 2, bytes: ROOM.bytes / 2 };
/// How long a cancelled operation may take to say how it ended.
const PATIENCE: Duration = Duration::from_secs(1);

impl Backlog {
    fn is_below(self, limit: Self) -> bool {
        self.count < limit.count && self.bytes < limit.bytes
    }
}

impl Queue {
    /// Adds an event. Whatever comes after the first final event is dropped: a call ends once.
    pub(crate) fn push(&self, event: &Event) {
        let text = serde_json::to_vec(event).ok().filter(|text| fits(text));
        let (text, is_final) = match text {
            Some(text) => (text, event.is_final()),
            None => (unwritable(), true),
        };
        let mut state = self.lock();
        if !state.has_final && !state.freed {
            state.entries.push_back(Entry::Event(text));
            state.has_final = is_final;
            self.wake(&state);
            if is_final {
                self.room.notify_waiters();
            }
        }
    }

    /// Adds results as soon as there is room for them. Results that come after the end, or when nobody takes them any more, are dropped.
    pub(crate) async fn outputs(&self, values: Vec<Vec<u8>>) {
        if !values.iter().all(|value| fits(value)) {
            return self.push(&Event::Failed { error: Box::new(unwritten()) });
        }
        let mut values = values.into_iter().collect();
        loop {
            // Made first: room that comes after the look is not missed.
            let room = self.room.notified();
            if self.offer(&mut values) {
                return;
            }
            room.await;
        }
    }

    /// Takes as many as there is room for, and tells whether that is all of them.
    fn offer(&self, values: &mut VecDeque<Vec<u8>>) -> bool {
        let mut state = self.lock();
        if state.has_final || state.freed {
            return true;
        }
        let waiting = values.len();
        while state.backlog.is_below(ROOM)
            && let Some(value) = values.pop_front()
        {
            state.backlog.count += 1;
            state.backlog.bytes += value.len();
            state.entries.push_back(Entry::Output(value));
        }
        if values.len() < waiting {
            self.wake(&state);
        }
        values.is_empty()
    }

    /// Results that wait to be taken.
    #[cfg(test)]
    pub(crate) fn backlog(&self) -> Backlog {
        self.lock().backlog
    }

    /// Notes that the call was cancelled: its end must come soon now.
    pub(crate) fn cancel(&self) {
        let mut state = self.lock();
        state.give_up.get_or_insert_with(|| Instant::now() + PATIENCE);
        self.wake(&state);
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
            if let Some(text) = state.take() {
                state.final_taken = state.has_final && state.entries.is_empty();
                if state.final_taken {
                    // Those who wait beside this thread learn that nothing comes any more.
                    self.wake(&state);
                    return Next::Final(text);
                }
                if state.backlog.is_below(HALF) {
                    self.room.notify_waiters();
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
            state.waiting += 1;
            (state, _) = self.changed.wait_timeout(state, wake - now).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
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
        state.entries = VecDeque::new();
        state.backlog = Backlog::default();
        self.wake(&state);
        self.room.notify_waiters();
    }

    /// Those who wait look again.
    fn wake(&self, state: &State) {
        if state.waiting > 0 {
            self.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The next event. Results that stand together are one.
    fn take(&mut self) -> Option<Vec<u8>> {
        let first = match self.entries.pop_front()? {
            Entry::Event(text) => return Some(text),
            Entry::Output(value) => value,
        };
        let mut values = vec![first];
        let mut bytes = values[0].len();
        while bytes < TOGETHER
            && matches!(self.entries.front(), Some(Entry::Output(_)))
            && let Some(Entry::Output(value)) = self.entries.pop_front()
        {
            bytes += value.len();
            values.push(value);
        }
        self.backlog.count -= values.len();
        self.backlog.bytes -= bytes;
        Some(output_event(&values))
    }
}

/// `{"event":"output","values":[…]}` around values that are JSON already.
fn output_event(values: &[Vec<u8>]) -> Vec<u8> {
    const BEGIN: &[u8] = br#"{"event":"output","values":["#;
    const END: &[u8] = b"]}";
    let size = values.iter().map(|value| value.len() + 1).sum::<usize>();
    let mut text = Vec::with_capacity(BEGIN.len() + size + END.len());
    text.extend_from_slice(BEGIN);
    for (place, value) in values.iter().enumerate() {
        if place > 0 {
            text.push(b',');
        }
        text.extend_from_slice(value);
    }
    text.extend_from_slice(END);
    text
}

/// The ABI counts bytes with 32 bits. What goes around a result is far less than what an event takes of further ones.
fn fits(text: &[u8]) -> bool {
    text.len() < (u32::MAX as usize) - 2 * TOGETHER
}

fn unwritten() -> Error {
    Error::new(ErrorCode::Internal, "an event could not be written as JSON, or is larger than 4 GiB")
}

fn unwritable() -> Vec<u8> {
    serde_json::to_vec(&Event::Failed { error: Box::new(unwritten()) }).unwrap_or_default()
}
