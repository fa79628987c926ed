//! One sign-in that several callers wait for. It runs as a task of its own, so that no caller's end is the others' end; when the
//! last one has gone, it stops.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::token::AccessToken;
use super::wanted::Wanted;
use crate::call::Call;
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Prompt, Question};

type Outcome = Result<Arc<AccessToken>>;

/// A sign-in under way.
pub(super) struct Flight {
    /// What the caller who started it wants.
    pub wanted: Wanted,
    /// The session's, when it started.
    pub generation: u64,
    pub cancel: CancellationToken,
    outcome: watch::Sender<Option<Outcome>>,
    /// Rings whenever a caller has gone.
    left: Notify,
    board: Mutex<Board>,
}

#[derive(Default)]
struct Board {
    last_seat: u64,
    seats: BTreeMap<u64, (Call, Wanted)>,
    /// Demands of others that this sign-in has taken on.
    taken_on: Option<ClaimsRequest>,
    prompt: Option<Prompt>,
}

impl Board {
    /// The calls that wait, each once.
    fn calls(&self) -> Vec<Call> {
        let mut calls: Vec<Call> = Vec::new();
        for (call, _) in self.seats.values() {
            if !calls.iter().any(|known| known.is(call)) {
                calls.push(call.clone());
            }
        }
        calls
    }
}

impl Flight {
    pub(super) fn new(wanted: Wanted, generation: u64) -> Self {
        Self {
            wanted,
            generation,
            cancel: CancellationToken::new(),
            outcome: watch::Sender::new(None),
            left: Notify::new(),
            board: Mutex::default(),
        }
    }

    /// Lets a caller wait too. It hears of the page that is open already.
    pub(super) fn board(&self, call: &Call, wanted: &Wanted) -> u64 {
        let mut board = self.lock();
        let known = board.seats.values().any(|(other, _)| other.is(call));
        if let Some(prompt) = board.prompt.as_ref().filter(|_| !known) {
            call.prompt(prompt.clone());
        }
        board.last_seat += 1;
        let seat = board.last_seat;
        board.seats.insert(seat, (call.clone(), wanted.clone()));
        seat
    }

    /// Lets a caller go. True if it was the last one.
    pub(super) fn leave(&self, seat: u64) -> bool {
        let mut board = self.lock();
        board.seats.remove(&seat);
        self.left.notify_waiters();
        board.seats.is_empty()
    }

    /// What this sign-in asks for: the demand of its own, and those of all who wait for permissions that it asks for anyway.
    /// From now on they share its result.
    pub(super) fn take_on(&self) -> Option<ClaimsRequest> {
        let mut board = self.lock();
        let waiting = board.seats.values().filter(|(_, wanted)| wanted.comparable.is_subset(&self.wanted.comparable));
        let demands = waiting.filter_map(|(_, wanted)| wanted.claims.clone()).chain(self.wanted.claims.clone());
        board.taken_on = demands.reduce(|all, demand| all.merge(&demand));
        board.taken_on.clone()
    }

    /// Gives the demands of others back: they start over when this sign-in has ended.
    pub(super) fn hand_back(&self) {
        self.lock().taken_on = None;
    }

    /// Whether a failure of this sign-in is the failure of that request too.
    pub(super) fn covers(&self, wanted: &Wanted) -> bool {
        let own = self.wanted.claims.clone();
        let asked = match (own, self.lock().taken_on.clone()) {
            (Some(own), Some(taken_on)) => Some(own.merge(&taken_on)),
            (own, taken_on) => own.or(taken_on),
        };
        let demand = match (&wanted.claims, asked) {
            (None, _) => true,
            (Some(demand), Some(asked)) => asked.includes(demand),
            (Some(_), None) => false,
        };
        demand && wanted.comparable.is_subset(&self.wanted.comparable) && (wanted.silent || !self.wanted.silent)
    }

    /// Why nobody can be asked: the users of all calls that wait have been lost. A call of many roles asks once, not for each.
    pub(super) fn no_user(&self) -> Option<Error> {
        let losses: Option<Vec<Error>> = self.lock().calls().iter().map(Call::no_user).collect();
        losses?.into_iter().next()
    }

    /// Notes with every call that waits that its user did not want to sign in or could not.
    pub(super) fn lose_user(&self, error: &Error) {
        for call in self.lock().calls() {
            call.note_no_user(error);
        }
    }

    /// Tells every call that waits, once.
    pub(super) fn show(&self, prompt: Prompt) {
        // Under one lock: whoever boards afterwards is told by `board`, and nobody twice or not at all.
        let calls = {
            let mut board = self.lock();
            board.prompt = Some(prompt.clone());
            board.calls()
        };
        for call in calls {
            call.prompt(prompt.clone());
        }
    }

    /// The page is answered: nobody needs to hear of it any more.
    pub(super) fn withdraw_prompt(&self) {
        self.lock().prompt = None;
    }

    /// Asks a host. One answer serves all who wait, so any of their calls will do; if it ends before it is answered, the next is asked.
    ///
    /// # Errors
    /// `Cancelled` if no call is left.
    pub(super) async fn ask(&self, question: &Question) -> Result<Value> {
        loop {
            let Some(call) = self.lock().calls().into_iter().next() else {
                return Err(Error::new(ErrorCode::Cancelled, "the call ended before the host had answered a question"));
            };
            let gone = async {
                loop {
                    let left = self.left.notified();
                    if !self.lock().calls().iter().any(|waiting| waiting.is(&call)) {
                        return;
                    }
                    left.await;
                }
            };
            tokio::select! {
                biased;
                answer = call.ask(question) => return answer,
                () = gone => {}
            }
        }
    }

    /// Tells the users of all calls that wait something important.
    pub(super) fn warning(&self, code: &str, message: &str) {
        let calls = self.lock().calls();
        for call in calls {
            call.warning(code, message);
        }
    }

    pub(super) fn verbose(&self, message: &str) {
        let calls = self.lock().calls();
        for call in calls {
            call.verbose(message);
        }
    }

    pub(super) fn end(&self, outcome: Outcome) {
        self.outcome.send_if_modified(|slot| {
            let first = slot.is_none();
            if first {
                *slot = Some(outcome);
            }
            first
        });
    }

    pub(super) async fn outcome(&self) -> Outcome {
        let mut receiver = self.outcome.subscribe();
        match receiver.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_else(|| Err(lost())),
            Err(_) => Err(lost()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lost() -> Error {
    Error::new(ErrorCode::Internal, "a sign-in ended without a result")
}
