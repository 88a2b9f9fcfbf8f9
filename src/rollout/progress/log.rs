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
    /// When the totals or a note were written last, or would have been.
    last: Instant,
    note: Option<String>,
}

impl Log {
    pub(super) fn new(out: Box<dyn Write + Send>, now: Instant) -> Self {
        Self {
            out,
            last: now,
            note: None,
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
        let is_due = now.saturating_duration_since(self.last) >= PAUSE;
        let is_first = note.is_some() && self.note.is_none();
        let is_new = note.is_some() && note != self.note.as_deref();
        if note.is_none() {
            self.note = None;
        }
        let written = note.map(printable);
        let line = match written {
            note if is_due && is_active => {
                let note = note.map(|note| format!("; {note}"));
                totals.whole(color) + &note.unwrap_or_default()
            }
            Some(note) if is_first || (is_due && is_new) => note,
            _ => return,
        };
        self.note = note.map(str::to_owned);
        self.last = now;
        self.say(&line, at);
    }

    pub(super) fn say(&mut self, line: &str, at: Timestamp) {
        let line = stamped(at, line) + "\n";
        let _ = self.out.write_all(line.as_bytes());
        let _ = self.out.flush();
    }
}
