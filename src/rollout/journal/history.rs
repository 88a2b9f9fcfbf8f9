//! What a journal says of a run: where each workload stands, and how it got there.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Entry, Event};
use crate::rollout::health::{Calm, LogWarning, Reason};
use crate::rollout::plan::{Change, HardenPlan, PlannedWorkload};
use crate::rollout::retry::{Finding, Learned, ToFix};
use crate::rollout::state::State;

/// The reason's word where setting back was asked for.
pub(in crate::rollout) const UNDO: &str = "Undo";

/// What a journal says.
#[derive(Clone, Debug, Default)]
pub(in crate::rollout) struct History {
    /// By [`ObjectRef::shown`](crate::rollout::ObjectRef::shown).
    pub(in crate::rollout) tracks: BTreeMap<String, Track>,
    pub(in crate::rollout) started: Option<Timestamp>,
    /// When the last line was written.
    pub(in crate::rollout) last: Option<Timestamp>,
    /// `user@host` of the first process, and the user as the API server knows it.
    pub(in crate::rollout) by: String,
    pub(in crate::rollout) user: String,
    /// A hash of its plan.yaml as it was when the run began; empty where the journal does not say.
    pub(in crate::rollout) plan: String,
    /// The version of the first process.
    pub(in crate::rollout) version: String,
    /// How many processes took it up.
    pub(in crate::rollout) processes: usize,
    /// Why it stopped, where it did and nobody went on.
    pub(in crate::rollout) stopped: Option<String>,
    pub(in crate::rollout) has_ended: bool,
}

/// One workload.
#[derive(Clone, Debug, Default)]
pub(in crate::rollout) struct Track {
    /// Every state that it came into, from the first.
    pub(in crate::rollout) transitions: Vec<(Timestamp, State, Option<Reason>)>,
    pub(in crate::rollout) takes_over: Vec<String>,
    pub(in crate::rollout) warnings: Vec<String>,
    pub(in crate::rollout) saved: Vec<String>,
    pub(in crate::rollout) notes: Vec<String>,
    /// What is new in its logs since the change that is in force, and is no failure.
    pub(in crate::rollout) log_warnings: Vec<LogWarning>,
    /// What was carried out, in order.
    pub(in crate::rollout) did: Vec<String>,
    /// Its pods as they were when they got ready last.
    pub(in crate::rollout) calm: Option<Calm>,
    /// What was learned of it.
    pub(in crate::rollout) learned: Learned,
    /// Why it failed last.
    pub(in crate::rollout) findings: Vec<Finding>,
    /// Its changes, where they are no longer those of its plan.
    pub(in crate::rollout) changes: Option<Vec<Change>>,
    /// Whether what was learned from its last failure is worth another try.
    pub(in crate::rollout) is_retried: bool,
    /// How often it has been set back to be tried again.
    pub(in crate::rollout) retries: usize,
    /// Whether it was looked at since it was set back last.
    pub(in crate::rollout) is_surveyed: bool,
}

impl Track {
    /// Where it stands.
    pub(in crate::rollout) fn state(&self) -> State {
        self.transitions
            .last()
            .map_or(State::Pending, |(_, state, _)| *state)
    }

    /// Why it is there: the last reason that was given. Why it failed before is no reason for its success.
    pub(in crate::rollout) fn reason(&self) -> Option<&Reason> {
        let least = if self.state().is_success() {
            1
        } else {
            self.transitions.len()
        };
        let last = self.transitions.iter().rev().take(least);
        last.filter_map(|(.., reason)| reason.as_ref()).next()
    }

    /// What was learned of it, where it runs with that.
    pub(in crate::rollout) fn in_use(&self) -> Option<(&Learned, &[Change])> {
        let changes = self
            .changes
            .as_deref()
            .filter(|_| self.state().is_success())?;
        Some((&self.learned, changes))
    }

    /// How it was hardened, where more than its plan was needed.
    pub(in crate::rollout) fn how(&self) -> String {
        let nothing = Learned::default();
        let (learned, changes) = self.in_use().unwrap_or((&nothing, &[]));
        let retries = if self.state().is_success() {
            self.retries
        } else {
            0
        };
        learned.how(changes, retries)
    }

    /// What is said of where it stands: why, and how.
    pub(in crate::rollout) fn words(&self) -> String {
        let why = self.reason().map(Reason::to_string).unwrap_or_default();
        let parts = [why, self.how()]
            .into_iter()
            .filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("; ")
    }

    /// What its app has to fix: the fields that it runs without.
    pub(in crate::rollout) fn to_fix(&self) -> Vec<ToFix> {
        self.in_use()
            .map(|(learned, _)| learned.to_fix())
            .unwrap_or_default()
    }

    /// Whether somebody asked for it to be set back: then that is no failure.
    pub(in crate::rollout) fn is_undone(&self) -> bool {
        let mut reasons = self
            .transitions
            .iter()
            .filter_map(|(.., reason)| reason.as_ref());
        reasons.any(|reason| reason.word == UNDO)
    }

    /// How it is tried now, in place of what its plan says.
    pub(in crate::rollout) fn in_force(&self, planned: &PlannedWorkload) -> PlannedWorkload {
        let changes = self.changes.as_ref().unwrap_or(&planned.changes).clone();
        PlannedWorkload {
            changes,
            ..planned.clone()
        }
    }

    /// When its turn came.
    pub(in crate::rollout) fn started(&self) -> Option<Timestamp> {
        self.transitions.first().map(|(at, ..)| *at)
    }

