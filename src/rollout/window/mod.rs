//! When a rollout may start something: `--window=01:00-05:00 --timezone=Europe/Berlin`.

mod text;
mod timezone;

pub use text::NoWindow;

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use text::{DAY, Span};

/// The times of day at which a rollout may start something, on the clocks of one time zone. It is written as
/// `01:00-05:00,22:30-24:00 Europe/Berlin`.
///
/// It is open whenever a clock there shows a time within it. On a night on which the clock jumps forward a time that
/// is skipped opens nothing, and one that comes twice counts twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    spans: Vec<Span>,
    timezone: TimeZone,
    timezone_name: String,
}

/// Whether something may start at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It may: what it needs fits.
    Open {
        /// When the window closes.
        until: Timestamp,
    },
    /// The window is open, but closes before what it needs has passed.
    TooLate {
        /// When the window closes.
        ends: Timestamp,
        /// When it opens for long enough.
        next: Timestamp,
    },
    /// The window is closed.
    Closed {
        /// When it opens for long enough.
        opens: Timestamp,
    },
}

/// Windows come back every day. Where the clock jumps one may be too short, on two days in a row nowhere.
const AHEAD: SignedDuration = SignedDuration::from_hours(4 * 24);

impl Window {
    /// The windows of `text`, such as `01:00-05:00,22:30-24:00`, on the clocks of `timezone`, or of this machine.
    ///
    /// # Errors
    /// A text that is no window, a time zone that is not known.
    pub fn new(text: &str, timezone: Option<&str>) -> Result<Self, NoWindow> {
        let spans: Vec<Span> = text
            .split(',')
            .map(|span| span.trim().parse())
            .collect::<Result<_, _>>()?;
        let (timezone, timezone_name) = match timezone {
            Some(name) => timezone::named(name)?,
            None => timezone::of_this_machine(TimeZone::try_system())?,
        };
        let window = Self {
            spans,
            timezone,
            timezone_name,
        };
        if window.longest() >= SignedDuration::from_hours(24) {
            return Err(NoWindow::Always(text.to_owned()));
        }
        Ok(window)
    }

    /// Whether something that needs `needed` may start at `now`.
    pub fn state_at(&self, now: Timestamp, needed: Duration) -> Opening {
        let needed = SignedDuration::try_from(needed).unwrap_or(SignedDuration::MAX);
        let open = intervals(&self.spans, &self.timezone, now);
        let fits = |&&(start, end): &&(Timestamp, Timestamp)| end.duration_since(start) >= needed;
        let now_open = open.first().filter(|&&(start, _)| start <= now);
        let later = open
            .get(usize::from(now_open.is_some())..)
            .unwrap_or_default();
        let next = later.iter().find(fits).or(later.first());
        // A window every day: `later` is empty only where time itself ends.
        let next = next.map_or(Timestamp::MAX, |&(start, _)| start);
        match now_open {
            Some(&(_, until)) if until.duration_since(now) >= needed => Opening::Open { until },
            Some(&(_, ends)) => Opening::TooLate { ends, next },
            None => Opening::Closed { opens: next },
        }
    }

    /// Whether `needed` is longer than the longest window of a usual day: nothing would ever start.
    pub fn never_fits(&self, needed: Duration) -> bool {
        SignedDuration::try_from(needed).unwrap_or(SignedDuration::MAX) > self.longest()
    }

    /// What a clock of the window's zone shows: `01:00 CET`.
    pub fn clock(&self, at: Timestamp) -> String {
        let time = self.timezone.to_datetime(at).time();
        let info = self.timezone.to_offset_info(at);
        format!(
            "{:02}:{:02} {}",
            time.hour(),
            time.minute(),
            info.abbreviation()
        )
    }

    /// The longest time that it is open on a day on which no clock jumps.
    fn longest(&self) -> SignedDuration {
        let open = intervals(&self.spans, &TimeZone::UTC, Timestamp::UNIX_EPOCH);
        let lengths = open.iter().map(|(start, end)| end.duration_since(*start));
        lengths.max().unwrap_or_default()
    }
}

