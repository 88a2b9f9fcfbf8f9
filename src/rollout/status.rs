//! `kubectl harden status`: how a run stands, from its journal alone.

use std::io::{self, Write};
use std::thread::sleep;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::journal::{History, Run, Runs, Track};
use super::outcome;
use super::plan::{HardenPlan, PlannedWorkload};
use super::progress::Totals;
use super::table::{self, RunRow, WorkloadRow};
use crate::cli::{StatusArgs, StatusOutput};
use crate::printable::printable;

/// How often a run that goes on is looked at.
const TICK: Duration = Duration::from_millis(500);

/// Says how a run stands.
///
/// # Errors
/// No such run; a journal that cannot be read.
pub fn status(args: &StatusArgs) -> anyhow::Result<u8> {
    let runs = Runs::of_user()?;
    if args.all {
        return list(&runs);
    }
    let run = runs.find(args.run.as_deref())?;
    let plan = run.plan()?;
    let history = History::of(&run.entries()?);
    let mut stdout = io::stdout().lock();
    match args.output {
        Some(StatusOutput::Json) => {
            let json = serde_json::to_string_pretty(&as_json(&run, &plan, &history))?;
            writeln!(stdout, "{json}")?;
        }
        Some(StatusOutput::Name) => {
            for workload in &plan.workloads {
                writeln!(stdout, "{}", workload.object.shown())?;
            }
        }
        None | Some(StatusOutput::Wide) => {
            let is_wide = args.output.is_some();
            write!(stdout, "{}", table::status(&rows(&plan, &history), is_wide))?;
            stdout.flush()?;
            remark!("{}", head(&run, &plan, &history));
            for line in outcome::to_fix(&plan, &history) {
                remark!("{}", printable(&line));
            }
            if args.watch {
                follow(&run, &plan, history, is_wide, &mut stdout)?;
            }
        }
    }
    Ok(outcome::DONE)
}

fn rows(plan: &HardenPlan, history: &History) -> Vec<WorkloadRow> {
    let now = Timestamp::now();
    plan.workloads
        .iter()
        .map(|workload| row(workload, history, now))
        .collect()
}

fn row(workload: &PlannedWorkload, history: &History, now: Timestamp) -> WorkloadRow {
    let object = &workload.object;
    let nothing = Track::default();
    let track = history.tracks.get(&object.shown()).unwrap_or(&nothing);
    let since = track.since().or(history.started).unwrap_or(now);
    let reason = track.reason().cloned().unwrap_or_default();
    WorkloadRow {
        namespace: object.namespace.clone(),
        name: object.object(),
        state: track.state(),
        since: now.duration_since(since),
        reason: track.words(),
        start: track.started(),
        end: track.since().filter(|_| track.state().is_final()),
        pod: reason.pod,
        container: reason.container,
    }
}

fn head(run: &Run, plan: &HardenPlan, history: &History) -> String {
    format!(
        "run {} on {}, {}: {}",
        run.id,
        plan.metadata.cluster.server,
        stand(run, history),
        totals(plan, history).whole(false)
    )
}

fn stand(run: &Run, history: &History) -> &'static str {
    match (run.is_active(), history.has_ended) {
        (true, _) => "under way",
        (false, true) => "ended",
        (false, false) if history.stopped.is_some() => "stopped",
        (false, false) => "interrupted",
    }
}

fn totals(plan: &HardenPlan, history: &History) -> Totals {
    let elapsed = history.started.zip(history.last);
    Totals {
        counts: history.counts(plan),
        elapsed: elapsed.map_or(Duration::ZERO, |(start, end)| {
            end.duration_since(start).unsigned_abs()
        }),
    }
}

/// Prints a row for each change, as `kubectl get -w` does, until nobody works on the run any more.
fn follow(
    run: &Run,
    plan: &HardenPlan,
    mut known: History,
    is_wide: bool,
    stdout: &mut impl Write,
) -> anyhow::Result<()> {
    loop {
        let is_active = run.is_active();
        let history = History::of(&run.entries()?);
        let changed: Vec<_> = plan
            .workloads
            .iter()
            .filter(|workload| {
                let shown = workload.object.shown();
                history.state(&shown) != known.state(&shown)
            })
            .map(|workload| row(workload, &history, Timestamp::now()))
            .collect();
        if !changed.is_empty() {
            let printed = table::status(&changed, is_wide);
            let without_heads = printed.split_once('\n').map_or("", |(_, rows)| rows);
            write!(stdout, "{without_heads}")?;
            stdout.flush()?;
        }
        known = history;
        if !is_active {
            remark!("{}", head(run, plan, &known));
            return Ok(());
        }
        sleep(TICK);
    }
}

fn list(runs: &Runs) -> anyhow::Result<u8> {
    let mut rows = Vec::new();
    for id in runs.ids() {
        let run = runs.find(Some(&id))?;
        let (plan, entries) = match (run.plan(), run.entries()) {
            (Ok(plan), Ok(entries)) => (plan, entries),
            (Err(error), _) | (_, Err(error)) => {
                remark!("Warning: the run {id} cannot be read: {error:#}");
                continue;
            }
        };
        let history = History::of(&entries);
        rows.push(RunRow {
            state: stand(&run, &history).to_owned(),
            run: id,
            started: history.started.unwrap_or(plan.metadata.created_at),
            counts: history.counts(&plan),
            cluster: plan.metadata.cluster.server,
        });
    }
    if rows.is_empty() {
        remark!("No runs found");
        return Ok(outcome::DONE);
    }
    write!(io::stdout().lock(), "{}", table::runs(&rows))?;
    Ok(outcome::DONE)
}

fn as_json(run: &Run, plan: &HardenPlan, history: &History) -> Value {
    let nothing = Track::default();
    let workloads = plan.workloads.iter().map(|workload| {
        let track = history
            .tracks
            .get(&workload.object.shown())
            .unwrap_or(&nothing);
        let transitions = track
            .transitions
            .iter()
            .map(|(at, state, reason)| json!({"at": at, "state": state, "reason": reason}));
        json!({
            "object": workload.object,
            "state": track.state(),
            "reason": track.reason(),
            "how": track.how(),
            "retries": track.retries,
            "findings": track.findings,
            "learned": track.learned,
            "leftOut": track.to_fix(),
            "takesOver": track.takes_over,
            "warnings": track.warnings,
            "notes": track.notes,
            "logWarnings": track.log_warnings,
            "evidence": track.saved,
            "transitions": transitions.collect::<Vec<_>>(),
        })
    });
    json!({
        "run": run.id,
        "directory": run.directory,
        "cluster": plan.metadata.cluster,
        "state": stand(run, history),
        "started": history.started,
        "last": history.last,
        "by": history.by,
        "user": history.user,
        "stopped": history.stopped,
        "workloads": workloads.collect::<Vec<_>>(),
    })
}
