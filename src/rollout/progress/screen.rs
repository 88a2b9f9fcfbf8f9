//! Lines that are redrawn in place at the bottom of a terminal, and permanent ones above them.
//!
//! `indicatif` was looked at: its limit lets bursts of 20 through, and of lines that do not fit it leaves out the last,
//! here the totals. Two escape sequences are all that this needs: some lines up, and clear from there to the end.

use std::io::Write;
use std::time::{Duration, Instant};

use super::format::Shown;

/// Nothing is redrawn more often.
const REST: Duration = Duration::from_millis(100);

/// Columns and rows.
pub(super) type Size = (usize, usize);

pub(super) struct Screen {
    out: Box<dyn Write + Send>,
    size: Box<dyn Fn() -> Size + Send>,
    /// What is on the terminal, above the cursor.
    shown: Vec<Shown>,
    /// What should be.
    wanted: Vec<Shown>,
    drawn: Option<Instant>,
}

impl Screen {
    pub(super) fn new(out: Box<dyn Write + Send>, size: Box<dyn Fn() -> Size + Send>) -> Self {
        Self {
            out,
            size,
            shown: Vec::new(),
            wanted: Vec::new(),
            drawn: None,
        }
    }

    pub(super) fn size(&self) -> Size {
        (self.size)()
    }

    /// Shows these lines, unless that was done a moment ago.
    pub(super) fn draw(&mut self, lines: Vec<Shown>, now: Instant) {
        self.wanted = lines;
        if self.may_draw(now) && self.wanted != self.shown {
            let mut text = self.erased();
            text += &self.wanted_lines(now);
            self.write(&text);
        }
    }

    /// Prints text that stays, at once; the lines come back below it when they may be drawn again.
    pub(super) fn say(&mut self, text: &str, now: Instant) {
        let mut text = self.erased() + text;
        text.push('\n');
        if self.may_draw(now) {
            text += &self.wanted_lines(now);
        }
        self.write(&text);
    }

    /// Takes the lines away.
    pub(super) fn clear(&mut self) {
        let text = self.erased();
        self.write(&text);
    }

    fn may_draw(&self, now: Instant) -> bool {
        let since = self.drawn.map(|drawn| now.saturating_duration_since(drawn));
        since.is_none_or(|since| since >= REST)
    }

    fn wanted_lines(&mut self, now: Instant) -> String {
        self.shown.clone_from(&self.wanted);
        self.drawn = Some(now);
        let lines = self.shown.iter().map(|line| format!("{}\n", line.text));
        lines.collect()
    }

    /// What takes away what is shown. In a terminal that was made narrower since, a line takes several rows.
    fn erased(&mut self) -> String {
        let (width, _) = self.size();
        let rows = |line: &Shown| line.columns.div_ceil(width.max(1)).max(1);
        match self.shown.drain(..).map(|line| rows(&line)).sum::<usize>() {
            0 => String::new(),
            rows => format!("\r\u{1b}[{rows}A\u{1b}[J"),
        }
    }

    /// In one piece, so that nothing half drawn is seen. A terminal that is gone is no reason to stop a rollout.
    fn write(&mut self, text: &str) {
        let _ = self.out.write_all(text.as_bytes());
        let _ = self.out.flush();
    }
}
