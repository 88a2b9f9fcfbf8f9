//! What a run did to a subject: state, reason, times, evidence, and what was read back.

use std::io::{self, Write};

use super::time_element;
use crate::report::escape::html;
use crate::report::states::meaning;
use crate::report::words::{duration, read_back};
use crate::report::{Report, Rollout, Subject};

/// What the filter looks at; nothing where the report is not of a rollout.
pub(super) fn attribute(report: &Report, subject: &Subject) -> String {
    match report.rollout {
        Some(_) => format!(" data-state=\"{}\"", html(state(subject))),
        None => String::new(),
    }
}

/// Its state; empty where it is no part of the rollout.
pub(super) fn state(subject: &Subject) -> &str {
    subject.rollout.as_ref().map_or("", |r| r.state.as_str())
}

/// What was found when it was read again.
pub(super) fn read_back_of(subject: &Subject) -> String {
    let Some(rollout) = &subject.rollout else {
        return String::new();
    };
    let Some(read) = &rollout.live else {
        return "<span class=\"unset\">not asked</span>".to_owned();
    };
    let words = html(&read_back(read));
    match rollout.has_changed_since() {
        true => format!("<strong class=\"refused\">{words}</strong><small>changed since</small>"),
        false => words,
    }
}

/// Writes all that there is.
pub(super) fn write(subject: &Subject, out: &mut dyn Write) -> io::Result<()> {
    let Some(rollout) = &subject.rollout else {
        return Ok(());
    };
    writeln!(out, "<dl class=\"rollout\">")?;
    let mut entry = |name: &str, value: String| match value.as_str() {
        "" => Ok(()),
        value => writeln!(out, "<div><dt>{name}</dt><dd>{value}</dd></div>"),
    };
    entry("Reason", html(&rollout.reason))?;
    entry("Hint", html(&subject.hint))?;
    entry("Turn", turn(rollout))?;
    entry("Read back from the cluster", read(subject, rollout))?;
    entry("Retries", rollout.tries())?;
    entry("Learned", html(&rollout.learned_lines().join("; ")))?;
    entry("What the app has to fix", to_fix(rollout))?;
    entry("New in its logs", list(&rollout.log_lines()))?;
    entry("Taken over from", list(&rollout.took_over))?;
    entry(
        "Evidence, in the directory of the run",
        list(&rollout.evidence),
    )?;
    writeln!(out, "</dl>")?;
    transitions(rollout, out)
}

fn turn(rollout: &Rollout) -> String {
    let Some(started) = rollout.started else {
        return "has not come".to_owned();
    };
    let started = time_element(started);
    match rollout.ended {
        None => format!("{started}, not ended"),
        Some(ended) => {
            let (ended, took) = (
                time_element(ended),
                duration(rollout.started, rollout.ended),
            );
            format!("{started} to {ended}, {took}")
        }
    }
}

fn read(subject: &Subject, rollout: &Rollout) -> String {
    let at = rollout.live.as_ref().map(|read| time_element(read.at));
    let at = at.map(|at| format!(", {at}")).unwrap_or_default();
    format!(
        "{}{at}",
        read_back_of(subject).replace("<small>", " <small>")
    )
}

fn to_fix(rollout: &Rollout) -> String {
    let lines = rollout.left_out.iter().map(|left_out| {
        let fix = Some(&left_out.fix).filter(|fix| !fix.is_empty());
        let fix = fix.map_or(String::new(), |fix| {
            format!(" <small>{}</small>", html(fix))
        });
        let (container, checks) = (html(&left_out.container), html(&left_out.checks.join(", ")));
        let evidence = html(&left_out.evidence);
        format!("{container} runs without {checks}: <code>{evidence}</code>{fix}")
    });
    lines.collect::<Vec<_>>().join("; ")
}

fn list(items: &[String]) -> String {
    let items = items
        .iter()
        .map(|item| format!("<code>{}</code>", html(item)));
    items.collect::<Vec<_>>().join(", ")
}

/// The steps on the way, folded away: the last one is said above.
fn transitions(rollout: &Rollout, out: &mut dyn Write) -> io::Result<()> {
    if rollout.transitions.is_empty() {
        return Ok(());
    }
    let states = rollout.transitions.iter().map(|step| html(&step.state));
    let states = states.collect::<Vec<_>>().join(" \u{2192} ");
    writeln!(
        out,
        "<details class=\"steps\"><summary>{states}</summary>\n<ol>"
    )?;
    for step in &rollout.transitions {
        let reason = match step.reason.as_str() {
            "" => String::new(),
            reason => format!(": {}", html(reason)),
        };
        let (at, state) = (time_element(step.at), html(&step.state));
        let meaning = meaning(&step.state);
        writeln!(
            out,
            "<li>{at} <strong>{state}</strong>{reason} <small>{meaning}</small></li>"
        )?;
    }
    writeln!(out, "</ol></details>")
}
