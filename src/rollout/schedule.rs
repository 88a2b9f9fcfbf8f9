//! Which workload starts when: canaries first, so many at a time, within the window, until something says stop.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::drive::{Driver, Pace, Stop, Warnings};
use super::halt::{Halt, Level};
use super::journal::Track;
use super::lease::{Lease, NoLease, RENEWAL};
use super::ledger::Ledger;
use super::options::Options;
use super::plan::{HardenPlan, PlannedWorkload};
use super::progress::{Line, Totals};
use super::state::State;
use super::task::Task;
use super::window::Opening;
use crate::cli::Connection;
use crate::cluster::Server;
use crate::examine::Settings;

/// How often the progress is drawn, and the window and the limits are looked at.
const TICK: Duration = Duration::from_millis(250);

/// How long renewing the Lease may hold the loop up.
const LEASE_TIMEOUT: Duration = Duration::from_secs(5);

/// The shortest time between two drawings: what ends comes in swarms, and each counts all workloads.
const DRAWN: Duration = Duration::from_millis(100);

/// A run that is under way.
pub(super) struct Schedule {
    pub(super) server: Rc<Server>,
    pub(super) connection: Connection,
    pub(super) options: Rc<Options>,
    pub(super) ledger: Rc<Ledger>,
    pub(super) halt: Rc<Halt>,
    pub(super) lease: Option<Lease>,
    pub(super) plan: HardenPlan,
    /// By what workloads are planned anew.
    pub(super) settings: Arc<Settings>,
}

/// What the loop holds.
struct Active {
    /// Not yet started, in order.
    queue: VecDeque<Task>,
    drivers: JoinSet<(Rc<PlannedWorkload>, Result<State, Stop>)>,
    /// The workloads that have a driver, with the time of its start.
    running: Vec<(Rc<PlannedWorkload>, Instant)>,
    warnings: Rc<Warnings>,
    pace: Rc<Pace>,
    /// Whether the window has been open.
    was_open: bool,
    note: Option<String>,
    renewed: Instant,
    /// Canaries and how they have ended, failures counted.
    failures: usize,
}

impl Schedule {
    /// Drives all tasks, so many at a time; those that were under way go on before others start. Returns when nothing is
    /// under way.
    pub(super) async fn run(&self, tasks: Vec<Task>) {
        let (under_way, pending): (Vec<_>, Vec<_>) = tasks
            .into_iter()
            .partition(|task| task.state != State::Pending);
        let tracks_failed = self
            .ledger
            .history()
            .tracks
            .values()
            .filter(|track| track.state().is_failure() && !track.is_undone())
            .count();
        let mut active = Active {
            queue: under_way.into_iter().chain(pending).collect(),
            drivers: JoinSet::new(),
            running: Vec::new(),
            warnings: Rc::default(),
            pace: Rc::default(),
            was_open: false,
            note: None,
            renewed: Instant::now(),
            failures: tracks_failed,
        };
        let started = Instant::now();
        let mut drawn = None;
        loop {
            self.look_at_limits(&mut active);
            while self.may_start(&mut active) {
                if let Some(task) = active.queue.pop_front() {
                    self.start(&mut active, task);
                }
            }
            let is_idle = active.drivers.is_empty();
            if is_idle && (active.queue.is_empty() || self.halt.level() > Level::Run) {
                break;
            }
            if drawn.is_none_or(|drawn: Instant| drawn.elapsed() >= DRAWN) {
                drawn = Some(Instant::now());
                self.draw(&active, started.elapsed());
            }
            self.next(&mut active).await;
            self.renew(&mut active).await;
        }
    }

    async fn next(&self, active: &mut Active) {
        if active.drivers.is_empty() {
            let halted = Box::pin(self.halt.now());
            select(Box::pin(sleep(TICK)), halted).await;
            return;
        }
        let joined = {
            let joined = Box::pin(active.drivers.join_next());
            match select(joined, Box::pin(sleep(TICK))).await {
                Either::Left((joined, _)) => joined,
                Either::Right(_) => None,
            }
        };
        match joined {
            Some(Ok((workload, ended))) => self.ended(active, &workload, ended),
            Some(Err(error)) => {
                let why = format!("a workload was left: {error}");
                self.halt.ask(Level::Drain, why);
            }
            None => {}
        }
    }

