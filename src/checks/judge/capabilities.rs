//! Capabilities that a program keeps where all others are dropped: those on its file, and those that it does its work with
//! where it stays root.

use super::seed::KEEPS_OWNERS;
use super::{Judge, Level, Status, Topic, Violation};
use crate::checks::{
    BASELINE_CAPABILITIES, Check, Excuse, Grant, Value, capabilities, run_as_user,
};
use crate::workload::listed;
use crate::yaml::NodeId;

const ADDED: &[&str] = &["securityContext", "capabilities", "add"];

/// The one that the restricted level lets a container add.
const BINDS: &str = "NET_BIND_SERVICE";

const AS_ROOT: &str = "it stays root, and does its work with them";

fn works_as_root() -> Excuse {
    Excuse {
        reason: AS_ROOT.into(),
        ..Excuse::default()
    }
}

impl Judge<'_> {
    /// What a program is known to need stays, where all others are dropped by this run.
    pub(super) fn kept_capabilities(&mut self) {
        for (i, container) in self.pod.containers.iter().enumerate() {
            if !self.is_planned(container.node, &capabilities::CHECK) {
                continue;
            }
            let on_file = self.on_file(i);
            let as_root = self.as_root(i);
            let is_new = |name: &&String| !self.adds(container.node, name);
            let missing = on_file.iter().filter(|name| !as_root.contains(name));
            let missing: Vec<_> = missing.chain(&as_root).filter(is_new).cloned().collect();
            for name in &missing {
                self.append(container.node, Level::Container, ADDED, Value::text(name));
            }
            self.say_why_kept(i, &missing, !as_root.is_empty());
            self.grants_as_root(i, &missing);
        }
    }

    /// What this run adds beyond what the level allows is exempt before it is there, as it will be then.
    fn grants_as_root(&mut self, container: usize, added: &[String]) {
        let (pod, check) = (self.pod, &capabilities::CHECK);
        let revision = self.policy.in_force(check).filter(|r| !r.relaxes(pod));
        let (Some(revision), Some(holder)) = (revision, pod.containers.get(container)) else {
            return;
        };
        let is_beyond = |name: &&String| !revision.allowed.contains(&name.as_str());
        let values: Vec<_> = added.iter().filter(is_beyond).cloned().collect();
        let is_known = |v: &Violation| {
            v.is_grant() && v.check.id == check.id && v.container == Some(container)
        };
        if values.is_empty() || self.out.violations.iter().any(is_known) {
            return;
        }
        self.out.violations.push(Violation {
            check,
            revision: revision.id,
            container: Some(container),
            node: holder.node,
            at: self.tree.start(holder.node),
            granted: Some(format!("{}.{}", pod.holder(Some(holder)), ADDED.join("."))),
            is_written: true,
            subject: None,
            values,
            status: Status::Exempt(works_as_root()),
        });
    }

    fn say_why_kept(&mut self, container: usize, kept: &[String], stays_root: bool) {
        if kept.is_empty() {
            return;
        }
        let why = match stays_root {
            true => AS_ROOT,
            false => "its program has it on its file",
        };
        let kept: Vec<_> = kept.iter().map(|name| format!("\"{name}\"")).collect();
        let text = format!("capabilities.add: [{}]: {why}", kept.join(", "));
        self.note(Topic::Value, Some(container), text);
    }

    /// A program with capabilities on its file is not started without them. The restricted level takes no other one than
    /// that for ports.
    fn on_file(&mut self, container: usize) -> Vec<String> {
        let facts = self.facts.get(container);
        let needed = facts.and_then(|facts| facts.file_capabilities.clone());
        let needed = needed.unwrap_or_default();
        if needed.iter().all(|name| name == BINDS) {
            return needed;
        }
        let text = format!(
            "its program has {} on its file and is not started without",
            needed.join(", ")
        );
        self.note(Topic::Kubelet, Some(container), text);
        Vec::new()
    }

    /// What a container does its work with where it stays root. None that no container of the baseline level may have.
    fn as_root(&self, container: usize) -> Vec<String> {
        let excuse = || self.excused(&run_as_user::CHECK, Some(container));
        if self.is_not_root(container) || excuse().is_none() {
            return Vec::new();
        }
        let holder = self.pod.containers.get(container);
        if holder.is_some_and(|holder| self.is_seed(holder)) {
            return KEEPS_OWNERS.map(str::to_owned).to_vec();
        }
        let facts = self.facts.get(container);
        let known = facts.and_then(|facts| facts.root_capabilities.as_ref());
        let known = known.into_iter().flatten();
        let allowed = known.filter(|name| BASELINE_CAPABILITIES.contains(&name.as_str()));
        allowed.cloned().collect()
    }

    /// Why capabilities that are added may stay: they are known to be those of a container that stays root.
    pub(super) fn needed_as_root(&self, check: &Check, grant: &Grant) -> Option<Excuse> {
        let container = grant
            .container
            .filter(|_| check.id == capabilities::CHECK.id)?;
        let known = self.as_root(container);
        let is_known = grant.values.iter().all(|value| known.contains(value));
        is_known.then(works_as_root)
    }

    fn adds(&self, container: NodeId, capability: &str) -> bool {
        listed(self.tree, container, ADDED).any(|item| self.tree.as_str(item) == Some(capability))
    }
}
