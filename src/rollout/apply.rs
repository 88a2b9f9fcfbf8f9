//! `kubectl harden apply`: from a plan or from what is selected to a run, and back into a run that stopped.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use serde_json::Value;
use tokio::task::LocalSet;

use super::check::{Checked, Standing, check_all, review};
use super::halt::Halt;
use super::health::Reason;
use super::journal::{Event, History, Journal, Run, Runs};
use super::lease::{Lease, NoLease};
use super::ledger::Ledger;
use super::notify::Notifier;
use super::options::Options;
use super::overview::{Sizes, ask, overview, target};
use super::plan::{HardenPlan, PlannedWorkload};
use super::progress::{Kind, Progress};
use super::schedule::{Schedule, Task};
use super::signals;
use super::state::State;
use super::survey::{cluster_name, is_same_cluster};
use super::{fail, identity, outcome, planning};
use crate::cli::{ApplyArgs, Connection, DryRun};
use crate::cluster::{Server, connect};
use crate::tally::count;

/// Carries a plan out.
///
/// # Errors
/// What keeps it from beginning.
pub fn apply(args: &ApplyArgs) -> anyhow::Result<u8> {
    runtime(async {
        if let Some(run) = &args.resume {
            return resume(args, run.as_deref()).await;
        }
        if args.filename.is_none() && args.resources.is_empty() {
            bail!(
                "must specify one of -f PLAN, TYPE[/NAME] or --resume\nhint: kubectl harden plan deploy -A --out=plan.yaml, \
                 then kubectl harden apply -f plan.yaml"
            );
        }
        fresh(args).await
    })
}

/// Runs on a runtime of one thread.
pub(super) fn runtime<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    LocalSet::new().block_on(&runtime, work)
}

async fn fresh(args: &ApplyArgs) -> anyhow::Result<u8> {
    let options = Options::new(&args.pace, &args.planning, &args.connection)?;
    let connected = connect(&args.connection).await.map_err(fail)?;
    let server = Server::new(&connected, args.connection.request_timeout);
    let plan = match &args.filename {
        Some(path) => read_plan(path)?,
        None => {
            let request = planning::Request {
                words: &args.resources,
                selection: &args.selection,
                connection: &args.connection,
                values: &args.values,
                planning: &args.planning,
            };
            planning::make(&request, &server, &connected).await?
        }
    };
    let cluster = cluster_name(&server, &connected, &args.connection).await;
    if !is_same_cluster(&plan.metadata.cluster, &cluster) {
        bail!(
            "the plan is for the cluster {}, and this is {}\nhint: choose its context with --context{}",
            plan.metadata.cluster.server,
            cluster.server,
            match plan.metadata.cluster.context.as_str() {
                "" => String::new(),
                context => format!("={context}"),
            }
        );
    }
    if args.dry_run == DryRun::Client {
        return would_be(&plan, None);
    }
    allowed(&server, &options, &plan).await?;
    let checked = check(&server, &options, &plan).await?;
    if args.dry_run == DryRun::Server {
        return would_be(&plan, Some(&checked));
    }
    let sizes = Sizes::of(&checked);
    eprint!("{}", overview(&plan, &checked));
    if sizes.sound > 0 && !args.yes {
        let question = format!("Harden {}?", target(&plan, sizes.sound));
        if !ask(
            &question,
            "--yes does not ask; --dry-run=server only checks",
        )? {
            eprintln!("nothing was changed");
            return Ok(outcome::FAILED);
        }
    }
    if plan.workloads.is_empty() {
        eprintln!("nothing to harden");
        return Ok(outcome::DONE);
    }
    begin(args, plan, options, checked, Rc::new(server)).await
}

fn read_plan(path: &Path) -> anyhow::Result<HardenPlan> {
    let text = match path.to_str() {
        Some("-") => io::read_to_string(io::stdin()),
        _ => std::fs::read_to_string(path),
    };
    let text = text.with_context(|| format!("cannot read the plan {}", path.display()))?;
    HardenPlan::read(&text, path).map_err(|error| anyhow!("{error}"))
}

