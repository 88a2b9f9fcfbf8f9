//! A document's nodes as written: aliases are not expanded, nothing recurses, positions are kept.

use std::collections::{HashMap, HashSet};

use super::{MAX_DEPTH, MAX_NODES, ParseError};

/// Names a node of one [`Tree`]; ids count the nodes in document order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

const NONE: NodeId = NodeId(u32::MAX);
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
struct Node {
    kind: Kind,
    start: u32,
    end: u32,
    value: (u32, u32),
    parent: NodeId,
    first: NodeId,
    next: NodeId,
    anchored: bool,
    tagged: bool,
}

static NO_NODE: Node = Node {
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
    nodes: Vec<Node>,
    values: String,
    tags: HashMap<NodeId, Box<str>>,
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
        std::iter::successors(first, |&key| {
            some(self.node(some(self.node(key).next)?).next)
        })
        .filter_map(|key| Some((key, some(self.node(key).next)?)))
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

    /// The entry of a mapping under a scalar key as written: no merge keys, no alias resolved.
    pub fn own_entry(&self, mapping: NodeId, key: &str) -> Option<(NodeId, NodeId)> {
        self.entries(mapping)
            .find(|&(k, _)| self.is_scalar(k) && self.value(k) == key)
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
        let value = self
            .entries(mapping)
            .find(|&(k, _)| self.kind(k) == Kind::Scalar(Style::Plain) && self.value(k) == "<<")
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

    /// [`Tree::get`] along several keys.
    pub fn get_path(&self, mapping: NodeId, path: &[&str]) -> Option<NodeId> {
        path.iter()
            .try_fold(self.resolve(mapping), |node, key| self.get(node, key))
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

    /// The first value of a merge key that is neither a mapping nor a list of mappings: Kubernetes' parser
    /// refuses it.
    pub fn invalid_merge(&self) -> Option<NodeId> {
        let values = self.ids().filter_map(|id| self.own_entry(id, "<<"));
        let mut values = values
            .filter(|&(key, _)| self.kind(key) == Kind::Scalar(Style::Plain))
            .map(|(_, value)| value);
        let is_mapping = |id| self.is_mapping(self.resolve(id));
        values.find(|&value| {
            let listed = self.is_sequence(value) && self.items(value).all(is_mapping);
            !(is_mapping(value) || listed)
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
        let first = before.find(|&&earlier| tree.value(earlier) == tree.value(key));
        first.map(|&earlier| (key, earlier))
    })
}

fn some(id: NodeId) -> Option<NodeId> {
    (id != NONE).then_some(id)
}

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
        let start = self.tree.values.len() as u32;
        self.tree.values.push_str(value);
        let end = self.tree.values.len() as u32;
        let id = self.add(at, Kind::Scalar(style))?;
        self.change(id, |node| node.value = (start, end));
        Ok(id)
    }

    pub(super) fn alias(&mut self, at: usize, target: NodeId) -> Result<NodeId, ParseError> {
        self.add(at, Kind::Alias(target))
    }

    pub(super) fn open(&mut self, at: usize, kind: Kind) -> Result<NodeId, ParseError> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(ParseError::new(at, message));
        }
        let id = self.add(at, kind)?;
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

    fn add(&mut self, at: usize, kind: Kind) -> Result<NodeId, ParseError> {
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
            parent,
            ..NO_NODE.clone()
        });
        Ok(id)
    }
}
