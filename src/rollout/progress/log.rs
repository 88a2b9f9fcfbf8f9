//! Plain lines for pipes and logs, each with its time.

use std::io::Write;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::format::{Totals, stamped};
use crate::printable::printable;

/// The totals come no more often.
const PAUSE: Duration = Duration::from_secs(30);

pub(super) struct Log {
    out: Box<dyn Write + Send>,
    /// When the totals were written last; at first when the run began.
    last: Instant,
    /// The note that was written last, for as long as there is one.
    note: Option<String>,
    /// When it was written.
    noted: Option<Instant>,
}

impl Log {
    pub(super) fn new(out: Box<dyn Write + Send>, now: Instant) -> Self {
        Self {
            out,
            last: now,
            note: None,
            noted: None,
        }
    }

    /// The totals while something is active, and a note when there is a new one.
    pub(super) fn draw(
        &mut self,
        is_active: bool,
        totals: &Totals,
        note: Option<&str>,
        color: bool,
        (now, at): (Instant, Timestamp),
    ) {
        let is_due = |last: Instant| now.saturating_duration_since(last) >= PAUSE;
        let is_new = note.is_some() && note != self.note.as_deref();
        if note.is_none() {
            self.note = None;
        }
        let line = match note.map(printable) {
            note if is_active && is_due(self.last) => {
                self.last = now;
                let note = note.map(|note| format!("; {note}"));
                totals.whole(color) + &note.unwrap_or_default()
            }
            Some(note) if is_new && self.noted.is_none_or(is_due) => note,
            _ => return,
        };
        if let Some(note) = note {
            (self.note, self.noted) = (Some(note.to_owned()), Some(now));
        }
        self.say(&line, at);
    }

    pub(super) fn say(&mut self, line: &str, at: Timestamp) {
        let line = stamped(at, line) + "\n";
        let _ = self.out.write_all(line.as_bytes());
        let _ = self.out.flush();
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::super::State;
    use super::super::tests::Written;
    use super::*;

    /// What is written when `draw` is called every second with what `at` says of it: active or not, and a note.
    fn written<'n>(seconds: u64, at: impl Fn(u64) -> (bool, Option<&'n str>)) -> String {
        let out = Written::default();
        let start = Instant::now();
        let began: Timestamp = "2026-11-25T01:00:00.25Z".parse().expect("a time");
        let mut log = Log::new(Box::new(out.clone()), start);
        for second in 0..seconds {
            let (is_active, note) = at(second);
            let totals = Totals {
                counts: [(State::Hardened, 1), (State::Watching, 2)].into(),
                elapsed: Duration::from_secs(second),
            };
            let elapsed = SignedDuration::from_secs(second.try_into().expect("a second"));
            let now = (start + totals.elapsed, began + elapsed);
            log.draw(is_active, &totals, note, false, now);
        }
        out.text()
    }

    #[test]
    fn totals_come_every_half_minute_while_something_is_active() {
        assert_eq!(
            written(100, |_| (true, None)),
            "\
2026-11-25T01:00:30Z 1 of 3 done: 1 hardened; 2 active; 30s
2026-11-25T01:01:00Z 1 of 3 done: 1 hardened; 2 active; 60s
2026-11-25T01:01:30Z 1 of 3 done: 1 hardened; 2 active; 90s
"
        );
        assert_eq!(written(3600, |_| (false, None)), "");
    }

    #[test]
    fn a_note_comes_when_it_is_new() {
        let window = Some("waiting for the window: opens at 01:00");
        assert_eq!(
            written(3600, |second| (false, window.filter(|_| second >= 10))),
            "2026-11-25T01:00:10Z waiting for the window: opens at 01:00\n"
        );
        assert_eq!(
            written(45, |_| (true, Some("no\nanswer"))),
            "\
2026-11-25T01:00:00Z no\\nanswer
2026-11-25T01:00:30Z 1 of 3 done: 1 hardened; 2 active; 30s; no\\nanswer
"
        );
        // One that comes and goes, and one that changes all the time.
        let flaps = written(120, |second| (false, window.filter(|_| second % 2 == 0)));
        assert_eq!(flaps.lines().count(), 4, "{flaps}");
        let notes: Vec<_> = (0..120).map(|n| format!("no answer for {n}s")).collect();
        let changes = written(120, |second| {
            let second = usize::try_from(second).expect("small");
            (false, notes.get(second).map(String::as_str))
        });
        assert_eq!(changes.lines().count(), 4, "{changes}");
    }
}
