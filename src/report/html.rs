//! One page that needs nothing else: no request, no script to be read, printable. The totals come first, then every
//! object with its fields before and after.
//!
//! The page forbids itself everything but its own style and script, by their hashes.

mod filters;
mod index;
mod rollout;
mod run;
mod subject;
mod totals;

use std::collections::BTreeSet;
use std::io::{self, Write};

use jiff::Timestamp;

use super::controls::ControlMap;
use super::escape::html;
use super::states::{Concern, by_urgency, concern};
use super::words::{outcome, time, utc, verdict};
use super::{Format, Outcome, Report, RowStatus, Subject};

const HEAD: &str = include_str!("html/head.html");
const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// The report as a page.
#[derive(Clone, Debug, Default)]
pub struct Html {
    /// The auditor's rows; empty where no map is given.
    pub controls: ControlMap,
}

impl Format for Html {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let started = html(&time(report));
        write!(
            out,
            "{HEAD}<title>kubectl harden report, {started}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        )?;
        header(report, out)?;
        writeln!(out, "<main id=\"main\">")?;
        run::states(report, out)?;
        totals::write(report, &self.controls, out)?;
        filters::write(report, out)?;
        index::write(report, out)?;
        for (subject, number) in by_urgency(report) {
            subject::write(report, subject, number, out)?;
        }
        writeln!(out, "</main>")?;
        footer(report, out)?;
        write!(out, "<script>{SCRIPT}</script>\n</body>\n</html>\n")
    }
}

fn header(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let judged = |of: fn(&Subject) -> &str| {
        let all: BTreeSet<_> = report
            .subjects
            .iter()
            .map(of)
            .filter(|s| !s.is_empty())
            .collect();
        all.into_iter().collect::<Vec<_>>().join(", ")
    };
    let applied = match (report.applied, &report.rollout) {
        (_, Some(_)) => "applied to the cluster",
        (true, None) => "written to the files",
        (false, None) => "not written: this is what -w would write",
    };
    writeln!(
        out,
        "<header>\n<a class=\"skip\" href=\"#objects\">Skip to the objects</a>\n<h1>kubectl harden report</h1>"
    )?;
    writeln!(
        out,
        "<p class=\"verdict\">{}</p>\n<dl class=\"run\">",
        html(&verdict(report))
    )?;
    let (run, version) = match &report.rollout {
        Some(run) => (run::entries(run), run.version.as_str()),
        None => (
            vec![("Run (UTC)", html(&time(report)))],
            env!("CARGO_PKG_VERSION"),
        ),
    };
    for (name, value) in run {
        writeln!(out, "<div><dt>{name}</dt><dd>{value}</dd></div>")?;
    }
    for (name, value) in [
        ("Changes", applied.to_owned()),
        ("Profile", judged(|subject| subject.profile)),
        (
            "Pod Security Standards",
            judged(|subject| &subject.pss_version),
        ),
        ("kubectl harden", version.to_owned()),
    ] {
        if !value.is_empty() {
            writeln!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", html(&value))?;
        }
    }
    writeln!(out, "</dl>\n</header>")
}

fn footer(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (version, started) = (env!("CARGO_PKG_VERSION"), html(&time(report)));
    let words = "Values are effective: a container's own value counts before the pod's. Every object is counted once.";
    writeln!(
        out,
        "<footer><p>{words} kubectl harden {version}, {started}.</p></footer>"
    )
}

/// The class of an outcome.
fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Compliant => "compliant",
        Outcome::Fixed => "fixed",
        Outcome::NeedsDecision => "decision",
        Outcome::Exempt => "exempt",
        Outcome::Refused => "refused",
        Outcome::NotCovered => "uncovered",
    }
}

fn status_label(report: &Report, status: &RowStatus) -> String {
    let words = super::words::status(report, status);
    label(status.outcome(), words)
}

fn label(outcome: Outcome, words: &str) -> String {
    labelled(class(outcome), words)
}

fn labelled(class: &str, words: &str) -> String {
    format!("<span class=\"status {class}\">{}</span>", html(words))
}

/// A state's label, in the colour of what it asks.
fn state_label(state: &str) -> String {
    let class = match (state, concern(state)) {
        ("unrestored", _) => "refused",
        (_, Concern::Person) => "decision",
        ("hardened", _) => "fixed",
        ("unwatched", _) => "exempt",
        _ => "uncovered",
    };
    labelled(class, state)
}

/// The label of a subject's outcome; in a rollout its state, with the outcome where that says more.
fn state_labels(report: &Report, subject: &Subject) -> String {
    let outcome = label(subject.outcome, outcome(report, subject.outcome));
    let Some(rollout) = &subject.rollout else {
        return outcome;
    };
    let state = state_label(&rollout.state);
    match subject.outcome {
        Outcome::Refused | Outcome::Fixed => state,
        _ => format!("{state} {outcome}"),
    }
}

/// A time, to the second.
fn time_element(at: Timestamp) -> String {
    let at = utc(at);
    format!("<time datetime=\"{at}\">{at}</time>")
}

#[cfg(test)]
mod tests;
