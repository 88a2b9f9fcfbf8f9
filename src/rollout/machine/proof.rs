//! What shows that a workload does its work, beside what the API server says: its logs, and a command of the user's.

use std::time::Duration;

use crate::rollout::health::Reason;

/// The shortest time between two comparisons of logs while a workload soaks: each reads the logs of up to five pods.
const BETWEEN: Duration = Duration::from_secs(10);

/// The same while no pod is ready: programs that start slowly are not to be read all the time.
const UNREADY: Duration = Duration::from_secs(30);

/// How many comparisons there are at most in a long soak.
const COMPARISONS: u32 = 4;

/// What is known of it in the state in which a workload is.
#[derive(Clone, Debug, Default)]
pub(in crate::rollout) struct Proof {
    /// Whether there are logs from before the change to compare the new ones with.
    pub(in crate::rollout) has_logs_before: bool,
    /// When they were compared last: how long it had been in its state.
    pub(in crate::rollout) compared: Option<Duration>,
    /// What is new in the logs and a failure.
    pub(in crate::rollout) errors: Option<Reason>,
    pub(in crate::rollout) probe: Probe,
}

/// Where `--probe-cmd` stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::rollout) enum Probe {
    /// It is not to be run, or it succeeded.
    #[default]
    Settled,
    /// It is to be run.
    Open,
    /// It failed.
    Failed(Reason),
}

impl Proof {
    /// Whether logs are to be compared now, after so long a time in the state. At the end of the soak they always are:
    /// what a program says late is found then.
    pub(super) fn is_due(&self, in_state: Duration, soak: Duration) -> bool {
        let since = in_state.saturating_sub(self.compared.unwrap_or_default());
        let is_over = in_state >= soak && self.compared.is_none_or(|compared| compared < soak);
        self.has_logs_before && (is_over || since >= BETWEEN.max(soak / COMPARISONS))
    }

    /// Whether logs are to be compared though nothing is ready, after so long a time in the state.
    pub(super) fn is_due_early(&self, in_state: Duration) -> bool {
        let since = in_state.saturating_sub(self.compared.unwrap_or_default());
        self.has_logs_before && since >= UNREADY
    }

    /// Why it is a failure.
    pub(super) fn failure(&self) -> Option<&Reason> {
        match &self.probe {
            Probe::Failed(reason) => Some(reason),
            Probe::Settled | Probe::Open => self.errors.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_compared_now_and_then_and_at_the_end() {
        let seconds = Duration::from_secs;
        for (in_state, compared, soak, expected) in [
            (9, None, 30, false),
            (10, None, 30, true),
            (19, Some(10), 30, false),
            (20, Some(10), 30, true),
            (30, Some(29), 30, true),
            (31, Some(30), 30, false),
            // A probe that took its time, behind the last comparison.
            (45, Some(31), 30, true),
            (0, None, 0, true),
            (1, Some(0), 0, false),
            // Four times in an hour.
            (899, None, 3600, false),
            (900, None, 3600, true),
            (3600, Some(3599), 3600, true),
        ] {
            let mut proof = Proof {
                has_logs_before: true,
                compared: compared.map(seconds),
                ..Proof::default()
            };
            let is_due = |proof: &Proof| proof.is_due(seconds(in_state), seconds(soak));
            assert_eq!(is_due(&proof), expected, "{in_state} {compared:?} {soak}");
            proof.has_logs_before = false;
            assert!(!is_due(&proof), "nothing to compare with");
        }
    }
}
