//! What a rollout did, as cases of its workload's suite.
//!
//! A workload that needs a person is a failure, one that the run is not done with an error: neither passes.

use std::borrow::Cow;

use super::{Case, Verdict, class};
use crate::report::states::{Concern, concern, meaning};
use crate::report::words::{cluster, machine_account, read_back, utc};
use crate::report::{LiveResult, Rollout, Row, RunRecord, Subject};

/// A case for the rollout, with its duration, and one for what was read back.
pub(super) fn cases(subject: &Subject) -> Vec<Case<'_>> {
    let Some(rollout) = &subject.rollout else {
        return Vec::new();
    };
    vec![
        Case {
            class: class(subject),
            name: "rollout".into(),
            seconds: seconds(rollout),
            verdict: of_state(subject, rollout),
        },
        Case {
            class: class(subject),
            name: "read back".into(),
            seconds: 0,
            verdict: of_read(rollout),
        },
    ]
}

fn seconds(rollout: &Rollout) -> u64 {
    let times = rollout.started.zip(rollout.ended);
    let seconds = times.map_or(0, |(started, ended)| {
        ended.duration_since(started).as_secs()
    });
    u64::try_from(seconds).unwrap_or_default()
}

fn of_state<'r>(subject: &'r Subject, rollout: &'r Rollout) -> Verdict<'r> {
    let (state, reason) = (rollout.state.as_str(), rollout.reason.as_str());
    let message = match reason {
        "" => format!("{state}: {}", meaning(state)),
        reason => format!("{state}: {reason}"),
    };
    let mut text = told(rollout);
    if !subject.hint.is_empty() {
        text.push_str(&format!("hint: {}\n", subject.hint));
    }
    match concern(state) {
        Concern::Person => Verdict::Not("failure", Some("rollout"), message.into(), text),
        Concern::Open => Verdict::Not("error", Some("rollout"), message.into(), text),
        Concern::Done if state == "gone" => Verdict::Not("skipped", None, message.into(), text),
        Concern::Done => Verdict::Passed,
    }
}

fn of_read(rollout: &Rollout) -> Verdict<'_> {
    let skipped = |why: Cow<'static, str>| Verdict::Not("skipped", None, why, String::new());
    let Some(read) = &rollout.live else {
        return skipped("not asked".into());
    };
    if matches!(read.result, LiveResult::NotRead(_)) {
        return skipped(read_back(read).into());
    }
    if rollout.has_changed_since() {
        let message = format!("changed since: {}", read_back(read));
        let text = format!("read back: {}\n", utc(read.at));
        return Verdict::Not("failure", Some("changedSince"), message.into(), text);
    }
    Verdict::Passed
}

/// What there is to know of a workload's rollout, a line each.
pub(super) fn told(rollout: &Rollout) -> String {
    let mut text = format!("state: {}\n", rollout.state);
    if !rollout.reason.is_empty() {
        text.push_str(&format!("reason: {}\n", rollout.reason));
    }
    for step in &rollout.transitions {
        let reason = match step.reason.as_str() {
            "" => String::new(),
            reason => format!(": {reason}"),
        };
        text.push_str(&format!("step: {} {}{reason}\n", utc(step.at), step.state));
    }
    if let Some(read) = &rollout.live {
        let (at, found) = (utc(read.at), read_back(read));
        text.push_str(&format!("read back: {at} {found}\n"));
    }
    if rollout.retries > 0 {
        text.push_str(&format!("retries: {}\n", rollout.retries));
    }
    for line in rollout.learned_lines() {
        text.push_str(&format!("learned: {line}\n"));
    }
    for line in rollout.left_out_lines() {
        text.push_str(&format!("to fix: {line}\n"));
    }
    for line in rollout.log_lines() {
        text.push_str(&format!("new in its log: {line}\n"));
    }
    for manager in &rollout.took_over {
        text.push_str(&format!("took over from: {manager}\n"));
    }
    for file in &rollout.evidence {
        text.push_str(&format!("evidence: {file}\n"));
    }
    text
}

/// The same, and every field, for what the suite prints: cases that pass say nothing.
pub(super) fn output(subject: &Subject) -> String {
    let Some(rollout) = &subject.rollout else {
        return String::new();
    };
    let fields = subject.rows.iter().map(|row| {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "unset".into());
        let (before, after) = (value(&row.before), value(&row.after));
        let live = live(row);
        format!(
            "field: {}: before {before}, after {after}, live {live}\n",
            row.field
        )
    });
    told(rollout) + &fields.collect::<String>()
}

/// The field's value in the cluster when the report was made.
pub(super) fn live(row: &Row) -> String {
    match &row.live {
        None => "not read".to_owned(),
        Some(None) => "unset".to_owned(),
        Some(Some(live)) => live.clone(),
    }
}

/// The run as properties of a suite.
pub(super) fn properties(run: &RunRecord) -> Vec<(String, String)> {
    let ended = run.ended.map_or_else(|| "not ended".to_owned(), utc);
    let own = [
        ("run", run.id.clone()),
        ("cluster", cluster(run)),
        ("user", run.user.clone()),
        ("machineAccount", machine_account(run)),
        ("started", utc(run.started)),
        ("ended", ended),
        ("version", run.version.clone()),
    ];
    let own = own.map(|(name, value)| (format!("rollout.{name}"), value));
    let options = run.options.iter();
    let options = options.map(|(name, value)| (format!("rollout.option.{name}"), value.clone()));
    own.into_iter().chain(options).collect()
}
