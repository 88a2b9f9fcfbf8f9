//! What a rollout did to each workload: columns of the sheet "Objects", and a sheet of its own with every step.

use rust_xlsxwriter::{ColNum, RowNum, Worksheet, XlsxError};

use super::sheets::{OBJECT_COLUMNS, clipped, finish, header, line};
use super::style::Style;
use crate::report::states::in_order;
use crate::report::table::Cell;
use crate::report::words::read_back;
use crate::report::{Report, Subject, Transition};

/// Columns of the sheet "Objects" for a rollout, after the others, with their widths.
pub(super) const ROLLOUT_COLUMNS: [(&str, u8); 12] = [
    ("state", 12),
    ("state reason", 32),
    ("started (UTC)", 12),
    ("ended (UTC)", 12),
    ("read back", 14),
    ("read back at (UTC)", 12),
    ("evidence", 30),
    ("took over", 18),
    ("retries", 8),
    ("learned", 40),
    ("to fix", 60),
    ("new in its logs", 60),
];

/// Columns of the sheet "Steps".
const STEP_COLUMNS: [(&str, u8); 6] = [
    ("subject", 8),
    ("object", 30),
    ("namespace", 14),
    ("at (UTC)", 22),
    ("state", 14),
    ("reason", 60),
];

/// The cells of [`ROLLOUT_COLUMNS`].
pub(super) fn rollout_cells(subject: &Subject) -> [Cell; ROLLOUT_COLUMNS.len()] {
    let Some(rollout) = &subject.rollout else {
        return [const { Cell::empty() }; ROLLOUT_COLUMNS.len()];
    };
    let read = rollout.live.as_ref();
    [
        Cell::text(&rollout.state),
        Cell::text(&rollout.reason),
        Cell::time(rollout.started),
        Cell::time(rollout.ended),
        Cell::text(&read.map(read_back).unwrap_or_default()),
        Cell::time(read.map(|read| read.at)),
        Cell::text(&rollout.evidence.join("\n")),
        Cell::text(&rollout.took_over.join("\n")),
        Cell::text(&rollout.tries()),
        Cell::text(&rollout.learned_lines().join("\n")),
        Cell::text(&rollout.left_out_lines().join("\n")),
        Cell::text(&rollout.log_lines().join("\n")),
    ]
}

/// The state again, in the look of what it asks.
pub(super) fn state_cell(
    sheet: &mut Worksheet,
    row: RowNum,
    subject: &Subject,
    style: &Style,
) -> Result<(), XlsxError> {
    let Some(rollout) = &subject.rollout else {
        return Ok(());
    };
    let column = ColNum::try_from(OBJECT_COLUMNS.len()).unwrap_or(ColNum::MAX);
    let format = style.of_state(&rollout.state);
    sheet.write_string_with_format(row, column, clipped(&rollout.state), format)?;
    Ok(())
}

/// Every step of every workload, in the order of the sheets.
pub(super) fn all(report: &Report) -> Vec<(&Subject, usize, &Transition)> {
    let steps = in_order(report).into_iter().flat_map(|(subject, number)| {
        let rollout = subject.rollout.iter();
        let steps = rollout.flat_map(|rollout| &rollout.transitions);
        steps.map(move |step| (subject, number, step))
    });
    steps.collect()
}

/// The sheet.
pub(super) fn write(
    sheet: &mut Worksheet,
    report: &Report,
    style: &Style,
) -> Result<(), XlsxError> {
    sheet.set_name("Steps")?;
    header(sheet, STEP_COLUMNS.into_iter(), report, style)?;
    let widths = STEP_COLUMNS.map(|(_, width)| width);
    let steps = all(report);
    for ((subject, number, step), row) in steps.iter().zip(1..) {
        let object = subject.object.as_ref();
        let cells = [
            Cell::Number(*number),
            Cell::text(object.map_or("", |o| o.resource.as_str())),
            Cell::text(object.map_or("", |o| o.namespace.as_str())),
            Cell::time(Some(step.at)),
            Cell::text(&step.state),
            Cell::text(&step.reason),
        ];
        line(sheet, row, &cells, &widths, style)?;
    }
    finish(sheet, steps.len(), STEP_COLUMNS.len())
}
