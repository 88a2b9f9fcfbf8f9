//! A way round yaml-rust2's stricter indentation rules for flow collections and quoted scalars.

use super::tree::{Kind, Layout, NodeId, Style, Tree};
use super::{comments, libyaml};

/// A copy of the same length in which flow collections and quoted scalars stand on one line each: their line
/// breaks and the comments inside become spaces. `None` where libyaml does not accept the text either or
/// nothing was blanked.
pub(super) fn joined(text: &[u8]) -> Option<Vec<u8>> {
    let tree = libyaml::parse(text).ok()?;
    let mut joined = text.to_vec();
    let inline = |id: &NodeId| is_inline(&tree, *id);
    let spans: Vec<_> = tree
        .ids()
        .filter(inline)
        .filter_map(|id| Some((tree.start(id), tree.reported_end(id)?)))
        .collect();
    for &(start, end) in &spans {
        for byte in joined.get_mut(start..end)? {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
    for comment in comments(text, &tree) {
        let (from, to) = (comment.span.start, comment.span.end);
        let inside = spans.iter().any(|&(start, end)| start < from && to <= end);
        if inside {
            joined.get_mut(from..to)?.fill(b' ');
        }
    }
    (joined != text).then_some(joined)
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
}
