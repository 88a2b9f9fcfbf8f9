//! Time as a workload is watched: what passes without an answer of the server does not count, nor does a laptop's sleep.

use std::time::Duration;

use tokio::time::Instant;

use crate::rollout::health::Verdict;
use crate::rollout::machine::{Clock, Present};
use crate::rollout::state::State;

/// The longest time between two looks that counts as watched: they come every two seconds.
const LONGEST_GAP: Duration = Duration::from_secs(5);

/// How much of the time until an answer counts.
const LONGEST_ANSWER: Duration = Duration::from_secs(2);

/// How much counts of the time until the server was asked, and of that until it answered.
fn counted(before: Duration, answer: Duration) -> Duration {
    before.min(LONGEST_GAP) + answer.min(LONGEST_ANSWER)
}

/// Measures a workload's [`Clock`].
#[derive(Debug)]
pub(super) struct Watch {
    clock: Clock,
    last: Instant,
    asked: Instant,
    is_faltering: bool,
    /// The most wanted pods that were ready at a time, in this state.
    most_ready: usize,
}

impl Watch {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            clock: Clock::default(),
            last: now,
            asked: now,
            is_faltering: false,
            most_ready: 0,
        }
    }

    /// The cluster is asked now.
    pub(super) fn asks(&mut self) {
        self.asked = Instant::now();
    }

    /// The cluster was seen now.
    pub(super) fn seen(&mut self, present: Option<&Present>) {
        let now = Instant::now();
        let before = self.asked.duration_since(self.last);
        let passed = counted(before, now.duration_since(self.asked));
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
    use crate::rollout::machine::{Fields, Proof};

    fn present(ready: usize) -> Present {
        Present {
            fields: Fields::After,
            is_as_planned: false,
            verdict: Verdict::Progressing(String::new()),
            ready,
            unhealthy: None,
            disturbed: None,
            proof: Proof::default(),
            warning: None,
            has_stuck_pods: false,
            wants_survey: false,
            retry: None,
            trial: None,
            changed_by: String::new(),
        }
    }

    #[test]
    fn each_pod_that_gets_ready_starts_the_time_anew() {
        let mut watch = Watch::new();
        let mut after = |seconds: u64, ready: usize| {
            watch.asks();
            watch.last -= Duration::from_secs(seconds);
            watch.seen(Some(&present(ready)));
            let clock = watch.clock();
            (clock.in_state.as_secs(), clock.without_progress.as_secs())
        };
        assert_eq!(after(5, 0), (5, 5));
        assert_eq!(after(5, 1), (10, 0));
        assert_eq!(after(5, 0), (15, 5));
        assert_eq!(after(5, 1), (20, 10), "as many as before are no progress");
        let slept = after(600, 1).1;
        assert_eq!(slept, 15, "time that was slept through does not count");
    }

    #[test]
    fn sleep_and_silence_do_not_count() {
        let seconds = Duration::from_secs;
        for (before, answer, expected) in [
            (2, 0, 2),
            (2, 1, 3),
            // A laptop that slept, and a server that was frozen.
            (3600, 0, 5),
            (2, 40, 4),
            (3600, 3600, 7),
        ] {
            let passed = counted(seconds(before), seconds(answer));
            assert_eq!(passed, seconds(expected), "{before} {answer}");
        }
    }
}
