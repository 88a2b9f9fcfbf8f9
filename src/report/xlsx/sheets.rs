//! The sheets that hold rows: one for each object, one for each field.

use rust_xlsxwriter::{ColNum, ExcelDateTime, IgnoreError, RowNum, Worksheet, XlsxError};

use super::steps::{ROLLOUT_COLUMNS, rollout_cells, state_cell};
use super::style::Style;
use crate::report::states::in_order;
use crate::report::table::{Cell, columns};
use crate::report::words::{outcome, visible};
use crate::report::{Counts, Report, Subject};

/// Rows of a sheet below its header: Excel's "specifications and limits".
pub(super) const MOST_ROWS: usize = 1_048_575;

/// Characters of a cell, in UTF-16: the same page says 32,767. Less, so that the remark fits.
const LONGEST_TEXT: usize = 32_000;

/// A4 in Excel's numbering.
const A4: u8 = 9;

/// Columns of the sheet "Objects" with their widths.
pub(super) const OBJECT_COLUMNS: [(&str, u8); 14] = [
    ("subject", 8),
    ("object", 27),
    ("API version", 11),
    ("namespace", 13),
    ("outcome", 16),
    ("message", 32),
    ("hint", 24),
    ("file", 27),
    ("line", 6),
    ("column", 7),
    ("compliant", 10),
    ("fixed", 8),
    ("needs a decision", 9),
    ("exempt", 8),
];

/// Widths of the columns of the table of fields, in their order; those of a rollout are the last ones.
const FIELD_WIDTHS: [u8; 41] = [
    7, 19, 17, 19, 20, 10, 11, 12, 11, 11, 18, 24, 10, 10, 14, 24, 20, 10, 10, 19, 6, 7, 9, 8, 12,
    8, 8, 14, 12, 24, 12, 12, 16, 14, 10, 14, 12, 26, 16, 20, 24,
];

/// Points of a line of text, and of the highest row that Excel takes.
const LINE: f64 = 13.5;
const HIGHEST: f64 = 409.0;

/// What became of each thing that was seen.
pub(super) fn objects(
    sheet: &mut Worksheet,
    report: &Report,
    style: &Style,
) -> Result<(), XlsxError> {
    sheet.set_name("Objects")?;
    let fixed = report.fixed_label();
    let named = |(name, width)| (if name == "fixed" { fixed } else { name }, width);
    let more = report.rollout.iter().flat_map(|_| ROLLOUT_COLUMNS);
    let columns: Vec<_> = OBJECT_COLUMNS.into_iter().map(named).chain(more).collect();
    let widths: Vec<_> = columns.iter().map(|(_, width)| *width).collect();
    header(sheet, columns.into_iter(), report, style)?;
    for ((subject, number), row) in in_order(report).into_iter().zip(1..) {
        let mut cells = object_cells(report, subject, number).to_vec();
        if report.rollout.is_some() {
            cells.extend(rollout_cells(subject));
        }
        line(sheet, row, &cells, &widths, style)?;
        state_cell(sheet, row, subject, style)?;
    }
    finish(sheet, report.subjects.len(), widths.len())
}

fn object_cells(report: &Report, subject: &Subject, number: usize) -> [Cell; OBJECT_COLUMNS.len()] {
    let object = subject.object.as_ref();
    let mut counts = Counts::default();
    let rows = subject.rows.iter();
    rows.for_each(|row| counts.add(row.status.outcome()));
    [
        Cell::Number(number),
        Cell::text(object.map_or("", |o| o.resource.as_str())),
        Cell::text(object.map_or("", |o| o.api_version.as_str())),
        Cell::text(object.map_or("", |o| o.namespace.as_str())),
        Cell::text(outcome(report, subject.outcome)),
        Cell::text(&subject.message),
        Cell::text(&subject.hint),
        Cell::text(&subject.place.path),
        Cell::Number(subject.place.line),
        Cell::Number(subject.place.column),
        Cell::Number(counts.compliant),
        Cell::Number(counts.fixed),
        Cell::Number(counts.needs_decision),
        Cell::Number(counts.exempt),
    ]
}

/// The table.
pub(super) fn fields(
    sheet: &mut Worksheet,
    report: &Report,
    rows: &[Vec<Cell>],
    style: &Style,
) -> Result<(), XlsxError> {
    sheet.set_name("Fields")?;
    let columns = columns(report);
    let width = columns.len();
    header(sheet, columns.into_iter().zip(FIELD_WIDTHS), report, style)?;
    for (cells, row) in rows.iter().zip(1..) {
        line(sheet, row, cells, &FIELD_WIDTHS, style)?;
    }
    // Two pages wide is what A4 takes in a size that can be read; who reads the second sees check and object.
    sheet.set_print_fit_to_pages(2, 0).set_page_order(true);
    finish(sheet, rows.len(), width)
}

