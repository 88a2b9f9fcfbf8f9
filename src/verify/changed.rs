//! Proof 2: the second parser's trees before and after differ exactly by the planned operations.

use std::collections::HashMap;

use super::Unproven;
use crate::checks::Value;
use crate::patch::{Op, Ops};
use crate::yaml::{Kind, Layout, NodeId, Style, Tree};

/// Both parsers see the same nodes, so an id means the same node in both trees.
pub(super) fn same_shape(located: &Tree, proving: &Tree) -> Result<(), Unproven> {
    let differs = located.ids().find(|&id| {
        located.kind(id) != proving.kind(id) || located.parent(id) != proving.parent(id)
    });
    match differs {
        Some(id) => Err(Unproven::Ambiguous(format!("at {:?}", located.value(id)))),
        None if located.len() != proving.len() => {
            Err(Unproven::Ambiguous("one sees more nodes".into()))
        }
        None => Ok(()),
    }
}

pub(super) fn only_planned(before: &Tree, after: &Tree, ops: &Ops) -> Result<(), Unproven> {
    let mut by_node: Vec<_> = ops.iter().collect();
    by_node.sort_by_key(|op| op.node());
    let mut comparison = Comparison {
        before,
        after,
        ops: by_node,
        matched: HashMap::new(),
    };
    match (before.root(), after.root()) {
        (Some(old), Some(new)) => comparison.node(old, new),
        (None, None) => Ok(()),
        _ => Err(Unproven::Beyond("the document's root".into())),
    }
}

struct Comparison<'t> {
    before: &'t Tree,
    after: &'t Tree,
    /// In the order of their nodes.
    ops: Vec<&'t Op>,
    /// Anchored nodes that were compared: where an alias has to lead to now.
    matched: HashMap<NodeId, NodeId>,
}

impl<'t> Comparison<'t> {
    fn ops_of(&self, node: NodeId) -> &[&'t Op] {
        let from = self.ops.partition_point(|op| op.node() < node);
        let rest = self.ops.get(from..).unwrap_or_default();
        let count = rest.iter().take_while(|op| op.node() == node).count();
        rest.get(..count).unwrap_or_default()
    }

    fn beyond(&self, node: NodeId) -> Unproven {
        Unproven::Beyond(format!("byte {}", self.before.start(node)))
    }

    fn node(&mut self, old: NodeId, new: NodeId) -> Result<(), Unproven> {
        if let Some(&Op::Replace { value, .. }) = self.ops_of(old).first() {
            self.matched.insert(old, new);
            let same_anchor = self.before.is_anchored(old) == self.after.is_anchored(new);
            return match same_anchor {
                true => self.planned(old, new, value),
                false => Err(self.beyond(old)),
            };
        }
        let (before, after) = (self.before, self.after);
        let properties =
            before.is_anchored(old) == after.is_anchored(new) && before.tag(old) == after.tag(new);
        if !properties {
            return Err(self.beyond(old));
        }
        if before.is_anchored(old) {
            self.matched.insert(old, new);
        }
        match (before.kind(old), after.kind(new)) {
            (Kind::Alias(target), Kind::Alias(found)) => {
                let right = self.matched.get(&target) == Some(&found);
                right.then_some(()).ok_or_else(|| self.beyond(old))
            }
            (Kind::Scalar(a), Kind::Scalar(b)) => {
                let same = a == b && before.value(old) == after.value(new);
                same.then_some(()).ok_or_else(|| self.beyond(old))
            }
            (Kind::Sequence(a), kind) => self.sequence(old, new, a, kind),
            (Kind::Mapping(a), Kind::Mapping(b)) if a == b => self.mapping(old, new),
            _ => Err(self.beyond(old)),
        }
    }

    fn sequence(
        &mut self,
        old: NodeId,
        new: NodeId,
        layout: Layout,
        found: Kind,
    ) -> Result<(), Unproven> {
        let appended: Vec<_> = self
            .ops_of(old)
            .iter()
            .filter_map(|&op| match op {
                Op::Append { item, .. } => Some(item),
                _ => None,
            })
            .collect();
        let removed = |item: &NodeId| {
            let mut ops = self.ops_of(*item).iter();
            ops.any(|op| matches!(op, Op::Remove { .. }))
        };
        let (before, after) = (self.before, self.after);
        let all = before.items(old).count();
        let kept: Vec<_> = before.items(old).filter(|item| !removed(item)).collect();
        let emptied = kept.is_empty() && appended.is_empty() && all > 0 && layout == Layout::Block;
        if emptied && found == Kind::Scalar(Style::Plain) && after.value(new).is_empty() {
            return Ok(());
        }
        let items: Vec<_> = after.items(new).collect();
        if found != Kind::Sequence(layout) || kept.len() + appended.len() != items.len() {
            return Err(self.beyond(old));
        }
        let mut added = items.iter().skip(kept.len()).zip(appended);
        added.try_for_each(|(&new, item)| self.planned(old, new, item))?;
        let mut pairs = kept.into_iter().zip(items);
        pairs.try_for_each(|(old, new)| self.node(old, new))
    }

    /// The old keys in their order, and every inserted key once.
    fn mapping(&mut self, old: NodeId, new: NodeId) -> Result<(), Unproven> {
        let (before, after) = (self.before, self.after);
        let ops = self.ops_of(old).iter();
        let mut inserted: Vec<_> = ops
            .filter_map(|&op| match op {
                Op::Insert { key, value, .. } => Some((*key, value)),
                _ => None,
            })
            .collect();
        let mut entries = before.entries(old);
        for (key, value) in after.entries(new) {
            let planned = inserted
                .iter()
                .position(|(wanted, _)| after.is_scalar(key) && after.value(key) == *wanted);
            if let Some(planned) = planned {
                let (_, wanted) = inserted.remove(planned);
                self.planned(old, value, wanted)?;
                continue;
            }
            let Some((old_key, old_value)) = entries.next() else {
                return Err(self.beyond(old));
            };
            self.node(old_key, key)?;
            self.node(old_value, value)?;
        }
        let complete = inserted.is_empty() && entries.next().is_none();
        complete.then_some(()).ok_or_else(|| self.beyond(old))
    }

    fn planned(&self, old: NodeId, new: NodeId, value: &Value) -> Result<(), Unproven> {
        let is = is_value(self.after, new, value);
        is.then_some(()).ok_or_else(|| self.beyond(old))
    }
}

fn is_value(tree: &Tree, node: NodeId, value: &Value) -> bool {
    match value {
        Value::Bool(wanted) => tree.as_bool(node) == Some(*wanted),
        Value::Int(wanted) => tree.as_int(node) == Some(*wanted),
        Value::Text(wanted) => tree.as_str(node) == Some(wanted.as_ref()),
        Value::List(wanted) => {
            let items: Vec<_> = tree.items(node).collect();
            let mut pairs = items.iter().zip(wanted);
            tree.is_sequence(node)
                && items.len() == wanted.len()
                && pairs.all(|(&item, wanted)| is_value(tree, item, wanted))
        }
        Value::Map(wanted) => {
            let entries: Vec<_> = tree.entries(node).collect();
            let pairs = entries.iter().zip(wanted);
            tree.is_mapping(node)
                && entries.len() == wanted.len()
                && pairs.into_iter().all(|(&(key, value), (name, wanted))| {
                    tree.as_str(key) == Some(name) && is_value(tree, value, wanted)
                })
        }
    }
}
