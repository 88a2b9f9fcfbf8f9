//! Growing a [`Tree`] from a parser's events, within the limits of depth and size.

use std::collections::HashMap;

use super::lookup::MERGE;
use super::tree::{Kind, NO_NODE, NONE, Node, NodeId, Style, Tree, some};
use super::{MAX_DEPTH, MAX_NODES, ParseError};

/// Grows a [`Tree`] from a parser's events.
pub(super) struct Builder {
    tree: Tree,
    open: Vec<(NodeId, NodeId)>,
}

impl Builder {
    /// A builder for a document of `bytes` bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            tree: Tree {
                nodes: Vec::with_capacity(bytes / 12),
                values: String::with_capacity(bytes / 2),
                tags: HashMap::new(),
                has_merges: false,
            },
            open: Vec::new(),
        }
    }

    pub(super) fn scalar(
        &mut self,
        at: usize,
        style: Style,
        value: &str,
    ) -> Result<NodeId, ParseError> {
        let before = self.tree.values.len() as u32;
        self.tree.values.push_str(value);
        let after = self.tree.values.len() as u32;
        self.tree.has_merges |= style == Style::Plain && value == MERGE;
        self.add(at, Kind::Scalar(style), (before, after))
    }

    pub(super) fn alias(&mut self, at: usize, target: NodeId) -> Result<NodeId, ParseError> {
        self.add(at, Kind::Alias(target), (0, 0))
    }

    pub(super) fn open(&mut self, at: usize, kind: Kind) -> Result<NodeId, ParseError> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(ParseError::new(at, message));
        }
        let id = self.add(at, kind, (0, 0))?;
        self.open.push((id, NONE));
        Ok(id)
    }

    /// Ends the innermost open collection and says which one it was.
    pub(super) fn close(&mut self) -> Option<NodeId> {
        self.open.pop().map(|(id, _)| id)
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(super) fn set_anchored(&mut self, id: NodeId) {
        self.change(id, |node| node.anchored = true);
    }

    pub(super) fn set_tag(&mut self, id: NodeId, tag: &str) {
        self.change(id, |node| node.tagged = true);
        self.tree.tags.insert(id, tag.into());
    }

    pub(super) fn set_end(&mut self, id: NodeId, end: usize) {
        self.change(id, |node| node.end = end as u32);
    }

    /// Corrects layout and start of a collection once its extent is known.
    pub(super) fn set_kind(&mut self, id: NodeId, kind: Kind, start: usize) {
        self.change(id, |node| (node.kind, node.start) = (kind, start as u32));
    }

    pub(super) fn finish(self) -> Tree {
        self.tree
    }

    fn change(&mut self, id: NodeId, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.tree.nodes.get_mut(id.0 as usize) {
            change(node);
        }
    }

    fn add(&mut self, at: usize, kind: Kind, value: (u32, u32)) -> Result<NodeId, ParseError> {
        let id = NodeId(self.tree.nodes.len() as u32);
        if self.tree.nodes.len() >= MAX_NODES {
            let message = format!("more than {MAX_NODES} nodes in one document");
            return Err(ParseError::new(at, message));
        }
        let parent = match self.open.last_mut() {
            Some((parent, last)) => {
                let (parent, last) = (*parent, std::mem::replace(last, id));
                match some(last) {
                    Some(last) => self.change(last, |node| node.next = id),
                    None => self.change(parent, |node| node.first = id),
                }
                parent
            }
            None if id != NodeId(0) => {
                return Err(ParseError::new(
                    at,
                    "a second document without `---` before it",
                ));
            }
            None => NONE,
        };
        self.tree.nodes.push(Node {
            kind,
            start: at as u32,
            value,
            parent,
            ..NO_NODE.clone()
        });
        Ok(id)
    }
}
