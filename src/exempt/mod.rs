//! Exemptions: people who have a reason, in a comment, an annotation or a rule of the configuration.

mod read;

use std::collections::{HashMap, HashSet};

use glob::Pattern;
use jiff::civil::Date;

use crate::checks::{self, Check, Excuse};
use crate::workload::{Object, PodSpec, Workload};
use crate::yaml::{NodeId, Tree};
use read::{Reader, scopes};

/// The annotation that names checks, and its companions.
pub const IGNORE: &str = "kubectl-harden.dev/ignore";

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
    /// Whether it is for the pod's own fields, and for no container: only a decision of a review can say that.
    pub is_for_pod: bool,
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
                (None, container) => !self.is_for_pod || container.is_none(),
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
