//! Judging one pod spec: what violates the policy, what would fix it, and where the fix belongs.

mod capabilities;
mod demand;
mod fields;
mod grants;
mod home;
mod ids;
mod node;
mod note;
mod ping;
mod ports;
mod seed;
mod start;
mod writable;

pub use demand::demand;
pub use note::{Note, Topic};
pub use ping::SYSCTL as PING_SYSCTL;
pub use ports::SYSCTL as PORTS_SYSCTL;

use std::collections::HashMap;

use jiff::civil::Date;

use super::{CHECKS, Check, Forbidden, Level, Offence, Policy, Remedy, Value};
use crate::images::{Facts, Images};
use crate::workload::{PodSpec, Volume, volumes};
use crate::yaml::{NodeId, Positions, Tree};
use ids::Wanted;

/// A change that a violation asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// A field of a securityContext gets a value.
    Set {
        /// The mapping of the pod spec or container.
        holder: NodeId,
        /// Which of the two it is.
        level: Level,
        /// The field's path from there.
        path: &'static [&'static str],
        /// Its value.
        value: Value,
    },
    /// A list gets an item. A list that is not there is made.
    Append {
        /// The mapping of the pod spec or container.
        holder: NodeId,
        /// Which of the two it is.
        level: Level,
        /// The list's path from there.
        path: &'static [&'static str],
        /// The item.
        item: Value,
    },
    /// A privilege is taken away.
    Take(Remedy),
}

/// Why somebody wants a violation left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excuse {
    /// The reason given.
    pub reason: String,
    /// Who answers for it; empty where nobody is named.
    pub owner: String,
    /// The last day on which it holds.
    pub expires: Option<Date>,
}

/// What happens to a violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// This run fixes it.
    Fixed,
    /// `--unsafe-fixes` fixes it.
    NeedsUnsafe,
    /// A person has to decide: no field edit takes it away.
    NeedsDecision,
    /// Left alone because a privilege is held: fixing half of it breaks the container.
    Held {
        /// Whether `--unsafe-fixes` takes the privilege away, and then fixes this too.
        takes_unsafe: bool,
    },
    /// Somebody has a reason.
    Exempt(Excuse),
}

/// A demand that a pod spec does not meet.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The check.
    pub check: &'static Check,
    /// Pod Security Admission's id of the revision in force; empty for the profile's own demand.
    pub revision: &'static str,
    /// The container by its place in [`PodSpec::containers`]; `None` for the pod.
    pub container: Option<usize>,
    /// The node that is wrong, or the mapping that lacks something.
    pub node: NodeId,
    /// Byte offset of that node.
    pub at: usize,
    /// Of a privilege that somebody granted its path from the object's root; `None` for a field's value.
    pub granted: Option<String>,
    /// Whether something wrong is written; else something is lacking.
    pub is_written: bool,
    /// See [`super::Grant::subject`].
    pub subject: Option<String>,
    /// The forbidden values, as the check's words name them.
    pub values: Vec<String>,
    /// What happens to it.
    pub status: Status,
}

impl Violation {
    /// Whether it is a privilege that somebody granted; else a field's value.
    pub fn is_grant(&self) -> bool {
        self.granted.is_some()
    }

    /// The path of what is wrong from the object's root: `spec.containers[0].securityContext.runAsUser`.
    pub fn field(&self, pod: &PodSpec) -> String {
        let container = self.container.and_then(|i| pod.containers.get(i));
        match (&self.granted, &self.check.field) {
            (Some(path), _) => path.clone(),
            (None, Some(rule)) => format!("{}.{}", pod.holder(container), rule.path.join(".")),
            (None, None) => match self.looked_at() {
                Some((Level::Pod, path)) => format!("{}.{path}", pod.holder(None)),
                Some((_, path)) => format!("{}.{path}", pod.holder(container)),
                None => pod.holder(container),
            },
        }
    }

    /// Of a check without a value of its own, where it looks.
    pub fn looked_at(&self) -> Option<(Level, &'static str)> {
        self.check.about.looks_at.first().copied()
    }

    /// What has to change, without who has to change it: `must set securityContext.runAsNonRoot=true`.
    pub fn must(&self) -> String {
        self.words().detail
    }

    /// Pod Security Admission's short reason: `runAsNonRoot != true`.
    pub fn reason(&self) -> String {
        self.words().reason.into_owned()
    }

    fn words(&self) -> Forbidden {
        let name = self.container.map(|_| "");
        let mut offence = Offence::of(self.revision, std::iter::once((self, name)));
        offence.anonymous = true;
        (self.check.words)(&offence)
    }
}

