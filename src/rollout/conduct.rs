//! From a run that has its workloads to its end, whoever began it: `apply`, `--resume`, `undo`.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::task::LocalSet;
use tokio::time::timeout;

use super::halt::Halt;
use super::journal::{Event, History, Journal, Run};
use super::lease::{Lease, NoLease};
use super::ledger::Ledger;
use super::notify::Notifier;
use super::options::Options;
use super::plan::{HardenPlan, PlannedWorkload};
use super::progress::{Kind, Progress};
use super::schedule::Schedule;
use super::signals;
use super::task::Task;
use super::which_cluster::{cluster_name, is_same_cluster};
use super::{fail, identity, outcome};
use crate::cli::Connection;
use crate::cluster::{Connected, Server, connect};
use crate::config::Configs;
use crate::examine::Settings;

/// How long giving the Lease back may take.
const RELEASE: Duration = Duration::from_secs(5);

/// How long a request may take where nobody says otherwise: a server that is silent must not hold a run up for ever.
const REQUEST: Duration = Duration::from_secs(60);

/// The API server that is meant, asked with patience but not for ever.
pub(super) fn server(connected: &Connected, connection: &Connection) -> Server {
    Server::new(connected, connection.request_timeout.or(Some(REQUEST)))
}

/// Runs on a runtime of one thread.
pub(super) fn runtime<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    LocalSet::new().block_on(&runtime, work)
}

/// Connects to a run's cluster.
pub(super) async fn same_cluster(
    connection: &Connection,
    plan: &HardenPlan,
) -> anyhow::Result<Server> {
    let connected = connect(connection).await.map_err(fail)?;
    let server = server(&connected, connection);
    let cluster = cluster_name(&server, &connected, connection).await;
    if !is_same_cluster(&plan.metadata.cluster, &cluster) {
        let (planned, here) = (&plan.metadata.cluster.server, &cluster.server);
        bail!(
            "the run is of the cluster {planned}, and this is {here}\nhint: choose its context with --context"
        );
    }
    Ok(server)
}

/// A run that is about to go on.
pub(super) struct Going {
    pub(super) server: Rc<Server>,
    pub(super) connection: Connection,
    pub(super) options: Options,
    pub(super) ledger: Ledger,
    pub(super) lease: Option<Lease>,
}

impl Going {
    /// Drives the tasks, ends the run, says what came of it.
    pub(super) async fn finish(self, tasks: Vec<Task>) -> anyhow::Result<u8> {
        let file = self.options.remember.clone();
        let (run, plan, history, halt) = self.drive(tasks).await?;
        outcome::say(&run, &plan, &history, &halt);
        outcome::write_back(&run, &plan, &history, file.as_deref());
        Ok(outcome::of(&history, plan.workloads.len(), &halt))
    }

    /// As [`Self::finish`], where the wish is to set back what these names name.
    pub(super) async fn undo(self, tasks: Vec<Task>, names: &[String]) -> anyhow::Result<u8> {
        let (run, _, history, halt) = self.drive(tasks).await?;
        Ok(outcome::say_undone(&run, &history, &halt, names))
    }

    async fn drive(self, tasks: Vec<Task>) -> anyhow::Result<(Run, HardenPlan, History, Rc<Halt>)> {
        let halt = Rc::new(Halt::default());
        signals::watch(&halt)?;
        let ledger = Rc::new(self.ledger);
        let plan = ledger.run.plan()?;
        let schedule = Schedule {
            settings: plan_settings(&plan, &ledger.run)?,
            plan: plan.clone(),
            server: Rc::clone(&self.server),
            connection: self.connection,
            options: Rc::new(self.options),
            ledger: Rc::clone(&ledger),
            halt: Rc::clone(&halt),
            lease: self.lease,
        };
        schedule.run(tasks).await;
        let is_open = |workload: &PlannedWorkload| {
            let state = ledger.history().state(&workload.object.shown());
            !state.is_final()
        };
        let last = match plan.workloads.iter().any(is_open) {
            true => Event::Stopped { why: halt.why() },
            false => Event::Ended,
        };
        let written = ledger.write(last);
        if let Some(lease) = &schedule.lease {
            // It runs out by itself where the server does not answer.
            let _ = timeout(RELEASE, lease.release(&schedule.server)).await;
        }
        drop(schedule);
        let ledger = Rc::into_inner(ledger).context("the run is still under way")?;
        let (run, history) = ledger.finish();
        written.context("the journal cannot be written")?;
        Ok((run, plan, history, halt))
    }
}

/// The settings by which a run's plan was made.
///
/// # Errors
/// A name in the plan that this version does not know.
pub(super) fn plan_settings(plan: &HardenPlan, run: &Run) -> anyhow::Result<Arc<Settings>> {
    let made = jiff::tz::TimeZone::UTC
        .to_datetime(plan.metadata.created_at)
        .date();
    let flags = plan.settings.flags().map_err(anyhow::Error::msg)?;
    Ok(plan.knowing(&Configs::new(flags, made).of(&run.directory)?))
}

pub(super) fn open(
    run: Run,
    journal: Journal,
    history: History,
    options: &Options,
    plan: &HardenPlan,
    colors: bool,
) -> anyhow::Result<Ledger> {
    colored::control::set_override(colors);
    let progress = Arc::new(Progress::new(Kind::of_stderr(), colors));
    let notifier = options.notify_cmd.as_ref().map(|command| {
        let progress = Arc::clone(&progress);
        let cluster = &plan.metadata.cluster.server;
        Notifier::new(command, &run.id, cluster, move |line| progress.say(line))
    });
    let notifier = notifier.transpose().context("cannot run --notify-cmd")?;
    Ok(Ledger::new(run, journal, history, progress, notifier))
}

pub(super) async fn began(server: &Server, run: &Run) -> anyhow::Result<Event> {
    Ok(Event::Began {
        version: env!("CARGO_PKG_VERSION").into(),
        by: identity::local(),
        user: identity::of_cluster(server).await,
        pid: std::process::id(),
        plan: run.plan_hash().context("the run's plan cannot be read")?,
    })
}

pub(super) async fn take_lease(
    server: &Server,
    run: &Run,
    plan: &HardenPlan,
) -> anyhow::Result<Option<Lease>> {
    let namespaces: BTreeSet<_> = plan
        .workloads
        .iter()
        .map(|w| w.object.namespace.clone())
        .collect();
    let namespaces: Vec<_> = namespaces
        .into_iter()
        .filter(|name| !name.is_empty())
        .collect();
    let holder = format!("run {} of {} ({})", run.id, identity::local(), run.mark());
    match Lease::take(server, &holder, &namespaces).await {
        Ok(lease) => Ok(Some(lease)),
        Err(NoLease::Held { by, left }) => bail!(
            "another run is at work in this cluster: {by}\nhint: wait until it ends; if it died, its Lease runs out in {}s, and \
             kubectl harden apply --resume goes on with it",
            left.as_secs() + 1
        ),
        Err(NoLease::Forbidden(failure)) => {
            remark!(
                "Warning: runs are not kept apart, for lack of a right to Leases: {}",
                failure.message
            );
            Ok(None)
        }
        Err(NoLease::Failed(failure)) => Err(fail(failure)),
    }
}
