//! What is done about the causes of a failure: what the program needs, or else the field that it does without.

use super::leave_out::CAPABILITIES;
use super::lesson::{Learned, Lesson, RunsAs};
use super::survey::Survey;
use super::volumes::write_to;
use crate::cause::{Access, Cause, FilePath, Kind, Refusal};

/// The directory that is writable in every container whose writable directories have volumes.
const TEMPORARY: &str = "/tmp";

/// What a person allows to be changed beside the baseline.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::rollout) struct Allowed {
    /// Init containers that fill volumes from the image.
    pub(in crate::rollout) seed: bool,
    /// HOME.
    pub(in crate::rollout) env: bool,
    /// Whether it is the last try: then every suspect is left out.
    pub(in crate::rollout) is_last: bool,
}

/// What a survey alone teaches: whom to run a container as, where it writes, on which ports it listens, whether it pings.
pub(in crate::rollout) fn surveyed(lesson: &mut Lesson, survey: &Survey, allowed: Allowed) {
    lesson.run_as = lesson.run_as.or(survey.worker);
    lesson.low_ports.extend(&survey.low_ports);
    lesson.pings |= survey.pings;
    for directory in &survey.written {
        write_to(lesson, directory, survey, allowed);
    }
    // What was learned from a failure was learned without knowing whether the image has files there.
    lesson.fill_where(|directory| allowed.seed && survey.is_filled(directory));
}

/// What is learned from the causes of a failure. Where it is what was known before, nothing is left to be tried.
pub(in crate::rollout) fn remedied(
    causes: &[Cause],
    before: &Learned,
    survey: impl Fn(&str) -> Option<Survey>,
    allowed: Allowed,
) -> Learned {
    let mut learned = before.clone();
    for cause in causes {
        let known = survey(&cause.container).unwrap_or_default();
        let old = before
            .containers
            .get(&cause.container)
            .cloned()
            .unwrap_or_default();
        let lesson = learned.of(&cause.container);
        let remedy = Remedy {
            cause,
            old: &old,
            survey: &known,
            allowed,
        };
        if allowed.is_last || !remedy.apply(lesson) {
            remedy.leave_out(lesson);
        }
        if *lesson == old {
            remedy.guess(lesson);
        }
        // What was kept of them was not enough.
        if lesson.left_out.contains_key(CAPABILITIES) {
            lesson.root_capabilities.clear();
        }
    }
    learned
}

pub(super) struct Remedy<'r> {
    pub(super) cause: &'r Cause,
    /// What was known when it failed.
    pub(super) old: &'r Lesson,
    pub(super) survey: &'r Survey,
    pub(super) allowed: Allowed,
}

impl Remedy<'_> {
    /// Gives the program what it needs. False where there is no such thing, or it has it already.
    fn apply(&self, lesson: &mut Lesson) -> bool {
        match &self.cause.kind {
            Kind::ReadOnly { path: None } => self.gets_its_own(lesson),
            Kind::ReadOnly { path } => self.writes(path.as_ref(), lesson),
            Kind::TempDir { tried } => {
                let usual = FilePath::new(TEMPORARY);
                self.temporary(tried, lesson) || self.owns(usual.as_ref(), lesson)
            }
            Kind::Home { path } => self.home(path.as_ref(), lesson),
            Kind::Denied { path, access } => {
                let reader = || self.survey.reader(path.as_ref()?.as_str());
                self.runs_as(self.survey.worker.or_else(reader), lesson)
                    || *access != Access::Read
                        && !self.is_closed(path.as_ref())
                        && self.writes(path.as_ref(), lesson)
            }
            Kind::LowPort { port } => {
                lesson.low_ports.insert(port.unwrap_or_default());
                self.old.low_ports.is_empty() && !self.is_root()
            }
            Kind::RawSocket => {
                lesson.pings = true;
                !self.old.pings
            }
            Kind::Hidden { path, volume } => self.shows(path.as_ref(), volume.as_ref(), lesson),
            Kind::SwitchUser { user } => {
                let named = user.as_deref().and_then(|name| self.survey.user(name));
                self.runs_as(named.or(self.survey.worker), lesson)
            }
            Kind::Ownership { .. } if self.is_root() => false,
            Kind::Ownership { path, .. } | Kind::WrongOwner { path } | Kind::TooOpen { path } => {
                self.runs_as(self.survey.worker, lesson) || self.owns(path.as_ref(), lesson)
            }
            Kind::NoPasswdEntry { .. }
            | Kind::Exec {
                refusal: Refusal::NotExecutable,
                ..
            } => self.runs_as(self.survey.worker, lesson),
            Kind::Exec {
                refusal: Refusal::FileCapability,
                ..
            } => {
                // The one that a pod of the restricted level may have; a program that needs another one keeps them all.
                lesson.capabilities.insert("NET_BIND_SERVICE".into())
                    && self.old.capabilities.is_empty()
            }
            _ => false,
        }
    }

    /// Whether it was left as root: who it is run as changes nothing then.
    fn is_root(&self) -> bool {
        self.old.left_out.contains_key("runAsUser")
    }

    fn runs_as(&self, user: Option<RunsAs>, lesson: &mut Lesson) -> bool {
        let is_new = |user: &RunsAs| user.uid > 0 && self.old.run_as != Some(*user);
        let Some(user) = user.filter(|user| is_new(user) && !self.is_root()) else {
            return false;
        };
        lesson.run_as = Some(user);
        true
    }

    fn temporary(&self, tried: &[FilePath], lesson: &mut Lesson) -> bool {
        let is_usual = |path: &FilePath| path.as_str() == TEMPORARY;
        match tried.iter().find(|path| !path.is_relative()) {
            Some(other) if !tried.iter().any(is_usual) => self.mounts(other.as_str(), lesson),
            _ => self.mounts(TEMPORARY, lesson),
        }
    }

    fn home(&self, path: Option<&FilePath>, lesson: &mut Lesson) -> bool {
        if self.allowed.env && self.old.home.is_none() {
            lesson.home = Some(TEMPORARY.into());
            lesson.writable.insert(TEMPORARY.into());
            return true;
        }
        self.writes(path, lesson)
    }
}

#[cfg(test)]
mod tests;
