//! Fixes as operations on nodes: merged where they meet, refused where an anchor would carry them astray.

use std::collections::HashSet;

use super::Refusal;
use super::aliases::check_aliases;
use super::resolver::Resolver;
use crate::checks::{Fix, Remedy, Value};
use crate::workload::Workload;
use crate::yaml::{NodeId, Tree};

/// One change of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// A mapping gets a key that it does not have.
    Insert {
        /// The mapping.
        into: NodeId,
        /// Whether it is a pod spec: its new `securityContext` goes above the containers.
        above_containers: bool,
        /// The key.
        key: &'static str,
        /// Its value.
        value: Value,
    },
    /// A value is replaced.
    Replace {
        /// The node as written.
        node: NodeId,
        /// Its new value.
        value: Value,
    },
    /// A list loses an item.
    Remove {
        /// The item.
        item: NodeId,
    },
}

impl Op {
    /// The node that is changed.
    pub fn node(&self) -> NodeId {
        match self {
            Self::Insert { into: node, .. }
            | Self::Replace { node, .. }
            | Self::Remove { item: node } => *node,
        }
    }
}

/// The changes of one document, each node's once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ops(Vec<Op>);

impl Ops {
    /// The changes in the order in which they are written.
    pub fn iter(&self) -> std::slice::Iter<'_, Op> {
        self.0.iter()
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many fields are written.
    pub fn fields(&self) -> usize {
        let fields = self.0.iter().map(|op| match op {
            Op::Insert { value, .. } | Op::Replace { value, .. } => leaves(value),
            Op::Remove { .. } => 1,
        });
        fields.sum()
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Map(entries) => entries.iter().map(|(_, value)| leaves(value)).sum(),
        _ => 1,
    }
}

/// Turns the fixes of a document's workloads into operations.
///
/// # Errors
/// Where an anchor is used at places that do not all want the same change, or a field holds something that
/// cannot be replaced in place.
pub fn resolve(tree: &Tree, workloads: &[Workload], fixes: &[Fix]) -> Result<Ops, Refusal> {
    let mut resolver = Resolver::new(tree, workloads);
    for fix in fixes {
        match fix {
            Fix::Set {
                holder,
                level,
                path,
                value,
            } => resolver.set(*holder, *level, path, value)?,
            Fix::Take(Remedy::Replace(node, value)) => resolver.replace(*node, value.clone())?,
            Fix::Take(Remedy::Remove(items)) => {
                let items = items.iter().map(|&item| Op::Remove { item });
                resolver.ops.extend(items);
            }
            Fix::Take(Remedy::None) => {}
        }
    }
    let served: HashSet<_> = resolver
        .ops
        .iter()
        .filter(|op| resolver.comes_by_alias(op))
        .map(Op::node)
        .collect();
    let needed = |op: &&Op| !resolver.comes_by_alias(op) && !resolver.comes_by_merge(op);
    let ops: Vec<_> = resolver.ops.iter().filter(needed).cloned().collect();
    check_aliases(tree, workloads, &ops, &served)?;
    Ok(Ops(ops))
}
