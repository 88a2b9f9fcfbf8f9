//! Where an alias may carry a change.

use std::collections::HashSet;

use super::ops::Op;
use super::{Refusal, refuse};
use crate::workload::Workload;
use crate::yaml::{Kind, NodeId, Tree};

/// Every alias that carries a change has to lead from one place on the way to a securityContext to another.
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
    let trail: HashSet<NodeId> = workloads
        .iter()
        .flat_map(|w| w.trail.iter().copied())
        .collect();
    let replaced: HashSet<NodeId> = ops.iter().map(Op::node).collect();
    for (alias, target) in aliases {
        let follows = served.contains(&alias)
            || (trail.contains(&target) && trail.contains(&holder(tree, alias)));
        if changed.contains(&target) && !replaced.contains(&alias) && !follows {
            let message = "an alias that would carry the change to where it does not belong";
            return refuse(alias, message);
        }
    }
    Ok(())
}

/// The collection that an alias is used in; of one in a list of merges the mapping that merges.
fn holder(tree: &Tree, alias: NodeId) -> NodeId {
    let parent = tree.parent(alias).unwrap_or(alias);
    let merging = tree
        .parent(parent)
        .filter(|&mapping| tree.own_entry(mapping, "<<").map(|(_, value)| value) == Some(parent));
    merging.unwrap_or(parent)
}
