//! Beginning a run: its directory, its Lease, its workloads.

use std::rc::Rc;

use serde_json::Value;

use super::check::{Checked, Standing};
use super::conduct::{Going, began, open, take_lease};
use super::health::Reason;
use super::journal::{Event, History, Runs};
use super::ledger::Ledger;
use super::options::Options;
use super::plan::{HardenPlan, PlannedWorkload};
use super::schedule::Task;
use super::state::State;
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
