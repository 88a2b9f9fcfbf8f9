//! Checks of something that somebody granted on purpose: a privilege that is found, not a field that is filled.

use super::{Revision, Value};
use crate::workload::{Container, PodSpec, listed, present};
use crate::yaml::{NodeId, Tree};

/// How a field edit takes a privilege away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// None does.
    None,
    /// Another value for a node.
    Replace(NodeId, Value),
    /// Items out of a list.
    Remove(Vec<NodeId>),
}

/// A privilege that was found.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The container that holds it, by its place in [`PodSpec::containers`]; `None` for the pod.
    pub container: Option<usize>,
    /// The node that grants it.
    pub at: NodeId,
    /// The volume or annotation that is forbidden, as the check's words name it; `None` for pod and container.
    pub subject: Option<String>,
    /// The values that are forbidden, as the check's words name them.
    pub values: Vec<String>,
    /// How a field edit takes it away, where one can.
    pub remedy: Remedy,
}

impl Grant {
    /// A privilege at a node, of a container or of the pod.
    pub(super) fn new(container: Option<usize>, at: NodeId, remedy: Remedy) -> Self {
        Self {
            container,
            at,
            subject: None,
            values: Vec::new(),
            remedy,
        }
    }

    /// With the volume or annotation that is forbidden.
    pub(super) fn of(mut self, subject: String) -> Self {
        self.subject = Some(subject);
        self
    }

    /// With a forbidden value.
    pub(super) fn saying(mut self, value: impl Into<String>) -> Self {
        self.values.push(value.into());
        self
    }
}

/// What grants are looked for in.
#[derive(Clone, Copy)]
pub struct Search<'s> {
    /// The document.
    pub tree: &'s Tree,
    /// The pod spec.
    pub pod: &'s PodSpec,
    /// The revision of the check that is in force.
    pub revision: &'s Revision,
}

impl<'s> Search<'s> {
    /// All containers with their places: init, regular, ephemeral.
    pub(super) fn containers(&self) -> impl Iterator<Item = (usize, &'s Container)> + use<'s> {
        self.pod.containers.iter().enumerate()
    }

    /// The field at a path of each container where it is there and not null.
    pub(super) fn in_containers(
        self,
        path: &'static [&'static str],
    ) -> impl Iterator<Item = (Option<usize>, NodeId)> + use<'s> {
        self.containers()
            .filter_map(move |(i, c)| Some((Some(i), present(self.tree, c.node, path)?)))
    }

    /// The field at a path of the pod spec and of each container.
    pub(super) fn everywhere(
        self,
        path: &'static [&'static str],
    ) -> impl Iterator<Item = (Option<usize>, NodeId)> + use<'s> {
        let at_pod = present(self.tree, self.pod.node, path).map(|node| (None, node));
        at_pod.into_iter().chain(self.in_containers(path))
    }

    /// The volumes with their names.
    pub(super) fn volumes(self) -> impl Iterator<Item = (String, NodeId)> + use<'s> {
        let tree = self.tree;
        listed(tree, self.pod.node, &["volumes"]).map(|volume| {
            let name = tree.get(volume, "name").map_or("", |name| tree.value(name));
            (name.to_owned(), volume)
        })
    }

    /// The value of an annotation of the pod.
    pub(super) fn annotation(&self, key: &str) -> Option<NodeId> {
        self.tree.get(self.pod.pod_annotations?, key)
    }

    /// Whether the revision allows a value.
    pub(super) fn allows(&self, value: &str) -> bool {
        self.revision.allowed.contains(&value)
    }
}

/// A privilege that a check looks for.
#[derive(Debug)]
pub struct GrantRule {
    /// Finds it.
    pub find: fn(Search<'_>) -> Vec<Grant>,
    /// Whether a container that holds it is left alone whole: half an edit breaks it, as the API server refuses
    /// `allowPrivilegeEscalation: false` beside `privileged: true`.
    pub holds: bool,
    /// How `--unsafe-fixes` takes it away, in words; empty where a person has to.
    pub taken_away: &'static str,
}
