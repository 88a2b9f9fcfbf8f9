//! Beginning a run: its directory, its Lease, its workloads.

use std::rc::Rc;

use super::check::{Checked, Standing};
use super::conduct::{Going, began, open, take_lease};
use super::health::Reason;
use super::journal::{Event, History, Runs};
use super::ledger::Ledger;
use super::options::Options;
use super::plan::{HardenPlan, PlannedWorkload};
use super::state::State;
use super::task::Task;
use crate::cli::ApplyArgs;
use crate::cluster::Server;

/// Begins a run over workloads that were checked, and goes through with it.
///
/// # Errors
/// No journal, another run at work; what ends a run before its time.
pub(super) async fn begin(
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
    let originals: Vec<(_, &[u8])> = plan
        .workloads
        .iter()
        .zip(&checked)
        .filter_map(|(workload, checked)| Some((&workload.object, checked.original.as_deref()?)))
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
    ledger.write(began(&server, &ledger.run).await?)?;
    let tasks = take_in(&ledger, plan.workloads, checked)?;
    let going = Going {
        server,
        connection: args.connection.clone(),
        options,
        ledger,
        lease,
    };
    going.finish(tasks).await
}

/// What the journal says of a workload that is to be hardened.
fn taken_in((workload, standing): (&PlannedWorkload, &Standing)) -> Option<Event> {
    let Standing::Sound {
        takes_over,
        warnings,
    } = standing
    else {
        return None;
    };
    Some(Event::Checked {
        workload: workload.object.shown(),
        takes_over: takes_over.clone(),
        warnings: warnings.clone(),
    })
}

/// Takes workloads into the run, and returns what has to be done.
///
/// # Errors
/// The journal cannot be written.
pub(super) fn take_in(
    ledger: &Ledger,
    workloads: Vec<PlannedWorkload>,
    checked: Vec<Checked>,
) -> anyhow::Result<Vec<Task>> {
    let standings = checked.iter().map(|checked| &checked.standing);
    let sound = workloads.iter().zip(standings).filter_map(taken_in);
    ledger.write_all(sound.collect())?;
    let mut tasks = Vec::new();
    for (workload, checked) in workloads.into_iter().zip(checked) {
        tasks.extend(place(ledger, workload, checked.standing)?);
    }
    Ok(tasks)
}

/// Takes a workload into the run: it has to be done, or it has ended before it began.
fn place(
    ledger: &Ledger,
    workload: PlannedWorkload,
    standing: Standing,
) -> anyhow::Result<Option<Task>> {
    let said = |word: &str, message: &str| Reason {
        word: word.into(),
        message: message.into(),
        ..Reason::default()
    };
    let (state, reason) = match standing {
        Standing::Sound { .. } => {
            return Ok(Some(Task {
                workload: Rc::new(workload),
                state: State::Pending,
                calm: None,
            }));
        }
        Standing::Blocked(reason, _) => (State::Blocked, reason),
        Standing::AlreadyDone => (
            State::Hardened,
            said("AlreadyDone", "it was as planned already"),
        ),
        Standing::Gone => (
            State::Gone,
            said("Deleted", "it was deleted since the plan was made"),
        ),
    };
    ledger.moved(&workload.object, State::Pending, state, Some(reason))?;
    Ok(None)
}
