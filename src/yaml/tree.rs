//! A document's nodes as written: aliases are not expanded, nothing recurses, positions are kept.

use std::collections::HashMap;

/// Names a node of one [`Tree`]; ids count the nodes in document order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

pub(super) const NONE: NodeId = NodeId(u32::MAX);
const UNKNOWN: u32 = u32::MAX;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes; also a value that is not there at all.
    Plain,
    /// In `'`.
    SingleQuoted,
    /// In `"`.
    DoubleQuoted,
    /// A `|` block.
    Literal,
    /// A `>` block.
    Folded,
}

/// How a collection is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// By indentation.
    Block,
    /// In brackets.
    Flow,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text; see [`Tree::value`].
    Scalar(Style),
    /// A list; see [`Tree::items`].
    Sequence(Layout),
    /// Keys and values; see [`Tree::entries`].
    Mapping(Layout),
    /// `*name`, with the node that it stands for.
    Alias(NodeId),
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) value: (u32, u32),
    pub(super) parent: NodeId,
    pub(super) first: NodeId,
    pub(super) next: NodeId,
    pub(super) anchored: bool,
    pub(super) tagged: bool,
}

pub(super) static NO_NODE: Node = Node {
    kind: Kind::Scalar(Style::Plain),
    start: 0,
    end: UNKNOWN,
    value: (0, 0),
    parent: NONE,
    first: NONE,
    next: NONE,
    anchored: false,
    tagged: false,
};

/// The nodes of one document in an arena.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) values: String,
    pub(super) tags: HashMap<NodeId, Box<str>>,
    /// Whether any plain scalar is `<<`: few documents merge, and the others are told at once.
    pub(super) has_merges: bool,
}

impl Tree {
    /// The document's root, unless the document is empty.
    pub fn root(&self) -> Option<NodeId> {
        (!self.nodes.is_empty()).then_some(NodeId(0))
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All ids in document order.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// What a node is.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind
    }

    /// Offset of a node's first byte after anchor and tag; for a block mapping the start of its first key, for
    /// an empty value wherever the parser noticed that nothing follows.
    pub fn start(&self, id: NodeId) -> usize {
        self.node(id).start as usize
    }

    /// Offset past a node's last byte where the parser reports it exactly: flow collections always, scalars
    /// and aliases only from [`super::prove`]. Ask [`super::end_of`].
    pub(super) fn reported_end(&self, id: NodeId) -> Option<usize> {
        let end = self.node(id).end;
        (end != UNKNOWN).then_some(end as usize)
    }

    /// Whether a node carries an anchor.
    pub fn is_anchored(&self, id: NodeId) -> bool {
        self.node(id).anchored
    }

    /// A node's full tag, where one is written.
    pub fn tag(&self, id: NodeId) -> Option<&str> {
        let tagged = self.node(id).tagged;
        tagged.then(|| self.tags.get(&id).map(AsRef::as_ref))?
    }

    fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id.0 as usize).unwrap_or(&NO_NODE)
    }

    /// A scalar's text with escapes and folding resolved; empty for other nodes.
    pub fn value(&self, id: NodeId) -> &str {
        let (start, end) = self.node(id).value;
        self.values
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    /// Whether a node is a scalar of just this text.
    pub(super) fn says(&self, id: NodeId, text: &str) -> bool {
        let node = self.node(id);
        let (start, end) = node.value;
        matches!(node.kind, Kind::Scalar(_))
            && (end - start) as usize == text.len()
            && self.values.as_bytes().get(start as usize..end as usize) == Some(text.as_bytes())
    }

    /// The collection that holds a node.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        some(self.node(id).parent)
    }

    /// The children in order; of a mapping its keys and values in turn.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(some(self.node(id).first), |&child| {
            some(self.node(child).next)
        })
    }

    /// The node behind this one in the same collection.
    pub(super) fn next_sibling(&self, id: NodeId) -> Option<NodeId> {
        some(self.node(id).next)
    }

    /// The items of a sequence; none for other nodes.
    pub fn items(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let is_sequence = matches!(self.kind(id), Kind::Sequence(_));
        self.children(id).filter(move |_| is_sequence)
    }

    /// The keys and values of a mapping as written; none for other nodes.
    pub fn entries(&self, id: NodeId) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        let first = match self.kind(id) {
            Kind::Mapping(_) => some(self.node(id).first),
            _ => None,
        };
        let mut next = first;
        std::iter::from_fn(move || {
            let key = next?;
            let value = some(self.node(key).next)?;
            next = some(self.node(value).next);
            Some((key, value))
        })
    }

    /// The key of a mapping's value.
    pub fn key_of(&self, value: NodeId) -> Option<NodeId> {
        let parent = self
            .parent(value)
            .filter(|&parent| self.is_mapping(parent))?;
        let before = NodeId(value.0.checked_sub(1)?);
        if self.parent(before) == Some(parent) && self.is_scalar(before) {
            return (self.node(before).next == value).then_some(before);
        }
        let mut entries = self.entries(parent);
        entries.find(|&(_, v)| v == value).map(|(key, _)| key)
    }

    /// A node and everything inside it in document order.
    pub fn subtree(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        let mut around = std::iter::successors(Some(id), |&id| self.parent(id));
        let after = around.find_map(|id| some(self.node(id).next));
        let end = after.map_or(self.nodes.len() as u32, |after| after.0);
        (id.0..end).map(NodeId)
    }

    /// The node itself, or what it stands for where it is an alias.
    pub fn resolve(&self, id: NodeId) -> NodeId {
        match self.kind(id) {
            Kind::Alias(target) => target,
            _ => id,
        }
    }

    /// Whether a node is a mapping.
    pub fn is_mapping(&self, id: NodeId) -> bool {
        matches!(self.kind(id), Kind::Mapping(_))
    }

    /// Whether a node is a sequence.
    pub fn is_sequence(&self, id: NodeId) -> bool {
        matches!(self.kind(id), Kind::Sequence(_))
    }

    /// Whether a node is a scalar.
    pub fn is_scalar(&self, id: NodeId) -> bool {
        matches!(self.kind(id), Kind::Scalar(_))
    }

    /// What a node ends with: the last child of the last child as long as they are block collections.
    pub fn last_written(&self, id: NodeId) -> NodeId {
        let mut last = id;
        while let Kind::Mapping(Layout::Block) | Kind::Sequence(Layout::Block) = self.kind(last)
            && let Some(child) = self.children(last).last()
        {
            last = child;
        }
        last
    }
}

pub(super) fn some(id: NodeId) -> Option<NodeId> {
    (id != NONE).then_some(id)
}
