//! The emulator's time: the system's, moved as far as a test or a rehearsal wants.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// A clock that can be moved. Every lifetime in the emulator (codes, tokens, sessions, activations) is measured with it.
#[derive(Debug, Default)]
pub struct Clock {
    offset_milliseconds: AtomicI64,
}

impl Clock {
    /// The emulator's present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let present = Timestamp::now();
        let moved = present.as_millisecond().saturating_add(self.offset_milliseconds.load(Ordering::SeqCst));
        Timestamp::from_millisecond(moved).unwrap_or(present)
    }

    /// The emulator's present in seconds since 1970, as tokens carry it.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.now().as_second()
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.move_by(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
    }

    /// Moves the clock by milliseconds, backwards too. Hosts that ask for more than a hundred years get a hundred years.
    pub fn move_by(&self, milliseconds: i64) {
        const CENTURY: i64 = 100 * 366 * 24 * 3600 * 1000;
        let moved = |offset: i64| Some(offset.saturating_add(milliseconds).clamp(-CENTURY, CENTURY));
        let _ = self.offset_milliseconds.fetch_update(Ordering::SeqCst, Ordering::SeqCst, moved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_and_stays_in_range() {
        let clock = Clock::default();
        let before = clock.seconds();
        clock.advance(Duration::from_secs(3600));
        assert!(clock.seconds() - before >= 3600);
        clock.move_by(i64::MAX);
        clock.move_by(i64::MAX);
        assert!(clock.now() > Timestamp::now());
    }
}
