//! The report as one table: a row for each field of each container and of the pod, and one for each subject that
//! has none, so that nothing seen is missing. What is to know besides are rows of the same form.

mod rollout;

use jiff::Timestamp;
use jiff::civil::Date;

use super::controls::{ControlMap, spelled};
use super::states::in_order;
use super::words::{outcome, status, time, utc, visible, yes_or_no};
use super::{ContainerName, Place, Report, Row, RowStatus, Subject, SubjectNote};

/// The table's columns. `subject` numbers what was seen from 1 and `outcome` is what became of it: with them the
/// report's counts can be made again from the rows.
pub(super) const COLUMNS: [&str; 28] = [
    "audit row",
    "controls",
    "check",
    "title",
    "object",
    "namespace",
    "kind",
    "name",
    "container",
    "list",
    "image",
    "field",
    "before",
    "after",
    "status",
    "reason",
    "exemption reason",
    "owner",
    "expires",
    "file",
    "line",
    "column",
    "profile",
    "PSS version",
    "time (UTC)",
    "applied",
    "subject",
    "outcome",
];

/// The status of a row that is something to know.
const TO_KNOW: &str = "to know";

/// The columns of a report's table.
pub(super) fn columns(report: &Report) -> Vec<&'static str> {
    let more = report.rollout.iter().flat_map(|_| rollout::COLUMNS);
    COLUMNS.into_iter().chain(more).collect()
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Text; empty where there is nothing to say.
    Text(String),
    /// A count, or a place in a file.
    Number(usize),
    /// A day.
    Day(Date),
}

impl Cell {
    /// Text from the input, with what would hide spelled out.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(visible(text).into_owned())
    }

    /// Nothing.
    pub(super) const fn empty() -> Self {
        Self::Text(String::new())
    }

    /// A time, where there is one.
    pub(super) fn time(at: Option<Timestamp>) -> Self {
        Self::Text(at.map(utc).unwrap_or_default())
    }
}

/// The table's rows, in the order of the report; those of a rollout with what needs a person first.
pub(super) fn rows<'r>(
    report: &'r Report,
    map: &'r ControlMap,
) -> impl Iterator<Item = Vec<Cell>> + 'r {
    lines(report, map).flat_map(Line::rows)
}

/// The same, with a row for each thing to know below those of its subject.
pub(super) fn rows_with_notes<'r>(
    report: &'r Report,
    map: &'r ControlMap,
) -> impl Iterator<Item = Vec<Cell>> + 'r {
    lines(report, map).flat_map(|line| line.clone().rows().chain(line.notes()))
}

fn lines<'r>(report: &'r Report, map: &'r ControlMap) -> impl Iterator<Item = Line<'r>> {
    let started = time(report);
    let subjects = in_order(report).into_iter();
    subjects.map(move |(subject, number)| Line {
        report,
        map,
        subject,
        number,
        started: started.clone(),
    })
}

/// What the lines of one subject have in common.
#[derive(Clone)]
struct Line<'r> {
    report: &'r Report,
    map: &'r ControlMap,
    subject: &'r Subject,
    number: usize,
    started: String,
}

/// The cells in which lines of one subject differ.
struct Parts<'r> {
    check: [Cell; 4],
    container: [Cell; 3],
    field: [Cell; 3],
    status: &'static str,
    reason: String,
    exemption: [Cell; 3],
    place: &'r Place,
    live: Cell,
}

