//! Exemptions: people who have a reason, in a comment, an annotation or a rule of the configuration.

use std::collections::{HashMap, HashSet};

use glob::Pattern;
use jiff::civil::Date;

use crate::checks::{self, Check, Excuse};
use crate::suggest;
use crate::workload::{Object, PodSpec, Workload};
use crate::yaml::{NodeId, Tree, comments, line_start};

/// The annotation that names checks, and its companions.
pub const IGNORE: &str = "kubectl-harden.dev/ignore";
const REASON: &str = "kubectl-harden.dev/reason";
const OWNER: &str = "kubectl-harden.dev/owner";
const EXPIRES: &str = "kubectl-harden.dev/expires";

/// The checks that an exemption is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checks {
    /// Every one.
    All,
    /// These ids.
    These(Vec<&'static str>),
}

impl Checks {
    fn includes(&self, check: &Check) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(&check.id),
        }
    }

    /// Reads a comma list; the names that are no check come back with it.
    pub fn parse(list: &str) -> (Self, Vec<String>) {
        let names = list.split(',').map(str::trim).filter(|n| !n.is_empty());
        let (mut ids, mut unknown) = (Vec::new(), Vec::new());
        for name in names {
            match checks::find(name) {
                Some(check) => ids.push(check.id),
                None if matches!(name, "*" | "all") => return (Self::All, unknown),
                None => unknown.push(name.to_owned()),
            }
        }
        (Self::These(ids), unknown)
    }
}

/// A rule of `.kubectl-harden.yaml`: what is absent matches everything.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Kind, whatever its case.
    pub kind: Option<String>,
    /// Namespace pattern.
    pub namespace: Option<Pattern>,
    /// Name pattern.
    pub name: Option<Pattern>,
    /// Container name pattern; a rule with one is for containers only.
    pub container: Option<Pattern>,
    /// The checks that it is for.
    pub checks: Checks,
    /// Why, and until when.
    pub excuse: Excuse,
}

impl Rule {
    fn covers(&self, object: &Object, container: Option<&str>) -> bool {
        let matches = |pattern: &Option<Pattern>, text: &str| {
            pattern.as_ref().is_none_or(|pattern| pattern.matches(text))
        };
        let kind = self.kind.as_ref();
        kind.is_none_or(|kind| kind.eq_ignore_ascii_case(&object.kind))
            && matches(&self.namespace, &object.namespace)
            && matches(&self.name, &object.name)
            && match (&self.container, container) {
                (Some(pattern), Some(name)) => pattern.matches(name),
                (Some(_), None) => false,
                (None, _) => true,
            }
    }
}

/// An exemption written into a document.
#[derive(Clone, Debug)]
struct Written {
    checks: Checks,
    excuse: Excuse,
}

/// The exemptions of one document.
#[derive(Clone, Debug)]
pub struct Exemptions<'r> {
    /// By the container, pod spec or object that they are for.
    written: HashMap<NodeId, Vec<Written>>,
    rules: &'r [Rule],
    today: Date,
}

/// Something about an exemption that its author should know, with its offset in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Byte offset.
    pub at: usize,
    /// What is wrong.
    pub message: String,
}

impl<'r> Exemptions<'r> {
    /// Collects what the comments and annotations of a document exempt.
    pub fn read(
        text: &[u8],
        tree: &Tree,
        workloads: &[Workload],
        rules: &'r [Rule],
        today: Date,
    ) -> (Self, Vec<Remark>) {
        let mut reader = Reader {
            tree,
            today,
            scopes: HashSet::new(),
            written: HashMap::new(),
            remarks: Vec::new(),
        };
        if memchr::memmem::find(text, b"harden: ignore").is_some() {
            reader.scopes = scopes(workloads);
            reader.comments(text);
        }
        for workload in workloads {
            reader.expired_rules(workload, rules);
            for pod in &workload.pods {
                reader.annotations(workload, pod);
            }
        }
        let exemptions = Self {
            written: reader.written,
            rules,
            today,
        };
        (exemptions, reader.remarks)
    }

    /// Why a check is not for a container of a pod spec (an index), or not for the pod.
    pub fn find(
        &self,
        workload: &Workload,
        pod: &PodSpec,
        container: Option<usize>,
        check: &Check,
    ) -> Option<Excuse> {
        if self.written.is_empty() && self.rules.is_empty() {
            return None;
        }
        let container = container.and_then(|i| pod.containers.get(i));
        let scopes = container.into_iter().flat_map(|c| [c.node, c.item]);
        let scopes = scopes.chain([pod.node, workload.object.node]);
        let mut written = scopes
            .filter_map(|scope| self.written.get(&scope))
            .flatten();
        let written = written.find(|written| written.checks.includes(check));
        let name = container.map(|c| c.name.as_str());
        let rule = || {
            let mut rules = self.rules.iter();
            let alive = |rule: &&Rule| rule.excuse.expires.is_none_or(|last| self.today <= last);
            rules
                .by_ref()
                .filter(alive)
                .find(|rule| rule.checks.includes(check) && rule.covers(&workload.object, name))
                .map(|rule| rule.excuse.clone())
        };
        written.map(|written| written.excuse.clone()).or_else(rule)
    }
}