/// All violations of a pod spec and the fixes for those that this run fixes.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// In the order of the checks.
    pub violations: Vec<Violation>,
    /// In the order in which fields are written.
    pub fixes: Vec<Fix>,
    /// Why a container is left alone whole: it holds a privilege that is not taken away.
    pub held: Vec<Option<Status>>,
    /// What a person should know besides.
    pub notes: Vec<Note>,
}

impl Judgement {
    /// Why the pod is forbidden, a check at a time, in the order and the words of Pod Security Admission: ids of
    /// the baseline level first, each level's sorted.
    pub fn forbidden(&self, pod: &PodSpec) -> Vec<(&'static str, Forbidden)> {
        let mut offended: Vec<_> = CHECKS
            .iter()
            .filter_map(|check| {
                let of_check = |v: &&Violation| v.check.id == check.id && !v.revision.is_empty();
                let mut violations = self.violations.iter().filter(of_check).peekable();
                let id = violations.peek()?.revision;
                let name = |v: &Violation| Some(pod.containers.get(v.container?)?.name.as_str());
                let offence = Offence::of(id, violations.map(|v| (v, name(v))));
                let level = check.revisions.iter().find(|r| r.id == id)?.level;
                Some((level, id, (check.words)(&offence)))
            })
            .collect();
        offended.sort_by_key(|&(level, id, _)| (level, id));
        let words = offended
            .into_iter()
            .map(|(_, id, forbidden)| (id, forbidden));
        words.collect()
    }
}

/// Judges a pod spec, by what is known of its images. `excuse` knows the exemptions of a check for a container, or for the
/// pod.
pub fn judge(
    tree: &Tree,
    pod: &PodSpec,
    policy: &Policy,
    images: &Images,
    excuse: &dyn Fn(&'static Check, Option<usize>) -> Option<Excuse>,
) -> Judgement {
    let facts: Vec<_> = pod
        .containers
        .iter()
        .map(|c| images.facts(&c.image))
        .collect();
    let mut judge = Judge {
        tree,
        pod,
        policy,
        wanted: Wanted::of(policy, pod, &facts),
        facts,
        volumes: volumes(tree, pod),
        excuse,
        planned: HashMap::new(),
        out: Judgement::default(),
        positions: Positions::default(),
    };
    judge.grants();
    for check in CHECKS.iter().filter(|check| policy.includes(check)) {
        if let Some(rule) = &check.field {
            judge.field(check, rule);
        }
    }
    judge.keep_it_running();
    judge.out
}

/// Held by a privilege that no field edit takes away.
const FOR_GOOD: Status = Status::Held {
    takes_unsafe: false,
};

struct Judge<'a> {
    tree: &'a Tree,
    pod: &'a PodSpec,
    policy: &'a Policy,
    /// What is known of each container's image.
    facts: Vec<Facts>,
    wanted: Wanted,
    volumes: Vec<Volume>,
    excuse: &'a dyn Fn(&'static Check, Option<usize>) -> Option<Excuse>,
    out: Judgement,
    /// The values that fields get, by the mapping of the pod spec or container and the check's id.
    planned: HashMap<(NodeId, &'static str), Value>,
    positions: Positions,
}

impl Judge<'_> {
    /// What follows for the program from the fields that change.
    fn keep_it_running(&mut self) {
        self.kubelet();
        self.kept_capabilities();
        self.low_ports();
        self.ping();
        self.data();
        self.writable_dirs();
        self.home();
        self.agents();
        self.reasons();
    }

    /// Why somebody wants a check left alone for a container, or for the pod: a person, or what is known of the image.
    fn excused(&self, check: &'static Check, container: Option<usize>) -> Option<Excuse> {
        let by_image = || self.by_image(check.id, container?);
        let by_served = || self.excused(check, Some(self.served_by(container?)?));
        (self.excuse)(check, container)
            .or_else(by_image)
            .or_else(by_served)
    }

    /// Whether this run writes a check's field into the mapping of the pod spec or of a container.
    fn is_planned(&self, holder: NodeId, check: &Check) -> bool {
        self.planned.contains_key(&(holder, check.id))
    }

    /// What a program needs to keep running and does not have; `node` is where it is lacking.
    fn needs(
        &mut self,
        check: &'static Check,
        (container, node): (usize, NodeId),
        values: Vec<String>,
        status: Status,
    ) {
        self.out.violations.push(Violation {
            check,
            revision: "",
            container: Some(container),
            node,
            at: self.tree.start(node),
            granted: None,
            is_written: false,
            subject: None,
            values,
            status,
        });
    }
}