/// `--dry-run`: what would be done, in kubectl's form.
fn would_be(plan: &HardenPlan, checked: Option<&[Checked]>) -> anyhow::Result<u8> {
    let mut stdout = io::stdout().lock();
    let mut is_blocked = false;
    for (i, workload) in plan.workloads.iter().enumerate() {
        let shown = workload.object.shown();
        let standing = checked.and_then(|checked| Some(&checked.get(i)?.standing));
        let line = match (standing, &workload.blocked) {
            (None, None) => format!("{shown} hardened (dry run)"),
            (None, Some(blocked)) => format!("{shown} blocked: {} (dry run)", blocked.reason),
            (Some(Standing::Sound { .. }), _) => format!("{shown} hardened (server dry run)"),
            (Some(Standing::AlreadyDone), _) => format!("{shown} unchanged (server dry run)"),
            (Some(Standing::Gone), _) => format!("{shown} gone (server dry run)"),
            (Some(Standing::Blocked(reason, _)), _) => {
                format!("{shown} blocked: {} (server dry run)", reason.message)
            }
        };
        is_blocked |= line.contains(" blocked: ");
        writeln!(stdout, "{line}")?;
    }
    if let Some(checked) = checked {
        eprint!("{}", overview(plan, checked));
    }
    Ok(if is_blocked {
        outcome::SOME_FAILED
    } else {
        outcome::DONE
    })
}

async fn allowed(server: &Server, options: &Options, plan: &HardenPlan) -> anyhow::Result<()> {
    let access = review(server, options, &plan.workloads)
        .await
        .map_err(fail)?;
    for lacking in &access.lacking {
        eprintln!("Warning: you may not {lacking}: what depends on it is not seen or saved");
    }
    if access.missing.is_empty() {
        return Ok(());
    }
    bail!(
        "you may not {}\nhint: ask for these rights, or select less; kubectl auth can-i shows what you may do",
        access.missing.join(", nor ")
    )
}

async fn check(
    server: &Server,
    options: &Options,
    plan: &HardenPlan,
) -> anyhow::Result<Vec<Checked>> {
    let all = plan.workloads.len();
    let on_terminal = io::stderr().is_terminal();
    let done = |n: usize| {
        if on_terminal && (n == all || n.is_multiple_of(50)) {
            eprint!("\rchecked {n} of {all}{}", if n == all { "\n" } else { "" });
        }
    };
    check_all(server, options, &plan.workloads, &done)
        .await
        .map_err(fail)
}

async fn begin(
    args: &ApplyArgs,
    plan: HardenPlan,
    options: Options,
    checked: Vec<Checked>,
    server: Rc<Server>,
) -> anyhow::Result<u8> {
    let run = Runs::of_user()?.reserve()?;
    let lease = match take_lease(&server, &run, &plan).await {
        Ok(lease) => lease,
        Err(error) => {
            run.abandon();
            return Err(error);
        }
    };
    let originals: Vec<(_, &Value)> = plan
        .workloads
        .iter()
        .zip(&checked)
        .filter(|(_, checked)| !checked.original.is_null())
        .map(|(workload, checked)| (&workload.object, &checked.original))
        .collect();
    let journal = run.begin(&plan, &options, &originals)?;
    let ledger = open(
        run,
        journal,
        History::default(),
        &options,
        &plan,
        args.color.colors(),
    )?;
    ledger.write(began(&server).await)?;
    let mut tasks = Vec::new();
    for (workload, checked) in plan.workloads.into_iter().zip(checked) {
        tasks.extend(place(&ledger, workload, checked)?);
    }
    let going = Going {
        server,
        connection: args.connection.clone(),
        options,
        ledger,
        lease,
    };
    going.finish(tasks).await
}

/// Takes a workload into the run: it has to be done, or it has ended before it began.
fn place(
    ledger: &Ledger,
    workload: PlannedWorkload,
    checked: Checked,
) -> anyhow::Result<Option<Task>> {
    let object = &workload.object;
    let ended = |state, reason| {
        ledger.moved(object, State::Pending, state, Some(reason))?;
        Ok(None)
    };
    let said = |word: &str, message: &str| Reason {
        word: word.into(),
        message: message.into(),
        ..Reason::default()
    };
    match checked.standing {
        Standing::Blocked(reason, _) => ended(State::Blocked, reason),
        Standing::AlreadyDone => ended(
            State::Hardened,
            said("AlreadyDone", "it was as planned already"),
        ),
        Standing::Gone => ended(
            State::Gone,
            said("Deleted", "it was deleted since the plan was made"),
        ),
        Standing::Sound {
            takes_over,
            warnings,
        } => {
            let workload_name = object.shown();
            ledger.write(Event::Checked {
                workload: workload_name,
                takes_over,
                warnings,
            })?;
            Ok(Some(Task {
                workload: Rc::new(workload),
                state: State::Pending,
                calm: None,
            }))
        }
    }
}

