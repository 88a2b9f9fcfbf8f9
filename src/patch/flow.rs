//! Insertions into flow mappings, JSON among them.

use super::Refusal;
use super::edits::Edit;
use super::lower::{Entries, Page, Placed};
use super::style::{Flow, Lines};
use crate::checks::Value;
use crate::yaml::{Kind, Layout, NodeId, Span, indent_of, line_end, line_start};

/// The last entry or item of a flow collection, and where the collection closes.
struct Last {
    start: usize,
    end: usize,
    close: usize,
}

impl Page<'_> {
    /// New keys directly before a key: on lines of their own where that key has one.
    pub(super) fn flow_above(
        &self,
        mapping: NodeId,
        key: NodeId,
        entries: &Entries,
    ) -> Vec<Placed> {
        let flow = self.flow_near(mapping);
        let start = self.tree.start(key);
        if !self.starts_line(start) {
            let text = one_line(flow, entries) + flow.comma();
            return vec![self.plain(Edit::insert(start, text))];
        }
        let mut at = line_start(self.text, start);
        while let Some(above) = at.checked_sub(1).map(|end| line_start(self.text, end)) {
            if !self
                .text
                .get(above..)
                .unwrap_or_default()
                .trim_ascii_start()
                .starts_with(b"#")
            {
                break;
            }
            at = above;
        }
        let lines = self.flow_lines(mapping, key, at.saturating_sub(1));
        let text = own_lines(&lines, flow, entries) + "," + lines.terminator;
        vec![self.plain(Edit::insert(at, text))]
    }

    /// New keys after the last one; a comma after the last one stays one.
    pub(super) fn flow_append(
        &self,
        mapping: NodeId,
        entries: &Entries,
    ) -> Result<Vec<Placed>, Refusal> {
        let flow = self.flow_near(mapping);
        let close = self.end(mapping)?.saturating_sub(1);
        let Some((key, value)) = self.tree.entries(mapping).last() else {
            return Ok(self.fill_braces(mapping, close, flow, entries));
        };
        let last = Last {
            start: self.tree.start(key),
            end: self.end(value)?,
            close,
        };
        let lines = self.flow_lines(mapping, key, last.end);
        let own = own_lines(&lines, flow, entries);
        Ok(self.behind(last, flow, one_line(flow, entries), &lines, own))
    }

    /// New items after the last one of a list.
    pub(super) fn flow_behind(
        &self,
        list: NodeId,
        last: NodeId,
        items: &[&Value],
    ) -> Result<Vec<Placed>, Refusal> {
        let flow = self.flow_near(list);
        let place = Last {
            start: self.tree.start(last),
            end: self.end(last)?,
            close: self.end(list)?.saturating_sub(1),
        };
        let lines = self.flow_lines(list, last, place.end);
        let item = |item: &&Value| match flow.quoted {
            true => lines.pretty_item(flow, item),
            false => format!("{}{}", lines.indent, flow.value(item)),
        };
        let own: Vec<_> = items.iter().map(item).collect();
        let own = own.join(&format!(",{}", lines.terminator));
        let one: Vec<_> = items.iter().map(|item| flow.value(item)).collect();
        Ok(self.behind(place, flow, one.join(flow.comma()), &lines, own))
    }

    /// Text behind the last entry or item of a flow collection: on lines of its own where that one has one. A comma after
    /// it stays one.
    fn behind(
        &self,
        last: Last,
        flow: Flow,
        one_line: String,
        lines: &Lines,
        own_lines: String,
    ) -> Vec<Placed> {
        let Last { start, end, close } = last;
        let between = Span::new(end, close).of(self.text);
        let blanks = between
            .iter()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        let comma = (between.get(blanks) == Some(&b',')).then_some(end + blanks + 1);
        let stop = line_end(self.text, end);
        let own = self.starts_line(start) && stop < close && comma.is_none_or(|at| at <= stop);
        if !own {
            let (at, text) = match comma {
                Some(at) => (at, format!(" {one_line},")),
                None => (end, format!("{}{one_line}", flow.comma())),
            };
            return vec![self.plain(Edit::insert(at, text))];
        }
        let mut placed = Vec::new();
        if comma.is_none() {
            placed.push(self.plain(Edit::insert(end, ",")));
        }
        let at = match self.text.get(stop.wrapping_sub(1)) {
            Some(b'\r') => stop - 1,
            _ => stop,
        };
        let comma = if comma.is_some() { "," } else { "" };
        let text = format!("{}{own_lines}{comma}", lines.terminator);
        placed.push(self.plain(Edit::insert(at, text)));
        placed
    }

    /// `{}` gets its keys: over several lines in pretty JSON, between the braces elsewhere.
    fn fill_braces(
        &self,
        mapping: NodeId,
        close: usize,
        flow: Flow,
        entries: &Entries,
    ) -> Vec<Placed> {
        let open = self.tree.start(mapping) + 1;
        let inside = Span::new(open, close);
        let is_blank = inside.of(self.text).trim_ascii().is_empty();
        let key = self.own_line_key(mapping);
        if let Some((parent, key)) = key.filter(|_| flow.quoted && is_blank) {
            let outer = self.flow_lines(parent, key, open);
            let lines = outer.deeper();
            let end = lines.terminator;
            let text = format!(
                "{end}{}{end}{}",
                own_lines(&lines, flow, entries),
                outer.indent
            );
            return vec![self.plain(Edit::replace(inside, text))];
        }
        let text = one_line(flow, entries);
        let edit = if is_blank {
            Edit::replace(inside, text)
        } else {
            Edit::insert(open, text)
        };
        vec![self.plain(edit)]
    }

    /// A value in the place of another: over several lines where its key has one of its own in JSON.
    pub(super) fn flow_value(&self, node: NodeId, value: &Value) -> String {
        let flow = self.flow_near(node);
        let key = self.own_line_key(node).filter(|_| flow.quoted);
        match key {
            Some((mapping, key)) => self
                .flow_lines(mapping, key, self.tree.start(node))
                .pretty(flow, value),
            None => flow.value(value),
        }
    }

    /// The flow mapping and key of a value, where that key stands on a line of its own.
    fn own_line_key(&self, value: NodeId) -> Option<(NodeId, NodeId)> {
        let parent = self.tree.parent(value)?;
        let mut entries = self.tree.entries(parent);
        let key = entries.find(|&(_, v)| v == value).map(|(key, _)| key)?;
        let is_flow = self.tree.kind(parent) == Kind::Mapping(Layout::Flow);
        (is_flow && self.starts_line(self.tree.start(key))).then_some((parent, key))
    }

    fn starts_line(&self, start: usize) -> bool {
        let before = Span::new(line_start(self.text, start), start).of(self.text);
        before.iter().all(|&b| b == b' ' || b == b'\t')
    }

    /// The indentation of a key's line, and as a further level what it has more than its mapping's line.
    fn flow_lines(&self, mapping: NodeId, key: NodeId, at: usize) -> Lines {
        let indent = indent_of(self.text, self.tree.start(key));
        let outer = indent_of(self.text, self.tree.start(mapping));
        let step = indent.strip_prefix(outer).filter(|step| !step.is_empty());
        let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.lines(string(indent), string(step.unwrap_or(b"  ")), at)
    }
}

fn one_line(flow: Flow, entries: &Entries) -> String {
    let entries = entries.iter().map(|(key, value)| flow.entry(key, value));
    entries.collect::<Vec<_>>().join(flow.comma())
}

/// Entries on lines of their own; in JSON their values too, elsewhere each on one line.
fn own_lines(lines: &Lines, flow: Flow, entries: &Entries) -> String {
    let line = |(key, value): &(&str, &Value)| match flow.quoted {
        true => lines.pretty_entry(flow, key, value),
        false => format!("{}{}", lines.indent, flow.entry(key, value)),
    };
    let entries: Vec<_> = entries.iter().map(line).collect();
    entries.join(&format!(",{}", lines.terminator))
}