/// The objects, pod specs and containers that a comment can be for.
fn scopes(workloads: &[Workload]) -> HashSet<NodeId> {
    let pods = workloads.iter().flat_map(|workload| &workload.pods);
    let inside = pods.flat_map(|pod| {
        let containers = pod.containers.iter().flat_map(|c| [c.node, c.item]);
        containers.chain([pod.node])
    });
    inside
        .chain(workloads.iter().map(|workload| workload.object.node))
        .collect()
}

struct Reader<'t> {
    tree: &'t Tree,
    today: Date,
    scopes: HashSet<NodeId>,
    written: HashMap<NodeId, Vec<Written>>,
    remarks: Vec<Remark>,
}

impl Reader<'_> {
    fn remark(&mut self, at: usize, message: String) {
        let remark = Remark { at, message };
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// `# harden: ignore[check,...] reason`, on the line that it is for or above it.
    fn comments(&mut self, text: &[u8]) {
        let leaves: Vec<_> = self.tree.ids().filter(|&id| self.is_leaf(id)).collect();
        for comment in comments(text, self.tree) {
            let at = comment.span.start;
            let body = String::from_utf8_lossy(comment.span.of(text));
            let body = body.trim_start_matches('#').trim_start();
            let Some(rest) = body.strip_prefix("harden: ignore") else {
                continue;
            };
            let parts = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let Some((list, reason)) = parts else {
                let hint = "write `# harden: ignore[check,...] reason`";
                self.remark(at, format!("an exemption without checks: {hint}"));
                continue;
            };
            let checks = self.checks(at, list);
            if checks == Checks::These(Vec::new()) {
                continue;
            }
            let Some(scope) = self.scope_of_line(&leaves, line_start(text, at)) else {
                continue;
            };
            if reason.trim().is_empty() {
                self.remark(at, "an exemption without a reason".into());
            }
            let excuse = Excuse {
                reason: reason.trim().to_owned(),
                ..Excuse::default()
            };
            self.write(scope, Written { checks, excuse });
        }
    }

    fn is_leaf(&self, id: NodeId) -> bool {
        !self.tree.is_mapping(id) && !self.tree.is_sequence(id)
    }

    /// What the first node on the comment's line, or below where it has the line for itself, is in: the
    /// innermost container, pod spec or object.
    fn scope_of_line(&self, leaves: &[NodeId], line: usize) -> Option<NodeId> {
        let first = leaves.partition_point(|&leaf| self.tree.start(leaf) < line);
        let around = |&id: &NodeId| self.tree.parent(id);
        std::iter::successors(leaves.get(first).copied(), around)
            .find(|id| self.scopes.contains(id))
    }

    fn annotations(&mut self, workload: &Workload, pod: &PodSpec) {
        for &annotations in &pod.annotations {
            let Some(ignore) = self.tree.get(annotations, IGNORE) else {
                continue;
            };
            let at = self.tree.start(ignore);
            let checks = self.checks(at, self.tree.value(ignore));
            let text = |key| self.tree.get(annotations, key).map(|v| self.tree.value(v));
            let reason = text(REASON).unwrap_or_default().to_owned();
            let owner = text(OWNER).unwrap_or_default().to_owned();
            let expires = text(EXPIRES).map(str::parse::<Date>);
            if reason.is_empty() {
                self.remark(at, format!("an exemption without a reason: add {REASON}"));
            }
            let expires = match expires {
                Some(Err(_)) => {
                    let message = format!("{EXPIRES} is not a date like 2027-01-31: not exempt");
                    self.remark(at, message);
                    continue;
                }
                Some(Ok(last)) if last < self.today => {
                    self.remark(at, format!("the exemption expired on {last}: not exempt"));
                    continue;
                }
                Some(Ok(last)) => Some(last),
                None => None,
            };
            let in_object = Some(annotations)
                == self
                    .tree
                    .get_path(workload.object.node, &["metadata", "annotations"]);
            let scope = if in_object {
                workload.object.node
            } else {
                pod.node
            };
            let excuse = Excuse {
                reason,
                owner,
                expires,
            };
            self.write(scope, Written { checks, excuse });
        }
    }

    fn expired_rules(&mut self, workload: &Workload, rules: &[Rule]) {
        let expired = |rule: &&Rule| rule.excuse.expires.is_some_and(|last| last < self.today);
        let rules: Vec<_> = rules.iter().filter(expired).collect();
        for rule in rules {
            let containers = workload.pods.iter().flat_map(|pod| &pod.containers);
            let mut names = containers.map(|c| Some(c.name.as_str())).chain([None]);
            if let (true, Some(last)) = (
                names.any(|name| rule.covers(&workload.object, name)),
                rule.excuse.expires,
            ) {
                let why = &rule.excuse.reason;
                let message = format!("the exemption \"{why}\" expired on {last}: not exempt");
                self.remark(self.tree.start(workload.object.node), message);
            }
        }
    }

    fn write(&mut self, scope: NodeId, written: Written) {
        self.written.entry(scope).or_default().push(written);
    }

    fn checks(&mut self, at: usize, list: &str) -> Checks {
        let (checks, unknown) = Checks::parse(list);
        if unknown.is_empty() && checks == Checks::These(Vec::new()) {
            self.remark(at, "an exemption without checks".into());
        }
        for name in unknown {
            let hint =
                suggest::nearest(&name, checks::ids()).map(|id| format!(", did you mean {id}?"));
            self.remark(
                at,
                format!("no check \"{name}\"{}", hint.unwrap_or_default()),
            );
        }
        checks
    }
}
