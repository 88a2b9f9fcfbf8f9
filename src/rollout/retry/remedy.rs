//! What is done about the causes of a failure: what the program needs, or else the field that it does without.

use super::directory::{directory_of, is_broad, is_shared};
use super::leave_out::CAPABILITIES;
use super::lesson::{Learned, Lesson, RunsAs};
use super::survey::Survey;
use crate::cause::{Access, Cause, FilePath, Kind, Refusal};
use crate::container_path::{is_within, without_links};

/// The directory that is writable in every container whose writable directories have volumes.
const TEMPORARY: &str = "/tmp";

/// How many directories get volumes for no other reason than whose they are.
const MOST_OWN: usize = 8;

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
    let empty: Vec<_> = lesson.writable.iter().cloned().collect();
    for directory in empty {
        if survey.is_filled(&directory) && allowed.seed {
            lesson.writable.remove(&directory);
            lesson.seeded.insert(directory);
        }
    }
}

/// A volume at a directory, empty or filled from the image. Nothing where files would be missed in it, and it may not be
/// filled.
fn write_to(lesson: &mut Lesson, directory: &str, survey: &Survey, allowed: Allowed) {
    if lesson.seeded.contains(directory) {
        return;
    }
    let has_files = survey.is_filled(directory);
    if allowed.seed && (has_files || survey.is_structured(directory)) {
        lesson.seeded.insert(directory.to_owned());
    } else if !has_files {
        lesson.writable.insert(directory.to_owned());
    }
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
    survey: &'r Survey,
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

    fn writes(&self, path: Option<&FilePath>, lesson: &mut Lesson) -> bool {
        let Some(path) = path else { return false };
        let absolute = match path.is_relative() {
            false => Some(path.clone()),
            true if self.survey.directory.is_empty() => None,
            true => FilePath::new(&format!("{}/{path}", self.survey.directory)),
        };
        let directory = absolute.and_then(|path| directory_of(path.as_str()));
        directory.is_some_and(|directory| self.mounts(&directory, lesson))
    }

    /// Volumes at the directories of the image that belong to the program's user: it is to write there.
    pub(super) fn gets_its_own(&self, lesson: &mut Lesson) -> bool {
        let before = lesson.clone();
        for directory in self.survey.owned.iter().take(MOST_OWN) {
            write_to(lesson, directory, self.survey, self.allowed);
        }
        *lesson != before
    }

    /// Fills volumes that are empty from the image, where what was changed since the start may be the image's.
    pub(super) fn fills_what_was_changed(&self, lesson: &mut Lesson) -> bool {
        let empty = lesson.writable.iter();
        let hiding: Vec<_> = empty
            .filter(|directory| self.allowed.seed && self.survey.may_be_filled(directory))
            .cloned()
            .collect();
        for directory in &hiding {
            lesson.writable.remove(directory);
            lesson.seeded.insert(directory.clone());
        }
        !hiding.is_empty()
    }

    /// A volume at a directory. One that had a volume already, and could not be written, is no matter of volumes.
    fn mounts(&self, directory: &str, lesson: &mut Lesson) -> bool {
        let had = self.old.writable.contains(directory) || self.old.seeded.contains(directory);
        if had || is_broad(directory) {
            return false;
        }
        write_to(lesson, directory, self.survey, self.allowed);
        lesson.writable.contains(directory) || lesson.seeded.contains(directory)
    }

    /// Shows the program what a volume hides from it: fills that from the image, or makes the directory with another volume.
    fn shows(
        &self,
        path: Option<&FilePath>,
        volume: Option<&FilePath>,
        lesson: &mut Lesson,
    ) -> bool {
        let (Some(path), Some(volume)) = (path, volume) else {
            return false;
        };
        let volume = volume.as_str();
        if self.old.seeded.contains(volume) {
            return false;
        }
        if self.allowed.seed {
            // What is missing in another one of these would show in the next try.
            let shared = self
                .old
                .writable
                .iter()
                .filter(|directory| is_shared(directory));
            for directory in shared.map(String::as_str).chain([volume]) {
                lesson.writable.remove(directory);
                lesson.seeded.insert(directory.to_owned());
            }
            return true;
        }
        let holding = directory_of(path.as_str()).filter(|directory| directory != volume);
        // What is missing in the volume itself is made where it looks like a directory.
        let is_directory = path
            .parent()
            .is_some_and(|parent| parent.as_str() == volume)
            && !path
                .as_str()
                .rsplit('/')
                .next()
                .is_some_and(|name| name.contains('.'));
        let missing = holding.or_else(|| is_directory.then(|| path.as_str().to_owned()));
        missing.is_some_and(|directory| lesson.writable.insert(directory))
    }

    /// A volume is root's, whose owner and mode are nobody's to change: a directory in it that the program's user makes is its
    /// own.
    fn owns(&self, path: Option<&FilePath>, lesson: &mut Lesson) -> bool {
        let Some(path) = path.filter(|path| self.allowed.seed && !path.is_relative()) else {
            return false;
        };
        if self.is_closed(Some(path)) {
            return false;
        }
        let path = without_links(path.as_str()).into_owned();
        let mut owned = self.old.seeded.iter();
        if owned.any(|directory| is_within(&path, directory)) {
            return false;
        }
        let mut mounted = self.old.writable.iter();
        let above = mounted.find(|directory| is_within(&path, directory));
        let directory = above.cloned().unwrap_or(path);
        if is_broad(&directory) {
            return false;
        }
        lesson.writable.remove(&directory);
        lesson.seeded.insert(directory);
        true
    }

    /// Whether the user may not read a path of the image: no init container fills a volume with it then.
    fn is_closed(&self, path: Option<&FilePath>) -> bool {
        let user = self.old.run_as.or(self.survey.worker);
        path.is_some_and(|path| self.survey.is_closed(path.as_str(), user))
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
