//! The exemptions that a document's comments and annotations hold.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::{Checks, IGNORE, Remark, Rule, Written};
use crate::checks::{self, Excuse};
use crate::suggest;
use crate::workload::{PodSpec, Workload};
use crate::yaml::{NodeId, Tree, comments, line_start};

const REASON: &str = "kubectl-harden.dev/reason";
const OWNER: &str = "kubectl-harden.dev/owner";
const EXPIRES: &str = "kubectl-harden.dev/expires";

/// The objects, pod specs and containers that a comment can be for.
pub(super) fn scopes(workloads: &[Workload]) -> HashSet<NodeId> {
    let pods = workloads.iter().flat_map(|workload| &workload.pods);
    let inside = pods.flat_map(|pod| {
        let containers = pod.containers.iter().flat_map(|c| [c.node, c.item]);
        containers.chain([pod.node])
    });
    inside
        .chain(workloads.iter().map(|workload| workload.object.node))
        .collect()
}

pub(super) struct Reader<'t> {
    pub(super) tree: &'t Tree,
    pub(super) today: Date,
    pub(super) scopes: HashSet<NodeId>,
    pub(super) written: HashMap<NodeId, Vec<Written>>,
    pub(super) remarks: Vec<Remark>,
}

impl Reader<'_> {
    fn remark(&mut self, at: usize, message: String) {
        let remark = Remark { at, message };
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// `# harden: ignore[check,...] reason`, on the line that it is for or above it.
    pub(super) fn comments(&mut self, text: &[u8]) {
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

    pub(super) fn annotations(&mut self, workload: &Workload, pod: &PodSpec) {
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

    pub(super) fn expired_rules(&mut self, workload: &Workload, rules: &[Rule]) {
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
