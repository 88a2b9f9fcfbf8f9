//! `windowsHostProcess`: a container that runs as a process of the Windows node.

use super::{Check, Grant, PSS, Remedy, Scope, Value};
use crate::workload::{Container, PodSpec, present};
use crate::yaml::Tree;

/// PSA `check_windowsHostProcess.go`. A container without a setting of its own inherits the pod's.
pub(super) const CHECK: Check = Check {
    id: "windowsHostProcess",
    title: "No container is a process of the Windows node",
    link: PSS,
    controls: &[],
    field: None,
    grant: Some(Scope::Container(|tree, pod, container, _| {
        granted(tree, pod, container)
    })),
};

const PATH: [&str; 3] = ["securityContext", "windowsOptions", "hostProcess"];

fn granted(tree: &Tree, pod: &PodSpec, container: &Container) -> Vec<Grant> {
    let field = present(tree, container.node, &PATH).or_else(|| present(tree, pod.node, &PATH));
    let field = field.filter(|&node| tree.as_bool(node) != Some(false));
    let grant = field.map(|at| Grant {
        at,
        detail: "must not set securityContext.windowsOptions.hostProcess=true".into(),
        remedy: Remedy::Replace(at, Value::Bool(false)),
    });
    grant.into_iter().collect()
}
