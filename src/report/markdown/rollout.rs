//! The run of a rollout in the comment: its head, the workloads by state, and tables of what needs a person, what is
//! open and what is done.

use super::bounded::Section;
use super::sections::{CLOSE, cells, code, container, object, prose};
use crate::report::states::{Concern, by_urgency, concern_of, meaning, read_back};
use crate::report::words::{
    cluster, counted, duration, machine_account, plural, read_back as found, status, utc,
};
use crate::report::{Report, Rollout, Row, Subject};

/// Who changed what when, and how it ended; nothing where the report is not of a rollout.
pub(super) fn head(report: &Report) -> String {
    let Some(run) = &report.rollout else {
        return String::new();
    };
    let ended = match run.ended {
        Some(ended) => format!(
            "{} to {}, {}",
            utc(run.started),
            utc(ended),
            duration(Some(run.started), run.ended)
        ),
        None => format!("{}, not ended: it can be resumed", utc(run.started)),
    };
    let options = run.options.iter();
    let options = options.map(|(name, value)| format!("{name} {value}"));
    let mut text = "<table>\n".to_owned();
    for (name, value) in [
        ("run", code(&run.id)),
        ("when (UTC)", ended),
        ("cluster", code(&cluster(run))),
        ("Kubernetes user", code(&run.user)),
        ("machine account", code(&machine_account(run))),
        ("options", prose(&options.collect::<Vec<_>>().join(", "))),
        ("kubectl harden", prose(&run.version)),
        ("read back from the cluster", counted(&read_back(report))),
    ] {
        if !value.is_empty() {
            text += &format!("<tr><th align=\"left\">{name}</th><td>{value}</td></tr>\n");
        }
    }
    text += CLOSE;
    text += "| state | workloads | meaning |\n|:--|--:|:--|\n";
    let states = report.states();
    for (state, count) in &states {
        let words = meaning(state);
        text += &format!("| {} | {count} | {words} |\n", in_table(state));
    }
    let all: usize = states.iter().map(|(_, count)| count).sum();
    text + &format!("| **in the run** | **{all}** | |\n\n")
}

/// A state between pipes: one that is not known may hold anything.
fn in_table(state: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    match state.chars().all(plain) {
        true => state.to_owned(),
        false => code(state).replace('|', "&#124;"),
    }
}

const HEAD: &str = "<table>\n<tr><th>workload</th><th>state</th><th>reason</th><th>turn (UTC)</th><th>read back</th><th>evidence</th></tr>\n";

/// What needs a person, what is open, what is done.
pub(super) fn sections(report: &Report) -> Vec<Section> {
    if report.rollout.is_none() {
        return Vec::new();
    }
    let of = |wanted: Concern| {
        let subjects = by_urgency(report).into_iter();
        let rollouts =
            subjects.filter_map(|(subject, _)| Some((subject, subject.rollout.as_ref()?)));
        let wanted = rollouts.filter(move |(_, rollout)| concern_of(rollout) == wanted);
        wanted
            .map(|(subject, rollout)| line(subject, rollout))
            .collect()
    };
    let section = |heading, wanted| Section {
        heading,
        head: HEAD,
        items: of(wanted),
        tail: CLOSE,
    };
    vec![
        section("### Needs a person\n\n", Concern::Person),
        section("### Still open\n\n", Concern::Open),
        section("### Done\n\n", Concern::Done),
        to_fix(report),
    ]
}

const FIX: &str = "<table>\n<tr><th>workload</th><th>container</th><th>runs without</th><th>seen</th><th>fix</th></tr>\n";

/// The fields that containers run without, and what would make that needless.
fn to_fix(report: &Report) -> Section {
    let subjects = by_urgency(report).into_iter();
    let all = subjects.flat_map(|(subject, _)| {
        let left_out = subject.rollout.iter().flat_map(|rollout| &rollout.left_out);
        left_out.map(move |one| {
            cells(&[
                object(subject),
                code(&one.container),
                code(&one.checks.join(", ")),
                code(&one.evidence),
                prose(&one.fix),
            ])
        })
    });
    Section {
        heading: "### What the app has to fix\n\n",
        head: FIX,
        items: all.collect(),
        tail: CLOSE,
    }
}

