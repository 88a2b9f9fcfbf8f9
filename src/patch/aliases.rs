//! Where an alias may carry a change.

use std::collections::HashSet;

use super::ops::Op;
use super::{Refusal, refuse};
use crate::workload::Workload;
use crate::yaml::{Kind, NodeId, Tree};

/// Every alias that carries a change has to be one that leads to a securityContext, and what it stands for has to
/// stand on the way to one too, or among definitions that mean nothing else.
pub(super) fn check_aliases(
    tree: &Tree,
    workloads: &[Workload],
    ops: &[Op],
    served: &HashSet<NodeId>,
) -> Result<(), Refusal> {
    let aliases: Vec<_> = tree
        .ids()
        .filter_map(|id| match tree.kind(id) {
            Kind::Alias(target) => Some((id, target)),
            _ => None,
        })
        .collect();
    if aliases.is_empty() || ops.is_empty() {
        return Ok(());
    }
    let changed: HashSet<NodeId> = ops
        .iter()
        .flat_map(|op| std::iter::successors(Some(op.node()), |&id| tree.parent(id)))
        .collect();
    let trail: HashSet<NodeId> = workloads.iter().flat_map(|w| w.trail.nodes()).collect();
    let replaced = ops.iter().filter(|op| matches!(op, Op::Replace { .. }));
    let replaced: HashSet<NodeId> = replaced.map(Op::node).collect();
    for (alias, target) in aliases {
        if !changed.contains(&target) || replaced.contains(&alias) {
            continue;
        }
        let stands_there = trail.contains(&target) || replaced.contains(&target);
        if !stands_there && !is_definition(tree, target) {
            let message = "an anchor that would take the change to where it does not belong";
            return refuse(target, message);
        }
        if !served.contains(&alias) && !trail.contains(&alias) {
            let message = "an alias that would carry the change to where it does not belong";
            return refuse(alias, message);
        }
    }
    Ok(())
}

/// Keys of a document's root that objects with pod specs have, lists and templates of them included.
const OF_OBJECTS: [&str; 8] = [
    "data",
    "items",
    "metadata",
    "objects",
    "parameters",
    "spec",
    "status",
    "template",
];

/// Whether a node stands under another key of the document's root, such as `x-defaults`: Kubernetes reads no such
/// key, so what stands there is a definition for aliases.
fn is_definition(tree: &Tree, node: NodeId) -> bool {
    let root = tree.root();
    let mut around = std::iter::successors(Some(node), |&id| tree.parent(id));
    let below_root = around.find(|&id| tree.parent(id) == root);
    let key = below_root.and_then(|value| tree.key_of(value));
    key.is_some_and(|key| !OF_OBJECTS.contains(&tree.value(key)))
}
