//! The loop over one workload, and what each of its effects does.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, select};
use http::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::clock::Watch;
use super::observe::{Observer, Warnings};
use super::wake::Wake;
use crate::cli::Connection;
use crate::cluster::{Failure, Mutation, Server};
use crate::rollout::git_patch::restore_patch;
use crate::rollout::halt::{Halt, Level};
use crate::rollout::health::{Calm, Observed, Reason, stuck_pods};
use crate::rollout::ledger::Ledger;
use crate::rollout::machine::{Decision, Effect, Limits, Seen, decide};
use crate::rollout::options::Options;
use crate::rollout::plan::PlannedWorkload;
use crate::rollout::send::{NotSent, Sender, Sent};
use crate::rollout::state::State;
use crate::rollout::trial::{trial_job, trial_name};
use crate::rollout::write::{Write, give_up, locked, only_changes};

/// How long the API server may stay away until the run stops.
const LONGEST_OUTAGE: Duration = Duration::from_secs(600);

/// How long credentials may stay invalid until the run stops.
const LONGEST_LOCKOUT: Duration = Duration::from_secs(60);

/// How often somebody else may write a workload between our reading and writing it.
const MOST_OUTDATED: usize = 50;

/// The pause before the server is asked again.
const PAUSE: Duration = Duration::from_secs(2);

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
            if self.halt.level() == Level::Now {
                return Err(Stop::Halted);
            }
            steps.step().await?;
        }
        Ok(steps.state)
    }

    fn wants_trial(&self) -> bool {
        self.options.trial_jobs && self.workload.object.kind == "CronJob"
    }

    fn limits(&self) -> Limits {
        Limits {
            timeout: self.options.timeout,
            soak: self.options.soak,
        }
    }
}

struct Steps<'d> {
    driver: &'d Driver,
    observer: Observer<'d>,
    state: State,
    calm: Option<Calm>,
    watch: Watch,
    wake: Option<Wake<'d>>,
    outage: Option<Instant>,
    /// How often in a row somebody else was faster.
    outdated: usize,
}

