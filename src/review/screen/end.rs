//! The end: what was decided, what is left, and the question.

use super::change::is_remembered;
use super::line::{Line, Style, wrapped};
use super::overview;
use crate::review::decision::Verdict;
use crate::review::model::{Item, Model};
use crate::review::state::State;
use crate::tally::count;

/// What stays as it is comes first, so that a low screen cuts off what is written, which the question counts.
pub(super) fn lines(model: &Model, state: &State, width: usize) -> Vec<Line> {
    let mut lines = overview::dirty(model, width);
    lines.extend(decided(model, state, Some(Verdict::Declined), width));
    lines.extend(decided(model, state, None, width));
    lines.extend(overview::left(&model.left, width));
    lines.extend(decided(model, state, Some(Verdict::Accepted), width));
    lines
}

fn decided(model: &Model, state: &State, verdict: Option<Verdict>, width: usize) -> Vec<Line> {
    let word = match verdict {
        Some(Verdict::Accepted) => "Accepted",
        Some(Verdict::Declined) => "Declined",
        None => "Undecided, and so left as they are",
    };
    let of = model.items.iter().enumerate();
    let of: Vec<_> = of.filter(|(i, _)| state.verdict(*i) == verdict).collect();
    if of.is_empty() {
        return Vec::new();
    }
    let mut lines = wrapped(Style::Strong, "", &format!("{word}: {}", of.len()), width);
    let mut alike: Vec<(String, Vec<&Item>)> = Vec::new();
    for (i, item) in of {
        let said = outcome(state, i, item, verdict);
        match alike.iter_mut().find(|(other, _)| *other == said) {
            Some((_, items)) => items.push(item),
            None => alike.push((said, vec![item])),
        }
    }
    for (said, items) in alike {
        let names: Vec<_> = items.iter().map(|item| item.name.as_str()).collect();
        let text = match said.is_empty() {
            true => names.join(", "),
            false => format!("{said}: {}", names.join(", ")),
        };
        lines.extend(wrapped(Style::Plain, "  ", &text, width));
    }
    lines
}

/// What becomes of a workload, where the verdict does not say it all.
fn outcome(state: &State, place: usize, item: &Item, verdict: Option<Verdict>) -> String {
    let decision = state.decisions.get(place).cloned().unwrap_or_default();
    let mut said = Vec::new();
    if verdict == Some(Verdict::Accepted) {
        let on = item.fields.len().saturating_sub(decision.off.len());
        said.push(count(on, "field", "fields"));
        let off = decision.off.iter().filter_map(|&n| item.fields.get(n));
        let off: Vec<_> = off
            .map(|field| match &field.container {
                Some(name) => format!("{} of {name}", field.check.id),
                None => field.check.id.to_owned(),
            })
            .collect();
        if !off.is_empty() {
            said.push(format!("without {}", off.join(", ")));
        }
    }
    if is_remembered(&decision) {
        said.push("remembered".into());
    }
    said.join(", ")
}

/// How many files, or workloads of a plan, are written, and how many exemptions.
pub(super) fn question(model: &Model, state: &State) -> String {
    let accepted = model.items.iter().enumerate();
    let accepted = accepted.filter(|(i, _)| state.verdict(*i) == Some(Verdict::Accepted));
    let mut papers: Vec<_> = accepted.map(|(_, item)| item.paper).collect();
    papers.dedup();
    let is_skipped = |paper: &usize| {
        let shown = model.papers.get(*paper).map(|paper| &paper.shown);
        !model.writes_dirty && shown.is_some_and(|shown| model.dirty.contains(shown))
    };
    papers.retain(|paper| !is_skipped(paper));
    let remembered = state.decisions.iter().filter(|d| is_remembered(d)).count();
    let exemptions = match remembered {
        0 => String::new(),
        n => format!(" and exemptions of {}", count(n, "workload", "workloads")),
    };
    match (papers.len(), remembered, model.plan.as_str()) {
        (0, 0, _) => "Nothing to write. Quit? (n quits, K goes back) ".into(),
        (n, _, "") => format!("Write {}{exemptions}? (y/N) ", count(n, "file", "files")),
        (n, _, plan) => format!(
            "Write a plan of {} to {plan}{exemptions}? (y/N) ",
            count(n, "workload", "workloads")
        ),
    }
}
