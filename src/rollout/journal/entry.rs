//! One line of the journal.

use serde::{Deserialize, Serialize};

use crate::rollout::health::{Calm, LogWarning, Reason};
use crate::rollout::plan::Change;
use crate::rollout::retry::{Finding, Learned};
use crate::rollout::state::State;

/// What happened. Workloads are named as [`ObjectRef::shown`](crate::rollout::ObjectRef::shown) names them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(in crate::rollout) enum Event {
    /// A process took the run up: the first, or another with `--resume` or `undo`.
    Began {
        version: String,
        /// The user of this machine: `user@host`.
        by: String,
        /// The user as the API server knows it.
        #[serde(default)]
        user: String,
        pid: u32,
        /// A hash of the run's plan.yaml.
        #[serde(default)]
        plan: String,
    },
    /// The server said in a dry run what the change would do, and it would do nothing else.
    Checked {
        workload: String,
        /// Field managers from which fields are taken over.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        takes_over: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<String>,
    },
    /// A workload is in another state.
    Moved {
        workload: String,
        from: State,
        to: State,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
    /// A request was carried out: `apply`, `restore`, `delete pod/x`, `create job/x`.
    Did { workload: String, what: String },
    /// Fields were taken over from other field managers.
    TookOver {
        workload: String,
        managers: Vec<String>,
    },
    /// The pods as they were when they got ready.
    Ready { workload: String, calm: Calm },
    /// What is known of a workload now: from a look at it before a change, or from the failure of one.
    Learned {
        workload: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        findings: Vec<Finding>,
        /// Whether that is worth another try.
        #[serde(default)]
        is_retried: bool,
        learned: Learned,
    },
    /// How it is to be tried from now on, in place of what its plan says.
    Replanned {
        workload: String,
        changes: Vec<Change>,
    },
    /// Kinds of error lines that its logs did not have before the change, and that are no failure.
    Warned {
        workload: String,
        errors: Vec<LogWarning>,
    },
    /// Something was saved as evidence, below the run's directory.
    Saved { workload: String, file: String },
    /// Something that a person should know.
    Noted { workload: String, note: String },
    /// The run stopped before everything was done, and why.
    Stopped { why: String },
    /// Everything is done.
    Ended,
}
