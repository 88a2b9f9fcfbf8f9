//! What is to be done next with one workload: a pure function of where it stands and what the cluster says.
//!
//! Nothing is remembered of a request that was sent: whether it was carried out is read from the cluster. So a run
//! that was killed between a request and its answer goes on like one that was not, and nothing is done twice.

mod decide;
mod proof;

use std::time::Duration;

use serde_json::Value;

use super::health::{Reason, Verdict};
use super::plan::Change;
use super::state::State;
pub(super) use decide::decide;
pub(super) use proof::{Probe, Proof};

/// How long what may pass by itself has to last until it counts as a failure.
pub(super) const GRACE: Duration = Duration::from_secs(20);

/// How long a workload that is not healthy before its turn is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Where a workload's planned fields are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fields {
    /// All as before.
    Before,
    /// All as planned.
    After,
    /// Neither: somebody else changed some of them.
    Other,
}

impl Fields {
    /// Where they are in an object.
    pub(super) fn of(object: &Value, changes: &[Change]) -> Self {
        if changes.iter().all(|change| change.is_after(object)) {
            Self::After
        } else if changes.iter().all(|change| change.is_before(object)) {
            Self::Before
        } else {
            Self::Other
        }
    }
}

/// What the cluster says of a workload.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    /// It is there.
    Present(Box<Present>),
    /// It was deleted, perhaps made anew with another uid.
    Gone,
}

/// What the cluster says of a workload that is there.
#[derive(Clone, Debug)]
pub(super) struct Present {
    pub(super) fields: Fields,
    /// Whether its pod template is the one for which the plan was made.
    pub(super) is_as_planned: bool,
    /// How the pods do that are of the template that is wanted in its state.
    pub(super) verdict: Verdict,
    /// How many pods are ready that are of the wanted template.
    pub(super) ready: usize,
    /// Why it is not healthy as it is, before the change.
    pub(super) unhealthy: Option<Reason>,
    /// What has disturbed it since it got ready.
    pub(super) disturbed: Option<Reason>,
    /// What its logs and a command say of it.
    pub(super) proof: Proof,
    /// The latest warning about it, which may say why it does not get ready.
    pub(super) warning: Option<Reason>,
    /// Whether pods keep a StatefulSet from being set back.
    pub(super) has_stuck_pods: bool,
    /// Whether it is to be looked at from inside before it is changed, for what it needs.
    pub(super) wants_survey: bool,
    /// Why it is worth another try once it is set back.
    pub(super) retry: Option<String>,
    /// How its trial Job does; `None` where none is wanted.
    pub(super) trial: Option<Trial>,
    /// Who changed the fields last, where somebody else did.
    pub(super) changed_by: String,
}

/// A trial Job.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trial {
    /// It is not there yet.
    Missing,
    /// It is there.
    Running(Verdict),
    /// It is there, of a server: once ready it has to stay so.
    Serving(Verdict),
}

/// What bounds a workload's time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// How long it may take until the next of its pods is ready: a StatefulSet or DaemonSet replaces them one after
    /// another, and has no progress deadline of its own.
    pub(super) timeout: Duration,
    pub(super) soak: Duration,
}

/// How long the cluster could be seen: time without an answer does not count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// Since it came into its state.
    pub(super) in_state: Duration,
    /// Since it came into its state, or one more of its wanted pods got ready than ever in this state.
    pub(super) without_progress: Duration,
    /// Since it was applied, or set back.
    pub(super) in_rollout: Duration,
    /// Since it began to falter.
    pub(super) faltering: Duration,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Decision {
    /// Nothing yet, and what is waited for.
    Wait(String),
    /// It is in another state now.
    Enter(State, Option<Reason>),
    /// Something has to be done, and seen.
    Do(Effect),
}

/// What is done to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Looks at it from inside, and plans it anew by what is known.
    Survey,
    /// Runs `--probe-cmd`.
    Probe,
    /// Compares its logs with those before the change.
    CompareLogs,
    /// Makes the trial Job.
    Try,
    /// Sends the change.
    Apply,
    /// Saves logs, events and status; then it is to be set back.
    Save,
    /// Sets the fields back.
    Restore,
    /// Deletes the pods that keep a StatefulSet from being set back.
    DeleteStuckPods,
}
