//! Where a workload of a run stands.

use serde::{Deserialize, Serialize};

/// Where a workload stands. The words are those of the journal, of `status` and of reports.
///
/// ```text
/// pending -> trying -> applying -> watching -> soaking -> hardened
///                                     |           |
///                                     +-----------+-> failing -> restoring -> settling -> restored
/// ```
///
/// Back from `soaking` to `watching` it goes where pods are replaced again, and from `watching` to `hardened` at once
/// where a trial Job stands for pods that come later (a CronJob). With `--retry` it goes from `settling` to `pending` again,
/// to be tried in another way.
///
/// `applying` and `restoring` are intents: they are written before the request is sent, and what the cluster says
/// afterwards decides whether it was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Its turn has not come.
    Pending,
    /// A trial Job made from its hardened template runs (CronJobs).
    Trying,
    /// The change is being sent.
    Applying,
    /// The change is there; its pods are replaced.
    Watching,
    /// Its new pods are ready; they have to stay so.
    Soaking,
    /// It failed: logs, events and status are being saved.
    Failing,
    /// The fields are being set back.
    Restoring,
    /// The fields are set back; its pods are replaced again.
    Settling,
    /// The change is there and held.
    Hardened,
    /// The change is there; nothing that could be watched has happened yet: a CronJob, a paused Deployment.
    Unwatched,
    /// The change failed, the fields are set back, and its pods are ready again.
    Restored,
    /// The change failed, and so did setting it back: a person has to look.
    Unrestored,
    /// Nothing was changed, for a reason.
    Blocked,
    /// Somebody else changed the fields in the meantime: left as they made it.
    Overtaken,
    /// It was deleted in the meantime.
    Gone,
}

impl State {
    /// Every state, in the order in which a table lists them.
    pub const ALL: [Self; 15] = [
        Self::Pending,
        Self::Trying,
        Self::Applying,
        Self::Watching,
        Self::Soaking,
        Self::Failing,
        Self::Restoring,
        Self::Settling,
        Self::Hardened,
        Self::Unwatched,
        Self::Restored,
        Self::Unrestored,
        Self::Blocked,
        Self::Overtaken,
        Self::Gone,
    ];

    /// Its name in the journal and in reports.
    pub fn id(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Trying => "trying",
            Self::Applying => "applying",
            Self::Watching => "watching",
            Self::Soaking => "soaking",
            Self::Failing => "failing",
            Self::Restoring => "restoring",
            Self::Settling => "settling",
            Self::Hardened => "hardened",
            Self::Unwatched => "unwatched",
            Self::Restored => "restored",
            Self::Unrestored => "unrestored",
            Self::Blocked => "blocked",
            Self::Overtaken => "overtaken",
            Self::Gone => "gone",
        }
    }

    /// Whether the pods that carry the change are the wanted ones.
    pub(super) fn wants_change(self) -> bool {
        matches!(self, Self::Watching | Self::Soaking | Self::Failing)
    }

    /// Whether its pods say what comes next; else the fields alone do.
    pub(super) fn needs_pods(self) -> bool {
        matches!(
            self,
            Self::Pending | Self::Watching | Self::Soaking | Self::Failing | Self::Settling
        )
    }

    /// Whether what was seen of it in this state is all that there is to see in the next: then one look decides on
    /// both.
    pub(super) fn is_seen_as(self, next: Self) -> bool {
        match next {
            Self::Trying => self == Self::Pending,
            // It is planned anew before it is looked at again.
            Self::Pending => false,
            Self::Applying => matches!(self, Self::Pending | Self::Trying),
            Self::Watching | Self::Soaking | Self::Failing => self.wants_change(),
            _ => false,
        }
    }

    /// Whether nothing more will be done to it.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Hardened
                | Self::Unwatched
                | Self::Restored
                | Self::Unrestored
                | Self::Blocked
                | Self::Overtaken
                | Self::Gone
        )
    }

    /// Whether it ended as the plan wants it.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Hardened | Self::Unwatched)
    }

    /// Whether it counts for `--max-failures`.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Restored | Self::Unrestored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_look_serves_only_states_that_want_the_same_pods() {
        for state in State::ALL {
            for next in State::ALL
                .into_iter()
                .filter(|next| state.is_seen_as(*next))
            {
                assert_eq!(
                    state.wants_change(),
                    next.wants_change(),
                    "{state:?} {next:?}"
                );
                assert!(
                    state.needs_pods() || !next.needs_pods(),
                    "{state:?} {next:?}"
                );
                assert!(!state.is_final() && !next.is_final(), "{state:?} {next:?}");
            }
        }
        assert!(!State::Applying.is_seen_as(State::Watching));
        assert!(!State::Failing.is_seen_as(State::Restoring));
        assert!(!State::Restoring.is_seen_as(State::Settling));
        assert!(State::Pending.is_seen_as(State::Applying));
        assert!(State::Watching.is_seen_as(State::Soaking));
    }
}
