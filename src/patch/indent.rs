//! How far things are indented around a place: keys, steps, the dashes of lists.

use super::lower::Page;
use super::style::{Lines, ListShape};
use crate::yaml::{Kind, Layout, NodeId, Span, line_start};

impl Page<'_> {
    pub(super) fn lines_in(&self, mapping: NodeId, indent: String, at: usize) -> Lines {
        let lines = self.lines(indent, self.step(mapping), at);
        let list = self.list_shape(mapping);
        Lines { list, ..lines }
    }

    /// How the nearest block list around stands below its key.
    pub(super) fn list_shape(&self, mapping: NodeId) -> ListShape {
        let around = std::iter::successors(Some(mapping), |&id| self.tree.parent(id));
        let lists = around.flat_map(|id| self.tree.entries(id));
        let shapes = lists.filter_map(|(key, list)| {
            let is_block = self.tree.kind(list) == Kind::Sequence(Layout::Block);
            let first = self.tree.items(list).next().filter(|_| is_block)?;
            let start = self.tree.start(key);
            let shape = self.shape_of(first)?;
            Some(ListShape {
                dash: shape
                    .dash
                    .checked_sub(start - line_start(self.text, start))?,
                ..shape
            })
        });
        shapes.into_iter().next().unwrap_or(ListShape::INDENTED)
    }

    /// The column of an item's dash, and how far the item stands from it on the same line.
    pub(super) fn shape_of(&self, item: NodeId) -> Option<ListShape> {
        let start = self.tree.start(item);
        let before = Span::new(line_start(self.text, start), start).of(self.text);
        let dash = before.iter().position(|&b| b != b' ')?;
        let behind = before.get(dash..)?.strip_prefix(b"-")?;
        let is_clean = behind.iter().all(|&b| b == b' ');
        is_clean.then_some(ListShape {
            dash,
            gap: before.len() - dash,
        })
    }

    /// The spaces before a block mapping's keys.
    pub(super) fn key_indent(&self, mapping: NodeId) -> String {
        " ".repeat(self.key_width(mapping))
    }

    /// The column of a block mapping's keys: of one that only spaces stand before, where there is one.
    fn key_width(&self, mapping: NodeId) -> usize {
        let before = |key| {
            let start = self.tree.start(key);
            Span::new(line_start(self.text, start), start).of(self.text)
        };
        let mut keys = self.tree.entries(mapping).map(|(key, _)| before(key));
        let Some(first) = keys.next() else {
            return 0;
        };
        let is_clean = |before: &&[u8]| before.iter().all(|&b| b == b' ');
        let clean = Some(first).filter(is_clean).or_else(|| keys.find(is_clean));
        String::from_utf8_lossy(clean.unwrap_or(first))
            .chars()
            .count()
    }

    /// How much deeper nested keys stand: as those of a nested mapping, else as the mapping itself below its
    /// key, else as in the other items of its list, else as around it.
    pub(super) fn step(&self, mapping: NodeId) -> String {
        let around = std::iter::successors(Some(mapping), |&id| self.tree.parent(id));
        let steps = around.flat_map(|id| {
            let parent = self.tree.parent(id).map(|parent| (parent, id));
            let items = self
                .tree
                .items(id)
                .take(64)
                .filter_map(|item| self.nested(item));
            self.nested(id).into_iter().chain(parent).chain(items)
        });
        let mut steps =
            steps.filter(|&(outer, inner)| self.is_block(outer) && self.is_block(inner));
        let width = |id| self.key_width(id);
        let step = steps.find_map(|(outer, inner)| width(inner).checked_sub(width(outer)));
        " ".repeat(step.filter(|&step| step > 0).unwrap_or(2))
    }

    /// A block mapping with the first block mapping under one of its keys.
    fn nested(&self, mapping: NodeId) -> Option<(NodeId, NodeId)> {
        let mut values = self.tree.entries(mapping).map(|(_, value)| value);
        values
            .find(|&value| self.is_block(value))
            .map(|value| (mapping, value))
    }

    pub(super) fn is_block(&self, id: NodeId) -> bool {
        self.tree.kind(id) == Kind::Mapping(Layout::Block)
    }
}
