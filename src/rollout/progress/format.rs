//! What is shown, as text: no clock, no terminal.

use std::collections::BTreeMap;
use std::time::Duration;

use colored::Color;
use jiff::{SignedDuration, Timestamp};

use super::super::State;
use super::super::age::{human_duration, utc};
use crate::printable::printable;
use crate::width::{columns, end_of, padded, start_of};

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

#[cfg(test)]
mod tests {
    use super::*;

    fn line(object: &str, state: State, doing: &str, seconds: u64) -> Line {
        Line {
            object: object.to_owned(),
            state,
            doing: doing.to_owned(),
            since: Duration::from_secs(seconds),
        }
    }

    fn totals(counts: &[(State, usize)], seconds: u64) -> Totals {
        Totals {
            counts: counts.iter().copied().collect(),
            elapsed: Duration::from_secs(seconds),
        }
    }

    fn run() -> Totals {
        let counts = [
            (State::Hardened, 10),
            (State::Restored, 1),
            (State::Blocked, 1),
            (State::Watching, 3),
            (State::Failing, 1),
            (State::Pending, 21),
            (State::Gone, 0),
        ];
        totals(&counts, 192)
    }

    fn texts(block: &[Shown]) -> Vec<&str> {
        block.iter().map(|shown| shown.text.as_str()).collect()
    }

    fn lines() -> [Line; 4] {
        [
            line(
                "shop/deployment.apps/web",
                State::Watching,
                "waiting: 1 of 3 updated replicas are available",
                65,
            ),
            line(
                "shop/statefulset.apps/database-primary",
                State::Restoring,
                "",
                599,
            ),
            line("a/cronjob.batch/x", State::Soaking, "healthy", 0),
            line(
                "b/\u{6771}\u{4eac}\u{1b}[2J",
                State::Trying,
                "na\nme\u{301}",
                86_400,
            ),
        ]
    }

    #[test]
    fn totals_in_words() {
        for (totals, expected) in [
            (
                run(),
                "12 of 37 done: 10 hardened, 1 restored, 1 blocked; 4 active; 21 to go; 3m12s",
            ),
            (totals(&[], 0), "0 of 0 done; 0s"),
            (
                totals(&[(State::Pending, 37)], 5),
                "0 of 37 done; 37 to go; 5s",
            ),
            (
                totals(&[(State::Hardened, 37)], 720),
                "37 of 37 done: 37 hardened; 12m",
            ),
            (
                totals(&State::ALL.map(|state| (state, 1)), 7200),
                "7 of 15 done: 1 hardened, 1 unwatched, 1 restored, 1 unrestored, 1 blocked, 1 overtaken, 1 gone; \
                 7 active; 1 to go; 120m",
            ),
        ] {
            assert_eq!(totals.whole(false), expected);
        }
    }

    #[test]
    fn eighty_columns() {
        let block = block(
            &lines(),
            &run(),
            Some("no answer from the API server for 12s"),
            (80, 24),
            false,
        );
        assert_eq!(
            texts(&block),
            [
                "shop/deployment.apps/web                watching   65s    waiting: 1 of 3 upd...",
                "shop/statefulset.apps/database-primary  restoring  9m59s",
                "a/cronjob.batch/x                       soaking    0s     healthy",
                "b/\u{6771}\u{4eac}\\u{1b}[2J                         trying     24h    na\\nme\u{301}",
                "no answer from the API server for 12s",
                "12 of 37 done: 10 hardened, 1 restored, 1 blocked; 4 active; 21 to go; 3m12s",
            ]
        );
    }

    #[test]
    fn forty_columns() {
        let note = "waiting for the window: opens at 01:00 CET";
        let block = block(&lines(), &run(), Some(note), (40, 24), false);
        assert_eq!(
            texts(&block),
            [
                "...ployment.apps/web  watching   65s",
                ".../database-primary  restoring  9m59s",
                "a/cronjob.batch/x     soaking    0s",
                "b/\u{6771}\u{4eac}\\u{1b}[2J       trying     24h",
                "waiting for the window: opens at 01:0...",
                "12 of 37 done; 4 active; 21 to go; 3m12s",
            ]
        );
        // Short names leave room.
        let short = [line("a/pod/x", State::Watching, "waiting: 1 of 3", 5)];
        let block = super::block(&short, &run(), None, (40, 24), false);
        assert_eq!(block[0].text, "a/pod/x  watching   5s     waiting: 1...");
    }

