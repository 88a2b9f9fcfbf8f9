//! What a person sees on stderr while a run goes on.

mod format;
mod log;
mod screen;

pub use format::{Line, Totals};

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;

use super::State;
use crate::printable::printable;
use format::block;
use log::Log;
use screen::{Screen, Size};

/// Where progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Lines that are redrawn in place.
    Terminal,
    /// One line after another, each with its time.
    Plain,
}

impl Kind {
    /// What stderr is: a terminal that can move its cursor, and nobody's log.
    pub fn of_stderr() -> Self {
        let variable = |name| std::env::var_os(name);
        let (term, ci) = (variable("TERM"), variable("CI"));
        Self::of(io::stderr().is_terminal(), term.as_deref(), ci.as_deref())
    }

    fn of(is_terminal: bool, term: Option<&OsStr>, ci: Option<&OsStr>) -> Self {
        let is_dumb = match term {
            Some(term) => term.is_empty() || term == "dumb",
            // Windows sets none.
            None => cfg!(unix),
        };
        let is_ci = ci.is_some_and(|ci| !["", "0", "false"].iter().any(|no| ci == *no));
        match is_terminal && !is_dumb && !is_ci {
            true => Self::Terminal,
            false => Self::Plain,
        }
    }
}

/// Shows how a run goes. All threads may use it.
pub struct Progress {
    place: Mutex<Place>,
    color: bool,
}

enum Place {
    Screen(Screen),
    Log(Log),
}

/// Where the terminal does not say: that of a VT100.
const SIZE: Size = (80, 24);

impl Progress {
    /// Progress on stderr.
    pub fn new(kind: Kind, color: bool) -> Self {
        let out = Box::new(io::stderr());
        let place = match kind {
            Kind::Plain => Place::Log(Log::new(out, Instant::now())),
            Kind::Terminal => {
                // An old console has to be asked to understand escape sequences.
                #[cfg(windows)]
                let _ = colored::control::set_virtual_terminal(true);
                let size = || {
                    let size = terminal_size::terminal_size_of(io::stderr());
                    size.map_or(SIZE, |(width, height)| (width.0.into(), height.0.into()))
                };
                Place::Screen(Screen::new(out, Box::new(size)))
            }
        };
        Self {
            place: Mutex::new(place),
            color,
        }
    }

    /// A workload, `shop/deployment.apps/web`, went from one state to another. On a terminal the line of an active one
    /// shows that, and only what is finished stays.
    pub fn transition(&self, object: &str, from: State, to: State, reason: &str) {
        if from == to {
            return;
        }
        let line = format::transition(object, to, reason, self.color);
        match &mut *self.place() {
            Place::Screen(screen) if to.is_final() => screen.say(&line, Instant::now()),
            Place::Screen(_) => {}
            Place::Log(log) => log.say(&line, Timestamp::now()),
        }
    }

    /// How things stand. It may be called as often as one likes.
    pub fn draw(&self, lines: &[Line], totals: &Totals, note: Option<&str>) {
        let now = Instant::now();
        match &mut *self.place() {
            Place::Screen(screen) => {
                let block = block(lines, totals, note, screen.size(), self.color);
                screen.draw(block, now);
            }
            Place::Log(log) => {
                let now = (now, Timestamp::now());
                log.draw(!lines.is_empty(), totals, note, self.color, now);
            }
        }
    }

    /// Lines that stay, such as warnings.
    pub fn say(&self, text: &str) {
        let mut place = self.place();
        for line in text.lines().map(printable) {
            match &mut *place {
                Place::Screen(screen) => screen.say(&line, Instant::now()),
                Place::Log(log) => log.say(&line, Timestamp::now()),
            }
        }
    }

    /// Takes away what is drawn.
    pub fn end(&self) {
        if let Place::Screen(screen) = &mut *self.place() {
            screen.end();
        }
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whatever ends the run: its messages do not stand among lines that are half drawn.
impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    pub(super) struct Written(Arc<Mutex<Vec<u8>>>);

    impl Written {
        pub(super) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).expect("UTF-8")
        }
    }

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A short run; stdout and stderr are one.
    fn run(place: impl FnOnce(Written) -> Place) -> String {
        let out = Written::default();
        let progress = Progress {
            place: Mutex::new(place(out.clone())),
            color: false,
        };
        let web = "shop/deployment.apps/web";
        let line = Line {
            object: web.to_owned(),
            state: State::Watching,
            doing: String::new(),
            since: Duration::ZERO,
        };
        let totals = Totals {
            counts: [(State::Watching, 1)].into(),
            elapsed: Duration::ZERO,
        };
        progress.transition(web, State::Applying, State::Watching, "waiting");
        progress.transition(web, State::Watching, State::Watching, "waiting");
        progress.draw(&[line], &totals, None);
        progress.say("Warning: one\u{1b}[2J\nhint: two\n");
        progress.transition(web, State::Soaking, State::Hardened, "");
        drop(progress);
        out.text()
    }

    #[test]
    fn a_log_has_every_transition_with_its_time() {
        let text = run(|out| Place::Log(Log::new(Box::new(out), Instant::now())));
        let lines: Vec<_> = text
            .lines()
            .map(|line| match line.split_once(' ') {
                Some((time, line)) => {
                    assert!(
                        time.ends_with('Z') && time.parse::<Timestamp>().is_ok(),
                        "{time}"
                    );
                    line
                }
                None => line,
            })
            .collect();
        assert_eq!(
            lines,
            [
                "shop/deployment.apps/web watching: waiting",
                "Warning: one\\u{1b}[2J",
                "hint: two",
                "shop/deployment.apps/web hardened",
            ]
        );
    }

    #[test]
    fn a_terminal_keeps_what_is_finished() {
        let text = run(|out| {
            let size = || (80, 24);
            Place::Screen(Screen::new(Box::new(out), Box::new(size)))
        });
        let drawn = "shop/deployment.apps/web  watching   0s\n0 of 1 done; 1 active; 0s\n";
        let gone = "\r\u{1b}[2A\u{1b}[J";
        let kept = "Warning: one\\u{1b}[2J\nhint: two\nshop/deployment.apps/web hardened\n";
        // The lines may come back once in between, on a slow machine.
        let text = text.replacen(drawn, "", 9).replace(gone, "");
        assert_eq!(text, kept);
    }

    #[test]
    fn only_a_terminal_that_a_person_looks_at_is_drawn_on() {
        let unset = if cfg!(unix) {
            Kind::Plain
        } else {
            Kind::Terminal
        };
        for (is_terminal, term, ci, expected) in [
            (true, Some("xterm-256color"), None, Kind::Terminal),
            (true, Some("xterm"), Some("false"), Kind::Terminal),
            (true, Some("xterm"), Some(""), Kind::Terminal),
            (true, Some("xterm"), Some("true"), Kind::Plain),
            (true, Some("xterm"), Some("1"), Kind::Plain),
            (true, Some("dumb"), None, Kind::Plain),
            (true, Some(""), None, Kind::Plain),
            (true, None, None, unset),
            (false, Some("xterm"), None, Kind::Plain),
        ] {
            let kind = Kind::of(is_terminal, term.map(OsStr::new), ci.map(OsStr::new));
            assert_eq!(kind, expected, "{is_terminal} {term:?} {ci:?}");
        }
    }
}
