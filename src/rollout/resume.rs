//! Going on with a run that stopped.

use std::io::{self, IsTerminal};
use std::rc::Rc;

use super::conduct::{Going, began, open, same_cluster, take_lease};
use super::halt::Halt;
use super::journal::{History, Runs};
use super::outcome;
use super::overview::ask;
use super::plan::HardenPlan;
use super::schedule::Task;
use crate::cli::ApplyArgs;
use crate::tally::count;

/// Goes on with a run, the last one or the named one.
///
/// # Errors
/// No such run, another process at work on it; what keeps it from going on.
pub(super) async fn resume(args: &ApplyArgs, id: Option<&str>) -> anyhow::Result<u8> {
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
