//! `hostNamespaces`: a pod that shares the node's network, processes or IPC.

use super::{Check, Grant, PSS, Remedy, Scope, Value};
use crate::workload::PodSpec;
use crate::yaml::Tree;

/// PSA `check_hostNamespaces.go`.
pub(super) const CHECK: Check = Check {
    id: "hostNamespaces",
    title: "The pod does not share the network, processes or IPC of its node",
    link: PSS,
    controls: &[],
    field: None,
    grant: Some(Scope::Pod(granted)),
};

fn granted(tree: &Tree, pod: &PodSpec) -> Vec<Grant> {
    ["hostNetwork", "hostPID", "hostIPC"]
        .into_iter()
        .filter_map(|key| Some((key, tree.get(pod.node, key)?)))
        .filter(|&(_, node)| tree.as_bool(node) == Some(true))
        .map(|(key, at)| Grant {
            at,
            detail: format!("must not set {key}=true"),
            remedy: Remedy::Replace(at, Value::Bool(false)),
        })
        .collect()
}
