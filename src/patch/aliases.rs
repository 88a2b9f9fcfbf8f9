//! Where an alias may carry a change.

use std::collections::HashSet;

use super::ops::Op;
use super::{Refusal, refuse};
use crate::workload::Workload;
use crate::yaml::{Kind, NodeId, Tree};

/// Every alias that carries a change has to be one that leads to a securityContext.
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
    let replaced: HashSet<NodeId> = ops.iter().map(Op::node).collect();
    for (alias, target) in aliases {
        let follows = served.contains(&alias) || trail.contains(&alias);
        if changed.contains(&target) && !replaced.contains(&alias) && !follows {
            let message = "an alias that would carry the change to where it does not belong";
            return refuse(alias, message);
        }
    }
    Ok(())
}
