//! `procMount`: an unmasked `/proc`.

use super::{Check, Grant, PSS, Remedy, Scope, Value};
use crate::workload::{Container, present};
use crate::yaml::Tree;

/// PSA `check_procMount.go`.
pub(super) const CHECK: Check = Check {
    id: "procMount",
    title: "/proc is masked as the runtime masks it",
    link: PSS,
    controls: &[],
    field: None,
    grant: Some(Scope::Container(|tree, _, container, _| {
        granted(tree, container)
    })),
};

fn granted(tree: &Tree, container: &Container) -> Vec<Grant> {
    let field = present(tree, container.node, &["securityContext", "procMount"]);
    let field = field.filter(|&node| tree.value(node) != "Default");
    let grant = field.map(|at| Grant {
        at,
        detail: format!(
            "must not set securityContext.procMount to \"{}\"",
            tree.value(at)
        ),
        remedy: Remedy::Replace(at, Value::Text("Default")),
    });
    grant.into_iter().collect()
}