async fn resume(args: &ApplyArgs, id: Option<&str>) -> anyhow::Result<u8> {
    let mut run = Runs::of_user()?.find(id)?;
    run.take_lock()?;
    let plan = run.plan()?;
    let options = run.options()?.with(&args.pace, &args.connection)?;
    let (journal, entries) = run.journal()?;
    let history = History::of(&entries);
    let tasks = open_tasks(&plan, &history);
    if tasks.is_empty() {
        eprintln!("the run {} has ended: nothing is left to do", run.id);
        return Ok(outcome::of(
            &history,
            plan.workloads.len(),
            &Halt::default(),
        ));
    }
    let connection = options.connection.flags(args.connection.token.as_ref());
    let server = same_cluster(&connection, &plan).await?;
    let left = count(tasks.len(), "workload", "workloads");
    if !args.yes
        && io::stdin().is_terminal()
        && !ask(&format!("Go on with the run {}, {left}?", run.id), "--yes")?
    {
        return Ok(outcome::STOPPED);
    }
    let lease = take_lease(&server, &run, &plan).await?;
    let ledger = open(run, journal, history, &options, &plan, args.color.colors())?;
    ledger.write(began(&server).await)?;
    let going = Going {
        server: Rc::new(server),
        connection,
        options,
        ledger,
        lease,
    };
    going.finish(tasks).await
}

/// Connects to a run's cluster.
pub(super) async fn same_cluster(
    connection: &Connection,
    plan: &HardenPlan,
) -> anyhow::Result<Server> {
    let connected = connect(connection).await.map_err(fail)?;
    let server = Server::new(&connected, connection.request_timeout);
    let cluster = cluster_name(&server, &connected, connection).await;
    if !is_same_cluster(&plan.metadata.cluster, &cluster) {
        let (planned, here) = (&plan.metadata.cluster.server, &cluster.server);
        bail!(
            "the run is of the cluster {planned}, and this is {here}\nhint: choose its context with --context"
        );
    }
    Ok(server)
}

/// The workloads of a run that have not ended.
fn open_tasks(plan: &HardenPlan, history: &History) -> Vec<Task> {
    let workloads = plan.workloads.iter();
    let open = workloads.filter_map(|workload| {
        let track = history.tracks.get(&workload.object.shown());
        let state = history.state(&workload.object.shown());
        (!state.is_final()).then(|| Task {
            workload: Rc::new(workload.clone()),
            state,
            calm: track.and_then(|track| track.calm.clone()),
        })
    });
    open.collect()
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
        let (run, plan, history, halt) = self.drive(tasks).await?;
        outcome::say(&run, &plan, &history, &halt)?;
        Ok(outcome::of(&history, plan.workloads.len(), &halt))
    }

    /// As [`Self::finish`], where the wish is to set back what these names name.
    pub(super) async fn undo(self, tasks: Vec<Task>, names: &[String]) -> anyhow::Result<u8> {
        let (run, _, history, halt) = self.drive(tasks).await?;
        outcome::say_undone(&run, &history, &halt, names)
    }

    async fn drive(self, tasks: Vec<Task>) -> anyhow::Result<(Run, HardenPlan, History, Rc<Halt>)> {
        let halt = Rc::new(Halt::default());
        signals::watch(&halt)?;
        let ledger = Rc::new(self.ledger);
        let plan = ledger.run.plan()?;
        let schedule = Schedule {
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
            lease.release(&schedule.server).await;
        }
        drop(schedule);
        let ledger = Rc::into_inner(ledger).context("the run is still under way")?;
        let (run, history) = ledger.finish();
        written.context("the journal cannot be written")?;
        Ok((run, plan, history, halt))
    }
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

pub(super) async fn began(server: &Server) -> Event {
    Event::Began {
        version: env!("CARGO_PKG_VERSION").into(),
        by: identity::local(),
        user: identity::of_cluster(server).await,
        pid: std::process::id(),
    }
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
    let holder = format!("run {} of {}", run.id, identity::local());
    match Lease::take(server, &holder, &namespaces).await {
        Ok(lease) => Ok(Some(lease)),
        Err(NoLease::Held { by, left }) => bail!(
            "another run is at work in this cluster: {by}\nhint: wait until it ends; if it died, its Lease runs out in {}s, and \
             kubectl harden apply --resume goes on with it",
            left.as_secs() + 1
        ),
        Err(NoLease::Forbidden(failure)) => {
            eprintln!(
                "Warning: runs are not kept apart, for lack of a right to Leases: {}",
                failure.message
            );
            Ok(None)
        }
        Err(NoLease::Failed(failure)) => Err(fail(failure)),
    }
}