    /// When it came into its state.
    pub(in crate::rollout) fn since(&self) -> Option<Timestamp> {
        self.transitions.last().map(|(at, ..)| *at)
    }
}

impl History {
    /// Reads a journal's lines.
    pub(in crate::rollout) fn of(entries: &[Entry]) -> Self {
        let mut history = Self::default();
        entries.iter().for_each(|entry| history.add(entry));
        history
    }

    /// Takes one more line in.
    pub(in crate::rollout) fn add(&mut self, entry: &Entry) {
        self.started = self.started.or(Some(entry.at));
        self.last = Some(entry.at);
        match &entry.event {
            Event::Began {
                by,
                user,
                version,
                plan,
                ..
            } => {
                if self.processes == 0 {
                    self.plan.clone_from(plan);
                    self.version.clone_from(version);
                    self.by.clone_from(by);
                    self.user.clone_from(user);
                }
                self.processes += 1;
                self.stopped = None;
                self.has_ended = false;
            }
            Event::Checked {
                workload,
                takes_over,
                warnings,
            } => {
                let track = self.track(workload);
                track.takes_over.clone_from(takes_over);
                track.warnings.clone_from(warnings);
            }
            Event::Moved {
                workload,
                to,
                reason,
                ..
            } => {
                let at = entry.at;
                let track = self.track(workload);
                if *to == State::Applying {
                    track.log_warnings.clear();
                }
                if *to == State::Pending {
                    track.retries += 1;
                    track.is_surveyed = false;
                }
                track.transitions.push((at, *to, reason.clone()));
            }
            Event::Did { workload, what } => self.track(workload).did.push(what.clone()),
            Event::TookOver { workload, managers } => {
                self.track(workload).takes_over.clone_from(managers);
            }
            Event::Learned {
                workload,
                findings,
                is_retried,
                learned,
            } => {
                let track = self.track(workload);
                track.is_retried = *is_retried;
                track.is_surveyed = track.state() == State::Pending;
                track.learned.clone_from(learned);
                if !findings.is_empty() {
                    track.findings.clone_from(findings);
                }
            }
            Event::Replanned { workload, changes } => {
                self.track(workload).changes = Some(changes.clone());
            }
            Event::Ready { workload, calm } => self.track(workload).calm = Some(calm.clone()),
            Event::Warned { workload, errors } => {
                self.track(workload).log_warnings.clone_from(errors);
            }
            Event::Saved { workload, file } => {
                let saved = &mut self.track(workload).saved;
                if !saved.contains(file) {
                    saved.push(file.clone());
                }
            }
            Event::Noted { workload, note } => self.track(workload).notes.push(note.clone()),
            Event::Stopped { why } => self.stopped = Some(why.clone()),
            Event::Ended => self.has_ended = true,
        }
    }

    fn track(&mut self, workload: &str) -> &mut Track {
        self.tracks.entry(workload.to_owned()).or_default()
    }

    /// How a workload is tried now.
    pub(in crate::rollout) fn in_force(&self, planned: &PlannedWorkload) -> PlannedWorkload {
        match self.tracks.get(&planned.object.shown()) {
            Some(track) => track.in_force(planned),
            None => planned.clone(),
        }
    }

    /// How many of these workloads stand where.
    pub(in crate::rollout) fn counts(&self, plan: &HardenPlan) -> BTreeMap<State, usize> {
        let mut counts = BTreeMap::new();
        for workload in &plan.workloads {
            let state = self.state(&workload.object.shown());
            *counts.entry(state).or_default() += 1;
        }
        counts
    }

    /// Where a workload stands.
    pub(in crate::rollout) fn state(&self, workload: &str) -> State {
        self.tracks
            .get(workload)
            .map_or(State::Pending, Track::state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_back_is_undone_only_where_it_was_asked_for() {
        let reason = |word: &str| {
            Some(Reason {
                word: word.into(),
                ..Reason::default()
            })
        };
        let track = |steps: &[(State, Option<Reason>)]| {
            let steps = steps.iter().cloned();
            Track {
                transitions: steps
                    .map(|(state, why)| (Timestamp::UNIX_EPOCH, state, why))
                    .collect(),
                ..Track::default()
            }
        };
        let undone = track(&[
            (State::Hardened, None),
            (State::Restoring, reason(UNDO)),
            (State::Unrestored, reason("Timeout")),
        ]);
        assert!(undone.is_undone());
        let failed = track(&[(State::Failing, reason("Timeout")), (State::Restored, None)]);
        assert!(!failed.is_undone());
    }

    #[test]
    fn what_failed_before_is_no_reason_for_success() {
        let reason = |word: &str| Reason {
            word: word.into(),
            message: word.into(),
            ..Reason::default()
        };
        let step = |state, why: Option<&str>| (Timestamp::UNIX_EPOCH, state, why.map(reason));
        let steps = [
            (State::Failing, Some("exit code 1")),
            (State::Pending, Some("try 1 of 5")),
            (State::Applying, None),
            (State::Soaking, None),
        ];
        let mut track = Track {
            transitions: steps.map(|(state, why)| step(state, why)).into(),
            retries: 1,
            ..Track::default()
        };
        assert_eq!(track.words(), "try 1 of 5");
        track.transitions.push(step(State::Hardened, None));
        assert_eq!(track.words(), "after 1 retry");
        track
            .transitions
            .push(step(State::Unwatched, Some("it is paused")));
        assert_eq!(track.words(), "it is paused; after 1 retry");
        track.transitions.push(step(State::Restored, None));
        assert_eq!(track.words(), "it is paused");
    }
}