fn line(subject: &Subject, rollout: &Rollout) -> String {
    let read = rollout.live.as_ref().map(found);
    let mut read = prose(read.as_deref().unwrap_or("not asked"));
    if rollout.has_changed_since() {
        read = format!("<b>{read}: changed since</b>");
    }
    let mut reason = vec![prose(&rollout.reason)];
    if !subject.hint.is_empty() {
        reason.push(format!("hint: {}", prose(&subject.hint)));
    }
    if !rollout.learned.is_empty() {
        let learned = rollout.learned_lines().join("; ");
        reason.push(format!("learned: {}", prose(&learned)));
    }
    let new = rollout.log_lines().into_iter();
    reason.extend(new.map(|line| format!("new in its log: {}", code(&line))));
    if rollout.retries > 0 {
        reason.push(format!("retries: {}", rollout.retries));
    }
    if !rollout.took_over.is_empty() {
        let managers = rollout.took_over.iter().map(|manager| code(manager));
        let managers = managers.collect::<Vec<_>>().join(", ");
        reason.push(format!("taken over from {managers}"));
    }
    reason.retain(|part| !part.is_empty());
    let evidence = rollout.evidence.iter().map(|file| code(file));
    cells(&[
        object(subject),
        prose(&rollout.state),
        reason.join("<br>"),
        turn(rollout),
        read,
        evidence.collect::<Vec<_>>().join("<br>"),
    ])
}

/// Every field before, after and read back, one collapsed table a workload.
pub(super) fn fields(report: &Report) -> Section {
    let subjects = by_urgency(report).into_iter();
    let rollouts = subjects.filter(|(subject, _)| subject.rollout.is_some());
    let with_fields = rollouts.filter(|(subject, _)| !subject.rows.is_empty());
    Section {
        heading: "### Fields\n\n",
        head: "",
        items: with_fields
            .map(|(subject, _)| fields_of(report, subject))
            .collect(),
        tail: "",
    }
}

fn fields_of(report: &Report, subject: &Subject) -> String {
    let differ = subject.rows.iter().filter(|row| differs(row)).count();
    let differ = match differ {
        0 => String::new(),
        count => format!(", {} otherwise when read back", plural(count, "field")),
    };
    let lines = subject.rows.iter().map(|row| {
        let live = match &row.live {
            None => "not read".to_owned(),
            Some(live) if differs(row) => format!("<b>{}</b>", value(live)),
            Some(live) => value(live),
        };
        cells(&[
            container(row),
            code(row.check.id),
            value(&row.before),
            value(&row.after),
            live,
            prose(status(report, &row.status)),
        ])
    });
    let lines: String = lines.collect();
    let (name, all) = (object(subject), plural(subject.rows.len(), "field"));
    format!(
        "<details>\n<summary>{name}: {all}{differ}</summary>\n\n<table>\n<tr><th>container</th><th>check</th><th>before</th><th>after</th><th>read back</th><th>status</th></tr>\n{lines}{CLOSE}</details>\n\n"
    )
}

/// Whether the field says something else now.
fn differs(row: &Row) -> bool {
    row.live.as_ref().is_some_and(|live| *live != row.after)
}

fn value(value: &Option<String>) -> String {
    value.as_deref().map_or_else(|| "not set".to_owned(), code)
}

fn turn(rollout: &Rollout) -> String {
    let Some(started) = rollout.started else {
        return "not yet".to_owned();
    };
    match duration(rollout.started, rollout.ended).as_str() {
        "" => format!("{}, not ended", utc(started)),
        took => format!("{}, {took}", utc(started)),
    }
}
