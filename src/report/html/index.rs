//! The list of all subjects, with links to their sections.

use std::io::{self, Write};

use super::subject::{name, place};
use super::{label, rollout, state_labels};
use crate::report::escape::html;
use crate::report::states::by_urgency;
use crate::report::words::{duration, outcome};
use crate::report::{Report, Subject};

/// Writes it, with what needs a person first.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<section aria-labelledby=\"objects\">\n<h2 id=\"objects\">Objects</h2>"
    )?;
    let columns = match report.rollout {
        Some(_) => {
            "<th scope=\"col\">State</th><th scope=\"col\" class=\"narrow-off\">Turn (UTC)</th>\
             <th scope=\"col\">Read back</th>"
        }
        None => "<th scope=\"col\">Place</th><th scope=\"col\">Outcome</th>",
    };
    writeln!(
        out,
        "<table class=\"index\"><thead><tr><th scope=\"col\">Object</th><th scope=\"col\" class=\"narrow-off\">Namespace</th>\
         {columns}</tr></thead>\n<tbody>"
    )?;
    for (subject, number) in by_urgency(report) {
        line(report, subject, number, out)?;
    }
    writeln!(out, "</tbody></table>\n</section>")
}

fn line(report: &Report, subject: &Subject, number: usize, out: &mut dyn Write) -> io::Result<()> {
    let namespace = subject.object.as_ref().map_or("", |o| o.namespace.as_str());
    let (name, reason) = (name(subject), reason(subject));
    write!(
        out,
        "<tr id=\"i{number}\"><th scope=\"row\" class=\"name\"><a href=\"#s{number}\">{name}</a>{reason}</th>\
         <td class=\"narrow-off\">{}</td>",
        html(namespace)
    )?;
    match report.rollout {
        Some(_) => {
            let (labels, turn) = (state_labels(report, subject), turn(subject));
            let read = rollout::read_back_of(subject);
            writeln!(
                out,
                "<td>{labels}</td><td class=\"narrow-off\">{turn}</td><td class=\"words\">{read}</td></tr>"
            )
        }
        None => {
            let outcome = label(subject.outcome, outcome(report, subject.outcome));
            let place = place(&subject.place);
            writeln!(out, "<td><code>{place}</code></td><td>{outcome}</td></tr>")
        }
    }
}

fn reason(subject: &Subject) -> String {
    let reason = subject.rollout.as_ref().map_or("", |r| r.reason.as_str());
    match reason {
        "" => String::new(),
        reason => format!("<small>{}</small>", html(reason)),
    }
}

/// When its turn came, and how long it took.
fn turn(subject: &Subject) -> String {
    let Some(rollout) = &subject.rollout else {
        return String::new();
    };
    let Some(started) = rollout.started else {
        return "not yet".to_owned();
    };
    let took = match duration(rollout.started, rollout.ended).as_str() {
        "" => "not ended".to_owned(),
        took => took.to_owned(),
    };
    format!("{}<small>{took}</small>", super::time_element(started))
}
