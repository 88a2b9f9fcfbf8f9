//! What is said on stderr while many pods are looked at.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How often.
const EVERY: Duration = Duration::from_secs(5);

/// How many of how many.
pub(super) struct Progress {
    total: usize,
    done: Cell<usize>,
    said: Cell<Instant>,
}

impl Progress {
    pub(super) fn new(total: usize) -> Self {
        Self {
            total,
            done: Cell::new(0),
            said: Cell::new(Instant::now()),
        }
    }

    /// Counts one; says it where it was quiet for long.
    pub(super) fn one_more(&self) {
        self.done.set(self.done.get() + 1);
        if self.done.get() < self.total && self.said.get().elapsed() >= EVERY {
            self.said.set(Instant::now());
            eprintln!("{} of {} pods", self.done.get(), self.total);
        }
    }
}