pub(super) fn header(
    sheet: &mut Worksheet,
    columns: impl Iterator<Item = (&'static str, u8)>,
    report: &Report,
    style: &Style,
) -> Result<(), XlsxError> {
    for ((name, width), column) in columns.zip(0..) {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(0, column, name, &style.head)?;
    }
    sheet.set_row_height(0, height(2))?;
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    paper(sheet, report);
    Ok(())
}

/// Landscape A4, one page wide, with the run's time and page numbers below.
pub(super) fn paper(sheet: &mut Worksheet, report: &Report) {
    let started = crate::report::words::time(report);
    sheet
        .set_landscape()
        .set_paper_size(A4)
        .set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3)
        .set_print_fit_to_pages(1, 0)
        .set_footer(format!("&L&8kubectl harden, {started}&C&8&A&R&8&P / &N"));
}

/// A filter over all columns, and no remarks on uids that are text.
pub(super) fn finish(sheet: &mut Worksheet, rows: usize, columns: usize) -> Result<(), XlsxError> {
    let last_row = RowNum::try_from(rows).unwrap_or(RowNum::MAX);
    let last_column = ColNum::try_from(columns).unwrap_or(ColNum::MAX) - 1;
    sheet.autofilter(0, 0, last_row, last_column)?;
    let as_text = IgnoreError::NumberStoredAsText;
    sheet.ignore_error_range(0, 0, last_row, last_column, as_text)?;
    Ok(())
}

/// A row that is as high as its text: not every program works that out for itself.
pub(super) fn line(
    sheet: &mut Worksheet,
    row: RowNum,
    cells: &[Cell],
    widths: &[u8],
    style: &Style,
) -> Result<(), XlsxError> {
    let mut lines = 1;
    for ((cell, width), column) in cells.iter().zip(widths).zip(0..) {
        write(sheet, row, column, cell, style)?;
        if let Cell::Text(text) = cell {
            lines = lines.max(lines_of(text, *width));
        }
    }
    sheet.set_row_height(row, height(lines))?;
    Ok(())
}

/// How many lines a text takes in a column: words stay whole where they fit.
pub(super) fn lines_of(text: &str, width: u8) -> usize {
    let width = usize::from(width);
    let of_line = |line: &str| {
        let (mut lines, mut at) = (1, 0);
        for word in line.split(' ').map(|word| word.chars().count() + 1) {
            if at > 0 && at + word > width + 1 {
                (lines, at) = (lines + 1, 0);
            }
            at += word;
            while at > width + 1 {
                (lines, at) = (lines + 1, at - width);
            }
        }
        lines
    };
    text.split('\n').map(of_line).sum()
}

/// Points of so many lines.
pub(super) fn height(lines: usize) -> f64 {
    let lines = u32::try_from(lines).map_or(HIGHEST, f64::from);
    (lines * LINE).min(HIGHEST)
}

fn write(
    sheet: &mut Worksheet,
    row: RowNum,
    column: ColNum,
    cell: &Cell,
    style: &Style,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => {
            let format = style.of_status(text);
            sheet.write_string_with_format(row, column, clipped(text), format)?;
        }
        Cell::Number(number) => {
            let number = u32::try_from(*number).unwrap_or(u32::MAX);
            sheet.write_number_with_format(row, column, number, &style.number)?;
        }
        Cell::Day(day) => match excel_day(*day) {
            Some(excel) => {
                sheet.write_datetime_with_format(row, column, &excel, &style.day)?;
            }
            None => {
                sheet.write_string_with_format(row, column, day.to_string(), &style.text)?;
            }
        },
    }
    Ok(())
}

/// Excel's calendar starts in 1900.
fn excel_day(day: jiff::civil::Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year()).ok()?;
    let (month, day) = (
        u8::try_from(day.month()).ok()?,
        u8::try_from(day.day()).ok()?,
    );
    ExcelDateTime::from_ymd(year, month, day).ok()
}

/// Text that fits a cell, and says so where it is not all there is.
pub(super) fn clipped(text: &str) -> String {
    let text = visible(text);
    let mut units = 0;
    let fits = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > LONGEST_TEXT
    });
    match fits.and_then(|(end, _)| text.get(..end)) {
        Some(start) => {
            let more = text.chars().count() - start.chars().count();
            format!("{start}\n[{more} more characters do not fit a cell]")
        }
        None => text.into_owned(),
    }
}