impl Steps<'_> {
    async fn step(&mut self) -> Result<(), Stop> {
        let (seen, observed) = match self.observer.look(self.state, self.calm.as_ref()).await {
            Ok(looked) => looked,
            Err(failure) => return self.away(failure).await,
        };
        self.outage = None;
        let verdict = match &seen {
            Seen::Present(present) => Some(&present.verdict),
            Seen::Gone => None,
        };
        let clock = self.watch.seen(verdict);
        match decide(self.state, &seen, &clock, &self.driver.limits()) {
            Decision::Wait(what) => self.wait(what, &observed).await,
            Decision::Enter(state, reason) => self.enter(state, reason, &observed).await,
            Decision::Do(effect) => self.carry_out(effect, &observed).await,
        }
    }

    async fn wait(&mut self, what: String, observed: &Observed) -> Result<(), Stop> {
        let object = &self.driver.workload.object;
        self.driver.ledger.waits(object, what);
        let longest = match self.state {
            State::Soaking => self
                .driver
                .options
                .soak
                .saturating_sub(self.watch.in_state()),
            _ => Duration::MAX,
        };
        let wake = self.wake.get_or_insert_with(|| {
            Wake::new(
                &self.driver.server,
                object,
                self.observer.pods_watch(&observed.object),
            )
        });
        let halted = Box::pin(self.driver.halt.now());
        match select(Box::pin(wake.next(longest)), halted).await {
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err(Stop::Halted),
        }
    }

    /// The server did not answer, or not to us.
    async fn away(&mut self, failure: Failure) -> Result<(), Stop> {
        self.watch.unseen();
        let since = *self.outage.get_or_insert_with(Instant::now);
        let longest = match failure.code {
            401 => LONGEST_LOCKOUT,
            403 | 404 => Duration::ZERO,
            _ => LONGEST_OUTAGE,
        };
        if since.elapsed() >= longest {
            return Err(Stop::Unreachable(failure));
        }
        self.driver
            .ledger
            .waits(&self.driver.workload.object, failure.message.clone());
        if failure.code == 401 {
            // Whoever logs in again changes the kubeconfig. Where that fails too, the next request says why.
            let _ = self.driver.server.reconnect(&self.driver.connection).await;
        }
        self.wake = None;
        let halted = Box::pin(self.driver.halt.now());
        match select(Box::pin(sleep(PAUSE)), halted).await {
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err(Stop::Halted),
        }
    }

    async fn enter(
        &mut self,
        state: State,
        reason: Option<Reason>,
        observed: &Observed,
    ) -> Result<(), Stop> {
        let object = &self.driver.workload.object;
        if self.state == State::Trying
            && let Err(failure) = self.observer.end_trial().await
        {
            let note = format!("its trial job could not be deleted: {}", failure.message);
            self.driver.ledger.noted(object, note)?;
        }
        if state == State::Soaking {
            let calm = Calm::of(observed);
            self.driver.ledger.ready(object, calm.clone())?;
            self.calm = Some(calm);
        }
        self.driver
            .ledger
            .moved(object, self.state, state, reason)?;
        self.watch.enter(state);
        self.outdated = 0;
        self.state = state;
        Ok(())
    }

    async fn carry_out(&mut self, effect: Effect, observed: &Observed) -> Result<(), Stop> {
        match effect {
            Effect::Try => self.start_trial(observed).await,
            Effect::Apply => self.apply(observed).await,
            Effect::Save => self.save(observed).await,
            Effect::Restore => self.restore(observed).await,
            Effect::DeleteStuckPods => self.delete_stuck_pods(observed).await,
        }
    }

    async fn apply(&mut self, observed: &Observed) -> Result<(), Stop> {
        let workload = &self.driver.workload;
        let manager = &self.driver.options.field_manager;
        let live = &observed.object;
        let write = Write::of(&workload.object, live, &workload.changes, manager);
        let write = match write {
            Ok(write) => write,
            Err(message) => {
                return self
                    .enter(State::Blocked, Some(reason("Stale", message)), observed)
                    .await;
            }
        };
        let sent = self.sender().send(&workload.object, &write, false).await;
        let Some(sent) = self.settle(sent, State::Blocked, observed).await? else {
            return Ok(());
        };
        let ledger = &self.driver.ledger;
        ledger.did(&workload.object, "apply")?;
        if let Err(fields) = only_changes(live, &sent.answer.object, &workload.changes) {
            let fields: Vec<_> = fields.iter().map(ToString::to_string).collect();
            let note = format!("more than planned changed: {}", fields.join(", "));
            ledger.noted(&workload.object, note)?;
        }
        Ok(())
    }

    async fn restore(&mut self, observed: &Observed) -> Result<(), Stop> {
        let workload = &self.driver.workload;
        let original = match self.driver.ledger.run.original(&workload.object) {
            Ok(original) => original,
            Err(error) => {
                let message = format!("what it was before cannot be read: {error:#}");
                return self
                    .enter(
                        State::Unrestored,
                        Some(reason("NoOriginal", message)),
                        observed,
                    )
                    .await;
            }
        };
        let changes: Vec<_> = workload
            .changes
            .iter()
            .map(|change| {
                (
                    change.field.clone(),
                    change.before.clone(),
                    change.after.clone(),
                )
            })
            .collect();
        let patch = match restore_patch(&original, &observed.object, &changes) {
            Ok(patch) => patch,
            Err(fields) => {
                let fields: Vec<_> = fields.iter().map(ToString::to_string).collect();
                let message = format!("somebody else changed {}: left as it is", fields.join(", "));
                return self
                    .enter(
                        State::Overtaken,
                        Some(reason("Overtaken", message)),
                        observed,
                    )
                    .await;
            }
        };
        let manager = &self.driver.options.field_manager;
        let patch = with(patch, give_up(&observed.object, manager));
        let write = Write::JsonPatch(locked(&observed.object, patch));
        let sent = self.sender().send(&workload.object, &write, false).await;
        if self
            .settle(sent, State::Unrestored, observed)
            .await?
            .is_some()
        {
            self.driver.ledger.did(&workload.object, "restore")?;
        }
        Ok(())
    }

    /// What follows from the answer to a change. Where it was refused, the workload is in the state `refused`.
    async fn settle(
        &mut self,
        sent: Result<Sent, NotSent>,
        refused: State,
        observed: &Observed,
    ) -> Result<Option<Sent>, Stop> {
        match sent {
            Ok(sent) => return Ok(Some(sent)),
            // What there is now is read again, and decided upon.
            Err(NotSent::Outdated | NotSent::Gone) => {
                self.outdated += 1;
                if self.outdated > MOST_OUTDATED {
                    let message = "others change it all the time".to_owned();
                    self.enter(refused, Some(reason("Conflict", message)), observed)
                        .await?;
                }
                sleep(Duration::from_millis(50)).await;
            }
            Err(NotSent::Refused { word, message, .. }) => {
                self.enter(refused, Some(reason(&word, message)), observed)
                    .await?;
            }
            Err(NotSent::Failed(failure)) => self.away(failure).await?,
        }
        Ok(None)
    }

    async fn save(&mut self, observed: &Observed) -> Result<(), Stop> {
        let object = &self.driver.workload.object;
        let ledger = &self.driver.ledger;
        let (pieces, missing) = self.observer.evidence(observed).await;
        for (file, bytes) in pieces {
            ledger.save(object, file, &bytes)?;
        }
        for note in missing {
            ledger.noted(object, note)?;
        }
        self.enter(State::Restoring, None, observed).await
    }

    async fn delete_stuck_pods(&mut self, observed: &Observed) -> Result<(), Stop> {
        let object = &self.driver.workload.object;
        for (name, uid) in stuck_pods(&object.kind, observed) {
            let path = format!("/api/v1/namespaces/{}/pods/{name}", object.namespace);
            let body =
                json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}});
            match self.request(Method::DELETE, &path, &body).await {
                Ok(()) => self
                    .driver
                    .ledger
                    .did(object, format!("delete pod/{name}"))?,
                Err(failure) if matches!(failure.code, 404 | 409) => {}
                Err(failure) if failure.code == 403 => {
                    let message = format!(
                        "the pod {name} keeps it from being set back: {}",
                        failure.message
                    );
                    return self
                        .enter(
                            State::Unrestored,
                            Some(reason("Forbidden", message)),
                            observed,
                        )
                        .await;
                }
                Err(failure) => return self.away(failure).await,
            }
        }
        Ok(())
    }

    async fn start_trial(&mut self, observed: &Observed) -> Result<(), Stop> {
        let Some(name) = self.observer.trial.clone() else {
            return Ok(());
        };
        let mut hardened = observed.object.clone();
        for change in &self.driver.workload.changes {
            match &change.after {
                Some(after) => change.field.set(&mut hardened, after.clone()),
                None => change.field.remove(&mut hardened),
            };
        }
        let job = trial_job(&hardened, &name);
        let path = format!(
            "{}?fieldManager={}",
            self.observer.trials(),
            self.driver.options.field_manager
        );
        match self.request(Method::POST, &path, &job).await {
            Ok(()) => {
                let object = &self.driver.workload.object;
                Ok(self
                    .driver
                    .ledger
                    .did(object, format!("create job/{name}"))?)
            }
            Err(failure) if failure.code == 409 => Ok(()),
            Err(failure) if matches!(failure.code, 400 | 403 | 422) => {
                let message = format!("its trial job was refused: {}", failure.message);
                self.enter(
                    State::Blocked,
                    Some(reason(&failure.reason, message)),
                    observed,
                )
                .await
            }
            Err(failure) => self.away(failure).await,
        }
    }

    async fn request(&self, method: Method, path: &str, body: &Value) -> Result<(), Failure> {
        let mutation = Mutation {
            method,
            path,
            content_type: "application/json",
            body,
        };
        self.driver.server.change(&mutation).await.map(|_| ())
    }

    fn sender(&self) -> Sender<'_> {
        Sender {
            server: &self.driver.server,
            field_manager: &self.driver.options.field_manager,
            force_conflicts: self.driver.options.force_conflicts,
        }
    }
}

/// A JSON patch with one more operation.
fn with(mut patch: Value, operation: Option<Value>) -> Value {
    if let Value::Array(operations) = &mut patch {
        operations.extend(operation);
    }
    patch
}

fn reason(word: &str, message: String) -> Reason {
    Reason {
        word: word.to_owned(),
        message,
        ..Reason::default()
    }
}
