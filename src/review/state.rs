//! Where a review stands. A state changes by [`Record`]s alone, so that replaying them gives it again.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::decision::{Decision, Id, Verdict};
use super::model::Model;

/// Where a review stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// What was decided, by item.
    pub decisions: Vec<Decision>,
    /// The groups that are shown workload by workload.
    pub split: BTreeSet<usize>,
    /// What is shown.
    pub at: Place,
    /// What the next key is for.
    pub mode: Mode,
    /// What was just said to the person.
    pub said: String,
    /// What the last search looked for.
    pub search: String,
    /// How to get back, the last change last.
    pub undo: Vec<Rc<Undo>>,
}

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Everything at a glance.
    Overview,
    /// A group that is not split.
    Group(usize),
    /// A workload.
    Item(usize),
    /// The end, where it is written.
    End,
}

/// What the next key is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A command.
    Command,
    /// Yes or no to accepting so many workloads that have no risk notes.
    All(usize),
    /// The field to explain.
    Why,
    /// The id to choose.
    Choose,
    /// A line of text.
    Typing {
        /// What for.
        what: Typing,
        /// What was typed so far.
        text: String,
    },
}

/// What a line of text is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typing {
    /// `/`.
    Search,
    /// `g`.
    Go,
    /// `0`: a field past the ninth.
    Field,
    /// The value of an id.
    Value(Id),
    /// Why a decision is remembered.
    Reason,
    /// Until when; the reason is given.
    Expires(String),
}

/// How to get back over a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The decisions from before.
    pub decisions: Vec<(usize, Decision)>,
    /// The group that was split.
    pub split: Option<usize>,
    /// What was shown.
    pub at: Place,
}

/// A change of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Items were decided on while something was shown.
    Decided {
        /// The new decisions.
        decisions: Vec<(usize, Decision)>,
        /// What was shown.
        at: Place,
    },
    /// A group was split.
    Split(usize),
    /// The last change was taken back.
    Undone,
}

/// How many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Workloads that are accepted.
    pub accepted: usize,
    /// Workloads that are declined.
    pub declined: usize,
    /// Workloads nobody decided on.
    pub open: usize,
}

impl State {
    /// The beginning of a review.
    pub fn new(model: &Model) -> Self {
        Self {
            decisions: vec![Decision::default(); model.items.len()],
            split: BTreeSet::new(),
            at: Place::Overview,
            mode: Mode::Command,
            said: String::new(),
            search: String::new(),
            undo: Vec::new(),
        }
    }

    /// Carries a change out.
    pub fn apply(&mut self, record: &Record) {
        match record {
            Record::Decided { decisions, at } => {
                let before = self.swap(decisions);
                self.undo.push(Rc::new(Undo {
                    decisions: before,
                    split: None,
                    at: *at,
                }));
            }
            Record::Split(group) => {
                self.split.insert(*group);
                self.undo.push(Rc::new(Undo {
                    decisions: Vec::new(),
                    split: Some(*group),
                    at: Place::Group(*group),
                }));
            }
            Record::Undone => {
                let Some(last) = self.undo.pop() else { return };
                self.swap(&last.decisions);
                if let Some(group) = last.split {
                    self.split.remove(&group);
                }
                self.at = last.at;
            }
        }
    }

    fn swap(&mut self, new: &[(usize, Decision)]) -> Vec<(usize, Decision)> {
        let swapped = new.iter().filter_map(|(item, decision)| {
            let place = self.decisions.get_mut(*item)?;
            Some((*item, std::mem::replace(place, decision.clone())))
        });
        swapped.collect()
    }

    /// What is shown one after the other: groups, and the workloads of those that are split.
    pub fn stops(&self, model: &Model) -> Vec<Place> {
        let stops =
            model
                .groups
                .iter()
                .enumerate()
                .flat_map(|(g, items)| match self.split.contains(&g) {
                    true => items.iter().map(|&item| Place::Item(item)).collect(),
                    false => vec![Place::Group(g)],
                });
        stops.collect()
    }

    /// The items that are shown.
    pub fn items(&self, model: &Model) -> Vec<usize> {
        items_of(model, self.at)
    }

    /// Whether nobody decided on something that is shown there.
    pub fn is_open(&self, model: &Model, place: Place) -> bool {
        let mut items = items_of(model, place).into_iter();
        items.any(|item| self.verdict(item).is_none())
    }

    /// What was said on an item.
    pub fn verdict(&self, item: usize) -> Option<Verdict> {
        self.decisions.get(item)?.verdict
    }

    /// How many are accepted, declined, open.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for decision in &self.decisions {
            match decision.verdict {
                Some(Verdict::Accepted) => counts.accepted += 1,
                Some(Verdict::Declined) => counts.declined += 1,
                None => counts.open += 1,
            }
        }
        counts
    }
}

/// The items that are shown at a place.
pub fn items_of(model: &Model, place: Place) -> Vec<usize> {
    match place {
        Place::Overview | Place::End => Vec::new(),
        Place::Group(group) => model.groups.get(group).cloned().unwrap_or_default(),
        Place::Item(item) => vec![item],
    }
}
