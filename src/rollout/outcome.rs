//! What a run comes to: its last lines and its exit code.

use std::io::{self, Write};
use std::time::Duration;

use super::halt::{Halt, Level};
use super::journal::{History, Run};
use super::plan::HardenPlan;
use super::progress::Totals;
use super::state::State;
use crate::printable::printable;

/// Exit codes (docs/overnight.md).
pub(super) const DONE: u8 = 0;
pub(super) const FAILED: u8 = 2;
pub(super) const SOME_FAILED: u8 = 3;
pub(super) const STOPPED: u8 = 4;
pub(super) const INTERRUPTED: u8 = 130;

/// The exit code of a run over so many workloads.
pub(super) fn of(history: &History, workloads: usize, halt: &Halt) -> u8 {
    let states: Vec<_> = history
        .tracks
        .values()
        .map(super::journal::Track::state)
        .collect();
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

/// Says how every workload ended on standard output, and what to do next on standard error.
pub(super) fn say(run: &Run, plan: &HardenPlan, history: &History, halt: &Halt) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for workload in &plan.workloads {
        let shown = workload.object.shown();
        let state = history.state(&shown);
        let reason = history.tracks.get(&shown).and_then(|track| track.reason());
        let line = match reason {
            Some(reason) => format!("{shown} {}: {reason}", state.id()),
            None => format!("{shown} {}", state.id()),
        };
        let printed = writeln!(stdout, "{}", printable(&line));
        match printed {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            other => other?,
        }
    }
    let mut stderr = io::stderr().lock();
    let elapsed = history.started.zip(history.last);
    let totals = Totals {
        counts: history.counts(plan),
        elapsed: elapsed.map_or(Duration::ZERO, |(start, end)| {
            end.duration_since(start).unsigned_abs()
        }),
    };
    writeln!(stderr, "{}", totals.whole(false))?;
    let id = &run.id;
    let is_open = plan
        .workloads
        .iter()
        .any(|w| !history.state(&w.object.shown()).is_final());
    if is_open {
        writeln!(stderr, "stopped: {}", halt.why())?;
        writeln!(stderr, "hint: kubectl harden apply --resume {id} goes on")?;
    }
    if history
        .tracks
        .values()
        .any(|track| track.state() == State::Unrestored)
    {
        writeln!(
            stderr,
            "hint: what could not be set back needs a person: kubectl harden status {id} -o wide"
        )?;
    }
    if history.tracks.values().any(|track| !track.saved.is_empty()) {
        writeln!(
            stderr,
            "hint: logs and events are in {}",
            run.directory.join("evidence").display()
        )?;
    }
    writeln!(
        stderr,
        "hint: kubectl harden report {id} --report html=FILE is the evidence"
    )
}

/// As [`say`] and [`of`], where the wish was to set back.
pub(super) fn say_undone(
    run: &Run,
    history: &History,
    halt: &Halt,
    names: &[String],
) -> anyhow::Result<u8> {
    let mut stdout = io::stdout().lock();
    let states: Vec<_> = names.iter().map(|name| history.state(name)).collect();
    for (name, state) in names.iter().zip(&states) {
        let reason = history.tracks.get(name).and_then(|track| track.reason());
        let reason = reason.filter(|_| *state != State::Restored);
        let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
        writeln!(
            stdout,
            "{}",
            printable(&format!("{name} {}{reason}", state.id()))
        )?;
    }
    if states.iter().any(|state| !state.is_final()) {
        eprintln!(
            "stopped: {}\nhint: kubectl harden apply --resume {} goes on",
            halt.why(),
            run.id
        );
    }
    Ok(match halt.level() {
        Level::Now if halt.is_interrupted() => INTERRUPTED,
        Level::Now => FAILED,
        _ if states.iter().any(|state| !state.is_final()) => STOPPED,
        _ if states.iter().all(|state| *state == State::Restored) => DONE,
        _ => SOME_FAILED,
    })
}
