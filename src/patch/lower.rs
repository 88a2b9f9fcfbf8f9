//! Operations as edits of the text.

use std::collections::HashMap;
use std::hash::Hash;

use super::edits::{Edit, Edits};
use super::ops::{Op, Ops};
use super::style::{Flow, Lines, ListShape, PLAIN, quoted, single_quoted};
use super::{Refusal, refuse};
use crate::checks::Value;
use crate::yaml::{Kind, Layout, NodeId, Span, Style, Tree, end_of, line_end, line_start};

/// A document's text and nodes, as the lowering of one operation sees them.
#[derive(Clone, Copy)]
pub(super) struct Page<'p> {
    pub(super) text: &'p [u8],
    pub(super) tree: &'p Tree,
}

/// An edit, and how deep what it writes is indented: of two insertions at one place the deeper comes first,
/// and what continues a line before everything else.
pub(super) struct Placed {
    pub(super) edit: Edit,
    pub(super) depth: usize,
}

/// The keys that a mapping gets, in order.
pub(super) type Entries<'o> = Vec<(&'static str, &'o Value)>;

/// Lowers all operations of a document at once; nothing is parsed again in between.
///
/// # Errors
/// Where a value's place in the text cannot be found with certainty.
pub fn lower(text: &[u8], tree: &Tree, ops: &Ops) -> Result<Edits, Refusal> {
    let page = Page { text, tree };
    let groups = Groups::of(tree, ops);
    let mut placed = Vec::new();
    for ((into, above), entries) in &groups.inserted {
        placed.extend(page.insert(*into, *above, entries)?);
    }
    for (list, items) in &groups.appended {
        placed.extend(page.append(*list, items)?);
    }
    for (list, removed) in &groups.removed {
        placed.extend(page.thin(*list, removed)?);
    }
    for op in ops.iter() {
        if let Op::Replace { node, value } = op {
            placed.extend(page.replace(*node, value)?);
        }
    }
    placed.sort_by_key(|placed| std::cmp::Reverse(placed.depth));
    let first = ops.iter().next().map(Op::node);
    Edits::new(placed.into_iter().map(|placed| placed.edit).collect()).or_else(
        |overlap| match first {
            Some(node) => refuse(node, overlap.to_string()),
            None => Ok(Edits::default()),
        },
    )
}

