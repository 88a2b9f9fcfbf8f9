//! Time as a workload is watched: what passes without an answer of the server does not count, nor does a laptop's sleep.

use std::time::Duration;

use tokio::time::Instant;

use crate::rollout::health::Verdict;
use crate::rollout::machine::{Clock, Present};
use crate::rollout::state::State;

/// The longest time between two looks that counts as watched.
const LONGEST_GAP: Duration = Duration::from_secs(15);

/// Measures a workload's [`Clock`].
#[derive(Debug)]
pub(super) struct Watch {
    clock: Clock,
    last: Instant,
    is_faltering: bool,
    /// The most wanted pods that were ready at a time, in this state.
    most_ready: usize,
}

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            clock: Clock::default(),
            last: Instant::now(),
            is_faltering: false,
            most_ready: 0,
        }
    }

    /// The cluster was seen now.
    pub(super) fn seen(&mut self, present: Option<&Present>) {
        let now = Instant::now();
        let passed = now.duration_since(self.last).min(LONGEST_GAP);
        self.last = now;
        self.clock.in_state += passed;
        self.clock.in_rollout += passed;
        self.clock.without_progress += passed;
        let ready = present.map_or(0, |present| present.ready);
        if ready > self.most_ready {
            self.most_ready = ready;
            self.clock.without_progress = Duration::ZERO;
        }
        let verdict = present.map(|present| &present.verdict);
        let falters = matches!(verdict, Some(Verdict::Faltering(_)));
        match falters && self.is_faltering {
            true => self.clock.faltering += passed,
            false => self.clock.faltering = Duration::ZERO,
        }
        self.is_faltering = falters;
    }

    /// The time at the last look.
    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    /// The cluster could not be seen until now.
    pub(super) fn unseen(&mut self) {
        self.last = Instant::now();
    }

    /// The workload is in another state now.
    pub(super) fn enter(&mut self, state: State) {
        self.clock.in_state = Duration::ZERO;
        self.clock.without_progress = Duration::ZERO;
        self.most_ready = 0;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::machine::Fields;

    fn present(ready: usize) -> Present {
        Present {
            fields: Fields::After,
            is_as_planned: false,
            verdict: Verdict::Progressing(String::new()),
            ready,
            unhealthy: None,
            disturbed: None,
            warning: None,
            has_stuck_pods: false,
            trial: None,
            changed_by: String::new(),
        }
    }

    #[test]
    fn each_pod_that_gets_ready_starts_the_time_anew() {
        let mut watch = Watch::new();
        let mut after = |seconds: u64, ready: usize| {
            watch.last -= Duration::from_secs(seconds);
            watch.seen(Some(&present(ready)));
            let clock = watch.clock();
            (clock.in_state.as_secs(), clock.without_progress.as_secs())
        };
        assert_eq!(after(10, 0), (10, 10));
        assert_eq!(after(5, 1), (15, 0));
        assert_eq!(after(5, 0), (20, 5));
        assert_eq!(after(5, 1), (25, 10), "as many as before are no progress");
        let slept = after(600, 1).1;
        assert_eq!(slept, 25, "time that was slept through does not count");
    }
}
