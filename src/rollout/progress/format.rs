//! What is shown, as text: no clock, no terminal.

use std::collections::BTreeMap;
use std::time::Duration;

use colored::Color;
use jiff::{SignedDuration, Timestamp};

use super::super::State;
use super::super::age::{human_duration, utc};
use super::super::width::{columns, end_of, padded, start_of};
use crate::printable::printable;

/// A workload that something is done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `shop/deployment.apps/web`.
    pub object: String,
    /// Where it stands.
    pub state: State,
    /// What it waits for: `waiting: 1 of 3 updated replicas are available`.
    pub doing: String,
    /// For how long it has been in that state.
    pub since: Duration,
}

/// How a run stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many workloads stand where.
    pub counts: BTreeMap<State, usize>,
    /// How long the run has been going on.
    pub elapsed: Duration,
}

/// A piece of a line, with its colour.
type Piece = (String, Option<Color>);

/// A line as it is written, and how many columns it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) columns: usize,
}

/// Blanks between the columns of a line.
const GAP: &str = "  ";
/// A column with less room than this says nothing.
const LEAST: usize = 8;
/// The widest name of a state that is not final: `restoring`.
const STATE: usize = 9;
/// The widest age: `7y364d`, and on any night `9m59s`.
const AGE: usize = 5;

impl Totals {
    fn sum(&self, which: impl Fn(State) -> bool) -> usize {
        let counts = self.counts.iter().filter(|(state, _)| which(**state));
        counts.map(|(_, count)| count).sum()
    }

    /// `12 of 37 done: 10 hardened, 1 restored, 1 blocked; 4 active; 21 to go; 3m12s`, or without the states.
    fn pieces(&self, states: bool) -> Vec<Piece> {
        let plain = |text: String| (text, None);
        let done = self.sum(State::is_final);
        let mut pieces = vec![plain(format!("{done} of {} done", self.sum(|_| true)))];
        let finals = self.counts.iter();
        let finals = finals.filter(|(state, count)| states && state.is_final() && **count > 0);
        for (i, (state, count)) in finals.enumerate() {
            pieces.push(plain(if i == 0 { ": " } else { ", " }.to_owned()));
            pieces.push((format!("{count} {}", state.id()), color_of(*state)));
        }
        let active = self.sum(|state| !state.is_final() && state != State::Pending);
        for (count, word) in [
            (active, "active"),
            (self.sum(|state| state == State::Pending), "to go"),
        ] {
            if count > 0 {
                pieces.push(plain(format!("; {count} {word}")));
            }
        }
        pieces.push(plain(format!("; {}", age(self.elapsed))));
        pieces
    }

    /// The line in at most `width` columns.
    pub(super) fn line(&self, width: usize, color: bool) -> Shown {
        let whole = self.pieces(true);
        match whole.iter().map(|(text, _)| columns(text)).sum::<usize>() <= width {
            true => painted(&whole, width, color),
            false => painted(&self.pieces(false), width, color),
        }
    }

    /// The line, however long it is.
    pub fn whole(&self, color: bool) -> String {
        painted(&self.pieces(true), usize::MAX, color).text
    }
}

/// What is drawn in a terminal of `width` columns and `height` rows, one of which is the cursor's: the active
/// workloads, a note, the totals. Where not all workloads fit, the last line says how many are left out.
pub(super) fn block(
    lines: &[Line],
    totals: &Totals,
    note: Option<&str>,
    (width, height): (usize, usize),
    color: bool,
) -> Vec<Shown> {
    let plain = |text: String| painted(&[(text, None)], width, color);
    let note = note.map(|note| plain(printable(note)));
    let below: Vec<Shown> = note
        .into_iter()
        .chain([totals.line(width, color)])
        .collect();
    let rows = height.saturating_sub(1);
    let room = rows.saturating_sub(below.len());
    let shown = match lines.len() <= room {
        true => lines.len(),
        false => room.saturating_sub(1),
    };
    let lines_shown = lines.get(..shown).unwrap_or_default();
    let names: Vec<_> = lines_shown
        .iter()
        .map(|line| printable(&line.object))
        .collect();
    // Half of the room is for what is going on.
    let name_width = names.iter().map(|name| columns(name)).max();
    let name_width = name_width.unwrap_or_default().min(width / 2);
    let mut block: Vec<Shown> = lines_shown
        .iter()
        .zip(&names)
        .map(|(line, name)| active(line, name, name_width, width, color))
        .collect();
    if shown < lines.len() && room > 0 {
        block.push(plain(format!("and {} more", lines.len() - shown)));
    }
    block.extend(below);
    let first = block.len().saturating_sub(rows.max(1));
    block.split_off(first)
}

fn active(line: &Line, name: &str, name_width: usize, width: usize, color: bool) -> Shown {
    let fixed = name_width + STATE + AGE + 3 * GAP.len();
    let doing = match width.saturating_sub(fixed) {
        room if room < LEAST => String::new(),
        _ => printable(&line.doing),
    };
    let behind = " ".repeat(STATE.saturating_sub(columns(line.state.id())));
    let pieces = [
        (padded(&end_of(name, name_width), name_width) + GAP, None),
        (line.state.id().to_owned(), color_of(line.state)),
        (
            format!("{behind}{GAP}{}{GAP}{doing}", padded(&age(line.since), AGE)),
            None,
        ),
    ];
    painted(&pieces, width, color)
}

/// A transition, as a permanent line: `shop/deployment.apps/web restored: CrashLoopBackOff`.
pub(super) fn transition(object: &str, to: State, reason: &str, color: bool) -> String {
    let reason = match reason {
        "" => String::new(),
        reason => format!(": {}", printable(reason)),
    };
    let pieces = [
        (format!("{} ", printable(object)), None),
        (to.id().to_owned(), color_of(to)),
        (reason, None),
    ];
    painted(&pieces, usize::MAX, color).text
}

/// A line of a log.
pub(super) fn stamped(at: Timestamp, line: &str) -> String {
    format!("{} {line}", utc(at))
}

/// How long, in kubectl's words.
fn age(duration: Duration) -> String {
    human_duration(SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX))
}

/// The pieces in at most `width` columns, without blanks at the end.
fn painted(pieces: &[Piece], width: usize, color: bool) -> Shown {
    let whole: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
    let text = start_of(whole.trim_end_matches(' '), width);
    let columns = columns(&text);
    if !color {
        return Shown { text, columns };
    }
    let (mut colored, mut rest) = (String::new(), text.as_str());
    for (piece, color) in pieces {
        let alike = piece.bytes().zip(rest.bytes());
        let alike = alike.take_while(|(of, is)| of == is).count();
        let (is, behind) = rest.split_at_checked(alike).unwrap_or((rest, ""));
        match color {
            // The crate's own painting asks whether stdout is coloured; this is for stderr.
            Some(color) if !is.is_empty() => {
                colored += &format!("\u{1b}[{}m{is}\u{1b}[0m", color.to_fg_str());
            }
            _ => colored += is,
        }
        rest = behind;
    }
    let text = colored + rest;
    Shown { text, columns }
}

fn color_of(state: State) -> Option<Color> {
    match state {
        State::Hardened => Some(Color::Green),
        State::Failing | State::Unrestored => Some(Color::Red),
        State::Restoring | State::Settling | State::Restored => Some(Color::Yellow),
        State::Unwatched | State::Blocked | State::Overtaken | State::Gone => Some(Color::Yellow),
        State::Pending | State::Trying | State::Applying | State::Watching | State::Soaking => None,
    }
}
