//! The loop over one workload: look, decide, and wait, enter another state or do something.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::clock::Watch;
use super::driver::{Driver, Stop};
use super::observe::{Look, Observer};
use super::wake::Wake;
use crate::cluster::Failure;
use crate::rollout::health::{Calm, Observed, Reason};
use crate::rollout::journal::Event;
use crate::rollout::machine::{Decision, Seen, decide};
use crate::rollout::state::State;

/// How long the API server may stay away until the run stops.
const LONGEST_OUTAGE: Duration = Duration::from_secs(600);

/// How long credentials may stay invalid until the run stops.
const LONGEST_LOCKOUT: Duration = Duration::from_secs(60);

/// The pause before the server is asked again.
const PAUSE: Duration = Duration::from_secs(2);

pub(super) struct Steps<'d> {
    pub(super) driver: &'d Driver,
    pub(super) observer: Observer<'d>,
    pub(super) state: State,
    pub(super) calm: Option<Calm>,
    pub(super) watch: Watch,
    pub(super) wake: Option<Wake<'d>>,
    pub(super) outage: Option<Instant>,
    /// How often in a row somebody else was faster.
    pub(super) outdated: usize,
}

impl Steps<'_> {
    pub(super) async fn step(&mut self) -> Result<(), Stop> {
        let looked = self.observer.look(self.state, self.calm.as_ref()).await;
        let look = match looked {
            Ok(look) => look,
            Err(failure) => return self.away(failure).await,
        };
        self.outage = None;
        let present = match &look.seen {
            Seen::Present(present) => Some(&**present),
            Seen::Gone => None,
        };
        self.watch.seen(present);
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
        state: State,
        reason: Option<Reason>,
        observed: &Observed,
    ) -> Result<(), Stop> {
        let object = &self.driver.workload.object;
        if self.state == State::Trying {
            self.end_trial(state == State::Blocked).await?;
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
        self.outdated = 0;
        self.state = state;
        Ok(())
    }
}
