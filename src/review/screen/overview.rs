//! Everything at a glance, before anything is decided.

use super::change::{listed, short, verdict_of};
use super::line::{Line, Style, wrapped};
use crate::review::model::{Left, Model};
use crate::review::state::State;
use crate::tally::count;

pub(super) fn lines(model: &Model, state: &State, width: usize) -> Vec<Line> {
    let fields: usize = model.items.iter().map(|item| item.fields.len()).sum();
    let mut papers: Vec<_> = model.items.iter().map(|item| item.paper).collect();
    papers.dedup();
    let place = match model.plan.is_empty() {
        true => format!(" in {}", count(papers.len(), "file", "files")),
        false => " of the cluster".into(),
    };
    let workloads: usize = model.items.iter().map(|item| item.workloads.len()).sum();
    let mut head = format!(
        "{}{place}, {} to write, {}",
        count(workloads, "workload", "workloads"),
        count(fields, "field", "fields"),
        count(model.groups.len(), "different change", "different changes"),
    );
    if model.compliant > 0 {
        head += &format!(
            "; {} fine already",
            count(model.compliant, "workload is", "workloads are")
        );
    }
    let mut lines = wrapped(Style::Strong, "", &head, width);
    lines.extend(dirty(model, width));
    for (number, group) in model.groups.iter().enumerate() {
        lines.extend(one(model, state, number, group, width));
    }
    lines.extend(left(&model.left, width));
    lines
}

fn one(model: &Model, state: &State, number: usize, group: &[usize], width: usize) -> Vec<Line> {
    let Some(first) = group.first().and_then(|&item| model.items.get(item)) else {
        return Vec::new();
    };
    let mut said = count(first.fields.len(), "field", "fields");
    if !first.notes.is_empty() {
        said += &format!(", {}", count(first.notes.len(), "risk note", "risk notes"));
    }
    let decided = group.iter().any(|&item| state.verdict(item).is_some());
    if decided {
        said += &format!(", {}", verdict_of(state, group));
    }
    let names = group.iter().filter_map(|&item| model.items.get(item));
    let names: Vec<_> = names.map(|item| short(&item.name)).collect();
    let begin = format!("{:>3}  ", number + 1);
    let style = if first.notes.is_empty() {
        Style::Plain
    } else {
        Style::Note
    };
    match group.len() {
        1 => wrapped(style, &begin, &format!("{}: {said}", first.name), width),
        n => {
            let mut lines = wrapped(style, &begin, &format!("{n} workloads, each {said}"), width);
            lines.extend(listed("       ", &names, width, 3));
            lines
        }
    }
}

pub(super) fn dirty(model: &Model, width: usize) -> Vec<Line> {
    if model.dirty.is_empty() {
        return Vec::new();
    }
    let said = match model.writes_dirty {
        true => "written too, as --allow-dirty says",
        false => "not written without --allow-dirty",
    };
    let files = count(model.dirty.len(), "file has", "files have");
    let text = format!("{files} uncommitted changes, {said}:");
    let mut lines = wrapped(Style::Note, "! ", &text, width);
    lines.extend(listed("    ", &model.dirty, width, 4));
    lines
}

/// What is not fixed, whatever is decided, and why.
pub(super) fn left(left: &[Left], width: usize) -> Vec<Line> {
    if left.is_empty() {
        return Vec::new();
    }
    let mut lines = wrapped(Style::Strong, "", "Not fixed, whatever is decided:", width);
    for one in left {
        let name = match one.name.as_str() {
            "" => String::new(),
            name => format!(" {name}"),
        };
        let text = format!("{}{name}: {}", one.place, one.why);
        lines.extend(wrapped(Style::Plain, "  ", &text, width));
    }
    lines
}
