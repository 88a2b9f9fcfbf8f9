//! `privileged`: a container with all of the node's powers.

use super::{Check, Grant, PSS, Remedy, Scope, Value};
use crate::workload::{Container, present};
use crate::yaml::Tree;

/// PSA `check_privileged.go`.
pub(super) const CHECK: Check = Check {
    id: "privileged",
    title: "No container has all of the node's powers",
    link: PSS,
    controls: &[],
    field: None,
    grant: Some(Scope::Container(|tree, _, container, _| {
        granted(tree, container)
    })),
};

fn granted(tree: &Tree, container: &Container) -> Vec<Grant> {
    let field = present(tree, container.node, &["securityContext", "privileged"]);
    let field = field.filter(|&node| tree.as_bool(node) != Some(false));
    let grant = field.map(|at| Grant {
        at,
        detail: "must not set securityContext.privileged=true".into(),
        remedy: Remedy::Replace(at, Value::Bool(false)),
    });
    grant.into_iter().collect()
}
