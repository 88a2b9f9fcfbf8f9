//! Insertions into block mappings.

use super::edits::Edit;
use super::lower::{Entries, Page, Placed};
use super::style::Lines;
use super::{Refusal, refuse};
use crate::checks::Value;
use crate::yaml::{Kind, Layout, NodeId, Span, Style, line_end, line_start};

impl Page<'_> {
    /// New keys directly above a key and the comments that belong to it.
    pub(super) fn block_above(
        &self,
        mapping: NodeId,
        key: NodeId,
        entries: &Entries,
    ) -> Result<Vec<Placed>, Refusal> {
        let (start, indent) = (self.tree.start(key), self.key_indent(mapping));
        let line = line_start(self.text, start);
        let before = Span::new(line, start).of(self.text);
        let depth = depth_of_keys(indent.len());
        if before.iter().all(|&b| b == b' ') {
            let at = self.above_comments(mapping, key, line)?;
            let lines = self.lines_in(mapping, indent, at.saturating_sub(1));
            let text = lines.block(entries) + lines.terminator;
            let edit = Edit::insert(at, text);
            return Ok(vec![Placed { edit, depth }]);
        }
        if !before.iter().all(|&b| b == b' ' || b == b'-') {
            return refuse(key, "a key that something other than a dash stands before");
        }
        let lines = self.lines_in(mapping, indent, start);
        let text = lines.block(entries) + lines.terminator + &lines.indent;
        let text = text.trim_start_matches(' ').to_owned();
        let edit = Edit::insert(start, text);
        Ok(vec![Placed { edit, depth }])
    }

    /// New keys after the last one, before the blank lines and comments that belong to what follows.
    pub(super) fn block_append(
        &self,
        mapping: NodeId,
        entries: &Entries,
    ) -> Result<Vec<Placed>, Refusal> {
        let Some((key, value)) = self.tree.entries(mapping).last() else {
            return refuse(mapping, "a mapping without keys");
        };
        let end = self.end(value)?;
        let stop = line_end(self.text, end);
        let rest = Span::new(end, stop).of(self.text).trim_ascii();
        if !rest.is_empty() && !rest.starts_with(b"#") {
            return refuse(value, "a value that something else follows on its line");
        }
        if self.ends_in_open_block_scalar(value, stop) {
            return self.block_above(mapping, key, entries);
        }
        let indent = self.key_indent(mapping);
        let dashed = self.ends_in_unindented_list(key, value);
        let at = self.below_comments(stop, indent.len(), dashed);
        let lines = self.lines_in(mapping, indent, end);
        Ok(vec![self.lines_at(at, &lines, entries)])
    }

    /// Keys below a key whose value is null.
    pub(super) fn block_fill(
        &self,
        key: NodeId,
        value: NodeId,
        entries: &Entries,
    ) -> Result<Vec<Placed>, Refusal> {
        if self.tree.tag(value).is_some() {
            return refuse(value, "a value with a tag");
        }
        let end = self.end(value)?;
        let mapping = self.tree.parent(key).unwrap_or(key);
        let indent = self.key_indent(mapping) + &self.step(mapping);
        let mut placed = Vec::new();
        if !self.is_nothing(value) {
            let start = self.tree.start(value);
            let before = self.text.get(..start).unwrap_or_default();
            let blanks = before.iter().rev().take_while(|&&b| b == b' ').count();
            let span = Span::new(start - blanks, end);
            placed.push(self.plain(Edit::replace(span, "")));
        }
        let stop = line_end(self.text, end);
        let at = (stop + 1).min(self.text.len());
        let lines = self.lines_in(mapping, indent, end);
        placed.push(self.lines_at(at, &lines, entries));
        Ok(placed)
    }

    /// Whole lines before the one at `at`; behind the last one where the text ends without a line break.
    fn lines_at(&self, at: usize, lines: &Lines, entries: &Entries) -> Placed {
        let text = lines.block(entries);
        Placed {
            edit: Edit::insert(at, self.whole_lines(at, text, lines.terminator)),
            depth: depth_of_keys(lines.indent.len()),
        }
    }

    /// Lines as they are inserted at the start of one, or behind the last one that has no line break.
    fn whole_lines(&self, at: usize, text: String, terminator: &str) -> String {
        let open = at > 0 && self.text.get(at - 1) != Some(&b'\n');
        match open {
            true => format!("{terminator}{text}"),
            false => format!("{text}{terminator}"),
        }
    }

    /// New items after the last one of a list, which stand as that one does.
    pub(super) fn block_behind(
        &self,
        list: NodeId,
        last: NodeId,
        items: &[&Value],
    ) -> Result<Vec<Placed>, Refusal> {
        let Some(shape) = self.shape_of(last) else {
            return refuse(last, "a list item that does not stand behind its dash");
        };
        let end = self.end(last)?;
        let stop = line_end(self.text, end);
        let rest = Span::new(end, stop).of(self.text).trim_ascii();
        if !rest.is_empty() && !rest.starts_with(b"#") {
            return refuse(last, "a list item that something else follows on its line");
        }
        if self.ends_in_open_block_scalar(last, stop) {
            let message = "a list whose last item ends in a block scalar without a line break";
            return refuse(last, message);
        }
        let at = self.below_comments(stop, shape.dash, true);
        let mut lines = self.lines_in(list, " ".repeat(shape.dash), end);
        lines.list.gap = shape.gap;
        let text = lines.items(items);
        Ok(vec![Placed {
            edit: Edit::insert(at, self.whole_lines(at, text, lines.terminator)),
            depth: depth_of_items(shape.dash),
        }])
    }

    fn ends_in_open_block_scalar(&self, value: NodeId, stop: usize) -> bool {
        let last = self.tree.last_written(value);
        let is_block_scalar = matches!(
            self.tree.kind(last),
            Kind::Scalar(Style::Literal | Style::Folded)
        );
        is_block_scalar && stop == self.text.len() && !self.text.ends_with(b"\n")
    }

    /// The start of the comment lines directly above a key that are not indented deeper than it.
    fn above_comments(&self, mapping: NodeId, key: NodeId, line: usize) -> Result<usize, Refusal> {
        let width = self.tree.start(key) - line;
        let before = self.tree.entries(mapping).take_while(|&(k, _)| k != key);
        let bound = match before.last() {
            Some((_, value)) => self.end(value)?,
            None => 0,
        };
        let mut top = line;
        while let Some(above) = top.checked_sub(1).map(|end| line_start(self.text, end)) {
            if above < bound
                || self
                    .comment_indent(above)
                    .is_none_or(|indent| indent > width)
            {
                break;
            }
            top = above;
        }
        Ok(top)
    }

    /// The line below the one that ends at `stop` and the comments there that are indented deeper than
    /// `width`: they belong to what is above. So do commented-out items of a list without indentation.
    fn below_comments(&self, stop: usize, width: usize, dashed: bool) -> usize {
        let mut at = (stop + 1).min(self.text.len());
        while let Some(indent) = self.comment_indent(at) {
            let item = dashed && indent == width && self.is_commented_item(at);
            if indent <= width && !item {
                break;
            }
            at = (line_end(self.text, at) + 1).min(self.text.len());
        }
        at
    }

    /// How far a line is indented that holds only a comment.
    fn comment_indent(&self, line: usize) -> Option<usize> {
        let rest = self.text.get(line..).unwrap_or_default();
        let indent = rest.iter().take_while(|&&b| b == b' ').count();
        (rest.get(indent) == Some(&b'#')).then_some(indent)
    }

    fn is_commented_item(&self, line: usize) -> bool {
        let line = Span::new(line, line_end(self.text, line)).of(self.text);
        let body = line.trim_ascii_start().trim_ascii_end();
        let body = body.iter().skip_while(|&&b| b == b'#' || b == b' ');
        body.copied().take(2).eq(*b"- ")
    }

    fn ends_in_unindented_list(&self, key: NodeId, value: NodeId) -> bool {
        let first = self
            .tree
            .items(value)
            .next()
            .map(|item| self.tree.start(item));
        let is_block = self.tree.kind(value) == Kind::Sequence(Layout::Block);
        let column = |at| at - line_start(self.text, at);
        let dash = first.map(|item| line_start(self.text, item)).map(|line| {
            let rest = self.text.get(line..).unwrap_or_default();
            rest.iter().take_while(|&&b| b == b' ').count()
        });
        is_block && dash == Some(column(self.tree.start(key)))
    }
}

/// Keys come behind the items of a list that stands in the same column: it is the value of a key before them.
fn depth_of_keys(column: usize) -> usize {
    2 * column
}

fn depth_of_items(dash: usize) -> usize {
    2 * dash + 1
}
