//! Handles: numbers in a table. A number is given out once in the life of the process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::status::Misuse;

/// All live objects of one kind.
pub(crate) struct Table<T> {
    kind: u8,
    state: Mutex<State<T>>,
}

struct State<T> {
    last: u64,
    live: BTreeMap<u64, Arc<T>>,
}

impl<T> Table<T> {
    /// `kind` becomes the highest byte of each handle, so that no session's handle is ever a call's.
    pub(crate) const fn new(kind: u8) -> Self {
        Self { kind, state: Mutex::new(State { last: 0, live: BTreeMap::new() }) }
    }

    pub(crate) fn insert(&self, object: Arc<T>) -> u64 {
        let mut state = self.lock();
        state.last += 1;
        let handle = (u64::from(self.kind) << 56) | state.last;
        state.live.insert(handle, object);
        handle
    }

    pub(crate) fn get(&self, handle: u64) -> Result<Arc<T>, Misuse> {
        self.lock().live.get(&handle).cloned().ok_or(Misuse::Handle)
    }

    /// The object leaves the table; it is dropped by whoever holds it last, outside of the table's lock.
    pub(crate) fn remove(&self, handle: u64) -> Result<Arc<T>, Misuse> {
        let mut state = self.lock();
        let object = state.live.remove(&handle).ok_or(Misuse::Handle)?;
        if state.live.is_empty() {
            // An empty map may keep memory, which a host that has freed everything would see as a leak.
            state.live = BTreeMap::new();
        }
        Ok(object)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
