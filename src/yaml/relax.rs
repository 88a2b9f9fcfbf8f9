//! A way round yaml-rust2's stricter indentation rules for flow collections and quoted scalars.

use super::tree::{Kind, Layout, NodeId, Style, Tree};
use super::{comments, libyaml};

/// A copy of the same length that differs only between nodes and inside flow collections and quoted scalars:
/// tabs between nodes become spaces; flow collections and quoted scalars stand on one line each, their line
/// breaks and the comments inside blank. `None` where libyaml does not accept the text either or nothing
/// changed.
pub(super) fn joined(text: &[u8]) -> Option<Vec<u8>> {
    let tree = libyaml::parse(text).ok()?;
    let mut joined = text.to_vec();
    let mut blank = |start: usize, end: usize, which: &dyn Fn(u8) -> bool| {
        let bytes = joined.get_mut(start..end).into_iter().flatten();
        bytes
            .filter(|byte| which(**byte))
            .for_each(|byte| *byte = b' ');
    };
    let spans = outermost_inline(&tree);
    let mut outer = spans.iter().peekable();
    for comment in comments(text, &tree) {
        let (from, to) = (comment.span.start, comment.span.end);
        while outer.next_if(|&&(_, end)| end <= from).is_some() {}
        if outer.peek().is_some_and(|&&(start, _)| start < from) {
            blank(from, to, &|_| true);
        }
    }
    let mut at = 0;
    for leaf in tree.ids().filter(|&id| tree.is_scalar(id)) {
        blank(at, tree.start(leaf), &|b| b == b'\t');
        at = tree.reported_end(leaf)?.max(at);
    }
    for (start, end) in spans {
        blank(start, end, &|b| matches!(b, b'\n' | b'\r'));
    }
    (joined != text).then_some(joined)
}

/// The spans of flow collections and quoted scalars that are in no other one.
fn outermost_inline(tree: &Tree) -> Vec<(usize, usize)> {
    let inline = tree.ids().filter(|&id| is_inline(tree, id));
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (start, end) in inline.filter_map(|id| Some((tree.start(id), tree.reported_end(id)?))) {
        if spans.last().is_none_or(|&(_, last)| last <= start) {
            spans.push((start, end));
        }
    }
    spans
}

fn is_inline(tree: &Tree, id: NodeId) -> bool {
    matches!(
        tree.kind(id),
        Kind::Mapping(Layout::Flow)
            | Kind::Sequence(Layout::Flow)
            | Kind::Scalar(Style::SingleQuoted | Style::DoubleQuoted)
    )
}

#[cfg(test)]
mod tests {
    use crate::yaml::{Kind, Layout, locate};

    #[test]
    fn a_bracket_at_its_keys_column_is_accepted() {
        let text = b"a:\n  args: [\n    x, # c ]\n  ]\n  t: \"one\n two\"\n  b: 1\n";
        let tree = locate(text).expect("libyaml accepts it");
        let root = tree.root().expect("a root");
        let args = tree.get_path(root, &["a", "args"]).expect("args");
        assert_eq!(tree.kind(args), Kind::Sequence(Layout::Flow));
        let b = tree.get_path(root, &["a", "b"]).expect("b");
        assert_eq!(tree.value(b), "1");
    }

    #[test]
    fn tabs_behind_colons_are_accepted() {
        let text = b"a:\t1\nb:\tx\tx # c\tc\n";
        let tree = locate(text).expect("libyaml accepts it");
        let root = tree.root().expect("a root");
        assert_eq!(tree.get(root, "a").map(|a| tree.value(a)), Some("1"));
    }
}
