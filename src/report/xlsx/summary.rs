//! The first sheet: what was seen, by outcome, check, control and audit row. Every count is a formula over the other
//! sheets, with its result beside it for programs that do not calculate.

use std::collections::BTreeSet;

use rust_xlsxwriter::utility::column_number_to_name;
use rust_xlsxwriter::{ColNum, RowNum, Worksheet, XlsxError};

use super::lines::Lines;
use super::sheets::{OBJECT_COLUMNS, clipped, paper};
use super::style::Style;
use crate::checks::{Check, Control};
use crate::report::by_check::{CheckCounts, by_check};
use crate::report::controls::{ControlMap, spelled};
use crate::report::table::COLUMNS;
use crate::report::words::{STATUSES, meaning, outcome, status_words, statuses, time};
use crate::report::{Outcome, Report};

/// Writes the sheet; `field_rows` is how many rows the sheet "Fields" has below its header.
pub(super) fn write(
    sheet: &mut Worksheet,
    report: &Report,
    map: &ControlMap,
    field_rows: usize,
    style: &Style,
) -> Result<(), XlsxError> {
    sheet.set_name("Summary")?;
    let counts = statuses(report) + 1;
    let widths = [44.0].into_iter().chain(vec![12.0; counts]).chain([60.0]);
    for (width, column) in widths.zip(0..) {
        sheet.set_column_width(column, width)?;
    }
    paper(sheet, report);
    let (row, fields) = (0, field_rows);
    let statuses = ColNum::try_from(counts - 1).unwrap_or(ColNum::MAX);
    let mut lines = Lines {
        sheet,
        style,
        row,
        fields,
        statuses,
    };
    lines.run(report)?;
    lines.rollout(report)?;
    lines.states(report)?;
    lines.outcomes(report)?;
    let checks = lines.checks(report)?;
    lines.controls(report, &checks)?;
    lines.audit_rows(report, map, &checks)
}

/// A check's counts with the row of this sheet that has them.
type Placed = (CheckCounts, RowNum);

