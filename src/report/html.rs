//! One page that needs nothing else: no request, no script to be read, printable. The totals come first, then every
//! object with its fields before and after.
//!
//! The page forbids itself everything but its own style and script, by their hashes.

mod filters;
mod subject;
mod totals;

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::controls::ControlMap;
use super::escape::html;
use super::words::{time, verdict};
use super::{Format, Outcome, Report, RowStatus};

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
        totals::write(report, &self.controls, out)?;
        filters::write(report, out)?;
        subject::index(report, out)?;
        for (subject, number) in report.subjects.iter().zip(1..) {
            subject::write(report, subject, number, out)?;
        }
        writeln!(out, "</main>")?;
        footer(report, out)?;
        write!(out, "<script>{SCRIPT}</script>\n</body>\n</html>\n")
    }
}

fn header(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let judged = |of: fn(&super::Subject) -> &str| {
        let all: BTreeSet<_> = report
            .subjects
            .iter()
            .map(of)
            .filter(|s| !s.is_empty())
            .collect();
        all.into_iter().collect::<Vec<_>>().join(", ")
    };
    let applied = match report.applied {
        true => "written to the files",
        false => "not written: this is what -w would write",
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
    for (name, value) in [
        ("Run (UTC)", time(report)),
        ("Changes", applied.to_owned()),
        ("Profile", judged(|subject| subject.profile)),
        (
            "Pod Security Standards",
            judged(|subject| &subject.pss_version),
        ),
        ("kubectl harden", env!("CARGO_PKG_VERSION").to_owned()),
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
    format!(
        "<span class=\"status {}\">{}</span>",
        class(outcome),
        html(words)
    )
}

#[cfg(test)]
mod tests;
