//! What a person sees on stderr while a run goes on.

mod format;
mod log;
mod screen;

pub use format::{Line, Totals};

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
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

    /// Writes the product to stdout, which may be the same terminal.
    ///
    /// # Errors
    /// Those of `stdout`.
    pub fn print(&self, stdout: &mut dyn Write, text: &str) -> io::Result<()> {
        let mut place = self.place();
        if let Place::Screen(screen) = &mut *place {
            screen.clear();
        }
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// Takes away what is drawn.
    pub fn end(&self) {
        if let Place::Screen(screen) = &mut *self.place() {
            screen.clear();
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
