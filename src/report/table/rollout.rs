//! The columns of a rollout.

use super::Cell;
use crate::report::words::{cluster, machine_account, read_back};
use crate::report::{Report, Rollout, Subject};

/// What a rollout's report has beyond the others. `live` is the field's value in the cluster when the report was made.
pub(super) const COLUMNS: [&str; 17] = [
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
    "retries",
    "learned",
    "to fix",
    "new in its logs",
];

/// The cells of [`COLUMNS`]; none where the report is not of a rollout.
pub(super) fn cells(report: &Report, subject: &Subject, live: Cell) -> Vec<Cell> {
    let Some(run) = &report.rollout else {
        return Vec::new();
    };
    let rollout = subject.rollout.as_ref();
    let text = |of: fn(&Rollout) -> &str| Cell::text(rollout.map(of).unwrap_or_default());
    let lines = |of: fn(&Rollout) -> Vec<String>| {
        Cell::text(
            &rollout
                .map(|rollout| of(rollout).join("; "))
                .unwrap_or_default(),
        )
    };
    let read = rollout.and_then(|rollout| rollout.live.as_ref());
    let cells: [Cell; COLUMNS.len()] = [
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
        lines(|rollout| rollout.evidence.clone()),
        lines(|rollout| rollout.took_over.clone()),
        Cell::text(&run.id),
        Cell::text(&cluster(run)),
        Cell::text(&rollout.map(Rollout::tries).unwrap_or_default()),
        lines(Rollout::learned_lines),
        lines(Rollout::left_out_lines),
        lines(Rollout::log_lines),
    ];
    cells.into()
}
