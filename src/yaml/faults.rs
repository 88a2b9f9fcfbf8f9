//! What parses and is no object all the same: kubectl's reader would refuse it, or nobody knows what it means.

use std::collections::{HashMap, HashSet};

use super::MAX_MERGED;
use super::lookup::MERGE;
use super::tree::{Kind, NodeId, Tree};

impl Tree {
    /// The first value of a merge key that is neither a mapping nor a list of mappings: Kubernetes' parser
    /// refuses it.
    pub fn invalid_merge(&self) -> Option<NodeId> {
        let merging = self.ids().filter(|_| self.has_merges);
        let values = merging.filter_map(|id| self.own_entry(id, MERGE));
        let mut values = values
            .filter(|&(key, _)| self.is_merge_key(key))
            .map(|(_, value)| value);
        let is_mapping = |id| self.is_mapping(self.resolve(id));
        values.find(|&value| {
            let listed = self.is_sequence(value) && self.items(value).all(is_mapping);
            !(is_mapping(value) || listed)
        })
    }

    /// The first mapping with which merge keys, each followed to its end, add up to more than [`MAX_MERGED`] keys:
    /// looking a key up there takes that long.
    pub fn merges_too_much(&self) -> Option<NodeId> {
        let mut left = MAX_MERGED;
        let merging = self.ids().filter(|_| self.has_merges);
        let mut merging = merging.filter(|&id| self.own_entry(id, MERGE).is_some());
        merging.find(|&id| {
            let (mut seen, mut waiting) = (HashSet::new(), vec![id]);
            while let Some(node) = waiting.pop() {
                for source in self.merged(node) {
                    let keys = self.children(source).take(left + 1).count();
                    let Some(rest) = left.checked_sub(1 + keys) else {
                        return true;
                    };
                    left = rest;
                    if seen.insert(source) {
                        waiting.push(source);
                    }
                }
            }
            false
        })
    }

    /// The first key that is a sequence or a mapping: no object has one.
    pub fn collection_key(&self) -> Option<NodeId> {
        let mut keys = self
            .ids()
            .flat_map(|id| self.entries(id).map(|(key, _)| key));
        keys.find(|&key| !self.is_scalar(self.resolve(key)))
    }

    /// The first alias that stands inside what it stands for.
    pub fn recursive_alias(&self) -> Option<NodeId> {
        self.ids().find(|&id| match self.kind(id) {
            Kind::Alias(target) => {
                std::iter::successors(Some(id), |&id| self.parent(id)).any(|id| id == target)
            }
            _ => false,
        })
    }

    /// The first key of a mapping that is there twice: the later key and the earlier one.
    pub fn duplicate_key(&self) -> Option<(NodeId, NodeId)> {
        let (mut keys, mut seen) = (Vec::new(), HashMap::new());
        self.ids().find_map(|id| {
            keys.clear();
            let entries = self.entries(id).map(|(key, _)| key);
            keys.extend(entries.filter(|&key| self.is_scalar(key)));
            if keys.len() <= FEW_KEYS {
                return twice_of_few(self, &keys);
            }
            seen.clear();
            let mut keys = keys.iter();
            keys.find_map(|&key| Some((key, seen.insert(self.value(key), key)?)))
        })
    }
}

/// Up to how many keys comparing each with each is faster than hashing.
const FEW_KEYS: usize = 16;

fn twice_of_few(tree: &Tree, keys: &[NodeId]) -> Option<(NodeId, NodeId)> {
    keys.iter().enumerate().find_map(|(i, &key)| {
        let mut before = keys.iter().take(i);
        let first = before.find(|&&earlier| tree.says(earlier, tree.value(key)));
        first.map(|&earlier| (key, earlier))
    })
}
