//! A review that outlives its process: a directory with a journal, a line for each decision, synced one by one.

use std::path::PathBuf;

use anyhow::{Context, bail};

use super::model::Model;
use super::replay::{Event, event, replay, seen};
use super::state::{Record, State};
use crate::journal::{Journal, LOCK, Lock, directories, new_directory, state_directory};

const JOURNAL: &str = "journal.jsonl";

/// An open review.
pub(super) struct Session {
    /// What `--resume` takes.
    pub(super) id: String,
    journal: Journal<Event>,
    /// Held while this process works on it.
    _lock: Lock,
}

/// A review that goes on.
pub(super) struct Saved {
    /// It.
    pub(super) session: Session,
    events: Vec<Event>,
    /// Where it was begun.
    pub(super) directory: PathBuf,
    /// The command line behind `review`.
    pub(super) arguments: Vec<String>,
}

/// The ids of this user's reviews, the oldest first.
pub(crate) fn review_ids() -> Vec<String> {
    let parent = state_directory("reviews");
    parent.map_or(Vec::new(), |parent| directories(&parent, JOURNAL))
}

impl Session {
    /// Begins a review.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn begin(model: &Model, arguments: Vec<String>) -> anyhow::Result<Self> {
        let parent = state_directory("reviews")?;
        let made = new_directory(&parent);
        let (id, directory) = made.with_context(|| {
            let hint = "set XDG_STATE_HOME";
            format!(
                "cannot keep decisions in {}\nhint: {hint}",
                parent.display()
            )
        })?;
        let lock =
            Lock::take(&directory.join(LOCK))?.context("another process took the new review")?;
        let (mut journal, _) = Journal::open(&directory.join(JOURNAL))?;
        journal.append(vec![Event::Began {
            version: env!("CARGO_PKG_VERSION").into(),
            directory: std::env::current_dir()?,
            arguments,
            seen: seen(model),
        }])?;
        Ok(Self {
            id,
            journal,
            _lock: lock,
        })
    }

    /// A review of this user by its id, or the last one that is not written yet.
    ///
    /// # Errors
    /// No such review; a journal that is none.
    pub(super) fn resume(id: Option<&str>) -> anyhow::Result<Saved> {
        let parent = state_directory("reviews")?;
        let ids = directories(&parent, JOURNAL);
        let is_open = |id: &&String| {
            let entries = Journal::<Event>::read(&parent.join(id).join(JOURNAL));
            entries.is_ok_and(|entries| {
                !entries
                    .iter()
                    .any(|entry| matches!(entry.event, Event::Wrote { .. }))
            })
        };
        let id = match id {
            Some(id) if ids.iter().any(|known| known == id) => id.to_owned(),
            Some(id) => {
                let last = ids.last().map_or("none", String::as_str);
                bail!("no review \"{id}\"\nhint: the last one is {last}");
            }
            None => {
                let last = ids.iter().rev().find(is_open).cloned();
                last.context(
                    "no review to go on with\nhint: kubectl harden review -f PATH begins one",
                )?
            }
        };
        let directory = parent.join(&id);
        let Some(lock) = Lock::take(&directory.join(LOCK))? else {
            bail!("the review {id} is open in another terminal\nhint: quit it there with q");
        };
        let (journal, entries) =
            Journal::open(&directory.join(JOURNAL)).with_context(|| format!("the review {id}"))?;
        let events: Vec<_> = entries.into_iter().map(|entry| entry.event).collect();
        let Some(Event::Began {
            directory,
            arguments,
            ..
        }) = events.first().cloned()
        else {
            bail!("the review {id} never began\nhint: begin another one");
        };
        Ok(Saved {
            session: Self {
                id,
                journal,
                _lock: lock,
            },
            events,
            directory,
            arguments,
        })
    }

    /// Keeps a change: when this returns it is on the disk.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn keep(&mut self, model: &Model, record: &Record) -> anyhow::Result<()> {
        let kept = self.journal.append(vec![event(model, record)]);
        kept.context("the decision cannot be kept")?;
        Ok(())
    }

    /// Keeps that everything was written.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn wrote(&mut self, files: Vec<String>) -> anyhow::Result<()> {
        self.journal.append(vec![Event::Wrote { files }])?;
        Ok(())
    }
}

impl Saved {
    /// Goes on: the state, and how many decisions do not hold any more.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn state(mut self, model: &Model) -> anyhow::Result<(Session, State, usize)> {
        let (state, forgotten) = replay(model, &self.events);
        self.session
            .journal
            .append(vec![Event::Resumed { seen: seen(model) }])?;
        Ok((self.session, state, forgotten))
    }
}
