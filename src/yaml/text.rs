//! Spans, lines and columns of a text in bytes.

use std::cell::OnceCell;

use memchr::{memchr, memchr_iter, memrchr};

/// A half-open range of byte offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span of `start..end`; an empty span at `start` where `end` lies before it.
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }

    /// The bytes of `text` in this span; empty where it lies outside.
    pub fn of<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// A place for people: both numbers start at 1, the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line number.
    pub line: usize,
    /// Column in characters.
    pub column: usize,
}

/// Finds the [`Position`] of byte offsets in one text.
pub struct LineIndex<'t> {
    text: &'t [u8],
    newlines: OnceCell<Vec<usize>>,
}

impl<'t> LineIndex<'t> {
    /// An index of the lines of `text`, made when the first position is asked for: most texts have nothing to
    /// say about them.
    pub fn new(text: &'t [u8]) -> Self {
        let newlines = OnceCell::new();
        Self { text, newlines }
    }

    fn newlines(&self) -> &[usize] {
        let all = || memchr_iter(b'\n', self.text).collect();
        self.newlines.get_or_init(all)
    }

    /// The position of the byte at `offset`.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let newlines = self.newlines();
        let line = newlines.partition_point(|&newline| newline < offset);
        let start = match line.checked_sub(1).and_then(|i| newlines.get(i)) {
            Some(newline) => newline + 1,
            None if self.text.starts_with(b"\xEF\xBB\xBF") => 3.min(offset),
            None => 0,
        };
        let before = Span::new(start, offset).of(self.text);
        let continuation = before.iter().filter(|&&b| b & 0xC0 == 0x80).count();
        Position {
            line: line + 1,
            column: before.len() - continuation + 1,
        }
    }
}

/// The offset of the first byte of the line that holds `offset`.
pub fn line_start(text: &[u8], offset: usize) -> usize {
    let before = text.get(..offset.min(text.len())).unwrap_or_default();
    memrchr(b'\n', before).map_or(0, |newline| newline + 1)
}

/// The offset of the line feed that ends the line of `offset`, or the end of the text.
pub fn line_end(text: &[u8], offset: usize) -> usize {
    let offset = offset.min(text.len());
    let after = text.get(offset..).unwrap_or_default();
    memchr(b'\n', after).map_or(text.len(), |newline| offset + newline)
}

/// The line terminator of the line of `offset`; that of the line before where it is the last one without.
pub fn line_terminator(text: &[u8], offset: usize) -> &'static str {
    let mut end = line_end(text, offset);
    if end == text.len() {
        match line_start(text, offset).checked_sub(1) {
            Some(newline) => end = newline,
            None => return "\n",
        }
    }
    match end.checked_sub(1).and_then(|i| text.get(i)) {
        Some(b'\r') => "\r\n",
        _ => "\n",
    }
}

/// The spaces and tabs at the start of the line of `offset`.
pub fn indent_of(text: &[u8], offset: usize) -> &[u8] {
    let line = text.get(line_start(text, offset)..).unwrap_or_default();
    let width = line
        .iter()
        .take_while(|&&b| b == b' ' || b == b'\t')
        .count();
    line.get(..width).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_ignore_a_byte_order_mark() {
        let text = "\u{feff}a: ä\nbü: c".as_bytes();
        let index = LineIndex::new(text);
        assert_eq!(index.position(3), Position { line: 1, column: 1 });
        assert_eq!(index.position(13), Position { line: 2, column: 4 });
    }

    #[test]
    fn terminators_follow_the_line_and_then_the_one_before() {
        assert_eq!(line_terminator(b"a\r\nb", 0), "\r\n");
        assert_eq!(line_terminator(b"a\r\nb", 3), "\r\n");
        assert_eq!(line_terminator(b"a\nb", 2), "\n");
        assert_eq!(line_terminator(b"a", 0), "\n");
    }
}
