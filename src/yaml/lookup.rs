//! Values by key: as written, and with merge keys (`<<`) and aliases followed.

use std::collections::HashSet;

use super::tree::{Kind, NodeId, Style, Tree};

/// The key that merges.
pub(super) const MERGE: &str = "<<";

impl Tree {
    /// The entry of a mapping under a scalar key as written: no merge keys, no alias resolved.
    pub fn own_entry(&self, mapping: NodeId, key: &str) -> Option<(NodeId, NodeId)> {
        self.entries(mapping).find(|&(k, _)| self.says(k, key))
    }

    /// The value that a mapping has under a key, merge keys (`<<`) included, aliases resolved.
    pub fn get(&self, mapping: NodeId, key: &str) -> Option<NodeId> {
        self.get_entry(mapping, key)
            .map(|(_, value)| self.resolve(value))
    }

    /// [`Tree::own_entry`] of the mapping, or of the strongest one that it merges.
    pub fn get_entry(&self, mapping: NodeId, key: &str) -> Option<(NodeId, NodeId)> {
        let entry = self.own_entry(mapping, key);
        if entry.is_some() || self.merged(mapping).next().is_none() {
            return entry;
        }
        let mut seen = HashSet::from([mapping]);
        let mut waiting: Vec<_> = self.merged(mapping).collect();
        waiting.reverse();
        while let Some(source) = waiting.pop() {
            let entry = self.own_entry(source, key);
            if entry.is_some() {
                return entry;
            }
            if seen.insert(source) {
                let more: Vec<_> = self.merged(source).collect();
                waiting.extend(more.into_iter().rev());
            }
        }
        None
    }

    /// The mappings that a mapping merges with `<<`, the strongest first.
    pub fn merged(&self, mapping: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let merging = Some(mapping).filter(|_| self.has_merges);
        let value = merging
            .and_then(|mapping| self.entries(mapping).find(|&(k, _)| self.is_merge_key(k)))
            .map(|(_, value)| self.resolve(value));
        let (single, list) = match value {
            Some(value) if self.is_sequence(value) => (None, Some(value)),
            other => (other, None),
        };
        let listed = list.into_iter().flat_map(|list| self.items(list));
        single
            .into_iter()
            .chain(listed.map(|item| self.resolve(item)))
            .filter(|&source| self.is_mapping(source))
    }

    /// Whether a key is a plain `<<`.
    pub(super) fn is_merge_key(&self, key: NodeId) -> bool {
        self.kind(key) == Kind::Scalar(Style::Plain) && self.says(key, MERGE)
    }

    /// [`Tree::get`] along several keys.
    pub fn get_path(&self, mapping: NodeId, path: &[&str]) -> Option<NodeId> {
        path.iter()
            .try_fold(self.resolve(mapping), |node, key| self.get(node, key))
    }
}
