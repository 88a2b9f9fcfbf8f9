//! The report as one table: a row for each field of each container and of the pod, and one for each subject that
//! has none, so that nothing seen is missing.

use jiff::Timestamp;
use jiff::civil::Date;

use super::controls::{ControlMap, spelled};
use super::states::in_order;
use super::words::{
    cluster, machine_account, outcome, read_back, status, time, utc, visible, yes_or_no,
};
use super::{Place, Report, Rollout, Row, RowStatus, Subject};

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

/// What a rollout's report has beyond them. `live` is the field's value in the cluster when the report was made.
const ROLLOUT_COLUMNS: [&str; 13] = [
    "state",
    "state reason",
    "rollout started (UTC)",
    "rollout ended (UTC)",
    "who",
    "machine account",
    "live",
    "read back",
    "read back at (UTC)",
    "evidence",
    "took over",
    "run",
    "cluster",
];

/// The columns of a report's table.
pub(super) fn columns(report: &Report) -> Vec<&'static str> {
    let more = report.rollout.iter().flat_map(|_| ROLLOUT_COLUMNS);
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
    let started = time(report);
    let subjects = in_order(report).into_iter();
    subjects.flat_map(move |(subject, number)| {
        let line = Line {
            report,
            map,
            subject,
            number,
            started: started.clone(),
        };
        // A message has no other place than a row of the subject's own.
        let own = (subject.rows.is_empty() || !subject.message.is_empty()).then(|| line.own());
        let fields = subject.rows.iter().map(move |row| line.field(row));
        own.into_iter().chain(fields)
    })
}

/// What the lines of one subject have in common.
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

impl Line<'_> {
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
        let container = row.container.as_ref();
        let value = |value: &Option<String>| Cell::text(value.as_deref().unwrap_or_default());
        self.cells(Parts {
            check: [
                Cell::text(&audit_rows.join("; ")),
                Cell::text(&controls.join("; ")),
                Cell::text(row.check.id),
                Cell::text(row.check.title),
            ],
            container: [
                Cell::text(container.map_or("", |c| c.name.as_str())),
                Cell::text(container.map_or("", |c| c.list)),
                Cell::text(container.map_or("", |c| c.image.as_str())),
            ],
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

    fn cells(&self, parts: Parts) -> Vec<Cell> {
        let object = self.subject.object.as_ref();
        let [audit_rows, controls, check, title] = parts.check;
        let [container, list, image] = parts.container;
        let [field, before, after] = parts.field;
        let [exemption, owner, expires] = parts.exemption;
        let more = self.of_rollout(parts.live);
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

    /// The cells of [`ROLLOUT_COLUMNS`]; none where the report is not of a rollout.
    fn of_rollout(&self, live: Cell) -> Vec<Cell> {
        let Some(run) = &self.report.rollout else {
            return Vec::new();
        };
        let rollout = self.subject.rollout.as_ref();
        let text = |of: fn(&Rollout) -> &str| Cell::text(rollout.map(of).unwrap_or_default());
        let list = |of: fn(&Rollout) -> &[String]| {
            Cell::text(
                &rollout
                    .map(|rollout| of(rollout).join("; "))
                    .unwrap_or_default(),
            )
        };
        let read = rollout.and_then(|rollout| rollout.live.as_ref());
        let cells: [Cell; ROLLOUT_COLUMNS.len()] = [
            text(|rollout| &rollout.state),
            text(|rollout| &rollout.reason),
            Cell::time(rollout.and_then(|rollout| rollout.started)),
            Cell::time(rollout.and_then(|rollout| rollout.ended)),
            Cell::text(&run.user),
            Cell::text(&machine_account(run)),
            match rollout {
                Some(_) => live,
                None => Cell::empty(),
            },
            Cell::text(&read.map(read_back).unwrap_or_default()),
            Cell::time(read.map(|read| read.at)),
            list(|rollout| &rollout.evidence),
            list(|rollout| &rollout.took_over),
            Cell::text(&run.id),
            Cell::text(&cluster(run)),
        ];
        cells.into()
    }
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
