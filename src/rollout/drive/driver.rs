//! Who drives one workload, with all that it needs.

use std::io;
use std::rc::Rc;

use futures_util::future::{Either, select};

use super::clock::Watch;
use super::observe::Observer;
use super::pace::Pace;
use super::steps::Steps;
use super::warnings::Warnings;
use crate::cli::Connection;
use crate::cluster::{Failure, Server};
use crate::rollout::halt::Halt;
use crate::rollout::health::Calm;
use crate::rollout::ledger::Ledger;
use crate::rollout::machine::Limits;
use crate::rollout::options::Options;
use crate::rollout::plan::PlannedWorkload;
use crate::rollout::state::State;
use crate::rollout::trial::trial_name;

/// Why a workload was left before it ended.
#[derive(Debug)]
pub(in crate::rollout) enum Stop {
    /// The journal cannot be written.
    Journal(io::Error),
    /// The server is away, or does not know us any more.
    Unreachable(Failure),
    /// Everything is to stop now.
    Halted,
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Journal(error)
    }
}

/// What drives one workload from its state to a final one.
pub(in crate::rollout) struct Driver {
    pub(in crate::rollout) server: Rc<Server>,
    pub(in crate::rollout) connection: Connection,
    pub(in crate::rollout) workload: Rc<PlannedWorkload>,
    pub(in crate::rollout) options: Rc<Options>,
    pub(in crate::rollout) ledger: Rc<Ledger>,
    pub(in crate::rollout) warnings: Rc<Warnings>,
    pub(in crate::rollout) pace: Rc<Pace>,
    pub(in crate::rollout) halt: Rc<Halt>,
    pub(in crate::rollout) state: State,
    /// Its pods as they were when they got ready, where a run that is resumed was past that.
    pub(in crate::rollout) calm: Option<Calm>,
}

impl Driver {
    /// Drives the workload until nothing more is to be done.
    ///
    /// # Errors
    /// Why it was left before that.
    pub(in crate::rollout) async fn drive(self) -> Result<State, Stop> {
        let observer = Observer {
            server: &self.server,
            workload: &self.workload,
            field_manager: &self.options.field_manager,
            warnings: &self.warnings,
            trial: self
                .wants_trial()
                .then(|| trial_name(&self.workload.object.name, &self.ledger.run.id)),
        };
        let mut steps = Steps {
            is_trial_over: !matches!(self.state, State::Pending | State::Trying),
            state: self.state,
            calm: self.calm.clone(),
            driver: &self,
            observer,
            watch: Watch::new(),
            wake: None,
            outage: None,
            outdated: 0,
        };
        while !steps.state.is_final() {
            // A request that is left without an answer is no loss: what became of it is read from the cluster.
            let halted = Box::pin(self.halt.now());
            match select(Box::pin(steps.step()), halted).await {
                Either::Left((stepped, _)) => stepped?,
                Either::Right(_) => return Err(Stop::Halted),
            }
        }
        Ok(steps.state)
    }

    fn wants_trial(&self) -> bool {
        self.options.trial_jobs && self.workload.object.kind == "CronJob"
    }

    pub(super) fn limits(&self) -> Limits {
        Limits {
            timeout: self.options.timeout,
            soak: self.options.soak,
        }
    }
}
