//! A review as it goes on, whatever it is shown on: keys go in, decisions are kept, what is to be said comes out.

use super::model::Model;
use super::screen::{HELP, paint, whole};
use super::session::Session;
use super::state::{Record, State};
use super::step::{Effect, Key, Page, step};
use crate::checks;
use crate::explain::{self, Layout};
use crate::tally::count;

/// A review that goes on.
pub(super) struct Desk {
    pub(super) model: Model,
    pub(super) state: State,
    pub(super) session: Session,
}

/// How it goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Saved, for later.
    Quit,
    /// What is accepted is to be written.
    Write,
}

/// What came of a key.
#[derive(Default)]
pub(super) struct Done {
    /// Lines that stay.
    pub(super) said: Vec<String>,
    /// What is to be shown whole.
    pub(super) page: Option<Page>,
    pub(super) ending: Option<Ending>,
}

impl Desk {
    /// Takes a key. What it decides is on the disk when this returns.
    ///
    /// # Errors
    /// A decision that cannot be kept: nothing more may be decided then.
    pub(super) fn press(&mut self, key: Key) -> anyhow::Result<Done> {
        let (state, effects) = step(&self.model, &self.state, key);
        let mut done = Done::default();
        for effect in effects {
            match effect {
                Effect::Keep(record) => {
                    self.session.keep(&self.model, &record)?;
                    done.said.extend(self.told(&state, &record));
                }
                Effect::Page(page) => done.page = Some(page),
                Effect::Quit => done.ending = Some(Ending::Quit),
                Effect::Write => done.ending = Some(Ending::Write),
            }
        }
        self.state = state;
        Ok(done)
    }

    /// A line on a change that leads to something else being shown.
    fn told(&self, now: &State, record: &Record) -> Option<String> {
        match record {
            Record::Decided { decisions, .. } => {
                let (first, _) = decisions.first()?;
                let items: Vec<_> = decisions.iter().map(|(item, _)| *item).collect();
                if self.state.verdict(*first) == now.verdict(*first) && self.state.at == now.at {
                    return None;
                }
                let what = match items.as_slice() {
                    [one] => self.model.items.get(*one)?.name.clone(),
                    several => count(several.len(), "workload", "workloads"),
                };
                let verdict = super::screen::verdict_of(now, &items);
                Some(format!("{verdict}: {what}"))
            }
            Record::Split(_) => None,
            Record::Undone => Some("undone".into()),
        }
    }

    /// A text that is shown whole.
    pub(super) fn page(&self, page: &Page, width: usize, color: bool) -> String {
        match page {
            Page::Help => HELP.to_owned(),
            Page::Why(id) => match checks::find(id) {
                Some(check) => explain::one(check, Layout { width, color }),
                None => String::new(),
            },
            Page::Shown => {
                let lines = whole(&self.model, &self.state, width);
                let lines = lines.iter().map(|line| paint(line, color) + "\n");
                lines.collect()
            }
        }
    }
}
