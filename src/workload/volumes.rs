//! The volumes of a pod spec and where its containers mount them.

use super::{Container, PodSpec, listed, present};
use crate::container_path::clean;
use crate::yaml::{NodeId, Tree};

/// A volume of a pod, or a claim of a StatefulSet's `volumeClaimTemplates`, which is one by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Its name; empty where it has none.
    pub name: String,
    /// What it is: the key of its source, `hostPath`.
    pub source: String,
    /// The directory of the node, where it is one.
    pub host_path: Option<String>,
}

/// Sources whose files no container can write.
const READ_ONLY: [&str; 5] = ["configMap", "secret", "downwardAPI", "projected", "image"];

/// Sources whose files outlive the pod.
const LOCAL: [&str; 2] = ["emptyDir", "hostPath"];

impl Volume {
    /// Whether containers can write to it, where they do not mount it for reading only.
    pub fn is_writable(&self) -> bool {
        !READ_ONLY.contains(&self.source.as_str())
    }

    /// Whether it keeps files of its own from one pod to the next, with their owners.
    pub fn is_persistent(&self) -> bool {
        self.is_writable() && !LOCAL.contains(&self.source.as_str()) && self.source != "ephemeral"
    }
}

/// A place where a container mounts a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The volume's name.
    pub name: String,
    /// The path, clean: absolute, no `//`, `.` or trailing slash.
    pub path: String,
}

/// The volumes of a pod spec, those of `claims` among them.
pub fn volumes(tree: &Tree, pod: &PodSpec) -> Vec<Volume> {
    let own = listed(tree, pod.node, &["volumes"]).map(|item| volume(tree, item));
    let claims = pod.claims.iter().map(|name| Volume {
        name: name.clone(),
        source: "persistentVolumeClaim".into(),
        host_path: None,
    });
    own.chain(claims).collect()
}

fn volume(tree: &Tree, node: NodeId) -> Volume {
    let text = |path: &[&str]| present(tree, node, path).map(|at| tree.value(at).to_owned());
    let sources = tree.entries(node).map(|(key, _)| tree.value(key));
    let source = sources.into_iter().find(|&key| key != "name");
    Volume {
        name: text(&["name"]).unwrap_or_default(),
        // A volume without a source is an emptyDir.
        source: source.unwrap_or("emptyDir").to_owned(),
        host_path: text(&["hostPath", "path"]),
    }
}

/// Where a container mounts volumes.
pub fn mounts(tree: &Tree, container: &Container) -> Vec<Mount> {
    let mount = |item| {
        let text = |key| present(tree, item, &[key]).map(|at| tree.value(at).to_owned());
        Mount {
            name: text("name").unwrap_or_default(),
            path: clean(&text("mountPath").unwrap_or_default()),
        }
    };
    let items = listed(tree, container.node, &["volumeMounts"]);
    items.map(mount).collect()
}
