//! What a person sees: lines of at most the terminal's width, from a state. Nothing here writes.

mod change;
mod diff;
mod end;
mod line;
mod overview;
mod prompt;

use super::model::Model;
use super::state::{Place, State};
use crate::width::start_of;

pub use change::verdict_of;
pub use line::{Line, Style, paint};
pub use prompt::HELP;

/// The room that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Columns.
    pub width: usize,
    /// Rows; `None` where nothing is cut.
    pub height: Option<usize>,
}

/// The least that is drawn for, however small the terminal is.
const NARROWEST: usize = 30;
const LOWEST: usize = 8;

/// What is shown of a state; the last line is the prompt, behind which the cursor stands. It is lower than the
/// terminal, so that it can be redrawn in place.
pub fn block(model: &Model, state: &State, room: Room) -> Vec<Line> {
    let room = Room {
        width: room.width.max(NARROWEST),
        height: room.height.map(|height| height.max(LOWEST) - 1),
    };
    let mut below = prompt::lines(model, state, room.width);
    if let Some(height) = room.height {
        // The prompt itself is the last of them.
        let over = below.len().saturating_sub(height - 2);
        below.drain(..over);
    }
    let rows = room.height.map(|height| height.saturating_sub(below.len()));
    let mut lines = match state.at {
        Place::Overview => overview::lines(model, state, room.width),
        Place::End => end::lines(model, state, room.width),
        Place::Group(_) | Place::Item(_) => change::lines(model, state, room.width, rows),
    };
    if let Some(rows) = rows {
        cut(&mut lines, rows, room.width);
    }
    lines.append(&mut below);
    lines
}

/// The same without the prompt and without a limit of rows, for a pager.
pub fn whole(model: &Model, state: &State, width: usize) -> Vec<Line> {
    let width = width.max(NARROWEST);
    match state.at {
        Place::Overview => overview::lines(model, state, width),
        Place::End => end::lines(model, state, width),
        Place::Group(_) | Place::Item(_) => change::lines(model, state, width, None),
    }
}

/// Leaves at most so many lines, and says how many are not shown.
fn cut(lines: &mut Vec<Line>, rows: usize, width: usize) {
    if lines.len() <= rows {
        return;
    }
    let kept = rows.saturating_sub(1);
    let more = lines.len() - kept;
    lines.truncate(kept);
    lines.push(more_lines(more, width));
}

fn more_lines(more: usize, width: usize) -> Line {
    let lines = if more == 1 { "line" } else { "lines" };
    let show = if more == 1 { "it" } else { "them" };
    let text = format!("  {more} more {lines}: p shows {show}");
    Line::of(Style::Dim, &start_of(&text, width))
}
