//! Objects, their pod specs and containers: where they are in a document.

mod kinds;
mod locate;
mod lookup;
mod other_kinds;
mod pod;
mod trail;
mod volumes;

pub use kinds::{KINDS, PodFields};
pub use locate::{Found, LocateError, locate};
pub use lookup::{Coverage, Kinds, UserKind};
pub use other_kinds::NOT_COVERED;
pub use trail::Trail;
pub use volumes::{Mount, Volume, mounts, volumes};

use crate::yaml::{NodeId, Tree};

/// A Kubernetes object in a document.
#[derive(Clone, Debug)]
pub struct Object {
    /// `apiVersion` as written.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.name`; `generateName` with a `*` where there is none.
    pub name: String,
    /// `metadata.namespace`; empty where there is none.
    pub namespace: String,
    /// The object's mapping.
    pub node: NodeId,
    /// Byte offset of its first key.
    pub at: usize,
}

impl Object {
    /// The API group; empty for the core group.
    pub fn group(&self) -> &str {
        group_of(&self.api_version)
    }

    /// kubectl's name for it: `deployment.apps/web`.
    pub fn resource(&self) -> String {
        let kind = self.kind.to_lowercase();
        match self.group() {
            "" => format!("{kind}/{}", self.name),
            group => format!("{kind}.{group}/{}", self.name),
        }
    }
}

pub(crate) fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Which list of a pod spec holds a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// `initContainers`, sidecars included.
    Init,
    /// `containers`.
    Regular,
    /// `ephemeralContainers`.
    Ephemeral,
}

impl Role {
    /// The key of the list.
    pub fn key(self) -> &'static str {
        match self {
            Self::Init => "initContainers",
            Self::Regular => "containers",
            Self::Ephemeral => "ephemeralContainers",
        }
    }
}

/// One container of a pod spec.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its mapping, aliases resolved.
    pub node: NodeId,
    /// The list's item as written: the mapping itself, or an alias of it.
    pub item: NodeId,
    /// Its name, or its place in the list where it has none.
    pub name: String,
    /// Its image as written; empty where none is.
    pub image: String,
    /// Which list holds it.
    pub role: Role,
    /// Its index in that list.
    pub index: usize,
}

impl Container {
    /// Whether the `hardened` profile's fields apply: an ephemeral container cannot be changed.
    pub fn is_long_lived(&self) -> bool {
        self.role != Role::Ephemeral
    }
}

/// The operating system of a pod, as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodOs {
    /// Linux, or nothing said.
    Linux,
    /// A node selector for Windows: the API server does not look at it.
    WindowsNodes,
    /// `spec.os.name: windows`: the API server refuses fields of Linux.
    Windows,
}

impl PodOs {
    /// Whether it runs on Windows nodes.
    pub fn is_windows(self) -> bool {
        self != Self::Linux
    }
}

/// One pod spec of a workload.
#[derive(Clone, Debug)]
pub struct PodSpec {
    /// Its mapping, aliases resolved.
    pub node: NodeId,
    /// Where it is in the object: `spec.template.spec`.
    pub path: String,
    /// All containers: init, regular, ephemeral.
    pub containers: Vec<Container>,
    /// The names of a StatefulSet's `volumeClaimTemplates`: volumes of its pods.
    pub claims: Vec<String>,
    /// Which levels take fields.
    pub fields: PodFields,
    /// A strategic-merge patch: what is absent here may be there in what it patches.
    pub is_partial: bool,
    /// The operating system that it says it runs on.
    pub os: PodOs,
    /// Whether it runs in a user namespace of its own: `hostUsers: false`.
    pub has_user_namespace: bool,
    /// The annotations of the object and of the pod template.
    pub annotations: Vec<NodeId>,
    /// The annotations of the pod: the template's, or those of a Pod itself.
    pub pod_annotations: Option<NodeId>,
}

impl PodSpec {
    /// The path of a container, or of the pod spec itself, from the object's root.
    pub fn holder(&self, container: Option<&Container>) -> String {
        match container {
            Some(c) => format!("{}.{}[{}]", self.path, c.role.key(), c.index),
            None => self.path.clone(),
        }
    }

    /// The place among its containers of one of another version of it: the same in the same list, to whose end others may
    /// have come.
    pub fn place_of(&self, other: &Container) -> Option<usize> {
        let is_it = |own: &Container| (own.role, own.index) == (other.role, other.index);
        self.containers.iter().position(is_it)
    }
}

/// An object that runs pods.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The object.
    pub object: Object,
    /// Its pod specs; never empty.
    pub pods: Vec<PodSpec>,
    /// The way to its securityContext fields.
    pub trail: Trail,
}

/// The value under a key that is there and not null.
pub fn present(tree: &Tree, mapping: NodeId, path: &[&str]) -> Option<NodeId> {
    tree.get_path(mapping, path)
        .filter(|&value| !tree.is_null(value))
}

/// The items of the list under a key, aliases followed; none where there is no list.
pub fn listed<'t>(
    tree: &'t Tree,
    mapping: NodeId,
    path: &[&str],
) -> impl Iterator<Item = NodeId> + use<'t> {
    let list = present(tree, mapping, path).into_iter();
    let items = list.flat_map(|list| tree.items(list));
    items.map(|item| tree.resolve(item))
}
