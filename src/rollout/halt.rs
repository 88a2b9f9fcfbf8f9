//! Stopping a run: gently, so that nothing more starts, or now.

use std::cell::{Cell, RefCell};

use tokio::sync::Notify;

/// How far a run is to be stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Not at all.
    #[default]
    Run,
    /// Nothing more starts; what is under way ends.
    Drain,
    /// Everything is left as it is. The journal knows how to go on.
    Now,
}

/// The wish to stop, which all parts of a run look at.
#[derive(Debug, Default)]
pub(super) struct Halt {
    level: Cell<Level>,
    why: RefCell<String>,
    is_interrupted: Cell<bool>,
    changed: Notify,
}

impl Halt {
    pub(super) fn level(&self) -> Level {
        self.level.get()
    }

    /// Why the run stops, where it does.
    pub(super) fn why(&self) -> String {
        self.why.borrow().clone()
    }

    /// What a person sees while it stops.
    pub(super) fn note(&self) -> String {
        let again = match self.is_interrupted() {
            true => "; the next one leaves it as it is",
            false => "",
        };
        format!("{}: ending what is under way{again}", self.why())
    }

    /// Whether a person or the system asked for it.
    pub(super) fn is_interrupted(&self) -> bool {
        self.is_interrupted.get()
    }

    /// Asks to stop. The first reason stays; a lower level changes nothing.
    pub(super) fn ask(&self, level: Level, why: impl Into<String>) {
        if level <= self.level.get() {
            return;
        }
        if self.why.borrow().is_empty() {
            self.why.replace(why.into());
        }
        self.level.set(level);
        self.changed.notify_waiters();
    }

    /// A signal came: the first lets end what is under way, the second does not.
    pub(super) fn interrupt(&self, signal: &str) {
        self.is_interrupted.set(true);
        let level = match self.level.get() {
            Level::Run => Level::Drain,
            _ => Level::Now,
        };
        self.ask(level, format!("interrupted by {signal}"));
    }

    /// Waits until everything is to stop now.
    pub(super) async fn now(&self) {
        while self.level.get() < Level::Now {
            self.changed.notified().await;
        }
    }
}
