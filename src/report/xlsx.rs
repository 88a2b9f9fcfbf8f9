//! A workbook for the auditor: a summary whose counts are formulas, the objects, the table of fields, what
//! is to know besides, and the steps of a rollout.
//!
//! Text from the input is written as text, never as a formula. The same report gives the same bytes.

mod lines;
mod notes;
mod run;
mod sheets;
mod steps;
mod style;
mod summary;

use std::io::{self, Write};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::controls::ControlMap;
use super::table::{Cell, rows};
use super::{Format, Report};
use style::Style;

/// The report as an Excel workbook.
#[derive(Clone, Debug, Default)]
pub struct Xlsx {
    /// The auditor's rows; empty where no map is given.
    pub controls: ControlMap,
}

impl Format for Xlsx {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let fields: Vec<_> = rows(report, &self.controls).collect();
        let rows = [
            fields.len(),
            report.subjects.len(),
            notes::all(report).len(),
            steps::all(report).len(),
        ];
        fits(
            rows.into_iter().max().unwrap_or_default(),
            sheets::MOST_ROWS,
        )?;
        let workbook = self.workbook(report, &fields);
        let bytes = workbook.and_then(|mut workbook| workbook.save_to_buffer());
        out.write_all(&bytes.map_err(io::Error::other)?)
    }
}

impl Xlsx {
    fn workbook(&self, report: &Report, fields: &[Vec<Cell>]) -> Result<Workbook, XlsxError> {
        let mut workbook = Workbook::new();
        let created = ExcelDateTime::from_timestamp(report.started.as_second())?;
        let properties = DocProperties::new()
            .set_title("kubectl harden report")
            .set_author("kubectl harden")
            .set_creation_datetime(&created);
        workbook.set_properties(&properties);
        let style = Style::new();
        let summary = workbook.add_worksheet();
        summary::write(summary, report, &self.controls, fields.len(), &style)?;
        sheets::objects(workbook.add_worksheet(), report, &style)?;
        sheets::fields(workbook.add_worksheet(), report, fields, &style)?;
        if !notes::all(report).is_empty() {
            notes::write(workbook.add_worksheet(), report, &style)?;
        }
        if report.rollout.is_some() {
            steps::write(workbook.add_worksheet(), report, &style)?;
        }
        Ok(workbook)
    }
}

/// Refuses more rows than a sheet of Excel takes, so that none is lost.
fn fits(rows: usize, most: usize) -> io::Result<()> {
    if rows <= most {
        return Ok(());
    }
    let why = format!(
        "{rows} rows do not fit a sheet of Excel, which takes {most}\nhint: --report csv=FILE"
    );
    Err(io::Error::new(io::ErrorKind::InvalidInput, why))
}

#[cfg(test)]
mod tests;
