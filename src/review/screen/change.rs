//! A workload or a group: what it is, what changes, its fields with their numbers.

use super::line::{Line, Style, wrapped};
use super::{Room, diff, more_lines};
use crate::review::decision::{Decision, Verdict};
use crate::review::model::{FieldState, Item, Model, Shown};
use crate::review::state::State;
use crate::tally::count;
use crate::width::{columns, end_of, start_of};

/// The least of a diff that is worth its place.
const FEW: usize = 3;

pub(super) fn lines(model: &Model, state: &State, width: usize, rows: Option<usize>) -> Vec<Line> {
    let items = state.items(model);
    let Some((&first, item)) = items.first().and_then(|i| Some((i, model.items.get(*i)?))) else {
        return Vec::new();
    };
    let shown = model.show(first, &state.decisions);
    let mut lines = head(model, state, &items, item, width);
    let is_limited = rows.is_some();
    lines.extend(notes(item, width, is_limited));
    let fields = fields(
        item,
        &shown,
        &items,
        Room {
            width,
            height: rows,
        },
    );
    let mut change = diff::lines(&shown.diff, width);
    if let Some(failure) = &shown.failure {
        let text = format!("cannot be written like this: {failure}");
        change = wrapped(Style::Note, "! ", &text, width);
    } else if change.is_empty() {
        change = wrapped(Style::Dim, "  ", "nothing of it would be written", width);
    }
    if let Some(rows) = rows {
        let left = rows.saturating_sub(lines.len() + fields.len()).max(FEW);
        if change.len() > left {
            let more = change.len() - (left - 1);
            change.truncate(left - 1);
            change.push(more_lines(more, width));
        }
    }
    lines.extend(change);
    lines.extend(fields);
    lines
}

fn head(model: &Model, state: &State, items: &[usize], item: &Item, width: usize) -> Vec<Line> {
    let stops = state.stops(model);
    let at = stops.iter().position(|place| *place == state.at);
    let number = at.map_or(0, |at| at + 1);
    let said = format!("  {}", verdict_of(state, items));
    let begin = format!("[{number}/{}] ", stops.len());
    let room = width.saturating_sub(columns(&begin) + columns(&said));
    let mut lines = Vec::new();
    let mut first = Line::of(Style::Dim, &begin);
    let title = match items.len() {
        1 => titled(item),
        n => format!("{n} workloads, the same change"),
    };
    match columns(&title) <= room {
        true => {
            first.push(Style::Strong, &title);
            first.push(Style::Plain, &said);
            lines.push(first);
        }
        false => {
            let room = width.saturating_sub(columns(&begin));
            first.push(Style::Plain, &start_of(said.trim_start(), room));
            lines.push(first);
            lines.extend(wrapped(Style::Strong, "  ", &title, width));
        }
    }
    if items.len() > 1 {
        let names = items.iter().filter_map(|&i| model.items.get(i));
        let names: Vec<_> = names.map(|item| short(&item.name)).collect();
        lines.extend(listed("  ", &names, width, 2));
    }
    let paper = model.papers.get(item.paper);
    let place = match paper {
        Some(paper) if paper.file.is_some() => format!("{}:{}", paper.shown, item.line),
        _ => String::new(),
    };
    if !place.is_empty() {
        let first_of = if items.len() > 1 { "  shown: " } else { "  " };
        let room = width.saturating_sub(columns(first_of));
        let mut line = Line::of(Style::Plain, first_of);
        line.push(
            Style::Plain,
            &end_of(&crate::printable::printable(&place), room),
        );
        lines.push(line);
    }
    lines.extend(remembered(state, items, width));
    lines
}

fn titled(item: &Item) -> String {
    let namespace = item.objects.first().map_or("", |object| &object.namespace);
    match namespace {
        "" => item.name.clone(),
        namespace => format!("{} in {namespace}", item.name),
    }
}

/// `web` of `deployment.apps/web`: in a list the kind says little.
pub(super) fn short(name: &str) -> String {
    name.split_once('/')
        .map_or(name, |(_, name)| name)
        .to_owned()
}

/// A JSON value as it is said: what is in it, where that is one thing.
fn plain(json: &str) -> String {
    use serde_json::Value;
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match serde_json::from_str::<Value>(json) {
        Ok(Value::Object(fields)) if fields.len() == 1 => {
            fields.values().map(text).collect::<String>()
        }
        Ok(Value::Array(items)) => {
            let items: Vec<_> = items.iter().map(text).collect();
            format!("[{}]", items.join(", "))
        }
        Ok(value) => text(&value),
        Err(_) => json.to_owned(),
    }
}