/// Operations that become one edit: the new keys of a mapping, the new or removed items of a list.
#[derive(Default)]
struct Groups<'o> {
    inserted: Vec<((NodeId, bool), Entries<'o>)>,
    appended: Vec<(NodeId, Vec<&'o Value>)>,
    removed: Vec<(NodeId, Vec<NodeId>)>,
}

impl<'o> Groups<'o> {
    fn of(tree: &Tree, ops: &'o Ops) -> Self {
        let mut groups = Self::default();
        let (mut mappings, mut longer, mut lists) =
            (HashMap::new(), HashMap::new(), HashMap::new());
        for op in ops.iter() {
            match op {
                Op::Insert {
                    into,
                    above_containers,
                    key,
                    value,
                } => {
                    let place = (*into, *above_containers);
                    add(&mut groups.inserted, &mut mappings, place, (*key, value));
                }
                Op::Append { list, item } => add(&mut groups.appended, &mut longer, *list, item),
                Op::Remove { item } => {
                    let list = tree.parent(*item).unwrap_or(*item);
                    add(&mut groups.removed, &mut lists, list, *item);
                }
                Op::Replace { .. } => {}
            }
        }
        groups
    }
}

/// Adds to the group of a key, to a new one at the end where there is none.
fn add<K: Copy + Eq + Hash, T>(
    groups: &mut Vec<(K, Vec<T>)>,
    known: &mut HashMap<K, usize>,
    key: K,
    item: T,
) {
    match known.get(&key).and_then(|&i| groups.get_mut(i)) {
        Some((_, group)) => group.push(item),
        None => {
            known.insert(key, groups.len());
            groups.push((key, vec![item]));
        }
    }
}

impl Page<'_> {
    fn insert(&self, into: NodeId, above: bool, entries: &Entries) -> Result<Vec<Placed>, Refusal> {
        let containers = self.first_containers_key(into).filter(|_| above);
        match (self.tree.kind(into), containers) {
            (Kind::Mapping(Layout::Flow), Some(key)) => Ok(self.flow_above(into, key, entries)),
            (Kind::Mapping(Layout::Flow), None) => self.flow_append(into, entries),
            (_, Some(key)) => self.block_above(into, key, entries),
            (_, None) => self.block_append(into, entries),
        }
    }

    /// Items behind the last one of a list.
    fn append(&self, list: NodeId, items: &[&Value]) -> Result<Vec<Placed>, Refusal> {
        let Some(last) = self.tree.items(list).last() else {
            return refuse(list, "a list without items");
        };
        match self.tree.kind(list) {
            Kind::Sequence(Layout::Flow) => self.flow_behind(list, last, items),
            _ => self.block_behind(list, last, items),
        }
    }

    fn first_containers_key(&self, spec: NodeId) -> Option<NodeId> {
        let mut keys = self.tree.entries(spec).map(|(key, _)| key);
        keys.find(|&key| matches!(self.tree.value(key), "initContainers" | "containers"))
    }

    fn replace(&self, node: NodeId, value: &Value) -> Result<Vec<Placed>, Refusal> {
        if let Value::Map(entries) = value
            && self.tree.is_null(node)
            && let Some(key) = self.block_key_of(node)
        {
            let entries: Entries = entries.iter().map(|(key, value)| (*key, value)).collect();
            return self.block_fill(key, node, &entries);
        }
        let end = self.end(node)?;
        if !self.keeps_tag(node, value) {
            return refuse(node, "a value with a tag that does not fit the new one");
        }
        if self.is_nothing(node) {
            let text = format!(" {}", self.flow_near(node).value(value));
            return Ok(vec![self.plain(Edit::insert(end, text))]);
        }
        let span = Span::new(self.tree.start(node), end);
        let text = match (value, self.tree.kind(node)) {
            (Value::Text(word), Kind::Scalar(Style::SingleQuoted)) => single_quoted(word),
            (Value::Text(word), Kind::Scalar(Style::DoubleQuoted)) => quoted(word),
            _ => self.flow_value(node, value),
        };
        Ok(vec![self.plain(Edit::replace(span, text))])
    }

    fn keeps_tag(&self, node: NodeId, value: &Value) -> bool {
        let fits = match value {
            Value::Bool(_) => "tag:yaml.org,2002:bool",
            Value::Int(_) => "tag:yaml.org,2002:int",
            Value::Text(_) => "tag:yaml.org,2002:str",
            Value::List(_) | Value::Map(_) => "",
        };
        self.tree.tag(node).is_none_or(|tag| tag == fits)
    }

    pub(super) fn plain(&self, edit: Edit) -> Placed {
        Placed {
            edit,
            depth: usize::MAX,
        }
    }

    pub(super) fn is_nothing(&self, node: NodeId) -> bool {
        self.tree.kind(node) == Kind::Scalar(Style::Plain) && self.tree.value(node).is_empty()
    }

    /// The key of a value of a block mapping.
    fn block_key_of(&self, node: NodeId) -> Option<NodeId> {
        let parent = self.tree.parent(node)?;
        let is_block = self.tree.kind(parent) == Kind::Mapping(Layout::Block);
        let mut entries = self.tree.entries(parent).filter(|_| is_block);
        entries
            .find(|&(_, value)| value == node)
            .map(|(key, _)| key)
    }

    pub(super) fn end(&self, node: NodeId) -> Result<usize, Refusal> {
        match end_of(self.text, self.tree, node) {
            Some(end) => Ok(end),
            None => refuse(node, "a value whose end cannot be found with certainty"),
        }
    }

    /// Takes items out of a list.
    fn thin(&self, list: NodeId, removed: &[NodeId]) -> Result<Vec<Placed>, Refusal> {
        if self.tree.kind(list) == Kind::Sequence(Layout::Flow) {
            return self.thin_flow(list, removed);
        }
        removed.iter().map(|&item| self.cut_item(item)).collect()
    }

    fn thin_flow(&self, list: NodeId, removed: &[NodeId]) -> Result<Vec<Placed>, Refusal> {
        let span = Span::new(self.tree.start(list), self.end(list)?);
        if span.of(self.text).contains(&b'#') {
            return refuse(list, "a list with comments between its items");
        }
        let kept = self.tree.items(list).filter(|item| !removed.contains(item));
        let kept = kept
            .map(|item| {
                let span = Span::new(self.tree.start(item), self.end(item)?);
                Ok(String::from_utf8_lossy(span.of(self.text)).into_owned())
            })
            .collect::<Result<Vec<_>, Refusal>>()?;
        let text = format!("[{}]", kept.join(self.flow_near(list).comma()));
        Ok(vec![self.plain(Edit::replace(span, text))])
    }

    /// Cuts a block item with its dash; with its whole line, unless a comment stands there.
    fn cut_item(&self, item: NodeId) -> Result<Placed, Refusal> {
        let (start, end) = (self.tree.start(item), self.end(item)?);
        let line = line_start(self.text, start);
        let before = Span::new(line, start).of(self.text);
        let dash = before.iter().position(|&b| b != b' ').unwrap_or(0);
        if before.trim_ascii() != b"-" {
            return refuse(item, "a list item that does not stand on its own line");
        }
        let stop = line_end(self.text, end);
        if !Span::new(end, stop).of(self.text).trim_ascii().is_empty() {
            let comment = Span::new(end, stop).of(self.text);
            let blanks = comment
                .iter()
                .take_while(|b| b.is_ascii_whitespace())
                .count();
            let span = Span::new(line + dash, end + blanks);
            return Ok(self.plain(Edit::replace(span, "")));
        }
        let span = if stop < self.text.len() {
            Span::new(line, stop + 1)
        } else {
            Span::new(self.before_terminator(line), stop)
        };
        Ok(self.plain(Edit::replace(span, "")))
    }

    /// The end of the line above the one that starts at `line`, before its terminator.
    fn before_terminator(&self, line: usize) -> usize {
        let above = self.text.get(..line).unwrap_or_default();
        let above = above.strip_suffix(b"\n").unwrap_or(above);
        above.strip_suffix(b"\r").unwrap_or(above).len()
    }

    /// How flow collections are punctuated at a node: as the nearest flow mapping around it that has a key.
    pub(super) fn flow_near(&self, node: NodeId) -> Flow {
        let around = std::iter::successors(Some(node), |&id| self.tree.parent(id));
        let sample = around
            .filter(|&id| self.tree.kind(id) == Kind::Mapping(Layout::Flow))
            .find_map(|id| self.tree.entries(id).last());
        let Some((key, _)) = sample else {
            return PLAIN;
        };
        let quoted = self.tree.kind(key) == Kind::Scalar(Style::DoubleQuoted);
        let colon = end_of(self.text, self.tree, key).unwrap_or_default();
        let after = self.text.get(colon + 1);
        Flow {
            quoted,
            tight: quoted && after.is_some_and(|b| !b.is_ascii_whitespace()),
        }
    }

    pub(super) fn lines(&self, indent: String, step: String, at: usize) -> Lines {
        let terminator = crate::yaml::line_terminator(self.text, at);
        Lines {
            indent,
            step,
            list: ListShape::INDENTED,
            terminator,
        }
    }
}
