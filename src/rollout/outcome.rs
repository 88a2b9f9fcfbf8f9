//! What a run comes to: its last lines and its exit code.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use super::halt::{Halt, Level};
use super::journal::{History, Run, Track};
use super::lessons::{keep, remember};
use super::plan::HardenPlan;
use super::progress::{Kind, Totals};
use super::state::State;
use crate::printable::printable;

/// Exit codes (docs/overnight-reference.md).
pub(super) const DONE: u8 = 0;
pub(super) const FAILED: u8 = 2;
pub(super) const SOME_FAILED: u8 = 3;
pub(super) const STOPPED: u8 = 4;
pub(super) const INTERRUPTED: u8 = 130;

/// The exit code of a run over so many workloads.
pub(super) fn of(history: &History, workloads: usize, halt: &Halt) -> u8 {
    let states: Vec<_> = history.tracks.values().map(Track::state).collect();
    let ended = states.iter().filter(|state| state.is_final()).count();
    if halt.level() == Level::Now {
        return if halt.is_interrupted() {
            INTERRUPTED
        } else {
            FAILED
        };
    }
    if ended < workloads {
        return STOPPED;
    }
    match states.iter().all(|state| state.is_success()) {
        true => DONE,
        false => SOME_FAILED,
    }
}

/// Says how every workload ended on standard output, what needs a person last, and what to do next on standard error.
pub(super) fn say(run: &Run, plan: &HardenPlan, history: &History, halt: &Halt) {
    let ends = plan.workloads.iter().map(|workload| {
        let shown = workload.object.shown();
        (history.state(&shown), shown)
    });
    let ends: Vec<_> = ends.collect();
    // On a terminal what is done was said when it was, and is still there to be read.
    let is_said = Kind::of_stderr() == Kind::Terminal && io::stdout().is_terminal();
    let (done, rest): (Vec<_>, Vec<_>) = ends.iter().partition(|(state, _)| state.is_success());
    let done = done.into_iter().filter(|_| !is_said);
    let lines = done.chain(rest).map(|(state, shown)| {
        let words = history
            .tracks
            .get(shown)
            .map(Track::words)
            .unwrap_or_default();
        match words.as_str() {
            "" => format!("{shown} {}", state.id()),
            words => format!("{shown} {}: {words}", state.id()),
        }
    });
    print(lines);
    let elapsed = history.started.zip(history.last);
    let totals = Totals {
        counts: history.counts(plan),
        elapsed: elapsed.map_or(Duration::ZERO, |(start, end)| {
            end.duration_since(start).unsigned_abs()
        }),
    };
    remark!("{}", totals.whole(false));
    let said = to_fix(plan, history).into_iter();
    for line in said.chain(log_warnings(history)) {
        remark!("{}", printable(&line));
    }
    for line in next_steps(run, history, ends.iter().map(|(state, _)| *state), halt) {
        remark!("{line}");
    }
}

/// The fields that workloads run without, and what would make that needless.
pub(super) fn to_fix(plan: &HardenPlan, history: &History) -> Vec<String> {
    let workloads = plan
        .workloads
        .iter()
        .map(|workload| workload.object.shown());
    let lines = workloads.flat_map(|shown| {
        let track = history.tracks.get(&shown);
        let to_fix = track.map(Track::to_fix).unwrap_or_default().into_iter();
        to_fix.flat_map(|one| one.lines(&shown)).collect::<Vec<_>>()
    });
    let mut lines: Vec<_> = lines.map(|line| format!("  {line}")).collect();
    if !lines.is_empty() {
        lines.insert(0, "what the app has to fix:".into());
    }
    lines
}