impl<'r> Line<'r> {
    fn rows(self) -> impl Iterator<Item = Vec<Cell>> + use<'r> {
        let subject = self.subject;
        // A message has no other place than a row of the subject's own.
        let own = (subject.rows.is_empty() || !subject.message.is_empty()).then(|| self.own());
        let fields = subject.rows.iter().map(move |row| self.field(row));
        own.into_iter().chain(fields)
    }

    fn notes(self) -> impl Iterator<Item = Vec<Cell>> + use<'r> {
        self.subject.notes.iter().map(move |note| self.note(note))
    }

    fn own(&self) -> Vec<Cell> {
        let Subject { message, hint, .. } = self.subject;
        let reason = match hint.is_empty() {
            true => message.clone(),
            false => format!("{message}; hint: {hint}"),
        };
        self.cells(Parts {
            check: [const { Cell::empty() }; 4],
            container: [const { Cell::empty() }; 3],
            field: [const { Cell::empty() }; 3],
            status: outcome(self.report, self.subject.outcome),
            reason,
            exemption: [const { Cell::empty() }; 3],
            place: &self.subject.place,
            live: Cell::empty(),
        })
    }

    fn field(&self, row: &Row) -> Vec<Cell> {
        let audit_rows: Vec<_> = self.map.rows_of(row.check).collect();
        let controls: Vec<_> = row.check.controls.iter().map(spelled).collect();
        let value = |value: &Option<String>| Cell::text(value.as_deref().unwrap_or_default());
        self.cells(Parts {
            check: [
                Cell::text(&audit_rows.join("; ")),
                Cell::text(&controls.join("; ")),
                Cell::text(row.check.id),
                Cell::text(row.check.title),
            ],
            container: container(row.container.as_ref()),
            field: [
                Cell::text(&row.field),
                value(&row.before),
                value(&row.after),
            ],
            status: status(self.report, &row.status),
            reason: row.detail.clone(),
            exemption: exemption(&row.status),
            place: &row.place,
            live: match &row.live {
                // No JSON looks like this.
                None => Cell::text("not read"),
                Some(live) => value(live),
            },
        })
    }

    /// It has no check, so that counts of fields do not count it.
    fn note(&self, note: &SubjectNote) -> Vec<Cell> {
        self.cells(Parts {
            check: [
                Cell::empty(),
                Cell::empty(),
                Cell::empty(),
                Cell::text(note.topic.title()),
            ],
            container: container(note.container.as_ref()),
            field: [const { Cell::empty() }; 3],
            status: TO_KNOW,
            reason: note.text.clone(),
            exemption: [const { Cell::empty() }; 3],
            place: &note.place,
            live: Cell::empty(),
        })
    }

    fn cells(&self, parts: Parts) -> Vec<Cell> {
        let object = self.subject.object.as_ref();
        let [audit_rows, controls, check, title] = parts.check;
        let [container, list, image] = parts.container;
        let [field, before, after] = parts.field;
        let [exemption, owner, expires] = parts.exemption;
        let more = rollout::cells(self.report, self.subject, parts.live);
        let cells: [Cell; COLUMNS.len()] = [
            audit_rows,
            controls,
            check,
            title,
            Cell::text(object.map_or("", |o| o.resource.as_str())),
            Cell::text(object.map_or("", |o| o.namespace.as_str())),
            Cell::text(object.map_or("", |o| o.kind.as_str())),
            Cell::text(object.map_or("", |o| o.name.as_str())),
            container,
            list,
            image,
            field,
            before,
            after,
            Cell::text(parts.status),
            Cell::text(&parts.reason),
            exemption,
            owner,
            expires,
            Cell::text(&parts.place.path),
            Cell::Number(parts.place.line),
            Cell::Number(parts.place.column),
            Cell::text(self.subject.profile),
            Cell::text(&self.subject.pss_version),
            Cell::text(&self.started),
            Cell::text(yes_or_no(self.report.applied)),
            Cell::Number(self.number),
            Cell::text(outcome(self.report, self.subject.outcome)),
        ];
        cells.into_iter().chain(more).collect()
    }
}

fn container(container: Option<&ContainerName>) -> [Cell; 3] {
    let text = |of: fn(&ContainerName) -> &str| Cell::text(container.map(of).unwrap_or_default());
    [
        text(|container| &container.name),
        text(|container| container.list),
        text(|container| &container.image),
    ]
}

fn exemption(status: &RowStatus) -> [Cell; 3] {
    match status {
        RowStatus::Exempt(exemption) => [
            Cell::text(&exemption.reason),
            Cell::text(&exemption.owner),
            exemption.expires.map_or(Cell::empty(), Cell::Day),
        ],
        _ => [const { Cell::empty() }; 3],
    }
}
