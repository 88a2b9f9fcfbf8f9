//! Going on with a run that stopped.

use std::io::{self, IsTerminal};
use std::rc::Rc;

use super::begin::take_in;
use super::check::{Known, check_all};
use super::conduct::{Going, began, open, same_cluster, take_lease};
use super::fail;
use super::halt::Halt;
use super::journal::{History, Runs};
use super::outcome;
use super::overview::ask;
use super::plan::{HardenPlan, PlannedWorkload};
use super::task::Task;
use crate::cli::ApplyArgs;
use crate::tally::count;

/// Goes on with a run, the last one or the named one.
///
/// # Errors
/// No such run, another process at work on it; what keeps it from going on.
pub(super) async fn resume(args: &ApplyArgs, id: Option<&str>) -> anyhow::Result<u8> {
    let mut run = Runs::of_user()?.find(id)?;
    run.take_lock()?;
    let options = run.options()?.with(&args.pace, &args.connection)?;
    let options = options.remembering(args.remember.as_deref());
    let (journal, entries) = run.journal()?;
    let history = History::of(&entries);
    let plan = run.same_plan(&history)?;
    let mut tasks = open_tasks(&plan, &history);
    let untaken = untaken(&plan, &history);
    if tasks.is_empty() && untaken.is_empty() {
        remark!("the run {} has ended: nothing is left to do", run.id);
        if let Some(file) = &args.remember {
            outcome::write_back(&run, &plan, &history, Some(file));
        }
        return Ok(outcome::of(
            &history,
            plan.workloads.len(),
            &Halt::default(),
        ));
    }
    let connection = options.connection.flags(args.connection.token.as_ref());
    let server = same_cluster(&connection, &plan).await?;
    let left = count(tasks.len() + untaken.len(), "workload", "workloads");
    if !args.yes
        && io::stdin().is_terminal()
        && !ask(&format!("Go on with the run {}, {left}?", run.id), "--yes")?
    {
        return Ok(outcome::STOPPED);
    }
    let lease = take_lease(&server, &run, &plan).await?;
    let checked = check_all(&server, &options, &untaken, Known::default(), &|_| {}).await;
    let checked = checked.map_err(fail)?;
    let ledger = open(run, journal, history, &options, &plan, args.color.colors())?;
    ledger.write(began(&server, &ledger.run).await?)?;
    tasks.extend(take_in(&ledger, untaken, checked)?);
    let going = Going {
        server: Rc::new(server),
        connection,
        options,
        ledger,
        lease,
    };
    going.finish(tasks).await
}

/// The workloads of a run that were taken into it and have not ended.
fn open_tasks(plan: &HardenPlan, history: &History) -> Vec<Task> {
    let workloads = plan.workloads.iter();
    let open = workloads.filter_map(|workload| {
        let track = history.tracks.get(&workload.object.shown())?;
        (!track.state().is_final()).then(|| Task {
            workload: Rc::new(workload.clone()),
            state: track.state(),
            calm: track.calm.clone(),
        })
    });
    open.collect()
}

/// The workloads of which the journal says nothing, because the first process died while it began: what its checks
/// said of them, whether they may be changed at all, died with it.
fn untaken(plan: &HardenPlan, history: &History) -> Vec<PlannedWorkload> {
    let workloads = plan.workloads.iter();
    let untaken =
        workloads.filter(|workload| !history.tracks.contains_key(&workload.object.shown()));
    untaken.cloned().collect()
}
