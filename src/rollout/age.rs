//! Durations and times as kubectl writes them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A duration with two or three figures, as kubectl prints ages: `HumanDuration` of
/// k8s.io/apimachinery/pkg/util/duration.
pub fn human_duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match () {
        // Clocks may differ by less than two seconds.
        () if seconds < -1 => "<invalid>".to_owned(),
        () if seconds < 0 => "0s".to_owned(),
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if days < 8 => two(days, "d", hours % 24, "h"),
        () if days < 365 * 2 => format!("{days}d"),
        () if days < 365 * 8 => two(days / 365, "y", days % 365, "d"),
        () => format!("{}y", days / 365),
    }
}

/// A duration as it is given to a flag, with nothing left out: `5m`, `1m30s`, `1.5s`.
pub fn exact(duration: Duration) -> String {
    let whole = duration.as_secs();
    let seconds = Duration::new(whole % 60, duration.subsec_nanos());
    let parts = [(whole / 3600, "h"), (whole % 3600 / 60, "m")];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let mut text: String = parts
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if !seconds.is_zero() || text.is_empty() {
        text += &format!("{}s", seconds.as_secs_f64());
    }
    text
}

fn two(large: i64, unit: &str, small: i64, smaller: &str) -> String {
    match small {
        0 => format!("{large}{unit}"),
        small => format!("{large}{unit}{small}{smaller}"),
    }
}

/// A moment as the API server writes it: RFC 3339 in UTC, whole seconds.
pub fn utc(at: Timestamp) -> String {
    format!("{at:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: SignedDuration = SignedDuration::from_secs(1);
    const MINUTE: SignedDuration = SignedDuration::from_mins(1);
    const HOUR: SignedDuration = SignedDuration::from_hours(1);
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    const YEAR: SignedDuration = SignedDuration::from_hours(24 * 365);
    const MILLISECOND: SignedDuration = SignedDuration::from_millis(1);

    #[test]
    fn an_exact_duration_can_be_given_back() {
        for (milliseconds, expected) in [
            (0, "0s"),
            (250, "0.25s"),
            (30_000, "30s"),
            (60_000, "1m"),
            (90_500, "1m30.5s"),
            (630_000, "10m30s"),
            (3_600_000, "1h"),
            (36_001_000, "10h1s"),
            (90_000_000, "25h"),
        ] {
            assert_eq!(exact(Duration::from_millis(milliseconds)), expected);
        }
    }

    /// The cases of apimachinery's own tests: TestHumanDuration and TestHumanDurationBoundaries.
    #[test]
    fn ages_are_those_of_kubectl() {
        for (duration, expected) in [
            (SECOND, "1s"),
            (SECOND * 70, "70s"),
            (SECOND * 190, "3m10s"),
            (MINUTE * 70, "70m"),
            (HOUR * 47, "47h"),
            (HOUR * 49, "2d1h"),
            (HOUR * (8 * 24 + 2), "8d"),
            (DAY * 367, "367d"),
            (HOUR * (365 * 2 * 24 + 25), "2y1d"),
            (HOUR * (365 * 8 * 24 + 2), "8y"),
            (SECOND * -2, "<invalid>"),
            (SECOND * -2 + SignedDuration::from_nanos(1), "0s"),
            (SignedDuration::ZERO, "0s"),
            (SECOND - MILLISECOND, "0s"),
            (MINUTE * 2 - MILLISECOND, "119s"),
            (MINUTE * 2, "2m"),
            (MINUTE * 2 + SECOND, "2m1s"),
            (MINUTE * 10 - MILLISECOND, "9m59s"),
            (MINUTE * 10, "10m"),
            (MINUTE * 10 + SECOND, "10m"),
            (HOUR * 3 - MILLISECOND, "179m"),
            (HOUR * 3, "3h"),
            (HOUR * 3 + MINUTE, "3h1m"),
            (HOUR * 8 - MILLISECOND, "7h59m"),
            (HOUR * 8, "8h"),
            (HOUR * 8 + MINUTE * 59, "8h"),
            (DAY * 2 - MILLISECOND, "47h"),
            (DAY * 2, "2d"),
            (DAY * 2 + HOUR, "2d1h"),
            (DAY * 8 - MILLISECOND, "7d23h"),
            (DAY * 8, "8d"),
            (DAY * 8 + HOUR * 23, "8d"),
            (YEAR * 2 - MILLISECOND, "729d"),
            (YEAR * 2, "2y"),
            (YEAR * 2 + HOUR * 23, "2y"),
            (YEAR * 2 + HOUR * 23 + MINUTE * 59, "2y"),
            (YEAR * 2 + DAY - MILLISECOND, "2y"),
            (YEAR * 2 + DAY, "2y1d"),
            (YEAR * 3, "3y"),
            (YEAR * 4, "4y"),
            (YEAR * 5, "5y"),
            (YEAR * 6, "6y"),
            (YEAR * 7, "7y"),
            (YEAR * 8 - MILLISECOND, "7y364d"),
            (YEAR * 8, "8y"),
            (YEAR * 8 + DAY * 364, "8y"),
            (YEAR * 9, "9y"),
            (SignedDuration::MIN, "<invalid>"),
        ] {
            assert_eq!(human_duration(duration), expected, "{duration:?}");
        }
        assert!(human_duration(SignedDuration::MAX).ends_with('y'));
    }

    #[test]
    fn moments_are_whole_seconds_of_utc() {
        for (moment, expected) in [
            (
                "2026-11-25T02:00:02.999999999+01:00",
                "2026-11-25T01:00:02Z",
            ),
            ("2026-11-25T01:00:00Z", "2026-11-25T01:00:00Z"),
        ] {
            assert_eq!(utc(moment.parse().expect(moment)), expected);
        }
    }
}
