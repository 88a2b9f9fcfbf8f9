//! Fixes as operations on nodes: merged where they meet, refused where two places want a node to be different or an
//! anchor would carry them astray.

use std::collections::{HashMap, HashSet};

use super::aliases::check_aliases;
use super::ops::{Op, Ops};
use super::{Refusal, refuse};
use crate::checks::{Fix, Level, Remedy, Value};
use crate::workload::Workload;
use crate::yaml::{Kind, NodeId, Style, Tree};

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
            Fix::Append {
                holder,
                level,
                path,
                item,
            } => resolver.append(*holder, *level, path, item)?,
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

/// At which levels each securityContext mapping is used.
fn levels(tree: &Tree, workloads: &[Workload]) -> HashMap<NodeId, HashSet<bool>> {
    let mut levels: HashMap<NodeId, HashSet<bool>> = HashMap::new();
    let pods = workloads.iter().flat_map(|workload| &workload.pods);
    let holders = pods.flat_map(|pod| {
        let containers = pod.containers.iter().map(|c| (c.node, false));
        containers.chain(std::iter::once((pod.node, true)))
    });
    for (holder, is_pod) in holders {
        if let Some(context) = tree.get(holder, "securityContext") {
            levels.entry(context).or_default().insert(is_pod);
        }
    }
    levels
}

struct Resolver<'t> {
    tree: &'t Tree,
    levels: HashMap<NodeId, HashSet<bool>>,
    ops: Vec<Op>,
    /// Where in `ops` a mapping's new key is.
    inserts: HashMap<(NodeId, &'static str), usize>,
    /// Where in `ops` a node's replacement is.
    replaces: HashMap<NodeId, usize>,
}

impl<'t> Resolver<'t> {
    fn new(tree: &'t Tree, workloads: &[Workload]) -> Self {
        Self {
            tree,
            levels: levels(tree, workloads),
            ops: Vec::new(),
            inserts: HashMap::new(),
            replaces: HashMap::new(),
        }
    }

