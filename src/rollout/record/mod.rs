//! `kubectl harden report`: what a run did, as evidence. Before and after are judged anew from the originals that the
//! run kept, by the policy of its plan; what the cluster says now is read again.

mod learned;
mod reading;

use serde_json::Value;

use super::age::exact;
use super::conduct::{plan_settings, runtime};
use super::health::Reason;
use super::journal::{History, Run, Runs, Track, UNDO};
use super::machine::Fields;
use super::options::Options;
use super::plan::{HardenPlan, LeftOut, ObjectRef, PlannedWorkload};
use super::retry::with_lessons;
use super::state::State;
use crate::cli::ReportArgs;
use crate::examine::Settings;
use crate::report::{LiveResult, Outcome, Report, Rollout, RunRecord, Subject, Transition, absent};
use learned::{learned, left_out, log_warnings};
use reading::{Reading, judged, read_again, reread};

/// What a run did.
///
/// # Errors
/// No such run; a cluster that cannot be reached, where it is not left out.
pub fn report(args: &ReportArgs) -> anyhow::Result<Report> {
    let run = Runs::of_user()?.find(args.run.as_deref())?;
    let plan = run.plan()?;
    let options = run.options()?;
    let history = History::of(&run.entries()?);
    let settings = plan_settings(&plan, &run)?;
    let objects: Vec<_> = plan
        .workloads
        .iter()
        .map(|workload| &workload.object)
        .chain(&plan.compliant)
        .collect();
    let readings = match args.offline {
        true => objects.iter().map(|_| None).collect(),
        false => runtime(read_again(args, &plan, &options, &objects))?,
    };
    let recorder = Recorder {
        run: &run,
        history: &history,
        settings: &settings,
    };
    let mut read = readings.into_iter();
    let mut found: Vec<_> = plan
        .workloads
        .iter()
        .map(|workload| recorder.workload(workload, read.next().flatten()))
        .collect();
    found.extend(
        plan.compliant
            .iter()
            .map(|object| recorder.compliant(object, read.next().flatten())),
    );
    found.extend(
        plan.left_out
            .iter()
            .map(|left_out| recorder.left_out(left_out)),
    );
    Ok(Report {
        started: history.started.unwrap_or(plan.metadata.created_at),
        applied: true,
        rollout: Some(record(&run, &plan, &options, &history)),
        subjects: found,
    })
}

fn record(run: &Run, plan: &HardenPlan, options: &Options, history: &History) -> RunRecord {
    let (account, machine) = history.by.split_once('@').unwrap_or((&history.by, ""));
    let mut known = vec![
        ("timeout".to_owned(), exact(options.timeout)),
        ("soak".to_owned(), exact(options.soak)),
        ("concurrency".to_owned(), options.concurrency.to_string()),
        ("max-failures".to_owned(), options.max_failures.to_string()),
    ];
    known.extend(
        options
            .window
            .as_ref()
            .map(|window| ("window".to_owned(), window.to_string())),
    );
    RunRecord {
        id: run.id.clone(),
        server: plan.metadata.cluster.server.clone(),
        context: plan.metadata.cluster.context.clone(),
        user: history.user.clone(),
        account: account.to_owned(),
        machine: machine.to_owned(),
        started: history.started.unwrap_or(plan.metadata.created_at),
        ended: history.last.filter(|_| history.has_ended),
        version: history.version.clone(),
        options: known,
    }
}

/// What is known of a run.
struct Recorder<'r> {
    run: &'r Run,
    history: &'r History,
    settings: &'r Settings,
}

impl Recorder<'_> {
    fn workload(&self, workload: &PlannedWorkload, read: Option<Reading>) -> Subject {
        let object = &workload.object;
        let nothing = Track::default();
        let track = self.history.tracks.get(&object.shown()).unwrap_or(&nothing);
        let original = self.run.original(object).ok();
        let settings = match (&original, track.in_use()) {
            (Some(original), Some((learned, _))) => {
                &with_lessons(self.settings, workload, original, learned)
            }
            _ => self.settings,
        };
        let mut subject = match &original {
            Some(original) => judged(object, original.clone(), settings),
            None => absent(object.shown(), &settings.policy),
        };
        let workload = &track.in_force(workload);
        let state = track.state();
        let reason = track.reason().map(Reason::to_string).unwrap_or_default();
        if !state.is_success() {
            let was_asked_for = track.reason().is_some_and(|reason| reason.word == UNDO);
            let hint = if was_asked_for { "" } else { next_step(state) };
            subject.not_done(&format!("{}: {reason}", state.id()), hint);
        }
        let planned = |found: &Value| match Fields::of(found, &workload.changes) {
            Fields::After => LiveResult::AsPlanned,
            Fields::Before => LiveResult::AsBefore,
            Fields::Other => LiveResult::Differs,
        };
        let live = read.map(|read| reread(&mut subject, object, read, settings, planned));
        subject.rollout = Some(Rollout {
            state: state.id().to_owned(),
            reason,
            started: track.started(),
            ended: track.since().filter(|_| state.is_final()),
            transitions: track
                .transitions
                .iter()
                .map(|(at, state, reason)| Transition {
                    at: *at,
                    state: state.id().to_owned(),
                    reason: reason.as_ref().map(Reason::to_string).unwrap_or_default(),
                })
                .collect(),
            retries: track.retries,
            learned: learned(track),
            left_out: left_out(track),
            log_warnings: log_warnings(track),
            evidence: track.saved.clone(),
            took_over: track.takes_over.clone(),
            live,
        });
        subject
    }

    /// A workload that was fine before: what it says now is all there is to show.
    fn compliant(&self, object: &ObjectRef, read: Option<Reading>) -> Subject {
        let mut subject = absent(object.shown(), &self.settings.policy);
        subject.outcome = Outcome::Compliant;
        if let Some((_, Ok(Some(found)))) = read {
            subject = judged(object, found, self.settings);
            for row in &mut subject.rows {
                row.live = Some(row.before.clone());
            }
        }
        subject
    }

    fn left_out(&self, left_out: &LeftOut) -> Subject {
        let mut subject = absent(left_out.object.clone(), &self.settings.policy);
        subject.outcome = match left_out.reason.as_str() {
            reason if reason.starts_with("needs a decision") => Outcome::NeedsDecision,
            reason if reason.starts_with("exempt") => Outcome::Exempt,
            _ => Outcome::NotCovered,
        };
        subject.message.clone_from(&left_out.reason);
        subject
    }
}

/// What a person does about a workload that is not hardened.
fn next_step(state: State) -> &'static str {
    match state {
        State::Restored => {
            "its logs, events and status were saved before it was set back; mend the cause and plan it again"
        }
        State::Unrestored => "look at it now: it runs neither as before nor as planned",
        State::Overtaken => "plan it again: somebody else changed it during the run",
        State::Blocked => "see the reason; then plan it again",
        State::Gone => "",
        _ => "go on: kubectl harden apply --resume",
    }
}
