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

    /// Takes the lines away until they are drawn again.
    pub(super) fn clear(&mut self) {
        let text = self.erased();
        self.write(&text);
    }

    /// Takes the lines away.
    pub(super) fn end(&mut self) {
        self.wanted.clear();
        self.clear();
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

#[cfg(test)]
mod tests {
    use std::num::NonZero;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A terminal in memory, and all that was written to it.
    #[derive(Clone)]
    struct Terminal(Arc<Mutex<(vt100::Parser, Vec<String>)>>);

    impl Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
            let mut terminal = self.0.lock().unwrap();
            // As the line discipline of a terminal does.
            terminal.0.process(text.replace('\n', "\r\n").as_bytes());
            terminal.1.push(text);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn cells(count: u16) -> NonZero<u16> {
        NonZero::new(count).expect("a terminal")
    }

    impl Terminal {
        fn new(width: u16, height: u16) -> (Self, Screen) {
            let parser = vt100::Parser::new(cells(height), cells(width), 1000);
            let terminal = Self(Arc::new(Mutex::new((parser, Vec::new()))));
            let sized = terminal.clone();
            let size = move || {
                let (rows, columns) = sized.0.lock().unwrap().0.screen().size();
                (columns.get().into(), rows.get().into())
            };
            let screen = Screen::new(Box::new(terminal.clone()), Box::new(size));
            (terminal, screen)
        }

        fn rows(&self) -> Vec<String> {
            let terminal = self.0.lock().unwrap();
            let screen = terminal.0.screen();
            let rows = screen.rows(0, screen.size().1.get());
            let mut rows: Vec<_> = rows.map(|row| row.trim_end().to_owned()).collect();
            let last = rows.iter().rposition(|row| !row.is_empty());
            rows.truncate(last.map_or(0, |last| last + 1));
            rows
        }

        fn writes(&self) -> Vec<String> {
            self.0.lock().unwrap().1.clone()
        }
    }

    fn lines(texts: &[&str]) -> Vec<Shown> {
        let shown = |text: &&str| Shown {
            text: (*text).to_owned(),
            columns: crate::width::columns(text),
        };
        texts.iter().map(shown).collect()
    }

    #[test]
    fn lines_are_redrawn_in_place_and_permanent_ones_stay_above() {
        let (terminal, mut screen) = Terminal::new(40, 10);
        let mut now = Instant::now();
        screen.draw(lines(&["web watching", "api applying", "0 of 3 done"]), now);
        assert_eq!(
            terminal.rows(),
            ["web watching", "api applying", "0 of 3 done"]
        );
        now += REST;
        screen.draw(lines(&["api watching", "1 of 3 done"]), now);
        assert_eq!(terminal.rows(), ["api watching", "1 of 3 done"]);
        now += REST;
        screen.say("web hardened", now);
        assert_eq!(
            terminal.rows(),
            ["web hardened", "api watching", "1 of 3 done"]
        );
        now += REST;
        let long = "Warning: it takes more than one row of the terminal";
        screen.say(long, now);
        screen.draw(
            lines(&["db applying", "api watching", "1 of 3 done"]),
            now + REST,
        );
        let expected = [
            "web hardened",
            "Warning: it takes more than one row of t",
            "he terminal",
            "db applying",
            "api watching",
            "1 of 3 done",
        ];
        assert_eq!(terminal.rows(), expected);
        screen.end();
        assert_eq!(terminal.rows(), &expected[..3]);
        screen.say("the end", now + REST * 9);
        assert_eq!(terminal.rows()[3..], ["the end"]);
    }

    #[test]
    fn lines_as_wide_as_the_terminal_take_one_row_each() {
        let (terminal, mut screen) = Terminal::new(10, 6);
        let now = Instant::now();
        screen.say("kept", now);
        let full = [
            "\u{6771}\u{4eac}\u{90fd}\u{5e9c}\u{5e02}",
            "e\u{301}123456789",
            "0123456789",
        ];
        for n in [2, 4, 6] {
            screen.draw(lines(&full), now + REST * n);
            screen.draw(lines(&["short"]), now + REST * n + REST / 2);
            assert_eq!(terminal.rows(), [&["kept"][..], &full].concat());
            screen.draw(lines(&["short"]), now + REST * (n + 1));
            assert_eq!(terminal.rows(), ["kept", "short"]);
        }
    }

    #[test]
    fn the_bottom_of_a_full_terminal_scrolls() {
        let (terminal, mut screen) = Terminal::new(20, 5);
        let now = Instant::now();
        for n in 0..50 {
            screen.draw(lines(&["a", "b", "c", "totals"]), now + REST * (2 * n));
            screen.say(&format!("kept {n}"), now + REST * (2 * n + 1));
        }
        assert_eq!(terminal.rows(), ["a", "b", "c", "totals"]);
        screen.end();
        let mut kept = terminal.rows();
        let mut terminal = terminal.0.lock().unwrap();
        terminal.0.screen_mut().set_scrollback(1000);
        let above = terminal.0.screen().contents();
        kept.splice(0..0, above.lines().map(str::to_owned));
        assert_eq!(kept.first().map(String::as_str), Some("kept 0"), "{kept:?}");
        assert!(!kept.iter().any(|row| row == "totals"), "{kept:?}");
    }

    #[test]
    fn nothing_is_redrawn_more_than_ten_times_a_second() {
        let (terminal, mut screen) = Terminal::new(40, 10);
        let now = Instant::now();
        for n in 0..10_000 {
            let at = now + Duration::from_millis(n);
            screen.draw(lines(&[&format!("totals {n}")]), at);
            if n % 7 == 0 {
                screen.say(&format!("kept {n}"), at);
            }
        }
        let writes = terminal.writes();
        let redrawn = writes.iter().filter(|text| text.contains("totals")).count();
        assert!((90..=100).contains(&redrawn), "{redrawn}");
        let kept: Vec<_> = writes.iter().filter(|text| text.contains("kept")).collect();
        assert_eq!(kept.len(), 10_000_usize.div_ceil(7));
        // What did not change is not written again.
        let before = terminal.writes().len();
        let at = now + Duration::from_secs(60);
        screen.draw(lines(&["same"]), at);
        for n in 1..100 {
            screen.draw(lines(&["same"]), at + REST * n);
        }
        assert_eq!(terminal.writes().len(), before + 1);
    }

    #[test]
    fn a_terminal_that_was_made_narrower_shows_a_line_in_several_rows() {
        let (terminal, mut screen) = Terminal::new(40, 10);
        let now = Instant::now();
        screen.draw(lines(&[&"x".repeat(40), &"y".repeat(21), "z", ""]), now);
        terminal
            .0
            .lock()
            .unwrap()
            .0
            .screen_mut()
            .set_size(cells(10), cells(20));
        screen.clear();
        let writes = terminal.writes();
        assert_eq!(
            writes.last().map(String::as_str),
            Some("\r\u{1b}[6A\u{1b}[J")
        );
    }

    #[test]
    fn nothing_is_written_where_nothing_was_drawn() {
        let (terminal, mut screen) = Terminal::new(40, 10);
        screen.clear();
        screen.end();
        assert_eq!(terminal.writes().concat(), "");
        screen.say("one", Instant::now());
        assert_eq!(terminal.writes().concat(), "one\n");
    }
}
