//! The sections of the comment: what needs a decision, what is refused, not covered and exempt, and the changes.

use super::bounded::Section;
use super::rollout;
use crate::report::escape::html;
use crate::report::words::{outcome, plural, status};
use crate::report::{Outcome, Place, Report, Row, RowStatus, Subject, SubjectNote};

pub(super) const CLOSE: &str = "</table>\n\n";

/// All sections, also those without items.
pub(super) fn all(report: &Report) -> Vec<Section> {
    let places = "<table>\n<tr><th>place</th><th>object</th><th>why</th><th>what to do</th></tr>\n";
    let table = |heading, head, items| Section {
        heading,
        head,
        items,
        tail: CLOSE,
    };
    let mut sections = rollout::sections(report);
    sections.extend([
        table(
            "### Needs a decision\n\n",
            "<table>\n<tr><th>object</th><th>container</th><th>check</th><th>why</th><th>status</th><th>place</th></tr>\n",
            fields(
                report,
                |status| {
                    matches!(
                        status,
                        RowStatus::NeedsDecision | RowStatus::NeedsUnsafeFixes
                    )
                },
                decision,
            ),
        ),
        table(
            "### Refused\n\n",
            places,
            subjects(report, Outcome::Refused),
        ),
        table(
            "### Not covered\n\n",
            places,
            subjects(report, Outcome::NotCovered),
        ),
        table(
            "### Exempt\n\n",
            "<table>\n<tr><th>object</th><th>container</th><th>check</th><th>reason</th><th>owner</th><th>until</th><th>place</th></tr>\n",
            fields(
                report,
                |status| matches!(status, RowStatus::Exempt(_)),
                exempt,
            ),
        ),
        table(
            "### To know\n\n",
            "<table>\n<tr><th>object</th><th>container</th><th>what to know</th><th>place</th></tr>\n",
            notes(report),
        ),
        Section {
            heading: "### Changes\n\n",
            head: "",
            items: report
                .subjects
                .iter()
                .filter_map(|subject| change(report, subject))
                .collect(),
            tail: "",
        },
    ]);
    sections.push(rollout::fields(report));
    sections
}

fn fields(
    report: &Report,
    wanted: fn(&RowStatus) -> bool,
    line: fn(&Report, &Subject, &Row) -> String,
) -> Vec<String> {
    let rows = report
        .subjects
        .iter()
        .flat_map(|subject| subject.rows.iter().map(move |row| (subject, row)));
    rows.filter(|(_, row)| wanted(&row.status))
        .map(|(subject, row)| line(report, subject, row))
        .collect()
}

fn notes(report: &Report) -> Vec<String> {
    let notes = report
        .subjects
        .iter()
        .flat_map(|subject| subject.notes.iter().map(move |note| (subject, note)));
    let line = |(subject, note): (&Subject, &SubjectNote)| {
        let container = match note.holder() {
            "" => "pod".to_owned(),
            name => code(name),
        };
        cells(&[
            object(subject),
            container,
            prose(&note.text),
            place(&note.place),
        ])
    };
    notes.map(line).collect()
}

fn decision(report: &Report, subject: &Subject, row: &Row) -> String {
    cells(&[
        object(subject),
        container(row),
        code(row.check.id),
        prose(&row.detail),
        prose(status(report, &row.status)),
        place(&row.place),
    ])
}

fn exempt(_: &Report, subject: &Subject, row: &Row) -> String {
    let RowStatus::Exempt(exemption) = &row.status else {
        return String::new();
    };
    cells(&[
        object(subject),
        container(row),
        code(row.check.id),
        prose(&exemption.reason),
        prose(&exemption.owner),
        exemption
            .expires
            .map_or_else(String::new, |day| day.to_string()),
        place(&row.place),
    ])
}

fn subjects(report: &Report, wanted: Outcome) -> Vec<String> {
    let subjects = report
        .subjects
        .iter()
        .filter(|subject| subject.outcome == wanted && subject.rollout.is_none());
    let line = |subject: &Subject| {
        cells(&[
            place(&subject.place),
            object(subject),
            prose(&subject.message),
            prose(&subject.hint),
        ])
    };
    subjects.map(line).collect()
}

/// The diff of one subject, collapsed.
fn change(report: &Report, subject: &Subject) -> Option<String> {
    if subject.diff.is_empty() {
        return None;
    }
    let fixed = subject
        .rows
        .iter()
        .filter(|row| row.status == RowStatus::Fixed)
        .count();
    let (name, place) = (object(subject), place(&subject.place));
    let fields = format!("{} {}", plural(fixed, "field"), report.fixed_label());
    let outcome = match subject.outcome {
        Outcome::Fixed => String::new(),
        other => format!("{}, ", outcome(report, other)),
    };
    let summary = format!("{name} in {place}: {outcome}{fields}");
    let diff = crate::report::words::visible(&subject.diff);
    let fence = fence(&diff);
    let end = if diff.ends_with('\n') { "" } else { "\n" };
    Some(format!(
        "<details>\n<summary>{summary}</summary>\n\n{fence}diff\n{diff}{end}{fence}\n\n</details>\n\n"
    ))
}

/// More backticks than there are in a row in the text (CommonMark 0.31, 4.5).
fn fence(text: &str) -> String {
    let runs = text.split(|c| c != '`').map(str::len);
    "`".repeat(runs.max().unwrap_or(0).max(2) + 1)
}

/// A line of a table. It has no blank line, which would end the HTML block.
pub(super) fn cells(cells: &[String]) -> String {
    let cells: String = cells
        .iter()
        .map(|cell| format!("<td>{cell}</td>"))
        .collect();
    format!("<tr>{cells}</tr>\n")
}

pub(super) fn object(subject: &Subject) -> String {
    let Some(object) = &subject.object else {
        return String::new();
    };
    match object.namespace.is_empty() {
        true => code(&object.resource),
        false => code(&format!("{} -n {}", object.resource, object.namespace)),
    }
}

pub(super) fn container(row: &Row) -> String {
    row.container
        .as_ref()
        .map_or_else(|| "pod".to_owned(), |container| code(&container.name))
}

fn place(place: &Place) -> String {
    code(&format!("{}:{}:{}", place.path, place.line, place.column))
}

/// Text in which GitHub looks for nothing.
pub(super) fn code(text: &str) -> String {
    match text.is_empty() {
        true => String::new(),
        false => format!("<code>{}</code>", lines(text)),
    }
}

/// A sentence: as it is where it has nothing in it that GitHub makes something of, else as code.
pub(super) fn prose(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || " \n,.;!?()[]{}<>=\"'&|*+-_".contains(c);
    let is_reference = |word: &str| word.contains("gh-") || word.contains("www.");
    match text.chars().all(plain) && !is_reference(&text.to_lowercase()) {
        true => lines(text),
        false => code(text),
    }
}

/// Line breaks as tags: an HTML block ends at a blank line.
fn lines(text: &str) -> String {
    html(text).replace('\n', "<br>")
}
