//! Durations and times: ISO 8601 on the wire, seconds inside.

use jiff::fmt::temporal::SpanParser;
use jiff::{SignedDuration, Span, Timestamp};

use crate::error::{Error, ErrorCode, Result};

/// Shortest activation that the services take.
const SHORTEST: i64 = 300;
/// No policy allows more; a longer one is a mistake.
const LONGEST: i64 = 366 * 86_400;
/// The same for an eligibility.
const LONGEST_ELIGIBLE: i64 = 3660 * 86_400;

/// Seconds of an ISO 8601 duration of days, hours, minutes and seconds. None for anything else.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let span = SpanParser::new().parse_span(text.as_bytes()).ok()?;
    // A month has no fixed length.
    (span.get_years() == 0 && span.get_months() == 0).then(|| fixed_seconds(&span)).flatten()
}

/// Seconds of an ISO 8601 duration of any unit down to seconds, a year taken as 365 days and a month as 30, as the services take them.
pub(super) fn nominal_seconds(text: &str) -> Option<i64> {
    let span = SpanParser::new().parse_span(text.as_bytes()).ok()?;
    let days = i64::from(span.get_years()).checked_mul(365)?.checked_add(i64::from(span.get_months()).checked_mul(30)?)?;
    days.checked_mul(86_400)?.checked_add(fixed_seconds(&span)?)
}

fn fixed_seconds(span: &Span) -> Option<i64> {
    if span.get_milliseconds() != 0 || span.get_microseconds() != 0 || span.get_nanoseconds() != 0 {
        return None;
    }
    let days = i64::from(span.get_weeks()).checked_mul(7)?.checked_add(i64::from(span.get_days()))?;
    let hours = days.checked_mul(24)?.checked_add(i64::from(span.get_hours()))?;
    hours.checked_mul(60)?.checked_add(span.get_minutes())?.checked_mul(60)?.checked_add(span.get_seconds())
}

/// ISO 8601 of whole seconds, in hours, minutes and seconds.
pub(super) fn iso(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = "PT".to_owned();
    for (number, unit) in [(hours, 'H'), (minutes, 'M'), (rest, 'S')] {
        if number != 0 {
            text.push_str(&number.to_string());
            text.push(unit);
        }
    }
    if text.len() == 2 { "PT0S".to_owned() } else { text }
}

/// Reads the duration that a caller asks for.
///
/// # Errors
/// `DurationInvalid`.
pub(super) fn requested(text: &str) -> Result<i64> {
    seconds(text).filter(|seconds| (SHORTEST..=LONGEST).contains(seconds)).ok_or_else(|| {
        Error::new(ErrorCode::DurationInvalid, format!("`{}` is no duration of at least five minutes", text.escape_debug()))
            .hint("give an ISO 8601 duration in whole seconds, such as `PT8H` or `PT30M` (`-Duration 08:00:00` in PowerShell)")
            .target("duration")
    })
}

/// Reads the length of an eligibility that a caller asks for. `target` names the field.
///
/// # Errors
/// `DurationInvalid`.
pub(super) fn eligible(text: &str, target: &str) -> Result<i64> {
    nominal_seconds(text).filter(|seconds| (SHORTEST..=LONGEST_ELIGIBLE).contains(seconds)).ok_or_else(|| {
        let message = format!("`{}` is no duration between five minutes and ten years", text.escape_debug());
        Error::new(ErrorCode::DurationInvalid, message).hint("give an ISO 8601 duration such as `P365D` or `P30D`").target(target)
    })
}

/// Reads a point in time with an offset.
///
/// # Errors
/// `InvalidRequest`.
pub(super) fn point(text: &str) -> Result<Timestamp> {
    text.parse().map_err(|error| {
        Error::new(ErrorCode::InvalidRequest, format!("`{}` is no time with an offset, or is out of range", text.escape_debug()))
            .hint("give a time such as `2026-01-31T08:00:00Z` or `2026-01-31T09:00:00+01:00`")
            .target("startDateTime")
            .cause(&error)
    })
}

/// UTC in whole seconds, as both services take it.
pub(super) fn wire(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

/// A time of a service; None if it is none.
pub(super) fn lenient(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(|text| text.parse().ok())
}

/// Begin plus duration.
pub(super) fn end(start: Timestamp, duration: &str) -> Option<Timestamp> {
    start.checked_add(SignedDuration::from_secs(seconds(duration)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, number, written) in [
            ("PT8H", 28_800, "PT8H"),
            ("PT30M", 1800, "PT30M"),
            ("PT1H30M", 5400, "PT1H30M"),
            ("P1D", 86_400, "PT24H"),
            ("P1DT1S", 86_401, "PT24H1S"),
            ("PT480M", 28_800, "PT8H"),
            ("P1W", 604_800, "PT168H"),
        ] {
            assert_eq!(requested(text).unwrap(), number, "{text}");
            assert_eq!(iso(number), written);
            assert_eq!(seconds(written), Some(number));
        }
        assert_eq!(iso(0), "PT0S");
    }

    #[test]
    fn other_durations_are_refused() {
        for bad in
            ["", "8", "8h", "PT", "P", "PT4M59S", "-PT8H", "P1M", "P1Y", "PT0S", "PT1.5S", "PT8H ", "P99999999D", "PT99999999999999999999H"]
        {
            assert_eq!(requested(bad).unwrap_err().code, ErrorCode::DurationInvalid, "{bad}");
        }
    }

    #[test]
    fn eligibilities_may_be_told_in_years_and_months() {
        for (text, days) in [("P365D", 365), ("P1Y", 365), ("P6M", 180), ("P1M15D", 45), ("P2W", 14)] {
            assert_eq!(eligible(text, "duration").unwrap(), days * 86_400, "{text}");
        }
        for bad in ["", "P", "365D", "P365", "-P1D", "P0D", "P11Y", "PT1M", "P99999999999999Y"] {
            assert_eq!(eligible(bad, "duration").unwrap_err().code, ErrorCode::DurationInvalid, "{bad}");
        }
    }

    #[test]
    fn times_need_an_offset_and_end_in_utc() {
        assert_eq!(wire(point("2026-01-31T09:00:00.5+01:00").unwrap()), "2026-01-31T08:00:00Z");
        for bad in ["2026-01-31T09:00:00", "tomorrow", ""] {
            assert_eq!(point(bad).unwrap_err().code, ErrorCode::InvalidRequest, "{bad}");
        }
        let start = point("2026-01-31T20:00:00Z").unwrap();
        assert_eq!(wire(end(start, "PT8H").unwrap()), "2026-02-01T04:00:00Z");
        assert_eq!(end(start, "nonsense"), None);
    }
}
