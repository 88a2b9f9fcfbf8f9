//! The filters. They are hidden until the script that carries them out runs.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::checks::Topic;
use crate::report::escape::html;
use crate::report::words::outcome;
use crate::report::{Outcome, Report};

/// Writes the form, with what the report has to choose from.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let rows = || report.subjects.iter().flat_map(|subject| &subject.rows);
    let mut seen: BTreeSet<_> = rows().map(|row| row.status.outcome()).collect();
    seen.extend(
        report
            .subjects
            .iter()
            .filter(|s| s.rows.is_empty())
            .map(|s| s.outcome),
    );
    let outcomes = Outcome::ALL.iter().filter(|of| seen.contains(of));
    let checks: BTreeSet<_> = rows().map(|row| row.check.id).collect();
    let objects = report
        .subjects
        .iter()
        .filter_map(|subject| subject.object.as_ref());
    let namespaces: BTreeSet<_> = objects.map(|object| object.namespace.as_str()).collect();
    writeln!(
        out,
        "<form id=\"filters\" class=\"filters\" aria-label=\"Filter the objects\" hidden>"
    )?;
    let of_outcome = |of: &Outcome| (of.id().to_owned(), outcome(report, *of).to_owned());
    if report.rollout.is_some() {
        states(report, out)?;
    }
    select("status", "Status", outcomes.map(of_outcome), out)?;
    select(
        "check",
        "Check",
        checks.into_iter().map(|id| (id.to_owned(), id.to_owned())),
        out,
    )?;
    topics(report, out)?;
    // The value begins with a colon, so that "no namespace" differs from "all".
    let of_namespace = |name: &str| {
        let shown = if name.is_empty() {
            "(none written)"
        } else {
            name
        };
        (format!(":{name}"), shown.to_owned())
    };
    select(
        "namespace",
        "Namespace",
        namespaces.into_iter().map(of_namespace),
        out,
    )?;
    writeln!(
        out,
        "<label class=\"search\">Text<input type=\"search\" name=\"text\" autocomplete=\"off\" spellcheck=\"false\"></label>"
    )?;
    writeln!(
        out,
        "<button type=\"reset\">Clear</button>\n</form>\n<p id=\"shown\" class=\"shown\" role=\"status\" hidden></p>"
    )
}

/// The states that there are; the value of a subject without one is its lack of a state.
fn states(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let states = report.states().into_iter();
    let option = |(state, _): (&str, usize)| (format!(":{state}"), state.to_owned());
    let none = report.subjects.iter().any(|s| s.rollout.is_none());
    let none = none.then(|| (":".to_owned(), "(not in the run)".to_owned()));
    select("state", "State", states.map(option).chain(none), out)
}

/// What there is to know; nothing to choose where there is nothing.
fn topics(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let notes = report.subjects.iter().flat_map(|subject| &subject.notes);
    let topics: BTreeSet<_> = notes.map(|note| note.topic).collect();
    if topics.is_empty() {
        return Ok(());
    }
    let option = |topic: Topic| (topic.name().to_owned(), topic.title().to_owned());
    select("topic", "To know", topics.into_iter().map(option), out)
}

fn select(
    name: &str,
    words: &str,
    options: impl Iterator<Item = (String, String)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(
        out,
        "<label>{words}<select name=\"{name}\"><option value=\"\">all</option>"
    )?;
    for (value, shown) in options {
        write!(
            out,
            "<option value=\"{}\">{}</option>",
            html(&value),
            html(&shown)
        )?;
    }
    writeln!(out, "</select></label>")
}
