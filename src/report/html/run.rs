//! The run of a rollout: who changed what when, how it ended, and what was read back.

use std::io::{self, Write};

use super::subject::name;
use super::{state_label, state_labels, time_element};
use crate::report::escape::html;
use crate::report::states::{Concern, by_urgency, concern, concern_of, meaning, read_back};
use crate::report::words::{self, cluster, counted, duration, machine_account};
use crate::report::{Report, RunRecord, Subject};

/// The entries of the head, as names and HTML.
pub(super) fn entries(run: &RunRecord) -> Vec<(&'static str, String)> {
    let ended = match run.ended {
        Some(ended) => format!(
            "{} to {}, {}",
            time_element(run.started),
            time_element(ended),
            duration(Some(run.started), run.ended)
        ),
        None => format!(
            "{}, not ended: it can be resumed",
            time_element(run.started)
        ),
    };
    let mut entries = vec![
        ("Run", format!("<code>{}</code>", html(&run.id))),
        ("When", ended),
        ("Cluster", html(&cluster(run))),
        ("Kubernetes user", html(&run.user)),
        ("Machine account", html(&machine_account(run))),
    ];
    if !run.options.is_empty() {
        let options = run.options.iter();
        let options = options.map(|(name, value)| format!("{} {}", html(name), html(value)));
        entries.push(("Options", options.collect::<Vec<_>>().join(" \u{b7} ")));
    }
    entries
}

/// How many workloads stand where, and what was read back.
pub(super) fn states(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.rollout.is_none() {
        return Ok(());
    }
    writeln!(
        out,
        "<section aria-labelledby=\"states\">\n<h2 id=\"states\">What was done</h2>\n\
         <table class=\"totals\"><thead><tr><th scope=\"col\">State</th><th scope=\"col\" class=\"narrow-off\">Meaning</th><th scope=\"col\">To do</th>\
         <th scope=\"col\" class=\"number\">Workloads</th></tr></thead>\n<tbody>"
    )?;
    let states = report.states();
    for (state, count) in &states {
        let (label, meaning) = (state_label(state), meaning(state));
        let asks = match concern(state) {
            Concern::Person => "<strong>a person has to look</strong>",
            Concern::Open => "<strong>still open</strong>",
            Concern::Done => "nothing",
        };
        writeln!(
            out,
            "<tr><th scope=\"row\">{label}</th><td class=\"narrow-off\">{meaning}</td><td>{asks}</td>\
             <td class=\"number\">{count}</td></tr>"
        )?;
    }
    let all: usize = states.iter().map(|(_, count)| count).sum();
    writeln!(
        out,
        "</tbody>\n<tfoot><tr><th scope=\"row\">In the run</th><td class=\"narrow-off\">the sum of the above</td><td></td>\
         <td class=\"number\">{all}</td></tr></tfoot></table>"
    )?;
    read(report, out)?;
    first(report, out)?;
    writeln!(out, "</section>")
}

/// What needs a person and what is open, each with its reason and a link.
fn first(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for (heading, wanted) in [
        ("Needs a person", Concern::Person),
        ("Still open", Concern::Open),
    ] {
        let subjects = by_urgency(report).into_iter();
        let is_wanted = |subject: &Subject| {
            let rollout = subject.rollout.as_ref();
            rollout.is_some_and(|rollout| concern_of(rollout) == wanted)
        };
        let mut subjects = subjects
            .filter(|(subject, _)| is_wanted(subject))
            .peekable();
        if subjects.peek().is_none() {
            continue;
        }
        writeln!(out, "<h3>{heading}</h3>\n<ul class=\"first\">")?;
        for (subject, number) in subjects {
            let (labels, name) = (state_labels(report, subject), name(subject));
            let (namespace, why) = (namespace(subject), why(subject));
            writeln!(
                out,
                "<li>{labels} <a href=\"#s{number}\">{name}</a>{namespace}: {why}</li>"
            )?;
        }
        writeln!(out, "</ul>")?;
    }
    Ok(())
}

fn namespace(subject: &Subject) -> String {
    let namespace = subject.object.as_ref().map_or("", |o| o.namespace.as_str());
    match namespace {
        "" => String::new(),
        namespace => format!(" in {}", html(namespace)),
    }
}

fn why(subject: &Subject) -> String {
    let Some(rollout) = &subject.rollout else {
        return String::new();
    };
    let reason = match (rollout.reason.as_str(), subject.message.as_str()) {
        ("", "") => meaning(&rollout.state).to_owned(),
        ("", message) => html(message),
        (reason, _) => html(reason),
    };
    match rollout.live.as_ref().map(words::read_back) {
        Some(read) if rollout.has_changed_since() => {
            let read = html(&read);
            format!("{reason}; <strong>somebody has changed it since</strong>: read back {read}")
        }
        _ => reason,
    }
}

fn read(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let found = counted(&read_back(report));
    if found.is_empty() {
        return Ok(());
    }
    let rollouts = report.subjects.iter().filter_map(|s| s.rollout.as_ref());
    let times = rollouts.filter_map(|r| r.live.as_ref()).map(|read| read.at);
    let times: Vec<_> = times.collect();
    let when = match (times.iter().min(), times.iter().max()) {
        (Some(first), Some(last)) if first != last => {
            format!(", {} to {}", time_element(*first), time_element(*last))
        }
        (Some(first), _) => format!(", {}", time_element(*first)),
        _ => String::new(),
    };
    writeln!(
        out,
        "<p class=\"read\">Read back from the cluster for this report{when}: {found}.</p>"
    )
}
