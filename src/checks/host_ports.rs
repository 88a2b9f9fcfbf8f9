//! `hostPorts`: a container that takes a port of the node.

use super::{Check, Grant, PSS, Remedy, Scope, Value};
use crate::workload::PodSpec;
use crate::yaml::Tree;

/// PSA `check_hostPorts.go`.
pub(super) const CHECK: Check = Check {
    id: "hostPorts",
    title: "No container takes a port of the node",
    link: PSS,
    controls: &[],
    field: None,
    grant: Some(Scope::Pod(granted)),
};

fn granted(tree: &Tree, pod: &PodSpec) -> Vec<Grant> {
    let lists = pod.containers.iter().filter_map(|c| {
        let ports = tree.get(c.node, "ports")?;
        Some((c, ports))
    });
    let ports = lists.flat_map(|(c, ports)| tree.items(ports).map(move |port| (c, port)));
    ports
        .filter_map(|(c, port)| Some((c, tree.get(tree.resolve(port), "hostPort")?)))
        .filter(|&(_, port)| !tree.is_null(port) && tree.as_int(port) != Some(0))
        .map(|(c, at)| Grant {
            at,
            detail: format!(
                "container \"{}\" must not use hostPort {}",
                c.name,
                tree.value(at)
            ),
            remedy: Remedy::Replace(at, Value::Int(0)),
        })
        .collect()
}
