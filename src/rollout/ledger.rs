//! Everything that happens in a run goes through here: into the journal first, then to whoever looks on.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use super::health::Reason;
use super::journal::{Event, History, Journal, Run};
use super::notify::{Notifier, Transition};
use super::plan::ObjectRef;
use super::progress::Progress;
use super::state::State;

/// The record of a run.
pub(super) struct Ledger {
    pub(super) run: Run,
    pub(super) progress: Arc<Progress>,
    notifier: Option<Notifier>,
    journal: RefCell<Journal>,
    history: RefCell<History>,
    /// What the active workloads wait for.
    doing: RefCell<BTreeMap<String, String>>,
    /// Whether it was said that logs cannot be had.
    lacks_logs: Cell<bool>,
    /// The workloads of which the server says nothing now.
    unanswered: RefCell<BTreeSet<String>>,
}

impl Ledger {
    pub(super) fn new(
        run: Run,
        journal: Journal,
        history: History,
        progress: Arc<Progress>,
        notifier: Option<Notifier>,
    ) -> Self {
        Self {
            run,
            progress,
            notifier,
            journal: RefCell::new(journal),
            history: RefCell::new(history),
            doing: RefCell::default(),
            lacks_logs: Cell::default(),
            unanswered: RefCell::default(),
        }
    }

    /// Writes what happened.
    ///
    /// # Errors
    /// The journal cannot be written: nothing more may be done.
    pub(super) fn write(&self, event: Event) -> io::Result<()> {
        self.write_all(vec![event])
    }

    /// Writes several things that happened, at once.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) fn write_all(&self, events: Vec<Event>) -> io::Result<()> {
        let entries = self.journal.borrow_mut().append(events)?;
        let mut history = self.history.borrow_mut();
        entries.iter().for_each(|entry| history.add(entry));
        Ok(())
    }

    /// A workload is in another state.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) fn moved(
        &self,
        object: &ObjectRef,
        from: State,
        to: State,
        reason: Option<Reason>,
    ) -> io::Result<()> {
        self.moved_after(Vec::new(), object, from, to, reason)
    }

    /// A workload is in another state after something happened: both are written at once.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) fn moved_after(
        &self,
        mut events: Vec<Event>,
        object: &ObjectRef,
        from: State,
        to: State,
        reason: Option<Reason>,
    ) -> io::Result<()> {
        let workload = object.shown();
        let mut words = reason.as_ref().map(Reason::to_string).unwrap_or_default();
        events.push(Event::Moved {
            workload: workload.clone(),
            from,
            to,
            reason,
        });
        self.write_all(events)?;
        if to.is_failure() && words.is_empty() || to.is_success() {
            words = self.words(&workload);
        }
        self.doing.borrow_mut().remove(&workload);
        self.progress.transition(&workload, from, to, &words);
        if let Some(notifier) = &self.notifier {
            notifier.notify(&Transition {
                namespace: object.namespace.clone(),
                object: object.object(),
                previous: from,
                state: to,
                reason: words,
                at: jiff::Timestamp::now(),
            });
        }
        Ok(())
    }

    /// Why a workload was set back: that was said when it failed, and whoever hears only of its end wants it too. Of one that
    /// succeeded, how.
    fn words(&self, workload: &str) -> String {
        let history = self.history.borrow();
        let track = history.tracks.get(workload);
        track.map(super::journal::Track::words).unwrap_or_default()
    }

    /// A request was carried out.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) fn did(&self, object: &ObjectRef, what: impl Into<String>) -> io::Result<()> {
        self.write(Event::Did {
            workload: object.shown(),
            what: what.into(),
        })
    }

    /// Something that a person should know.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) fn noted(&self, object: &ObjectRef, note: String) -> io::Result<()> {
        let workload = object.shown();
        self.progress.say(&format!("{workload}: {note}"));
        self.write(Event::Noted { workload, note })
    }

    /// Logs cannot be had: that is said for the first workload, and written down for each.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) fn lacks_logs(&self, object: &ObjectRef, note: String) -> io::Result<()> {
        let workload = object.shown();
        if !self.lacks_logs.replace(true) {
            self.progress.say(&format!("{workload}: {note}"));
        }
        self.write(Event::Noted { workload, note })
    }

    /// Evidence was saved.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) fn saved(&self, object: &ObjectRef, file: String) -> io::Result<()> {
        self.write(Event::Saved {
            workload: object.shown(),
            file,
        })
    }

    /// Fields were taken over from other field managers.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(super) fn took_over(&self, object: &ObjectRef, managers: Vec<String>) -> io::Result<()> {
        self.write(Event::TookOver {
            workload: object.shown(),
            managers,
        })
    }

    /// Whether a request was carried out, as far as the journal knows.
    pub(super) fn has_done(&self, object: &ObjectRef, what: &str) -> bool {
        let history = self.history.borrow();
        let track = history.tracks.get(&object.shown());
        track.is_some_and(|track| track.did.iter().any(|did| did == what))
    }

    /// The server says nothing of a workload: that is said for the first one.
    pub(super) fn unanswered(&self, object: &ObjectRef, why: &str) {
        let mut unanswered = self.unanswered.borrow_mut();
        if unanswered.is_empty() {
            self.progress.say(why);
        }
        unanswered.insert(object.shown());
    }

    /// The server answered: that is said when it is so for all.
    pub(super) fn answered(&self, object: &ObjectRef) {
        let mut unanswered = self.unanswered.borrow_mut();
        if unanswered.remove(&object.shown()) && unanswered.is_empty() {
            self.progress.say("the server answers again");
        }
    }

    /// A workload that is left is not waited for any more.
    pub(super) fn left(&self, object: &ObjectRef) {
        self.unanswered.borrow_mut().remove(&object.shown());
    }

    /// What a workload waits for.
    pub(super) fn waits(&self, object: &ObjectRef, what: String) {
        self.doing.borrow_mut().insert(object.shown(), what);
    }

    /// What a workload waits for.
    pub(super) fn doing(&self, workload: &str) -> String {
        self.doing
            .borrow()
            .get(workload)
            .cloned()
            .unwrap_or_default()
    }

    /// What the journal says.
    pub(super) fn history(&self) -> std::cell::Ref<'_, History> {
        self.history.borrow()
    }

    /// Ends what looks on.
    pub(super) fn finish(self) -> (Run, History) {
        self.progress.end();
        if let Some(notifier) = self.notifier {
            notifier.finish();
        }
        (self.run, self.history.into_inner())
    }
}
