//! What is done about the causes of a failure: what the program needs, or else the field that it does without.

use super::directory::{directory_of, is_broad, is_transient};
use super::finding::Finding;
use super::lesson::{Learned, LeftOutField, Lesson, RunsAs};
use super::survey::Survey;
use crate::cause::{Access, Cause, FilePath, Foreign, Kind, Refusal, Syscall};

/// The directory that is writable in every container whose writable directories have volumes.
const TEMPORARY: &str = "/tmp";

/// Who a program is run as. These go together: one of them alone starts nothing.
const USER: [&str; 3] = ["runAsNonRoot", "runAsUser", "runAsGroup"];

const CAPABILITIES: &str = "capabilities";

/// What is left out in turn where nothing says what is to blame, until one of it was: what breaks most programs comes first.
const SUSPECTS: [&[&str]; 4] = [
    &["readOnlyRootFilesystem"],
    &["runAsNonRoot", "runAsUser", "runAsGroup", CAPABILITIES],
    &[
        "readOnlyRootFilesystem",
        "runAsNonRoot",
        "runAsUser",
        "runAsGroup",
        CAPABILITIES,
    ],
    &[
        "readOnlyRootFilesystem",
        "runAsNonRoot",
        "runAsUser",
        "runAsGroup",
        CAPABILITIES,
        "seccompProfile",
        "allowPrivilegeEscalation",
    ],
];

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

/// What a survey alone teaches: whom to run a container as, where it writes, on which ports it listens.
pub(in crate::rollout) fn surveyed(lesson: &mut Lesson, survey: &Survey, allowed: Allowed) {
    lesson.run_as = lesson.run_as.or(survey.worker);
    lesson.low_ports.extend(&survey.low_ports);
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

/// A volume at a directory, empty or filled from the image. Nothing where it would have to be filled, and that is not
/// allowed.
fn write_to(lesson: &mut Lesson, directory: &str, survey: &Survey, allowed: Allowed) {
    let directory = directory.to_owned();
    match survey.is_filled(&directory) {
        true if allowed.seed => lesson.seeded.insert(directory),
        true => false,
        false => lesson.writable.insert(directory),
    };
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
    }
    learned
}

/// Leaves out everything that may be to blame for a failure: what it was given instead changed nothing.
pub(in crate::rollout) fn leave_out_all(findings: &[Finding], learned: &mut Learned) {
    for finding in findings {
        let why = LeftOutField {
            evidence: finding.evidence.clone(),
            fix: finding.fix.clone(),
            is_guess: false,
        };
        let of_user = |field: &String| USER.contains(&field.as_str());
        let user = USER.iter().filter(|_| finding.fields.iter().any(of_user));
        let suspects = SUSPECTS.iter().copied().flatten();
        let suspects = suspects.filter(|_| finding.fields.is_empty());
        let fields = finding.fields.iter().map(String::as_str);
        for field in fields.chain(user.copied()).chain(suspects.copied()) {
            let left_out = &mut learned.of(&finding.container).left_out;
            left_out
                .entry(field.to_owned())
                .or_insert_with(|| why.clone());
        }
    }
}

struct Remedy<'r> {
    cause: &'r Cause,
    /// What was known when it failed.
    old: &'r Lesson,
    survey: &'r Survey,
    allowed: Allowed,
}