/// When it is open from `now` on, in order, those that touch put together.
fn intervals(spans: &[Span], timezone: &TimeZone, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let last = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
    let mut open = Vec::new();
    let (mut from, mut offset) = (now, timezone.to_offset(now));
    let jumps = timezone.following(now);
    let jumps = jumps.take_while(|jump| jump.timestamp() < last);
    let jumps = jumps.map(|jump| (jump.timestamp(), jump.offset()));
    for (to, next) in jumps.chain([(last, offset)]) {
        open.extend(between(spans, offset.seconds().into(), from, to));
        (from, offset) = (to, next);
    }
    open.sort();
    let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (start, end) in open {
        match merged.last_mut() {
            Some((_, until)) if *until >= start => *until = end.max(*until),
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// Those of a time in which the clock goes evenly, `offset` seconds before UTC.
fn between(
    spans: &[Span],
    offset: i64,
    from: Timestamp,
    to: Timestamp,
) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    let day = move |at: Timestamp| (at.as_second() + offset).div_euclid(86_400);
    let at = move |day: i64, minute: u16| {
        let second = day * 86_400 + i64::from(minute) * 60 - offset;
        Timestamp::from_second(second).unwrap_or(if second < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    };
    let days = day(from) - 1..=day(to);
    days.flat_map(move |day| {
        spans.iter().map(move |span| {
            let end = match span.end <= span.start {
                true => span.end + DAY,
                false => span.end,
            };
            (at(day, span.start).max(from), at(day, end).min(to))
        })
    })
    .filter(|(start, end)| start < end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const MINUTE: Duration = Duration::from_secs(60);

    fn window(text: &str) -> Window {
        text.parse().expect(text)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    fn open(until: &str) -> Opening {
        Opening::Open { until: at(until) }
    }

    fn too_late(ends: &str, next: &str) -> Opening {
        let (ends, next) = (at(ends), at(next));
        Opening::TooLate { ends, next }
    }

    fn closed(opens: &str) -> Opening {
        Opening::Closed { opens: at(opens) }
    }

    #[test]
    fn something_starts_only_while_all_of_it_fits() {
        let night = window("01:00-05:00 Europe/Berlin");
        // Winter time: an hour before UTC.
        for (now, needed, expected) in [
            (
                "2026-11-24T23:59:59.999Z",
                HOUR,
                closed("2026-11-25T00:00:00Z"),
            ),
            ("2026-11-25T00:00:00Z", HOUR, open("2026-11-25T04:00:00Z")),
            (
                "2026-11-25T00:00:00Z",
                HOUR * 4,
                open("2026-11-25T04:00:00Z"),
            ),
            ("2026-11-25T03:00:00Z", HOUR, open("2026-11-25T04:00:00Z")),
            (
                "2026-11-25T03:00:00.000000001Z",
                HOUR,
                too_late("2026-11-25T04:00:00Z", "2026-11-26T00:00:00Z"),
            ),
            (
                "2026-11-25T03:59:59Z",
                Duration::ZERO,
                open("2026-11-25T04:00:00Z"),
            ),
            (
                "2026-11-25T04:00:00Z",
                Duration::ZERO,
                closed("2026-11-26T00:00:00Z"),
            ),
        ] {
            assert_eq!(night.state_at(at(now), needed), expected, "{now}");
        }
        assert_eq!(night.clock(at("2026-11-25T00:00:00Z")), "01:00 CET");
    }

    #[test]
    fn windows_over_midnight_and_several_of_them() {
        let late = window("22:00-02:00 UTC");
        assert_eq!(
            late.state_at(at("2026-03-01T01:00:00Z"), HOUR),
            open("2026-03-01T02:00:00Z")
        );
        assert_eq!(
            late.state_at(at("2026-02-28T22:00:00Z"), HOUR),
            open("2026-03-01T02:00:00Z")
        );
        assert_eq!(
            late.state_at(at("2026-03-01T02:00:00Z"), HOUR),
            closed("2026-03-01T22:00:00Z")
        );
        // Those that touch or overlap are one.
        let two = window("22:00-24:00,00:00-02:00,01:30-03:00 UTC");
        assert_eq!(
            two.state_at(at("2026-02-28T23:00:00Z"), HOUR * 4),
            open("2026-03-01T03:00:00Z")
        );
        assert!(!two.never_fits(HOUR * 5));
        assert!(two.never_fits(HOUR * 5 + MINUTE));
        // What is too short for it is passed over.
        let uneven = window("12:00-12:30,01:00-05:00 UTC");
        let noon = at("2026-03-01T12:00:00Z");
        assert_eq!(
            uneven.state_at(noon, MINUTE * 30),
            open("2026-03-01T12:30:00Z")
        );
        let expected = too_late("2026-03-01T12:30:00Z", "2026-03-02T01:00:00Z");
        assert_eq!(uneven.state_at(noon, HOUR), expected);
        assert_eq!(
            uneven.state_at(at("2026-03-01T06:00:00Z"), HOUR),
            closed("2026-03-02T01:00:00Z")
        );
        assert_eq!(
            uneven.state_at(at("2026-03-01T06:00:00Z"), MINUTE),
            closed("2026-03-01T12:00:00Z")
        );
    }

    #[test]
    fn what_never_fits_is_said_early_and_answered_all_the_same() {
        let night = window("01:00-05:00 Europe/Berlin");
        assert!(!night.never_fits(HOUR * 4));
        assert!(night.never_fits(HOUR * 4 + Duration::from_nanos(1)));
        assert!(night.never_fits(Duration::MAX));
        let now = at("2026-11-25T00:00:00Z");
        let expected = too_late("2026-11-25T04:00:00Z", "2026-11-26T00:00:00Z");
        assert_eq!(night.state_at(now, Duration::MAX), expected);
    }

    #[test]
    fn the_night_on_which_the_clock_jumps_forward() {
        // Berlin, 2026-03-29: 02:00 CET is 03:00 CEST, at 01:00Z.
        let night = window("01:00-05:00 Europe/Berlin");
        let now = at("2026-03-29T00:00:00Z");
        assert_eq!(night.state_at(now, HOUR * 3), open("2026-03-29T03:00:00Z"));
        let expected = too_late("2026-03-29T03:00:00Z", "2026-03-29T23:00:00Z");
        assert_eq!(night.state_at(now, HOUR * 4), expected);
        for (text, now, expected) in [
            (
                "02:30-05:00",
                "2026-03-29T00:59:59Z",
                closed("2026-03-29T01:00:00Z"),
            ),
            (
                "02:30-05:00",
                "2026-03-29T01:00:00Z",
                open("2026-03-29T03:00:00Z"),
            ),
            (
                "00:00-02:30",
                "2026-03-29T00:59:59Z",
                open("2026-03-29T01:00:00Z"),
            ),
            (
                "00:00-02:30",
                "2026-03-29T01:00:00Z",
                closed("2026-03-29T22:00:00Z"),
            ),
            // It does not come that night, and not at another time instead.
            (
                "02:15-02:45",
                "2026-03-29T00:00:00Z",
                closed("2026-03-30T00:15:00Z"),
            ),
            (
                "22:00-02:00",
                "2026-03-29T00:00:00Z",
                open("2026-03-29T01:00:00Z"),
            ),
            (
                "22:00-03:00",
                "2026-03-29T00:00:00Z",
                open("2026-03-29T01:00:00Z"),
            ),
            (
                "03:00-04:00",
                "2026-03-29T00:00:00Z",
                closed("2026-03-29T01:00:00Z"),
            ),
        ] {
            let window = window(&format!("{text} Europe/Berlin"));
            assert_eq!(
                window.state_at(at(now), Duration::from_secs(1)),
                expected,
                "{text} {now}"
            );
        }
        // Too short that night for what usually fits: the next night.
        let tight = window("01:00-03:00 Europe/Berlin");
        assert!(!tight.never_fits(HOUR * 2));
        let expected = closed("2026-03-29T23:00:00Z");
        assert_eq!(
            tight.state_at(at("2026-03-28T20:00:00Z"), HOUR * 2),
            expected
        );
        // New York, 2026-03-08: 02:00 EST is 03:00 EDT, at 07:00Z.
        let night = window("01:00-05:00 America/New_York");
        assert_eq!(
            night.state_at(at("2026-03-08T06:00:00Z"), HOUR),
            open("2026-03-08T09:00:00Z")
        );
        let over = window("23:00-02:30 America/New_York");
        assert_eq!(
            over.state_at(at("2026-03-08T06:00:00Z"), HOUR),
            open("2026-03-08T07:00:00Z")
        );
    }

    #[test]
    fn the_night_on_which_an_hour_comes_twice() {
        // Berlin, 2026-10-25: 03:00 CEST is 02:00 CET, at 01:00Z.
        let night = window("01:00-05:00 Europe/Berlin");
        assert_eq!(
            night.state_at(at("2026-10-24T23:00:00Z"), HOUR * 5),
            open("2026-10-25T04:00:00Z")
        );
        assert!(night.never_fits(HOUR * 5));
        for (text, now, expected) in [
            // 02:30 CEST until 03:00, then the clock shows 02:00 again.
            (
                "02:30-05:00",
                "2026-10-25T00:30:00Z",
                open("2026-10-25T01:00:00Z"),
            ),
            (
                "02:30-05:00",
                "2026-10-25T01:00:00Z",
                closed("2026-10-25T01:30:00Z"),
            ),
            (
                "02:30-05:00",
                "2026-10-25T01:30:00Z",
                open("2026-10-25T04:00:00Z"),
            ),
            (
                "01:00-02:30",
                "2026-10-25T00:00:00Z",
                open("2026-10-25T00:30:00Z"),
            ),
            (
                "01:00-02:30",
                "2026-10-25T00:30:00Z",
                closed("2026-10-25T01:00:00Z"),
            ),
            (
                "01:00-02:30",
                "2026-10-25T01:00:00Z",
                open("2026-10-25T01:30:00Z"),
            ),
            (
                "02:15-02:45",
                "2026-10-25T00:15:00Z",
                open("2026-10-25T00:45:00Z"),
            ),
            (
                "02:15-02:45",
                "2026-10-25T00:45:00Z",
                closed("2026-10-25T01:15:00Z"),
            ),
            (
                "22:00-03:00",
                "2026-10-24T23:00:00Z",
                open("2026-10-25T02:00:00Z"),
            ),
        ] {
            let window = window(&format!("{text} Europe/Berlin"));
            assert_eq!(
                window.state_at(at(now), Duration::from_secs(1)),
                expected,
                "{text} {now}"
            );
        }
        // New York, 2026-11-01: 02:00 EDT is 01:00 EST, at 06:00Z.
        let night = window("00:00-04:00 America/New_York");
        assert_eq!(
            night.state_at(at("2026-11-01T04:00:00Z"), HOUR),
            open("2026-11-01T09:00:00Z")
        );
        assert_eq!(night.clock(at("2026-11-01T05:30:00Z")), "01:30 EDT");
        assert_eq!(night.clock(at("2026-11-01T06:30:00Z")), "01:30 EST");
    }

    /// The definition itself: open when the clock shows a time within it, closing when it first does not.
    #[test]
    fn minute_for_minute_it_is_what_the_clock_shows() {
        for (zone, first) in [
            ("Europe/Berlin", "2026-03-28T12:00:00Z"),
            ("Europe/Berlin", "2026-10-24T12:00:00Z"),
            ("America/New_York", "2026-03-07T12:00:00Z"),
            ("America/New_York", "2026-10-31T12:00:00Z"),
            // Half an hour, three quarters off, a day that was left out, a jump at midnight.
            ("Australia/Lord_Howe", "2026-04-04T00:00:00Z"),
            ("Asia/Kathmandu", "2026-04-04T00:00:00Z"),
            ("Pacific/Apia", "2011-12-29T00:00:00Z"),
            ("America/Santiago", "2026-09-05T12:00:00Z"),
        ] {
            for text in [
                "01:00-05:00",
                "22:00-02:30",
                "02:15-02:45",
                "00:00-00:30,01:30-03:15,23:59-24:00",
            ] {
                let window = window(&format!("{text} {zone}"));
                let shows = |at: Timestamp| {
                    let time = window.timezone.to_datetime(at).time();
                    let minute = i32::from(time.hour()) * 60 + i32::from(time.minute());
                    window.spans.iter().any(|span| {
                        let (start, end) = (i32::from(span.start), i32::from(span.end));
                        match end <= start {
                            true => minute >= start || minute < end,
                            false => (start..end).contains(&minute),
                        }
                    })
                };
                let step = SignedDuration::from_mins(1);
                let last = at(first) + step * (3 * 24 * 60);
                let (mut shown, mut change) = (shows(last), None);
                for n in 1..=3 * 24 * 60 {
                    let now = last - step * n;
                    if shows(now) != shown {
                        (shown, change) = (!shown, Some(now + step));
                    }
                    let expected = match (shown, change) {
                        (true, Some(until)) => Opening::Open { until },
                        (false, Some(opens)) => Opening::Closed { opens },
                        (_, None) => continue,
                    };
                    let state = window.state_at(now, Duration::ZERO);
                    assert_eq!(state, expected, "{window} at {now}");
                }
            }
        }
    }

    #[test]
    fn the_ends_of_time_are_no_panic() {
        let night = window("22:00-05:00 America/New_York");
        for now in [Timestamp::MIN, Timestamp::MAX] {
            for needed in [Duration::ZERO, HOUR, Duration::MAX] {
                let _ = night.state_at(now, needed);
            }
        }
    }
}
