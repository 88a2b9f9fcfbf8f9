//! The documents of a file, found before anything is parsed: an error in one never reaches the others.

use memchr::memmem;

use super::text::{Span, line_end};

/// One document of a file with what belongs to it: its `---` line and the directives and comments above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where it stands in the file.
    pub span: Span,
}

/// Splits a text at its document markers (`---` and `...` at the start of a line, followed by a blank or
/// the line's end). A byte order mark belongs to no chunk. The chunks cover the rest of the text in order.
pub fn split(text: &[u8]) -> Vec<Chunk> {
    let bom = if text.starts_with(b"\xEF\xBB\xBF") {
        3
    } else {
        0
    };
    let mut chunks = Vec::new();
    let mut start = bom;
    for marker in markers(text, bom) {
        let boundary = match text.get(marker) {
            Some(b'.') => (line_end(text, marker) + 1).min(text.len()),
            _ if is_preamble(text, start, marker) => continue,
            _ => marker,
        };
        if start < boundary {
            let span = Span::new(start, boundary);
            chunks.push(Chunk { span });
            start = boundary;
        }
    }
    if start < text.len() {
        let span = Span::new(start, text.len());
        chunks.push(Chunk { span });
    }
    chunks
}

fn markers(text: &[u8], bom: usize) -> impl Iterator<Item = usize> {
    let dashes = memmem::find_iter(text, b"\n---").map(|at| at + 1);
    let mut dashes = std::iter::once(bom).chain(dashes).peekable();
    let mut dots = memmem::find_iter(text, b"\n...")
        .map(|at| at + 1)
        .peekable();
    let merged = std::iter::from_fn(move || match (dashes.peek(), dots.peek()) {
        (Some(dash), Some(dot)) if dot < dash => dots.next(),
        (None, _) => dots.next(),
        _ => dashes.next(),
    });
    merged.filter(|&at| {
        let line = text.get(at..).unwrap_or_default();
        (line.starts_with(b"---") || line.starts_with(b"..."))
            && line.get(3).is_none_or(u8::is_ascii_whitespace)
    })
}

/// Whether only blank lines, comments and directives stand before a `---`.
fn is_preamble(text: &[u8], start: usize, marker: usize) -> bool {
    let lines = Span::new(start, marker).of(text).split(|&b| b == b'\n');
    let mut lines = lines.map(|line| line.trim_ascii_start());
    lines.all(|line| line.first().is_none_or(|b| matches!(b, b'#' | b'%')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        let chunks = split(text.as_bytes());
        let parts = chunks.iter().map(|c| &text[c.span.start..c.span.end]);
        parts.collect()
    }

    #[test]
    fn documents_split_at_markers_only() {
        assert_eq!(parts("a: 1\n"), ["a: 1\n"]);
        assert_eq!(
            parts("---\na: 1\n---\nb: 2\n"),
            ["---\na: 1\n", "---\nb: 2\n"]
        );
        assert_eq!(parts("a: 1\n--- # c\nb"), ["a: 1\n", "--- # c\nb"]);
        assert_eq!(parts("---\r\na\r\n---\r\nb"), ["---\r\na\r\n", "---\r\nb"]);
        assert_eq!(parts("a: 1\n---b: 2\n"), ["a: 1\n---b: 2\n"]);
        assert_eq!(
            parts("k: |\n -----BEGIN\n-----BEGIN"),
            ["k: |\n -----BEGIN\n-----BEGIN"]
        );
    }

    #[test]
    fn comments_and_directives_stay_with_their_document() {
        assert_eq!(
            parts("# c\n%YAML 1.1\n---\na\n"),
            ["# c\n%YAML 1.1\n---\na\n"]
        );
        assert_eq!(parts("---\n# c\n---\na\n"), ["---\n# c\n", "---\na\n"]);
        assert_eq!(
            parts("a\n...\n# c\n---\nb\n"),
            ["a\n...\n", "# c\n---\nb\n"]
        );
        assert_eq!(parts("\u{feff}a\n---\nb"), ["a\n", "---\nb"]);
        assert_eq!(parts(""), [""; 0]);
    }
}