impl Lines<'_> {
    fn run(&mut self, report: &Report) -> Result<(), XlsxError> {
        let title = "kubectl harden report";
        self.sheet
            .write_string_with_format(0, 0, title, &self.style.title)?;
        self.row = 2;
        let applied = match (report.applied, &report.rollout) {
            (_, Some(_)) => "yes: the changes are in the cluster",
            (true, None) => "yes: the changes are in the files",
            (false, None) => "no: the changes are what -w would write",
        };
        let judged = |of: fn(&crate::report::Subject) -> &str| {
            let all: BTreeSet<_> = report
                .subjects
                .iter()
                .map(of)
                .filter(|s| !s.is_empty())
                .collect();
            all.into_iter().collect::<Vec<_>>().join(", ")
        };
        for (name, value) in [
            ("run (UTC)", time(report)),
            ("kubectl harden", env!("CARGO_PKG_VERSION").to_owned()),
            ("profile", judged(|subject| subject.profile)),
            (
                "Pod Security Standards",
                judged(|subject| &subject.pss_version),
            ),
            ("applied", applied.to_owned()),
        ] {
            self.text(self.row, 0, name)?;
            self.sheet.write_string(self.row, 1, clipped(&value))?;
            self.row += 1;
        }
        Ok(())
    }

    /// Everything seen, once.
    fn outcomes(&mut self, report: &Report) -> Result<(), XlsxError> {
        self.heading("Objects by outcome", &["outcome", "objects"])?;
        let first = self.row;
        let counts = report.counts();
        let at = OBJECT_COLUMNS
            .iter()
            .position(|(name, _)| *name == "outcome");
        let outcomes = range("Objects", at, report.subjects.len());
        for of in Outcome::ALL {
            let meaning = meaning(report, of);
            let words = outcome(report, of);
            let format = self.style.of_status(words);
            self.sheet
                .write_string_with_format(self.row, 0, words, format)?;
            let formula = format!("COUNTIF({outcomes},A{})", self.row + 1);
            self.count(1, &formula, counts.of(of))?;
            self.note(2, meaning)?;
            self.row += 1;
        }
        self.text(self.row, 0, "seen")?;
        let sum = format!("SUM(B{}:B{})", first + 1, self.row);
        self.total(1, &sum, counts.seen())?;
        let numbers = range("Objects", Some(0), report.subjects.len());
        self.adds_up(
            1,
            &format!("COUNT({numbers})"),
            "rows on the sheet Objects",
            report.subjects.len(),
        )
    }

    /// Fields, by the check that looked at them.
    fn checks(&mut self, report: &Report) -> Result<Vec<Placed>, XlsxError> {
        self.heading("Fields by check", &field_columns(report, "check", "title"))?;
        let header = self.row;
        let first = self.row;
        let column = |name: &str| COLUMNS.iter().position(|column| *column == name);
        let checks = range("Fields", column("check"), self.fields);
        let statuses = range("Fields", column("status"), self.fields);
        let mut placed = Vec::new();
        for counts in by_check(report) {
            self.text(self.row, 0, counts.check.id)?;
            let line = self.row + 1;
            self.fields_by_status(&counts.by_status, |letter| {
                format!("COUNTIFS({checks},$A{line},{statuses},{letter}${header})")
            })?;
            self.text(self.row, self.statuses + 2, counts.check.title)?;
            placed.push((counts, self.row));
            self.row += 1;
        }
        self.text(self.row, 0, "all checks")?;
        let (last, all) = (self.row, report.row_counts().seen());
        let seen = self.statuses + 1;
        for column in 1..=seen {
            let letter = column_number_to_name(column);
            let formula = match last > first {
                true => format!("SUM({letter}{}:{letter}{last})", first + 1),
                false => "0".to_owned(),
            };
            let sum = placed.iter().map(|(counts, _)| {
                let by_status = counts.by_status.get(usize::from(column) - 1);
                let by_status = by_status.filter(|_| column < seen);
                by_status.copied().unwrap_or_else(|| counts.seen())
            });
            self.total(column, &formula, sum.sum())?;
        }
        self.adds_up(
            seen,
            &format!("COUNTIF({checks},\"?*\")"),
            "rows with a check on the sheet Fields",
            all,
        )?;
        Ok(placed)
    }

    /// Items of benchmarks and scanners; a field counts for each that its check supports.
    fn controls(&mut self, report: &Report, checks: &[Placed]) -> Result<(), XlsxError> {
        // One line for each, whatever qualifies it for one check or another.
        let same = |a: &Control, b: &Control| {
            (a.framework, a.version, a.id) == (b.framework, b.version, b.id)
        };
        let mut controls: Vec<&Control> = Vec::new();
        for control in checks.iter().flat_map(|(counts, _)| counts.check.controls) {
            if !controls.iter().any(|known| same(known, control)) {
                controls.push(control);
            }
        }
        if controls.is_empty() {
            return Ok(());
        }
        controls.sort_by_key(|control| (control.framework, control.version));
        self.heading(
            "Fields by control",
            &field_columns(report, "control", "checks"),
        )?;
        for control in controls {
            self.text(self.row, 0, &spelled(control))?;
            let supports = |check: &Check| check.controls.iter().any(|c| same(c, control));
            self.sum_of(checks, supports, "")?;
        }
        Ok(())
    }

    /// The auditor's own rows; a field counts for each that its check answers.
    fn audit_rows(
        &mut self,
        report: &Report,
        map: &ControlMap,
        checks: &[Placed],
    ) -> Result<(), XlsxError> {
        if map.rows().is_empty() {
            return Ok(());
        }
        self.heading(
            "Fields by audit row",
            &field_columns(report, "audit row", "checks"),
        )?;
        for row in map.rows() {
            self.text(self.row, 0, &row.id)?;
            let none = match row.checks.is_empty() {
                true => "no check answers this row",
                false => "no field was seen: ",
            };
            let none = format!("{none}{}", row.checks.join(", "));
            self.sum_of(checks, |check| row.checks.contains(&check.id), &none)?;
        }
        Ok(())
    }

    /// A line with the sums of some checks' lines.
    fn sum_of(
        &mut self,
        checks: &[Placed],
        wanted: impl Fn(&Check) -> bool,
        none: &str,
    ) -> Result<(), XlsxError> {
        let of: Vec<_> = checks
            .iter()
            .filter(|(counts, _)| wanted(counts.check))
            .collect();
        let mut sums = [0; STATUSES];
        for (counts, _) in &of {
            sums.iter_mut()
                .zip(counts.by_status)
                .for_each(|(sum, count)| *sum += count);
        }
        self.fields_by_status(&sums, |letter| {
            let cells = of.iter().map(|(_, row)| format!("{letter}{}", row + 1));
            match of.is_empty() {
                true => "0".to_owned(),
                false => cells.collect::<Vec<_>>().join("+"),
            }
        })?;
        let names: Vec<_> = of.iter().map(|(counts, _)| counts.check.id).collect();
        let names = if names.is_empty() {
            none.to_owned()
        } else {
            names.join(", ")
        };
        self.text(self.row, self.statuses + 2, &names)?;
        self.row += 1;
        Ok(())
    }
}

fn field_columns(report: &Report, first: &'static str, last: &'static str) -> Vec<&'static str> {
    let of_status = status_words(report).into_iter().take(statuses(report));
    let columns = [first].into_iter().chain(of_status);
    columns.chain(["seen", last]).collect()
}

/// The cells of a column below the header.
pub(super) fn range(sheet: &str, column: Option<usize>, rows: usize) -> String {
    let column = column.and_then(|column| ColNum::try_from(column).ok());
    let letter = column_number_to_name(column.unwrap_or_default());
    format!("{sheet}!${letter}$2:${letter}${}", rows.max(1) + 1)
}