impl Remedy<'_> {
    /// Gives the program what it needs. False where there is no such thing, or it has it already.
    fn apply(&self, lesson: &mut Lesson) -> bool {
        match &self.cause.kind {
            Kind::ReadOnly { path } => self.writes(path.as_ref(), lesson),
            Kind::TempDir { tried } => self.temporary(tried, lesson),
            Kind::Home { path } => self.home(path.as_ref(), lesson),
            Kind::Denied { path, access } => {
                self.runs_as(self.survey.worker, lesson)
                    || *access != Access::Read && self.writes(path.as_ref(), lesson)
            }
            Kind::LowPort { port } => {
                lesson.low_ports.insert(port.unwrap_or_default());
                self.old.low_ports.is_empty()
            }
            Kind::SwitchUser { user } => {
                let named = user.as_deref().and_then(|name| self.survey.user(name));
                self.runs_as(named.or(self.survey.worker), lesson)
            }
            Kind::Ownership { path, .. } | Kind::WrongOwner { path } => {
                self.runs_as(self.survey.worker, lesson) || self.moves_up(path.as_ref(), lesson)
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

    fn runs_as(&self, user: Option<RunsAs>, lesson: &mut Lesson) -> bool {
        let Some(user) = user.filter(|user| user.uid > 0 && self.old.run_as != Some(*user)) else {
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

    /// A volume at a directory. One that had a volume already, and could not be written, is no matter of volumes.
    fn mounts(&self, directory: &str, lesson: &mut Lesson) -> bool {
        let had = self.old.writable.contains(directory) || self.old.seeded.contains(directory);
        if had || is_broad(directory) {
            return false;
        }
        write_to(lesson, directory, self.survey, self.allowed);
        lesson.writable.contains(directory) || lesson.seeded.contains(directory)
    }

    /// A volume's directory is root's, and its mode is nobody's to change: one level up the program makes a directory of its
    /// own.
    fn moves_up(&self, path: Option<&FilePath>, lesson: &mut Lesson) -> bool {
        let Some((path, above)) = path.and_then(|path| Some((path, path.parent()?))) else {
            return false;
        };
        if is_broad(above.as_str())
            || is_transient(above.as_str())
            || !self.old.writable.contains(path.as_str())
        {
            return false;
        }
        lesson.writable.remove(path.as_str());
        lesson.writable.insert(above.to_string())
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

    /// Leaves out the next of the guilty fields for this container.
    fn leave_out(&self, lesson: &mut Lesson) {
        let is_unknown =
            matches!(self.cause.kind, Kind::Unknown { .. }) || is_symptom_alone(&self.cause.kind);
        if is_unknown {
            return self.guess(lesson);
        }
        let steps = self.suspects();
        let is_known = |check: &&str| self.old.left_out.contains_key(*check);
        let is_new = |step: &&Vec<&str>| !step.iter().all(&is_known);
        let count = if self.allowed.is_last { steps.len() } else { 1 };
        for check in steps.iter().filter(is_new).take(count).flatten() {
            let left_out = lesson.left_out.entry((*check).to_owned());
            left_out.or_insert_with(|| self.why(false));
        }
    }

    /// Leaves out the next suspects, in place of those before.
    fn guess(&self, lesson: &mut Lesson) {
        if lesson.guesses > self.old.guesses {
            return;
        }
        let last = SUSPECTS.len().saturating_sub(1);
        let turn = if self.allowed.is_last {
            last
        } else {
            lesson.guesses
        };
        let Some(step) = SUSPECTS.get(turn) else {
            return;
        };
        lesson.guesses = turn + 1;
        lesson.left_out.retain(|_, why| !why.is_guess);
        for check in *step {
            let left_out = lesson.left_out.entry((*check).to_owned());
            left_out.or_insert_with(|| self.why(true));
        }
    }

    fn why(&self, is_guess: bool) -> LeftOutField {
        LeftOutField {
            evidence: self.cause.evidence.clone(),
            fix: self.cause.fix.clone(),
            is_guess,
        }
    }

    /// The fields that may be to blame, those that go together in one step.
    fn suspects(&self) -> Vec<Vec<&'static str>> {
        // Root without capabilities is no more than another user.
        let needs_root = matches!(
            self.cause.kind,
            Kind::Ownership { .. }
                | Kind::SwitchUser { .. }
                | Kind::PackageInstall { .. }
                | Kind::Syscall {
                    call: Syscall::Mount
                }
        );
        let mut steps: Vec<Vec<&'static str>> = Vec::new();
        for field in &self.cause.fields {
            let step = match USER.contains(field) {
                true if needs_root => [&USER[..], &[CAPABILITIES]].concat(),
                true => USER.to_vec(),
                false => vec![*field],
            };
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        steps
    }
}

/// Whether a cause only says that something is wrong, which was not before the change.
fn is_symptom_alone(kind: &Kind) -> bool {
    match kind {
        Kind::Probe => true,
        Kind::Foreign { what } => !is_of_the_cluster(*what),
        _ => false,
    }
}

/// What no change of a securityContext brings about, and none takes away.
fn is_of_the_cluster(what: Foreign) -> bool {
    matches!(
        what,
        Foreign::ImagePull
            | Foreign::OutOfMemory
            | Foreign::MissingConfig
            | Foreign::Unschedulable
            | Foreign::ProbeFailedBefore
            | Foreign::OutOfDisk
            | Foreign::Volume
            | Foreign::Node
    )
}

/// Whether another try can help: a workload that was healthy, and is not after the change, is so because of the change,
/// unless something else explains it.
pub(in crate::rollout) fn may_be_ours(causes: &[Cause]) -> bool {
    let is_foreign = |cause: &Cause| match cause.kind {
        Kind::Foreign { what } => is_of_the_cluster(what),
        _ => false,
    };
    causes.iter().any(Cause::is_ours) || !causes.iter().any(is_foreign)
}

#[cfg(test)]
mod tests;