/// Names in at most so many lines, and how many more there are.
pub(super) fn listed(indent: &str, names: &[String], width: usize, most: usize) -> Vec<Line> {
    let mut kept = names.len();
    loop {
        let mut text = names.get(..kept).unwrap_or_default().join(", ");
        if kept < names.len() {
            text += &format!(" and {} more", names.len() - kept);
        }
        let lines = wrapped(Style::Plain, indent, &text, width);
        if lines.len() <= most || kept <= 1 {
            return lines;
        }
        // Nearly right at once, then one by one.
        kept = (kept * most / lines.len()).clamp(1, kept - 1);
    }
}

/// What was decided, in a word, or in numbers where a group is not of one mind.
pub fn verdict_of(state: &State, items: &[usize]) -> String {
    let words = [
        (Some(Verdict::Accepted), "accepted"),
        (Some(Verdict::Declined), "declined"),
        (None, "undecided"),
    ];
    let counted = words.map(|(verdict, word)| {
        let same = items.iter().filter(|&&item| state.verdict(item) == verdict);
        (same.count(), word)
    });
    let there: Vec<_> = counted.iter().filter(|(n, _)| *n > 0).collect();
    match there.as_slice() {
        [(_, word)] => (*word).to_owned(),
        several => {
            let parts: Vec<_> = several
                .iter()
                .map(|(n, word)| format!("{n} {word}"))
                .collect();
            parts.join(", ")
        }
    }
}

fn remembered(state: &State, items: &[usize], width: usize) -> Vec<Line> {
    let of = |item: &usize| state.decisions.get(*item)?.remember.clone();
    let Some(remember) = items.first().and_then(of) else {
        return Vec::new();
    };
    let until = remember.expires.map(|last| format!(" (until {last})"));
    let text = format!(
        "remembered: {}{}",
        remember.reason,
        until.unwrap_or_default()
    );
    wrapped(Style::Dim, "  ", &text, width)
}

fn notes(item: &Item, width: usize, is_limited: bool) -> Vec<Line> {
    const MOST: usize = 4;
    let notes = item
        .notes
        .iter()
        .map(|note| wrapped(Style::Note, "! ", note, width));
    let mut lines: Vec<_> = notes.flatten().collect();
    if is_limited {
        super::cut(&mut lines, MOST, width);
    }
    lines
}

fn fields(item: &Item, shown: &Shown, items: &[usize], room: Room) -> Vec<Line> {
    const MOST: usize = 9;
    let rows = item.fields.iter().zip(&shown.fields).enumerate();
    let mut lines = Vec::new();
    for (n, (field, now)) in rows {
        let mark = match now.state {
            FieldState::On => "[x]",
            FieldState::Off => "[ ]",
            FieldState::Held => "[-]",
        };
        let value = match (now.state, &field.before) {
            (FieldState::On, before) => {
                let after = now.after.as_deref().map_or("unset".into(), plain);
                match before.as_deref().map(plain) {
                    Some(before) if before != after => format!("{before} -> {after}"),
                    _ => after,
                }
            }
            (FieldState::Off, _) => "left as it is".into(),
            (FieldState::Held, _) => "left alone beside another".into(),
        };
        let place = match (&field.container, items.len()) {
            (None, _) => "pod".to_owned(),
            (Some(name), 1) => name.clone(),
            (Some(_), _) => field.place.clone(),
        };
        let text = format!("{mark} {} {}: {value}", n + 1, field.check.id);
        let mut line = Line::of(
            Style::Plain,
            &start_of(&crate::printable::printable(&text), room.width),
        );
        let beside = format!("  {place}  {}", field.reason);
        let beside = crate::printable::printable(&beside);
        let left = room.width.saturating_sub(line.columns());
        match room.height {
            None if columns(&beside) > left => {
                lines.push(line);
                lines.extend(wrapped(
                    Style::Dim,
                    "      ",
                    beside.trim_start(),
                    room.width,
                ));
                continue;
            }
            _ if left > 8 => line.push(Style::Dim, &start_of(&beside, left)),
            _ => {}
        }
        lines.push(line);
    }
    if room.height.is_some() && lines.len() > MOST {
        let rest = count(lines.len() - (MOST - 1), "more field", "more fields");
        lines.truncate(MOST - 1);
        let text = format!("  {rest}: p shows them, 0 toggles by number");
        lines.push(Line::of(Style::Dim, &start_of(&text, room.width)));
    }
    lines
}

/// What was decided on, for a line that stays.
pub(super) fn is_remembered(decision: &Decision) -> bool {
    decision.remember.is_some() && decision.declines()
}
