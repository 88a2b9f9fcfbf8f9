//! The way to a securityContext, node by node.

use crate::yaml::{NodeId, Tree};

/// The nodes that were passed on the way to a securityContext field, as written. An alias among them leads there, so
/// it may carry a change; any other alias of a changed node may not. A node that only aliases led to is not among
/// them: it stands somewhere else.
#[derive(Clone, Debug, Default)]
pub struct Trail(Vec<NodeId>);

impl Trail {
    /// Passes a node, and everything that merges into what it stands for.
    pub(super) fn pass(&mut self, tree: &Tree, written: NodeId) {
        self.0.push(written);
        let mut waiting = vec![tree.resolve(written)];
        let mut merged = Vec::new();
        while let Some(node) = waiting.pop() {
            let Some((_, value)) = tree.own_entry(node, "<<") else {
                continue;
            };
            self.0.push(value);
            self.0.extend(tree.items(tree.resolve(value)));
            if !merged.contains(&node) {
                merged.push(node);
                waiting.extend(tree.merged(node));
            }
        }
    }

    /// Passes the value of a key, where a mapping has it.
    pub(super) fn enter(&mut self, tree: &Tree, mapping: NodeId, key: &str) -> Option<NodeId> {
        let (_, written) = tree.get_entry(mapping, key)?;
        self.pass(tree, written);
        Some(tree.resolve(written))
    }

    /// Every node that was passed.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.0.iter().copied()
    }
}
