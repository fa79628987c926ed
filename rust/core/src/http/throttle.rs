//! One pause for all workers when a service asks for fewer requests.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;
use tokio::time::Instant;
use url::Origin;

/// A service that names a longer wait means "not today"; whoever asks decides by the budget.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Until when each service wants to be left alone.
#[derive(Default)]
pub(super) struct Throttle {
    closed_until: Mutex<HashMap<Origin, Instant>>,
}

impl Throttle {
    /// Closes the service for all workers. A shorter pause does not shorten a longer one.
    pub(super) fn close(&self, origin: Origin, until: Instant) {
        let mut closed = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = closed.entry(origin).or_insert(until);
        *entry = (*entry).max(until);
    }

    /// Waits until the service is open.
    pub(super) async fn pass(&self, origin: &Origin) {
        while let Some(until) = self.closed(origin) {
            tokio::time::sleep_until(until).await;
        }
    }

    pub(super) fn is_open(&self, origin: &Origin) -> bool {
        self.closed(origin).is_none()
    }

    fn closed(&self, origin: &Origin) -> Option<Instant> {
        let closed = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        closed.get(origin).copied().filter(|until| *until > Instant::now())
    }
}

/// What `Retry-After` says: seconds or an HTTP date (RFC 9110 section 10.2.3). None if it is absent or unreadable.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_or(LONGEST, Duration::from_secs)
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(SystemTime::now()).unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

/// Grows from `first` to 16 times as much. A random half keeps workers from coming back all at once.
pub(super) fn backoff(first: Duration, attempt: u32) -> Duration {
    let full = first * 2_u32.pow(attempt.min(4));
    full / 2 + full.mul_f64(rand::random_range(0.0..0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())])
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(retry_after(&header("7")), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&header("0")), Some(Duration::ZERO));
        assert_eq!(retry_after(&header("99999999999999999999")), Some(LONGEST));
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(90));
        let wait = retry_after(&header(&soon)).unwrap();
        assert!((85..=90).contains(&wait.as_secs()), "{wait:?}");
        assert_eq!(retry_after(&header("Sun, 06 Nov 1994 08:49:37 GMT")), Some(Duration::ZERO));
    }

    #[test]
    fn nonsense_is_no_wait() {
        for text in ["", "-1", "soon", "1.5", "7 seconds"] {
            assert_eq!(retry_after(&header(text)), None, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn back_off_grows_and_is_bounded() {
        for attempt in 0..40 {
            let wait = backoff(Duration::from_millis(200), attempt);
            let full = Duration::from_millis(200) * 2_u32.pow(attempt.min(4));
            assert!(wait >= full / 2 && wait <= full, "{attempt}: {wait:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_pause_does_not_shorten_a_longer_one() {
        let throttle = Throttle::default();
        let origin = url::Url::parse("https://graph.example").unwrap().origin();
        let start = Instant::now();
        throttle.close(origin.clone(), start + Duration::from_secs(10));
        throttle.close(origin.clone(), start + Duration::from_secs(1));
        throttle.pass(&origin).await;
        assert_eq!(start.elapsed().as_secs(), 10);
        throttle.pass(&url::Url::parse("https://arm.example").unwrap().origin()).await;
        assert_eq!(start.elapsed().as_secs(), 10);
    }
}