    fn set(
        &mut self,
        holder: NodeId,
        level: Level,
        path: &[&'static str],
        value: &Value,
    ) -> Result<(), Refusal> {
        let mut mapping = holder;
        for (i, &key) in path.iter().enumerate() {
            let rest = path.get(i + 1..).unwrap_or_default();
            let Some((_, written)) = self.tree.get_entry(mapping, key) else {
                let above_containers =
                    mapping == holder && level == Level::Pod && key == "securityContext";
                self.insert(mapping, above_containers, key, nest(rest, value));
                return Ok(());
            };
            let child = self.tree.resolve(written);
            if let ([], Value::Map(entries)) = (rest, value)
                && self.tree.is_mapping(child)
            {
                let mut entries = entries.iter();
                return entries.try_for_each(|(key, value)| self.set(child, level, &[*key], value));
            }
            if rest.is_empty() {
                return self.leaf(written, child, value);
            }
            if self
                .levels
                .get(&child)
                .is_some_and(|levels| levels.len() > 1)
            {
                let message = "a securityContext that the pod and a container share by an anchor";
                return refuse(child, message);
            }
            if !self.tree.is_mapping(child) {
                if !self.tree.is_null(child) {
                    return refuse(child, format!("{key} is not a mapping"));
                }
                return self.replace(written, nest(rest, value));
            }
            mapping = child;
        }
        Ok(())
    }

    /// A list that lacks a word gets it in the place of its first item; everything else is replaced whole.
    fn leaf(&mut self, written: NodeId, child: NodeId, value: &Value) -> Result<(), Refusal> {
        let first = self.tree.items(child).next();
        match (value, first) {
            (Value::List(words), Some(first)) => match words.as_slice() {
                [word] => self.replace(first, word.clone()),
                _ => refuse(child, "a list that cannot be changed in place"),
            },
            _ => self.replace(written, value.clone()),
        }
    }

    /// A list that holds something gets one item more; one that is missing, null or empty is written with it.
    fn append(
        &mut self,
        holder: NodeId,
        level: Level,
        path: &[&'static str],
        item: &Value,
    ) -> Result<(), Refusal> {
        let list = self.tree.get_path(holder, path);
        match list.filter(|&list| self.tree.items(list).next().is_some()) {
            Some(list) => {
                let op = Op::Append {
                    list,
                    item: item.clone(),
                };
                // Two places that are one by an anchor ask for the same.
                if !self.ops.contains(&op) {
                    self.ops.push(op);
                }
                Ok(())
            }
            None => self.set(holder, level, path, &Value::List(vec![item.clone()])),
        }
    }

    fn insert(&mut self, into: NodeId, above_containers: bool, key: &'static str, value: Value) {
        let known = self
            .inserts
            .get(&(into, key))
            .and_then(|&i| self.ops.get_mut(i));
        if let Some(Op::Insert { value: known, .. }) = known {
            return merge(known, value);
        }
        self.inserts.insert((into, key), self.ops.len());
        self.ops.push(Op::Insert {
            into,
            above_containers,
            key,
            value,
        });
    }

    fn replace(&mut self, node: NodeId, value: Value) -> Result<(), Refusal> {
        let known = self.replaces.get(&node).and_then(|&i| self.ops.get_mut(i));
        if let Some(Op::Replace { value: known, .. }) = known {
            return match known {
                known if known == &value => Ok(()),
                Value::Map(_) | Value::List(_) => {
                    merge(known, value);
                    Ok(())
                }
                _ => refuse(node, "a value that two places want to be different"),
            };
        }
        if !self.is_replaceable(node) {
            return refuse(node, "a field that holds something of another type");
        }
        self.replaces.insert(node, self.ops.len());
        self.ops.push(Op::Replace { node, value });
        Ok(())
    }

    /// Block collections and block scalars cannot be replaced on their own line.
    fn is_replaceable(&self, node: NodeId) -> bool {
        use crate::yaml::Layout::Flow;
        match self.tree.kind(node) {
            Kind::Scalar(style) => !matches!(style, Style::Literal | Style::Folded),
            Kind::Mapping(layout) | Kind::Sequence(layout) => {
                layout == Flow && self.tree.children(node).next().is_none()
            }
            Kind::Alias(_) => true,
        }
    }

    fn inserted(&self, into: NodeId, key: &'static str) -> Option<&Value> {
        match self.ops.get(*self.inserts.get(&(into, key))?) {
            Some(Op::Insert { value, .. }) => Some(value),
            _ => None,
        }
    }

    fn replaced(&self, node: NodeId) -> Option<&Value> {
        match self.ops.get(*self.replaces.get(&node)?) {
            Some(Op::Replace { value, .. }) => Some(value),
            _ => None,
        }
    }

    /// A mapping that merges another gets what that one gets: the same key in both would be one too many.
    fn comes_by_merge(&self, op: &Op) -> bool {
        match op {
            Op::Insert {
                into, key, value, ..
            } => {
                let mut sources = self.tree.merged(*into);
                sources.any(|source| self.inserted(source, key) == Some(value))
            }
            _ => false,
        }
    }

    /// An alias of a value that is replaced by just what the alias should say stays as it is.
    fn comes_by_alias(&self, op: &Op) -> bool {
        match op {
            Op::Replace { node, value } => {
                let target = self.tree.resolve(*node);
                target != *node && self.replaced(target) == Some(value)
            }
            _ => false,
        }
    }
}

/// `value` under the keys of `path`.
fn nest(path: &[&'static str], value: &Value) -> Value {
    let nest = |value, key: &&'static str| Value::Map(vec![(*key, value)]);
    path.iter().rev().fold(value.clone(), nest)
}

/// Keys and items that are not there yet come behind those that are.
fn merge(known: &mut Value, more: Value) {
    match (known, more) {
        (Value::Map(known), Value::Map(more)) => {
            for (key, value) in more {
                match known.iter_mut().find(|(k, _)| *k == key) {
                    Some((_, known)) => merge(known, value),
                    None => known.push((key, value)),
                }
            }
        }
        (Value::List(known), Value::List(more)) => {
            for item in more {
                if !known.contains(&item) {
                    known.push(item);
                }
            }
        }
        _ => {}
    }
}
