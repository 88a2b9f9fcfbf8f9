//! Where a node is, in keys and indexes.

use std::collections::HashMap;
use std::fmt;

use super::tree::{NodeId, Tree};

/// Where items of long lists were found, so that the next ones are not counted from the start again.
#[derive(Clone, Debug, Default)]
pub struct Positions(HashMap<NodeId, (NodeId, usize)>);

impl Positions {
    fn of(&mut self, tree: &Tree, list: NodeId, item: NodeId) -> Option<usize> {
        let known = self.0.get(&list).filter(|(found, _)| *found <= item);
        let (mut at, mut index) = known
            .copied()
            .or_else(|| Some((tree.items(list).next()?, 0)))?;
        while at != item {
            at = tree.next_sibling(at)?;
            index += 1;
        }
        self.0.insert(list, (item, index));
        Some(index)
    }
}

/// Keys and indexes from a node down to one inside it, as written: aliases are not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Path {
    /// The path from `root` to `node`; `None` where it is not inside.
    pub fn between(
        tree: &Tree,
        root: NodeId,
        node: NodeId,
        positions: &mut Positions,
    ) -> Option<Self> {
        let mut steps = Vec::new();
        let mut node = node;
        while node != root {
            let parent = tree.parent(node)?;
            steps.push(match tree.key_of(node) {
                Some(key) => Step::Key(tree.value(key).to_owned()),
                None => Step::Index(positions.of(tree, parent, node)?),
            });
            node = parent;
        }
        steps.reverse();
        Some(Self(steps))
    }

    /// The node at the path, in this tree or in another of the same shape.
    pub fn follow(&self, tree: &Tree, root: NodeId) -> Option<NodeId> {
        self.0.iter().try_fold(root, |node, step| match step {
            Step::Key(key) => tree.own_entry(node, key).map(|(_, value)| value),
            Step::Index(index) => tree.items(node).nth(*index),
        })
    }
}

/// `spec.containers[0].name`; keys that hold other characters in brackets: `annotations["a.b/c"]`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |key: &str| {
            let mut chars = key.chars();
            !key.is_empty() && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        };
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if !is_plain(key) => write!(f, "[{key:?}]")?,
                Step::Key(key) if i == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::locate;

    #[test]
    fn paths_lead_there_and_back() {
        let text = "a:\n- {b: 1}\n- c/d.e:\n  - x\n";
        let tree = locate(text.as_bytes()).expect("YAML");
        let root = tree.root().expect("a root");
        for id in tree.ids() {
            let path = Path::between(&tree, root, id, &mut Positions::default());
            if let Some(path) = path.filter(|_| tree.value(id) == "x") {
                assert_eq!(path.to_string(), r#"a[1]["c/d.e"][0]"#);
                assert_eq!(path.follow(&tree, root), Some(id));
                return;
            }
        }
        panic!("not found");
    }
}