/// Keeps what was learned with the run, and in a file where that was asked for, and says where.
pub(super) fn write_back(run: &Run, plan: &HardenPlan, history: &History, file: Option<&Path>) {
    let kept = match keep(run, plan, history) {
        Ok(kept) => kept,
        Err(error) => return remark!("Warning: what was learned cannot be kept: {error:#}"),
    };
    let Some(kept) = kept else {
        if let Some(file) = file {
            remark!("{}: nothing was learned to be added", file.display());
        }
        return;
    };
    let said = match file
        .filter(|_| !kept.remembered.is_empty())
        .map(|file| remember(file, &kept.remembered))
    {
        Some(Ok(said)) => said,
        Some(Err(error)) => vec![format!(
            "Warning: what was learned is not remembered: {error:#}"
        )],
        None => Vec::new(),
    };
    for line in &said {
        remark!("{}", printable(line));
    }
    let directory = kept.directory.display();
    remark!(
        "hint: what was learned is in {directory}: patches for git, plan.yaml for apply -f, and kubectl-harden.yaml with facts \
         for the same images elsewhere, which --remember adds to .kubectl-harden.yaml"
    );
}

/// Lines on standard output, as far as anybody reads them: a closed pipe is no error, and nothing that cannot be printed
/// undoes what was done.
fn print(lines: impl Iterator<Item = String>) {
    let mut stdout = io::stdout().lock();
    for line in lines {
        match writeln!(stdout, "{}", printable(&line)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return,
            Err(error) => {
                remark!("Warning: cannot write to stdout: {error}");
                return;
            }
        }
    }
}

/// What is new in the logs of workloads that ended as planned.
fn log_warnings(history: &History) -> Vec<String> {
    let tracks = history.tracks.iter();
    let held = tracks.filter(|(_, track)| track.state().is_success());
    let lines = held.flat_map(|(shown, track)| {
        let warnings = track.log_warnings.iter();
        warnings.map(move |warning| format!("Warning: {shown}: {}", warning.words()))
    });
    lines.collect()
}

/// What a person does now, the most urgent first.
fn next_steps(
    run: &Run,
    history: &History,
    states: impl Iterator<Item = State> + Clone,
    halt: &Halt,
) -> Vec<String> {
    let id = &run.id;
    let is_any = |which: fn(State) -> bool| states.clone().any(which);
    let mut lines = Vec::new();
    if is_any(|state| state == State::Unrestored) {
        lines.push(
            "hint: what is unrestored needs a person now: it runs neither as before nor as planned"
                .to_owned(),
        );
    }
    if is_any(|state| !state.is_final()) {
        lines.push(format!("stopped: {}", halt.why()));
        lines.push(format!(
            "hint: to go on: kubectl harden apply --resume {id}"
        ));
    }
    if history.tracks.values().any(|track| !track.saved.is_empty()) {
        lines.push(format!(
            "hint: logs, events and status of what failed are in {}",
            run.directory.join("evidence").display()
        ));
    }
    lines.push(format!(
        "hint: evidence for an auditor: kubectl harden report {id} --report html=night.html"
    ));
    if is_any(State::is_success) {
        lines.push(format!(
            "hint: to set back what was hardened: kubectl harden undo {id}"
        ));
    }
    lines
}

/// As [`say`] and [`of`], where the wish was to set back.
pub(super) fn say_undone(run: &Run, history: &History, halt: &Halt, names: &[String]) -> u8 {
    let states: Vec<_> = names.iter().map(|name| history.state(name)).collect();
    print(names.iter().zip(&states).map(|(name, state)| {
        let reason = history.tracks.get(name).and_then(|track| track.reason());
        let reason = reason.filter(|_| *state != State::Restored);
        let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
        format!("{name} {}{reason}", state.id())
    }));
    if states.iter().any(|state| !state.is_final()) {
        remark!(
            "stopped: {}\nhint: to go on: kubectl harden apply --resume {}",
            halt.why(),
            run.id
        );
    }
    match halt.level() {
        Level::Now if halt.is_interrupted() => INTERRUPTED,
        Level::Now => FAILED,
        _ if states.iter().any(|state| !state.is_final()) => STOPPED,
        _ if states.iter().all(|state| *state == State::Restored) => DONE,
        _ => SOME_FAILED,
    }
}
