//! A workload with something left to do in a run.

use std::rc::Rc;

use super::health::Calm;
use super::plan::PlannedWorkload;
use super::state::State;

/// A workload with something left to do.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) workload: Rc<PlannedWorkload>,
    pub(super) state: State,
    pub(super) calm: Option<Calm>,
}

impl Task {
    /// Whether nothing has been done to it yet: only then do limits, canaries and the window keep it from starting.
    pub(super) fn is_new(&self) -> bool {
        self.state == State::Pending
    }
}
