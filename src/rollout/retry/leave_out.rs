//! Which field is left out for a container, where nothing makes its program run with it.

use super::as_root;
use super::finding::Finding;
use super::lesson::{Learned, LeftOutField, Lesson};
use super::remedy::Remedy;
use crate::cause::{Cause, Foreign, Kind};

/// Who a program is run as. These go together: one of them alone starts nothing.
pub(super) const USER: [&str; 3] = ["runAsNonRoot", "runAsUser", "runAsGroup"];

/// Root's privileges one by one.
pub(super) const CAPABILITIES: &str = "capabilities";

/// What is left out in turn where nothing says what is to blame, until one of it was: what breaks most programs comes first.
pub(super) const SUSPECTS: [&[&str]; 4] = [
    &["readOnlyRootFilesystem"],
    &USER,
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

impl Remedy<'_> {
    /// Leaves out the next of the guilty fields for this container.
    pub(super) fn leave_out(&self, lesson: &mut Lesson) {
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
            if *check == CAPABILITIES && self.keeps_some(lesson) {
                continue;
            }
            let left_out = lesson.left_out.entry((*check).to_owned());
            left_out.or_insert_with(|| self.why(false));
        }
        if self.allowed.is_last {
            // What else it needs would show in a try that does not come.
            let most = SUSPECTS.get(2).copied().unwrap_or_default();
            for check in most {
                let left_out = lesson.left_out.entry((*check).to_owned());
                left_out.or_insert_with(|| self.why(true));
            }
        }
    }

    /// Keeps what root does such work with, so that all other capabilities can be dropped. False where the container is not
    /// root, or that was not enough.
    fn keeps_some(&self, lesson: &mut Lesson) -> bool {
        let is_root = lesson.left_out.contains_key("runAsUser");
        if self.allowed.is_last || !is_root {
            return false;
        }
        let mut needed = as_root::needed(&self.cause.kind);
        if !needed.is_empty() && !self.old.low_ports.is_empty() {
            needed.push(as_root::PORTS);
        }
        let is_new = needed
            .iter()
            .any(|name| !self.old.root_capabilities.contains(*name));
        let names = needed.iter().map(|name| (*name).to_owned());
        lesson.root_capabilities.extend(names.filter(|_| is_new));
        is_new
    }

    /// Leaves out the next suspects, in place of those before.
    pub(super) fn guess(&self, lesson: &mut Lesson) {
        // What another cause of this round taught is tried first.
        let is_tried = !self.allowed.is_last && lesson != self.old;
        if is_tried || lesson.guesses > self.old.guesses {
            return;
        }
        // Whose cause is not known may want to write, where it is the owner, or miss what an empty volume hides.
        if !self.allowed.is_last && lesson.guesses == 0 {
            let gets = self.gets_its_own(lesson);
            if self.fills_what_was_changed(lesson) || gets {
                return;
            }
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
        if *step == USER {
            let all = as_root::most().into_iter().map(str::to_owned);
            lesson.root_capabilities.extend(all);
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
        let fields = &self.cause.fields;
        let is_of_user = |field: &&str| USER.contains(field);
        let both = fields.iter().any(is_of_user) && fields.contains(&CAPABILITIES);
        let works_as_root = !as_root::needed(&self.cause.kind).is_empty();
        let mut steps: Vec<Vec<&'static str>> = Vec::new();
        for field in fields {
            let goes_along = is_of_user(field) || *field == CAPABILITIES;
            let step = match is_of_user(field) {
                // Root without capabilities is no more than another user, who has none whatever is dropped.
                _ if goes_along && (both || works_as_root) => [&USER[..], &[CAPABILITIES]].concat(),
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