    #[test]
    fn nothing_is_wider_or_higher_than_the_terminal() {
        for width in 0..90 {
            for height in 0..9 {
                for note in [None, Some("waiting for the window: opens at 01:00")] {
                    for color in [false, true] {
                        let block = block(&lines(), &run(), note, (width, height), color);
                        assert!(
                            block.len() <= height.saturating_sub(1).max(1),
                            "{width}x{height}"
                        );
                        for shown in &block {
                            let text = plain(&shown.text);
                            assert_eq!(columns(&text), shown.columns);
                            assert!(shown.columns <= width, "{width}: {text}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let many: Vec<_> = (0..30)
            .map(|n| line(&format!("a/pod/{n}"), State::Watching, "", 1))
            .collect();
        let shown = |height, note| {
            let block = block(&many, &run(), note, (80, height), false);
            let texts = texts(&block)
                .into_iter()
                .map(|text| text.chars().take(15).collect());
            texts.collect::<Vec<String>>()
        };
        assert_eq!(
            shown(6, None),
            [
                "a/pod/0  watchi",
                "a/pod/1  watchi",
                "a/pod/2  watchi",
                "and 27 more",
                "12 of 37 done: "
            ]
        );
        assert_eq!(
            shown(5, Some("note")),
            ["a/pod/0  watchi", "and 29 more", "note", "12 of 37 done: "]
        );
        assert_eq!(shown(3, None), ["and 30 more", "12 of 37 done: "]);
        assert_eq!(shown(3, Some("note")), ["note", "12 of 37 done: "]);
        assert_eq!(shown(2, Some("note")), ["12 of 37 done: "]);
        assert_eq!(shown(32, None).len(), 31);
        assert_eq!(shown(31, None)[29], "12 of 37 done: ");
        assert_eq!(shown(31, None)[28], "and 2 more");
    }

    /// The same without colours.
    fn plain(text: &str) -> String {
        let mut pieces = text.split("\u{1b}[");
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |text, piece| {
            text + piece.split_once('m').expect("an end").1
        })
    }

    #[test]
    fn colour_is_on_the_words_of_states_alone() {
        for (width, height) in [(80, 24), (40, 24), (24, 24), (3, 3)] {
            let with = block(&lines(), &run(), Some("a note"), (width, height), true);
            let without = block(&lines(), &run(), Some("a note"), (width, height), false);
            let with: Vec<_> = with.iter().map(|shown| plain(&shown.text)).collect();
            assert_eq!(with, texts(&without));
        }
        assert!(
            run().whole(true).starts_with(
                "12 of 37 done: \u{1b}[32m10 hardened\u{1b}[0m, \u{1b}[33m1 restored\u{1b}[0m, \u{1b}[33m1 blocked\u{1b}[0m; 4 active"
            )
        );
        let block = block(&lines(), &run(), None, (80, 24), true);
        let restoring =
            "shop/statefulset.apps/database-primary  \u{1b}[33mrestoring\u{1b}[0m  9m59s";
        assert_eq!(block[1].text, restoring);
        let painted = painted(
            &[
                ("ab...".to_owned(), Some(Color::Red)),
                ("c".to_owned(), None),
            ],
            4,
            true,
        );
        assert_eq!(plain(&painted.text), "a...");
    }

    #[test]
    fn a_transition_in_words() {
        for (to, reason, color, expected) in [
            (
                State::Hardened,
                "",
                false,
                "shop/deployment.apps/web hardened",
            ),
            (
                State::Restored,
                "CrashLoopBackOff: exit\n\u{1b}[2J1",
                false,
                "shop/deployment.apps/web restored: CrashLoopBackOff: exit\\n\\u{1b}[2J1",
            ),
            (
                State::Unrestored,
                "conflict",
                true,
                "shop/deployment.apps/web \u{1b}[31munrestored\u{1b}[0m: conflict",
            ),
        ] {
            assert_eq!(
                transition("shop/deployment.apps/web", to, reason, color),
                expected
            );
        }
        let at = "2026-11-25T02:00:02.7+01:00".parse().expect("a time");
        assert_eq!(stamped(at, "a b"), "2026-11-25T01:00:02Z a b");
    }
}
