//! The locating parser: yaml-rust2's events as a [`Tree`] with exact byte offsets.

use std::collections::HashMap;

use yaml_rust2::parser::{Event, Parser, Tag};
use yaml_rust2::scanner::{Marker, ScanError, TScalarStyle};

use super::builder::Builder;
use super::text::line_end;
use super::tree::{Kind, Layout, NodeId, Style, Tree};
use super::{ParseError, check_bounds, json, relax};

/// Stands for one byte of a multi-byte character. yaml-rust2's offsets mix bytes and characters, so every
/// byte is given to it as one ASCII character; no YAML text may hold DEL itself.
const PLACEHOLDER: char = '\x7f';

/// Reads one document with the positions of its nodes.
///
/// yaml-rust2 rejects some flow and quoted spans that continue further left than it likes, though libyaml and
/// Kubernetes accept them: a document that fails is tried again with the line breaks in such spans blanked,
/// which moves no byte.
///
/// # Errors
/// A document that is not YAML, or that goes past a limit of this module.
pub fn parse(text: &[u8]) -> Result<Tree, ParseError> {
    check_bounds(text)?;
    let text = &*json::as_yaml(text);
    check_characters(text)?;
    events(text, text).or_else(|error| match relax::joined(text) {
        Some(joined) => events(&joined, text).map_err(|_| error),
        None => Err(error),
    })
}

const BLOCK: usize = 256;

/// YAML's own character set: what libyaml's reader refuses too, plus DEL and NUL.
fn check_characters(text: &[u8]) -> Result<(), ParseError> {
    if let Err(error) = std::str::from_utf8(text) {
        return Err(ParseError::new(error.valid_up_to(), "not valid UTF-8"));
    }
    // Without a way out inside a block the compiler looks at many bytes at once.
    let any = |block: &[u8]| block.iter().fold(false, |any, b| any | is_control(b));
    let mut blocks = text.chunks(BLOCK).enumerate();
    let Some((i, block)) = blocks.find(|(_, block)| any(block)) else {
        return Ok(());
    };
    let at = block.iter().position(is_control).unwrap_or_default();
    Err(ParseError::new(i * BLOCK + at, "a control character"))
}

fn is_control(&b: &u8) -> bool {
    ((b < b' ') & (b != b'\t') & (b != b'\n') & (b != b'\r')) | (b == 0x7f)
}

fn events(text: &[u8], original: &[u8]) -> Result<Tree, ParseError> {
    let characters = text
        .iter()
        .map(|&b| if b.is_ascii() { b as char } else { PLACEHOLDER });
    let mut parser = Parser::new(characters);
    let mut reader = Reader {
        text: original,
        builder: Builder::new(text.len()),
        anchors: HashMap::new(),
    };
    loop {
        let (event, mark) = parser.next_token().map_err(|e| scan_error(&e))?;
        if event == Event::StreamEnd {
            return Ok(reader.builder.finish());
        }
        reader.take(event, mark)?;
    }
}

fn scan_error(error: &ScanError) -> ParseError {
    let message = error.info().trim_end_matches('.').to_lowercase();
    ParseError::new(error.marker().index(), message)
}

struct Reader<'t> {
    text: &'t [u8],
    builder: Builder,
    anchors: HashMap<usize, NodeId>,
}

impl Reader<'_> {
    fn take(&mut self, event: Event, mark: Marker) -> Result<(), ParseError> {
        let at = mark.index();
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let value = self.restore(at, value);
                let id = self.builder.scalar(at, style_of(style), &value)?;
                self.properties(id, anchor, tag);
            }
            Event::SequenceStart(anchor, tag) => {
                let id = self.builder.open(at, Kind::Sequence(Layout::Block))?;
                self.properties(id, anchor, tag);
            }
            Event::MappingStart(anchor, tag) => {
                let id = self.builder.open(at, Kind::Mapping(Layout::Block))?;
                self.properties(id, anchor, tag);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(at),
            Event::Alias(anchor) => {
                let Some(&target) = self.anchors.get(&anchor) else {
                    return Err(ParseError::new(at, "an alias without an anchor"));
                };
                self.builder.alias(at, target)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn properties(&mut self, id: NodeId, anchor: usize, tag: Option<Tag>) {
        if anchor != 0 {
            self.anchors.insert(anchor, id);
            self.builder.set_anchored(id);
        }
        if let Some(tag) = tag {
            self.builder
                .set_tag(id, &format!("{}{}", tag.handle, tag.suffix));
        }
    }

    /// yaml-rust2 does not say how a collection is written; the brackets at both of its ends do.
    fn close(&mut self, mark: usize) {
        let Some(id) = self.builder.close() else {
            return;
        };
        let tree = self.builder.tree();
        let (kind, start) = (tree.kind(id), tree.start(id));
        let first = tree.children(id).next().map(|child| tree.start(child));
        let is_mapping = matches!(kind, Kind::Mapping(_));
        let brackets = if is_mapping {
            (b'{', b'}')
        } else {
            (b'[', b']')
        };
        let end = self.flow_end(start, mark, brackets);
        if let Some(end) = end {
            let flow = if is_mapping {
                Kind::Mapping(Layout::Flow)
            } else {
                Kind::Sequence(Layout::Flow)
            };
            self.builder.set_kind(id, flow, start);
            self.builder.set_end(id, end);
        } else if is_mapping && let Some(first) = first {
            self.builder.set_kind(id, kind, first);
        }
    }

    /// The mark of a flow collection's end is its bracket, or the comma that it ends with.
    fn flow_end(&self, start: usize, mark: usize, (open, close): (u8, u8)) -> Option<usize> {
        if self.text.get(start) != Some(&open) {
            return None;
        }
        let mut at = mark;
        loop {
            match self.text.get(at)? {
                b',' if at == mark => at += 1,
                b'#' => at = line_end(self.text, at),
                blank if blank.is_ascii_whitespace() => at += 1,
                byte => return (byte == &close).then_some(at + 1),
            }
        }
    }

    /// Puts the bytes above 127 back where the parser saw placeholders: they stand in the source in the same
    /// order, from the scalar's first byte on. An escape such as `\u00e4` leaves no placeholder.
    fn restore(&self, at: usize, value: String) -> String {
        if !value.contains(PLACEHOLDER) {
            return value;
        }
        let source = self.text.get(at..).unwrap_or_default();
        let mut high = source.iter().copied().filter(|b| !b.is_ascii());
        let mut bytes = Vec::with_capacity(value.len());
        for c in value.chars() {
            match (c == PLACEHOLDER).then(|| high.next()).flatten() {
                Some(byte) => bytes.push(byte),
                None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        String::from_utf8(bytes).unwrap_or(value)
    }
}

fn style_of(style: TScalarStyle) -> Style {
    match style {
        TScalarStyle::Plain => Style::Plain,
        TScalarStyle::SingleQuoted => Style::SingleQuoted,
        TScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        TScalarStyle::Literal => Style::Literal,
        TScalarStyle::Folded => Style::Folded,
    }
}
