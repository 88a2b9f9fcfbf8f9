//! The comments of a document: what stands between its nodes behind a `#`.

use memchr::memchr;

use super::end_of;
use super::text::{Span, line_end};
use super::tree::{Kind, NodeId, Style, Tree};

/// One comment, from its `#` to the end of the line without the line break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where it stands.
    pub span: Span,
}

/// Whether a text can hold comments at all; a quick test before [`comments`].
pub fn may_have_comments(text: &[u8]) -> bool {
    memchr(b'#', text).is_some()
}

/// All comments of a document in order.
pub fn comments(text: &[u8], tree: &Tree) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut at = 0;
    for id in tree.ids().filter(|&id| is_written(tree, id)) {
        let start = content_start(text, tree, id);
        if start < at {
            continue;
        }
        gap(text, at, start, &mut found);
        at = end_of(text, tree, id).unwrap_or(start).max(start);
    }
    gap(text, at, text.len(), &mut found);
    found
}

fn is_written(tree: &Tree, id: NodeId) -> bool {
    match tree.kind(id) {
        Kind::Alias(_) => true,
        Kind::Scalar(Style::Plain) => !tree.value(id).is_empty(),
        Kind::Scalar(_) => true,
        _ => false,
    }
}

/// A block scalar's header line is no content: it may end in a comment.
fn content_start(text: &[u8], tree: &Tree, id: NodeId) -> usize {
    let start = tree.start(id);
    let block = matches!(tree.kind(id), Kind::Scalar(Style::Literal | Style::Folded));
    if block && tree.reported_end(id).is_some() {
        line_end(text, start)
    } else {
        start
    }
}

fn gap(text: &[u8], from: usize, to: usize, found: &mut Vec<Comment>) {
    let (mut at, to) = (from, to.min(text.len()));
    loop {
        let rest = text.get(at..to).unwrap_or_default();
        let Some(next) = rest.iter().position(|b| matches!(b, b'#' | b'&' | b'!')) else {
            return;
        };
        at += next;
        match text.get(at) {
            Some(b'#') => {
                let mut end = line_end(text, at);
                if text.get(end.wrapping_sub(1)) == Some(&b'\r') {
                    end -= 1;
                }
                let span = Span::new(at, end);
                found.push(Comment { span });
                at = end;
            }
            _ => {
                let rest = text.get(at..to).unwrap_or_default();
                at += rest.iter().take_while(|b| !b.is_ascii_whitespace()).count();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{locate, prove};

    const TEXT: &str = "# 1\n--- # 2\na: b # 3\nc: 'x # no'\nd: |  # 4\n  # no\n # 5\n\n# 6\ne: [a#no, # 7\n  b]\nf: !x g#no\ni:\n  # 8";

    #[test]
    fn both_parsers_see_the_same_comments() {
        let bytes = TEXT.as_bytes();
        for tree in [locate(bytes).expect("YAML"), prove(bytes).expect("YAML")] {
            let found: Vec<_> = comments(bytes, &tree)
                .iter()
                .map(|c| String::from_utf8_lossy(c.span.of(bytes)).into_owned())
                .collect();
            let expected: Vec<_> = (1..=8).map(|n| format!("# {n}")).collect();
            assert_eq!(found, expected);
        }
    }
}
