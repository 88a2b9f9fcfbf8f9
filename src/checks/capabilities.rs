//! `capabilities`: root's privileges one by one. All are dropped; those added were granted on purpose.

use super::{Check, Demand, FieldRule, Grant, Level, PSS, Profile, Remedy, Scope, State, Value};
use crate::workload::Container;
use crate::yaml::{NodeId, Tree};

/// PSA `check_capabilities_baseline.go` and `check_capabilities_restricted.go`.
pub(super) const CHECK: Check = Check {
    id: "capabilities",
    title: "All capabilities are dropped, and none beyond the allowed ones added",
    link: PSS,
    controls: &[],
    field: Some(FieldRule {
        level: Level::Container,
        path: &["securityContext", "capabilities", "drop"],
        state: drop_state,
        value: |_| Value::List(vec!["ALL"]),
        demand: |profile| match profile {
            Profile::Baseline => Demand::Nothing,
            Profile::Restricted | Profile::Hardened => Demand::Required,
        },
        on_windows: false,
        must: "must set securityContext.capabilities.drop=[\"ALL\"]",
    }),
    grant: Some(Scope::Container(|tree, _, container, profile| {
        added(tree, container, profile)
    })),
};

/// What the baseline level lets a container add.
const BASELINE: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn drop_state(tree: &Tree, node: NodeId) -> State {
    let mut items = tree.items(node).map(|item| tree.resolve(item)).peekable();
    if tree.is_null(node) || (tree.is_sequence(node) && items.peek().is_none()) {
        State::Missing
    } else if items.any(|item| tree.as_str(item) == Some("ALL")) {
        State::Compliant
    } else {
        State::Insecure
    }
}

fn added(tree: &Tree, container: &Container, profile: Profile) -> Vec<Grant> {
    let allowed: &[&str] = match profile {
        Profile::Baseline => BASELINE,
        Profile::Restricted | Profile::Hardened => &["NET_BIND_SERVICE"],
    };
    let path = ["securityContext", "capabilities", "add"];
    let Some(add) = tree.get_path(container.node, &path) else {
        return Vec::new();
    };
    let refused = |item: &NodeId| !allowed.contains(&tree.value(tree.resolve(*item)));
    let items: Vec<_> = tree.items(add).filter(refused).collect();
    let names: Vec<_> = items
        .iter()
        .map(|&item| format!("\"{}\"", tree.value(tree.resolve(item))))
        .collect();
    if items.is_empty() {
        return Vec::new();
    }
    vec![Grant {
        at: add,
        detail: format!(
            "must not include {} in securityContext.capabilities.add",
            names.join(", ")
        ),
        remedy: Remedy::Remove(items),
    }]
}