    fn ended(
        &self,
        active: &mut Active,
        workload: &Rc<PlannedWorkload>,
        ended: Result<State, Stop>,
    ) {
        active
            .running
            .retain(|(running, _)| !Rc::ptr_eq(running, workload));
        match ended {
            Ok(state) => {
                let history = self.ledger.history();
                let track = history.tracks.get(&workload.object.shown());
                let failed = state.is_failure() && !track.is_some_and(Track::is_undone);
                active.failures += usize::from(failed);
                if failed && workload.canary {
                    let why = format!("the canary {} failed", workload.object.shown());
                    self.halt.ask(Level::Drain, why);
                }
            }
            Err(Stop::Halted) => {}
            Err(Stop::Unreachable(failure)) => {
                self.halt.ask(Level::Drain, failure.message);
            }
            Err(Stop::Journal(error)) => {
                self.halt.ask(
                    Level::Now,
                    format!("the journal cannot be written: {error}"),
                );
            }
        }
    }

    fn look_at_limits(&self, active: &mut Active) {
        let limit = self.options.max_failures;
        let would_be_new = active.queue.front().is_some_and(Task::is_new);
        if limit > 0 && active.failures >= limit && would_be_new {
            let why = format!("{} failed: that is --max-failures", active.failures);
            self.halt.ask(Level::Drain, why);
        }
    }

    fn may_start(&self, active: &mut Active) -> bool {
        let has_room = active.running.len() < self.options.concurrency;
        let Some(next) = active.queue.front() else {
            return false;
        };
        let is_canary = |(running, _): &(Rc<PlannedWorkload>, Instant)| running.canary;
        if !next.is_new() {
            return has_room && self.halt.level() == Level::Run;
        }
        let waits_for_canaries = !next.workload.canary && active.running.iter().any(is_canary);
        if !has_room || waits_for_canaries || self.halt.level() > Level::Run {
            return false;
        }
        self.look_at_limits(active);
        self.halt.level() == Level::Run && self.is_open(active)
    }

    /// Whether the window lets something start. It is waited for once; when it has been open and closes, the run
    /// stops.
    fn is_open(&self, active: &mut Active) -> bool {
        let Some(window) = &self.options.window else {
            return true;
        };
        active.note = None;
        let opens = match window.state_at(Timestamp::now(), self.options.needed()) {
            Opening::Open { .. } => {
                active.was_open = true;
                return true;
            }
            Opening::TooLate { next, .. } => next,
            Opening::Closed { opens } => opens,
        };
        if active.was_open || !active.running.is_empty() {
            self.halt.ask(
                Level::Drain,
                "the window closes before another workload would be done",
            );
        } else {
            active.note = Some(format!(
                "waiting for the window: it opens at {}",
                window.clock(opens)
            ));
        }
        false
    }

    fn start(&self, active: &mut Active, task: Task) {
        let workload = Rc::clone(&task.workload);
        active.running.push((Rc::clone(&workload), Instant::now()));
        let driver = Driver {
            server: Rc::clone(&self.server),
            connection: self.connection.clone(),
            workload: self.ledger.history().in_force(&task.workload),
            planned: task.workload,
            settings: Arc::clone(&self.settings),
            options: Rc::clone(&self.options),
            ledger: Rc::clone(&self.ledger),
            warnings: Rc::clone(&active.warnings),
            pace: Rc::clone(&active.pace),
            halt: Rc::clone(&self.halt),
            state: task.state,
            surveys: RefCell::default(),
            calm: task.calm,
        };
        active
            .drivers
            .spawn_local(async move { (workload, driver.drive().await) });
    }

    async fn renew(&self, active: &mut Active) {
        let Some(lease) = self
            .lease
            .as_ref()
            .filter(|_| active.renewed.elapsed() >= RENEWAL)
        else {
            return;
        };
        active.renewed = Instant::now();
        // A server that does not answer is the drivers' concern: the Lease is only not renewed.
        let renewed = tokio::time::timeout(LEASE_TIMEOUT, lease.renew(&self.server)).await;
        if let Ok(Err(NoLease::Held { by, .. })) = renewed {
            self.halt
                .ask(Level::Drain, format!("another run took over: {by}"));
        }
    }

    fn draw(&self, active: &Active, elapsed: Duration) {
        let history = self.ledger.history();
        let lines: Vec<_> = active
            .running
            .iter()
            .map(|(workload, started)| {
                let object = workload.object.shown();
                Line {
                    state: history.state(&object),
                    doing: self.ledger.doing(&object),
                    since: started.elapsed(),
                    object,
                }
            })
            .collect();
        let totals = Totals {
            counts: history.counts(&self.plan),
            elapsed,
        };
        let note = match self.halt.level() {
            Level::Run => active.note.clone(),
            _ => Some(self.halt.note()),
        };
        self.ledger.progress.draw(&lines, &totals, note.as_deref());
    }
}
