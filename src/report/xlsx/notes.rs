//! What to know besides: why values are not the defaults, what programs need to keep running. A sheet of its own.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::sheets::{finish, header, line};
use super::style::Style;
use crate::report::states::in_order;
use crate::report::table::Cell;
use crate::report::{Report, Subject, SubjectNote};

/// Columns of the sheet with their widths.
const COLUMNS: [(&str, u8); 10] = [
    ("subject", 8),
    ("object", 27),
    ("namespace", 13),
    ("container", 14),
    ("image", 24),
    ("topic", 18),
    ("to know", 60),
    ("file", 27),
    ("line", 6),
    ("column", 7),
];

/// All of them, in the order of the sheets.
pub(super) fn all(report: &Report) -> Vec<(&Subject, usize, &SubjectNote)> {
    let notes = in_order(report).into_iter().flat_map(|(subject, number)| {
        let notes = subject.notes.iter();
        notes.map(move |note| (subject, number, note))
    });
    notes.collect()
}

/// The sheet.
pub(super) fn write(
    sheet: &mut Worksheet,
    report: &Report,
    style: &Style,
) -> Result<(), XlsxError> {
    sheet.set_name("To know")?;
    header(sheet, COLUMNS.into_iter(), report, style)?;
    let widths = COLUMNS.map(|(_, width)| width);
    let notes = all(report);
    for ((subject, number, note), row) in notes.iter().zip(1..) {
        line(sheet, row, &cells(subject, *number, note), &widths, style)?;
    }
    finish(sheet, notes.len(), COLUMNS.len())
}

fn cells(subject: &Subject, number: usize, note: &SubjectNote) -> [Cell; COLUMNS.len()] {
    let (object, container) = (subject.object.as_ref(), note.container.as_ref());
    [
        Cell::Number(number),
        Cell::text(object.map_or("", |o| o.resource.as_str())),
        Cell::text(object.map_or("", |o| o.namespace.as_str())),
        Cell::text(container.map_or("", |c| c.name.as_str())),
        Cell::text(container.map_or("", |c| c.image.as_str())),
        Cell::text(note.topic.title()),
        Cell::text(&note.text),
        Cell::text(&note.place.path),
        Cell::Number(note.place.line),
        Cell::Number(note.place.column),
    ]
}
