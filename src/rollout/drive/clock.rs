//! Time as a workload is watched: what passes without an answer of the server does not count, nor does a laptop's sleep.

use std::time::Duration;

use tokio::time::Instant;

use crate::rollout::health::Verdict;
use crate::rollout::machine::Clock;
use crate::rollout::state::State;

/// The longest time between two looks that counts as watched.
const LONGEST_GAP: Duration = Duration::from_secs(15);

/// Measures a workload's [`Clock`].
#[derive(Debug)]
pub(super) struct Watch {
    clock: Clock,
    last: Instant,
    is_faltering: bool,
}

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            clock: Clock::default(),
            last: Instant::now(),
            is_faltering: false,
        }
    }

    /// The cluster was seen now.
    pub(super) fn seen(&mut self, verdict: Option<&Verdict>) -> Clock {
        let now = Instant::now();
        let passed = now.duration_since(self.last).min(LONGEST_GAP);
        self.last = now;
        self.clock.in_state += passed;
        self.clock.in_rollout += passed;
        let falters = matches!(verdict, Some(Verdict::Faltering(_)));
        match falters && self.is_faltering {
            true => self.clock.faltering += passed,
            false => self.clock.faltering = Duration::ZERO,
        }
        self.is_faltering = falters;
        self.clock
    }

    /// The cluster could not be seen until now.
    pub(super) fn unseen(&mut self) {
        self.last = Instant::now();
    }

    /// The workload is in another state now.
    pub(super) fn enter(&mut self, state: State) {
        self.clock.in_state = Duration::ZERO;
        self.clock.faltering = Duration::ZERO;
        self.is_faltering = false;
        if matches!(state, State::Applying | State::Restoring) {
            self.clock.in_rollout = Duration::ZERO;
        }
    }

    pub(super) fn in_state(&self) -> Duration {
        self.clock.in_state
    }
}
