//! Changes of a document's tree, each node's once.

use crate::checks::Value;
use crate::yaml::NodeId;

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
    /// A list gets an item behind its last one.
    Append {
        /// The list, which is not empty.
        list: NodeId,
        /// The new item.
        item: Value,
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
            | Self::Append { list: node, .. }
            | Self::Remove { item: node } => *node,
        }
    }
}

/// The changes of one document, each node's once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ops(pub(super) Vec<Op>);

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
            Op::Append { .. } | Op::Remove { .. } => 1,
        });
        fields.sum()
    }
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Map(entries) => entries.iter().map(|(_, value)| leaves(value)).sum(),
        Value::List(items) => items.len(),
        _ => 1,
    }
}
