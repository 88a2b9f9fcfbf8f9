//! Decisions as a journal keeps them, by names that hold from one run to the next, and the state that they give.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::decision::Decision;
use super::model::Model;
use super::state::{Place, Record, State, Undo};

/// Items by key, with what each is like.
pub(super) type Seen = BTreeMap<String, String>;

/// One line of a review's journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(super) enum Event {
    /// A review began.
    Began {
        version: String,
        directory: PathBuf,
        /// The command line behind `review`, without credentials.
        arguments: Vec<String>,
        seen: Seen,
    },
    /// It went on in another process: what is not what it was is asked again.
    Resumed { seen: Seen },
    /// Items were decided on.
    Decided {
        decisions: Vec<(String, Decision)>,
        /// What was shown; `at` is the time of an entry.
        shown: String,
    },
    /// The group of an item was split.
    Split { group: String },
    /// The last change was taken back.
    Undone,
    /// What was accepted was written, into these files.
    Wrote { files: Vec<String> },
}

/// What everything is like now.
pub(super) fn seen(model: &Model) -> Seen {
    let items = model.items.iter();
    items
        .map(|item| (item.key.clone(), item.fingerprint.clone()))
        .collect()
}

/// A change as the journal keeps it.
pub(super) fn event(model: &Model, record: &Record) -> Event {
    let key = |item: usize| {
        let item = model.items.get(item);
        item.map(|item| item.key.clone()).unwrap_or_default()
    };
    let of_group = |group: usize| {
        let first = model.groups.get(group).and_then(|group| group.first());
        first.map(|&item| key(item)).unwrap_or_default()
    };
    match record {
        Record::Decided { decisions, at } => Event::Decided {
            decisions: decisions
                .iter()
                .map(|(item, decision)| (key(*item), decision.clone()))
                .collect(),
            shown: match at {
                Place::Overview => OVERVIEW.into(),
                Place::End => END.into(),
                Place::Group(group) => format!("{GROUP}{}", of_group(*group)),
                Place::Item(item) => format!("{ITEM}{}", key(*item)),
            },
        },
        Record::Split(group) => Event::Split {
            group: of_group(*group),
        },
        Record::Undone => Event::Undone,
    }
}

const OVERVIEW: &str = "overview";
const END: &str = "end";
const GROUP: &str = "group ";
const ITEM: &str = "item ";

/// The state that events give for a model, and how many decisions do not hold any more.
pub(super) fn replay<'e>(
    model: &Model,
    events: impl IntoIterator<Item = &'e Event>,
) -> (State, usize) {
    let mut replay = Replay::default();
    events.into_iter().for_each(|event| replay.add(event));
    replay.see(&seen(model));
    (replay.state(model), replay.forgotten)
}

/// A state by keys.
#[derive(Debug, Default)]
struct Replay {
    decisions: BTreeMap<String, Decision>,
    split: BTreeSet<String>,
    undo: Vec<Change>,
    seen: Seen,
    forgotten: usize,
}

#[derive(Debug)]
struct Change {
    decisions: Vec<(String, Decision)>,
    split: Option<String>,
    at: String,
}

impl Replay {
    fn add(&mut self, event: &Event) {
        match event {
            Event::Began { seen, .. } => self.seen.clone_from(seen),
            Event::Resumed { seen } => self.see(seen),
            Event::Decided { decisions, shown } => {
                let before = self.swap(decisions);
                self.undo.push(Change {
                    decisions: before,
                    split: None,
                    at: shown.clone(),
                });
            }
            Event::Split { group } => {
                self.split.insert(group.clone());
                self.undo.push(Change {
                    decisions: Vec::new(),
                    split: Some(group.clone()),
                    at: format!("{GROUP}{group}"),
                });
            }
            Event::Undone => {
                let Some(last) = self.undo.pop() else { return };
                self.swap(&last.decisions);
                if let Some(group) = last.split {
                    self.split.remove(&group);
                }
            }
            Event::Wrote { .. } => {}
        }
    }

    fn swap(&mut self, new: &[(String, Decision)]) -> Vec<(String, Decision)> {
        let swapped = new.iter().map(|(key, decision)| {
            let before = self.decisions.insert(key.clone(), decision.clone());
            (key.clone(), before.unwrap_or_default())
        });
        swapped.collect()
    }

    /// Forgets what was decided on items that are not what they were.
    fn see(&mut self, seen: &Seen) {
        let before = std::mem::replace(&mut self.seen, seen.clone());
        let is_kept = |key: &String| seen.contains_key(key) && seen.get(key) == before.get(key);
        let had = self.decisions.len();
        self.decisions.retain(|key, _| is_kept(key));
        self.forgotten += had - self.decisions.len();
        for change in &mut self.undo {
            change.decisions.retain(|(key, _)| is_kept(key));
        }
        self.undo
            .retain(|change| change.split.is_some() || !change.decisions.is_empty());
    }

    fn state(&self, model: &Model) -> State {
        let items = model.items.iter().enumerate();
        let places: BTreeMap<_, _> = items.map(|(i, item)| (item.key.as_str(), i)).collect();
        let item = |key: &str| places.get(key).copied();
        let group = |key: &str| {
            let item = item(key)?;
            model.groups.iter().position(|group| group.contains(&item))
        };
        let place = |at: &str| match (at.strip_prefix(GROUP), at.strip_prefix(ITEM)) {
            (Some(key), _) => group(key).map(Place::Group),
            (_, Some(key)) => item(key).map(Place::Item),
            _ if at == END => Some(Place::End),
            _ => Some(Place::Overview),
        };
        let indexed = |decisions: &[(String, Decision)]| {
            let known = decisions.iter();
            known
                .filter_map(|(key, decision)| Some((item(key)?, decision.clone())))
                .collect()
        };
        let mut state = State::new(model);
        for (key, decision) in &self.decisions {
            let place = item(key).and_then(|item| state.decisions.get_mut(item));
            if let Some(place) = place {
                place.clone_from(decision);
            }
        }
        state.split = self.split.iter().filter_map(|key| group(key)).collect();
        let undo = self.undo.iter().map(|change| {
            Rc::new(Undo {
                decisions: indexed(&change.decisions),
                split: change.split.as_deref().and_then(group),
                at: place(&change.at).unwrap_or(Place::Overview),
            })
        });
        state.undo = undo.collect();
        state
    }
}
