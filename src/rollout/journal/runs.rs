//! Where runs are kept: a directory each, below `$XDG_STATE_HOME/kubectl-harden/runs`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::Value;

use super::{Entry, Journal};
use crate::config;
use crate::journal::{
    LOCK, Lock, create_private, directories, new_directory, state_directory, sync,
};
use crate::ordered;
use crate::rollout::options::Options;
use crate::rollout::plan::{HardenPlan, ObjectRef};

pub(super) const PLAN: &str = "plan.yaml";
const OPTIONS: &str = "options.json";
const JOURNAL: &str = "journal.jsonl";
const ORIGINALS: &str = "originals";

/// How many originals are written at a time.
const WRITERS: usize = 16;

/// The directory of all runs (XDG Base Directory Specification: state that outlives the program).
pub(in crate::rollout) struct Runs(PathBuf);

/// One run's directory.
#[derive(Debug)]
pub(in crate::rollout) struct Run {
    pub(in crate::rollout) id: String,
    pub(in crate::rollout) directory: PathBuf,
    /// Held while a process works on the run.
    lock: Option<Lock>,
}

/// The ids of this user's runs, the oldest first.
pub(crate) fn run_ids() -> Vec<String> {
    Runs::of_user().map_or(Vec::new(), |runs| runs.ids())
}

impl Runs {
    /// The directory of this user's runs.
    ///
    /// # Errors
    /// No home directory.
    pub(in crate::rollout) fn of_user() -> anyhow::Result<Self> {
        Ok(Self(state_directory("runs")?))
    }

    #[cfg(test)]
    pub(super) fn at(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    /// The ids of all runs, the oldest first.
    pub(in crate::rollout) fn ids(&self) -> Vec<String> {
        directories(&self.0, JOURNAL)
    }

    /// A run by its id, or the last one.
    ///
    /// # Errors
    /// No such run.
    pub(in crate::rollout) fn find(&self, id: Option<&str>) -> anyhow::Result<Run> {
        let ids = self.ids();
        let id = match id {
            None => ids.last().cloned().with_context(|| {
                format!(
                    "no runs in {}\nhint: kubectl harden apply makes one",
                    self.0.display()
                )
            })?,
            Some(id) if ids.iter().any(|known| known == id) => id.to_owned(),
            Some(id) => {
                let last = ids
                    .last()
                    .map_or("none".into(), |last| format!("\"{last}\""));
                bail!(
                    "no run \"{id}\"\nhint: kubectl harden status --all lists them; the last is {last}"
                );
            }
        };
        Ok(Run {
            directory: self.0.join(&id),
            id,
            lock: None,
        })
    }

    /// Makes the directory of a new run and takes it. Without a journal in it, it is no run yet.
    ///
    /// # Errors
    /// What the system says.
    pub(in crate::rollout) fn reserve(&self) -> anyhow::Result<Run> {
        let mut run = self.new_directory().with_context(|| {
            let hint = "set XDG_STATE_HOME";
            format!(
                "cannot keep a journal in {}\nhint: {hint}",
                self.0.display()
            )
        })?;
        run.take_lock()?;
        Ok(run)
    }

    fn new_directory(&self) -> io::Result<Run> {
        let (id, directory) = new_directory(&self.0)?;
        Ok(Run {
            id,
            directory,
            lock: None,
        })
    }
}

impl Run {
    /// Writes plan, options, configuration and originals, and the journal last: with it this is a run.
    ///
    /// # Errors
    /// What the system says.
    pub(in crate::rollout) fn begin(
        &self,
        plan: &HardenPlan,
        options: &Options,
        originals: &[(&ObjectRef, &[u8])],
    ) -> anyhow::Result<Journal> {
        let fill = || -> anyhow::Result<Journal> {
            self.save(PLAN, plan.to_yaml()?.as_bytes())?;
            self.save(OPTIONS, &serde_json::to_vec_pretty(options)?)?;
            if let Some(config) = config::found(Path::new("")) {
                self.save(config::FILE, &fs::read(config)?)?;
            }
            self.keep(originals)?;
            let (journal, _) = Journal::open(&self.directory.join(JOURNAL))?;
            sync(&self.directory);
            Ok(journal)
        };
        fill().with_context(|| format!("cannot write to {}", self.directory.display()))
    }

    /// Saves the originals. Each waits for the disk, and many can wait at once.
    fn keep(&self, originals: &[(&ObjectRef, &[u8])]) -> io::Result<()> {
        let mut failed = Ok(());
        let save = |(object, json): &(&ObjectRef, &[u8])| self.save(&original(object), json);
        ordered::for_each(originals.iter(), WRITERS, save, |saved| {
            failed = saved;
            failed.is_ok()
        });
        sync(&self.directory.join(ORIGINALS));
        failed
    }

    /// Takes the directory of a run away that never began.
    pub(in crate::rollout) fn abandon(self) {
        let _ = fs::remove_file(self.directory.join(LOCK));
        let _ = fs::remove_dir(&self.directory);
    }

    /// Takes the run for this process.
    ///
    /// # Errors
    /// Another process works on it.
    pub(in crate::rollout) fn take_lock(&mut self) -> anyhow::Result<()> {
        let path = self.directory.join(LOCK);
        self.lock = Lock::take(&path).with_context(|| path.display().to_string())?;
        if self.lock.is_none() {
            bail!(
                "another process works on the run {}\nhint: kubectl harden status {} -w shows it",
                self.id,
                self.id
            );
        }
        Ok(())
    }

    /// What tells the run from all others while this process works on it; its id is only the time of its beginning.
    pub(in crate::rollout) fn mark(&self) -> &str {
        self.lock.as_ref().map_or("", |lock| lock.mark.as_str())
    }

    /// Whether a process works on it.
    pub(in crate::rollout) fn is_active(&self) -> bool {
        Lock::is_held(&self.directory.join(LOCK))
    }

    pub(in crate::rollout) fn options(&self) -> anyhow::Result<Options> {
        let path = self.directory.join(OPTIONS);
        let text = fs::read(&path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&text).with_context(|| path.display().to_string())
    }

    /// The object as it was before the run.
    pub(in crate::rollout) fn original(&self, object: &ObjectRef) -> anyhow::Result<Value> {
        let path = self.directory.join(original(object));
        let text = fs::read(&path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&text).with_context(|| path.display().to_string())
    }

    pub(in crate::rollout) fn journal(&self) -> anyhow::Result<(Journal, Vec<Entry>)> {
        let path = self.directory.join(JOURNAL);
        Journal::open(&path).with_context(|| path.display().to_string())
    }

    pub(in crate::rollout) fn entries(&self) -> anyhow::Result<Vec<Entry>> {
        let path = self.directory.join(JOURNAL);
        Journal::read(&path).with_context(|| path.display().to_string())
    }

    /// Writes a file below the run's directory, readable by this user alone: logs and objects hold secrets.
    ///
    /// # Errors
    /// What the system says.
    pub(in crate::rollout) fn save(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.directory.join(file);
        if let Some(parent) = path.parent() {
            create_private(parent)?;
        }
        crate::sink::create_private_file(&path, bytes)
    }
}

/// `originals/shop_deployment.apps_web.json`. Names of objects hold no `_`.
fn original(object: &ObjectRef) -> String {
    format!("{ORIGINALS}/{}.json", file_name(object))
}

/// A name for an object's files.
pub(in crate::rollout) fn file_name(object: &ObjectRef) -> String {
    object.shown().replace('/', "_").replace(':', "%3A")
}
