//! The loop over one workload: look, decide, and wait, enter another state or do something.

use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::{Instant, sleep};

use super::clock::Watch;
use super::driver::{Driver, Stop};
use super::logs::Log;
use super::observe::{Look, Observer};
use super::wake::Wake;
use crate::cluster::Failure;
use crate::rollout::health::{Calm, Observed, Reason};
use crate::rollout::journal::Event;
use crate::rollout::machine::{Decision, Proof, Seen, decide};
use crate::rollout::state::State;

/// How long the API server may stay away until the run stops.
const LONGEST_OUTAGE: Duration = Duration::from_secs(600);

/// How long credentials may stay invalid until the run stops.
const LONGEST_LOCKOUT: Duration = Duration::from_secs(60);

/// How long an answer may take until it is said that one waits for it.
const LONG: Duration = Duration::from_secs(10);

/// The pause before the server is asked again.
const PAUSE: Duration = Duration::from_secs(2);

pub(super) struct Steps<'d> {
    pub(super) driver: &'d Driver,
    pub(super) observer: Observer<'d>,
    pub(super) state: State,
    /// Trials that are to be taken away first.
    pub(super) left_trials: Vec<String>,
    pub(super) calm: Option<Calm>,
    pub(super) watch: Watch,
    pub(super) wake: Option<Wake<'d>>,
    pub(super) outage: Option<Instant>,
    /// How often in a row somebody else was faster.
    pub(super) outdated: usize,
    /// What its logs and a command say of it in this state.
    pub(super) proof: Proof,
    /// The logs of the first runs of containers that ended.
    pub(super) first_logs: Vec<Log>,
    /// Whether its changes are others now, or it begins anew.
    pub(super) is_replanned: bool,
}

impl Steps<'_> {
    pub(super) async fn step(&mut self) -> Result<(), Stop> {
        for trial in std::mem::take(&mut self.left_trials) {
            self.end_trial(&trial).await?;
        }
        self.watch.asks();
        let standing = self.standing();
        let looked = self.observer.look(self.state, self.calm.as_ref(), standing);
        let look = match self.patiently(looked).await {
            Ok(look) => look,
            Err(failure) => return self.away(failure).await,
        };
        self.outage = None;
        self.driver.ledger.answered(&self.driver.workload.object);
        let present = match &look.seen {
            Seen::Present(present) => Some(&**present),
            Seen::Gone => None,
        };
        self.watch.seen(present);
        if matches!(self.state, State::Watching | State::Soaking) {
            let pods = &look.observed.new_pods;
            let logs = self.observer.first_logs(pods, &self.first_logs).await;
            self.first_logs.extend(logs);
        }
        self.decide(&look).await
    }

    /// Goes through all states that one look decides on.
    async fn decide(&mut self, look: &Look) -> Result<(), Stop> {
        loop {
            let clock = self.watch.clock();
            match decide(self.state, &look.seen, &clock, &self.driver.limits()) {
                Decision::Wait(what) => return self.wait(what, look).await,
                Decision::Do(effect) => return self.carry_out(effect, &look.observed).await,
                Decision::Enter(state, reason) => {
                    let before = self.state;
                    self.enter(state, reason, &look.observed).await?;
                    if !before.is_seen_as(state) {
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn wait(&mut self, what: String, look: &Look) -> Result<(), Stop> {
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
                &self.driver.pace,
                object,
                self.observer.pods_watch(&look.observed.object),
            )
        });
        wake.next(longest, &look.versions).await;
        Ok(())
    }

    /// Waits for an answer, and says so where that takes long.
    pub(super) async fn patiently<T>(&self, work: impl Future<Output = T>) -> T {
        let work = std::pin::pin!(work);
        match select(work, Box::pin(sleep(LONG))).await {
            Either::Left((answer, _)) => answer,
            Either::Right((_, work)) => {
                let host = self.driver.server.host();
                let waiting = format!("no answer from {host} for {LONG:?}: waiting");
                self.driver
                    .ledger
                    .unanswered(&self.driver.workload.object, &waiting);
                work.await
            }
        }
    }

    /// The server did not answer, or not to us.
    pub(super) async fn away(&mut self, failure: Failure) -> Result<(), Stop> {
        self.watch.unseen();
        let since = *self.outage.get_or_insert_with(Instant::now);
        let longest = match failure.code {
            401 => LONGEST_LOCKOUT,
            403 | 404 => Duration::ZERO,
            _ => LONGEST_OUTAGE,
        };
        if since.elapsed() >= longest {
            self.driver.ledger.left(&self.driver.workload.object);
            return Err(Stop::Unreachable(failure));
        }
        let object = &self.driver.workload.object;
        self.driver.ledger.waits(object, failure.message.clone());
        let hint = match failure.code {
            401 => format!("\nhint: {}", failure.hint),
            _ => String::new(),
        };
        let waiting = format!("{}: waiting for up to {longest:?}{hint}", failure.message);
        self.driver.ledger.unanswered(object, &waiting);
        if matches!(failure.code, 0 | 401) {
            // Whoever logs in again changes the kubeconfig, and after a laptop's sleep a connection may be dead and not
            // know it. Where that fails too, the next request says why.
            let _ = self.driver.server.reconnect(&self.driver.connection).await;
        }
        self.wake = None;
        sleep(PAUSE).await;
        Ok(())
    }

    pub(super) async fn enter(
        &mut self,
        state: State,
        reason: Option<Reason>,
        observed: &Observed,
    ) -> Result<(), Stop> {
        self.enter_after(Vec::new(), state, reason, observed).await
    }

    /// As [`Self::enter`], after what has been done: both are written at once.
    pub(super) async fn enter_after(
        &mut self,
        mut done: Vec<Event>,
        mut state: State,
        mut reason: Option<Reason>,
        observed: &Observed,
    ) -> Result<(), Stop> {
        if self.state == State::Pending && matches!(state, State::Trying | State::Applying) {
            self.keep_logs(observed).await?;
        }
        let was_trying = self.state == State::Trying;
        if was_trying && state == State::Blocked {
            self.save_trial().await?;
            if let Some(why) = self.standing().retry {
                state = State::Pending;
                reason = Some(again(why));
            }
        }
        let object = &self.driver.workload.object;
        if (self.state, state) == (State::Applying, State::Watching) && done.is_empty() {
            done.extend(self.missed_apply(observed));
        }
        if state == State::Soaking {
            let calm = Calm::of(observed);
            done.push(Event::Ready {
                workload: object.shown(),
                calm: calm.clone(),
            });
            self.calm = Some(calm);
        }
        self.driver
            .ledger
            .moved_after(done, object, self.state, state, reason)?;
        self.watch.enter(state);
        self.proof = self.driver.proof(state);
        if (self.state, state) == (State::Applying, State::Watching) {
            self.first_logs.clear();
        }
        self.outdated = 0;
        self.is_replanned = state == State::Pending;
        self.state = state;
        // Only now: a process that dies between the two must not find its trial missing, and make it again.
        match self.observer.trial.clone().filter(|_| was_trying) {
            Some(trial) => self.end_trial(&trial).await,
            None => Ok(()),
        }
    }
}

/// Why it is tried again.
fn again(why: String) -> Reason {
    Reason {
        word: "Retry".into(),
        message: why,
        ..Reason::default()
    }
}
