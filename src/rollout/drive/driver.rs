//! Who drives one workload, with all that it needs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::{Either, select};
use jiff::Timestamp;

use super::clock::Watch;
use super::observe::Observer;
use super::pace::Pace;
use super::steps::Steps;
use super::warnings::Warnings;
use crate::cli::Connection;
use crate::cluster::{Failure, Server};
use crate::examine::Settings;
use crate::rollout::halt::{Halt, Level};
use crate::rollout::health::Calm;
use crate::rollout::ledger::Ledger;
use crate::rollout::machine::{Limits, Probe, Proof};
use crate::rollout::options::Options;
use crate::rollout::plan::PlannedWorkload;
use crate::rollout::retry::Survey;
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
    /// As its plan says.
    pub(in crate::rollout) planned: Rc<PlannedWorkload>,
    /// As it is tried now.
    pub(in crate::rollout) workload: PlannedWorkload,
    /// By what it is planned anew.
    pub(in crate::rollout) settings: Arc<Settings>,
    pub(in crate::rollout) options: Rc<Options>,
    pub(in crate::rollout) ledger: Rc<Ledger>,
    pub(in crate::rollout) warnings: Rc<Warnings>,
    pub(in crate::rollout) pace: Rc<Pace>,
    pub(in crate::rollout) halt: Rc<Halt>,
    pub(in crate::rollout) state: State,
    /// What its containers did as they were, by name.
    pub(in crate::rollout) surveys: RefCell<BTreeMap<String, Survey>>,
    /// Its pods as they were when they got ready, where a run that is resumed was past that.
    pub(in crate::rollout) calm: Option<Calm>,
}

impl Driver {
    /// Drives the workload until nothing more is to be done.
    ///
    /// # Errors
    /// Why it was left before that.
    pub(in crate::rollout) async fn drive(mut self) -> Result<State, Stop> {
        loop {
            self.state = self.attempt().await?;
            if self.state.is_final() {
                return Ok(self.state);
            }
            // Another try is something new.
            if self.halt.level() == Level::Run && !self.options.fits(Timestamp::now()) {
                let why = "the window closes before another try would be done";
                self.halt.ask(Level::Drain, why);
            }
            if self.halt.level() > Level::Run {
                return Err(Stop::Halted);
            }
            let in_force = self.ledger.history().in_force(&self.planned);
            self.workload = in_force;
            self.calm = None;
        }
    }

    /// Drives it until nothing more is to be done, or until it is planned anew.
    async fn attempt(&self) -> Result<State, Stop> {
        let observer = Observer {
            server: &self.server,
            workload: &self.workload,
            field_manager: &self.options.field_manager,
            warnings: &self.warnings,
            trial: self.wants_trial().then(|| self.trial_name(self.retries())),
        };
        let mut steps = Steps {
            left_trials: self.left_trials(),
            state: self.state,
            calm: self.calm.clone(),
            driver: self,
            observer,
            watch: Watch::new(),
            wake: None,
            outage: None,
            outdated: 0,
            first_logs: Vec::new(),
            is_replanned: false,
            proof: self.proof(self.state),
        };
        while !steps.state.is_final() && !steps.is_replanned {
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
        match self.workload.object.kind.as_str() {
            "CronJob" => self.options.trial_jobs,
            "Deployment" | "StatefulSet" | "DaemonSet" => self.options.trial,
            _ => false,
        }
    }

    fn trial_name(&self, retries: usize) -> String {
        trial_name(&self.workload.object.name, &self.ledger.run.id, retries)
    }

    fn retries(&self) -> usize {
        let history = self.ledger.history();
        let track = history.tracks.get(&self.workload.object.shown());
        track.map_or(0, |track| track.retries)
    }

    /// The trials that a process may have left behind, which died before it could take them away.
    fn left_trials(&self) -> Vec<String> {
        let retries = self.retries();
        let is_over = !matches!(self.state, State::Pending | State::Trying);
        let over = is_over.then_some(retries);
        let rounds = retries.checked_sub(1).into_iter().chain(over);
        let rounds = rounds.filter(|_| self.wants_trial());
        rounds.map(|round| self.trial_name(round)).collect()
    }

    /// What shows that it does its work in a state, as nothing is known of it yet.
    pub(super) fn proof(&self, state: State) -> Proof {
        let object = &self.workload.object;
        let retries = self.retries();
        let is_soaking = state == State::Soaking;
        let is_compared = matches!(state, State::Trying | State::Watching | State::Soaking);
        let is_probed = is_soaking || (state == State::Pending && retries == 0);
        Proof {
            has_logs_before: is_compared && self.ledger.run.has_logs_before(object, retries),
            probe: match &self.options.probe_cmd {
                Some(_) if is_probed => Probe::Open,
                _ => Probe::Settled,
            },
            ..Proof::default()
        }
    }

    pub(super) fn limits(&self) -> Limits {
        Limits {
            timeout: self.options.timeout,
            soak: self.options.soak,
        }
    }
}
