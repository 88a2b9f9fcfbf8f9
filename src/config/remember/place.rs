//! Where something is added in a configuration file.

use crate::yaml::{
    Kind, Layout, NodeId, Tree, end_of, line_end, line_start, line_terminator, prove,
};

/// A place in a text, and how what is added there is laid out.
pub(super) struct Place {
    at: usize,
    /// What stands before it.
    before: String,
    /// What ends it.
    after: &'static str,
    layout: Layout,
    indent: String,
    line_break: &'static str,
}

impl Place {
    /// Behind the last entry of the list under a key, with the key where that is not there.
    ///
    /// # Errors
    /// The text has no such place.
    pub(super) fn of_list(text: &str, key: &str) -> Result<Self, String> {
        let at_end = |text| {
            let place = Self::at_end(text, key);
            let before = format!("{}{}", place.before, place.line_break);
            Self {
                before,
                after: "",
                ..place
            }
        };
        let tree = tree(text)?;
        let Some((tree, root)) = tree.as_ref().and_then(|tree| Some((tree, mapping(tree)?))) else {
            return Ok(at_end(text));
        };
        is_block(tree, root)?;
        match tree.own_entry(root, key) {
            Some((key, list)) => behind(text, tree, key, list),
            None => Ok(at_end(text)),
        }
    }

    /// At the end, behind a key that is not there yet.
    ///
    /// # Errors
    /// The text has no such place.
    pub(super) fn of_key(text: &str, key: &str) -> Result<Self, String> {
        let tree = tree(text)?;
        if let Some((tree, root)) = tree.as_ref().and_then(|tree| Some((tree, mapping(tree)?))) {
            is_block(tree, root)?;
        }
        Ok(Self::at_end(text, key))
    }

    fn at_end(text: &str, key: &str) -> Self {
        let line_break = line_terminator(text.as_bytes(), text.len());
        let end = match text.is_empty() || text.ends_with('\n') {
            true => "",
            false => line_break,
        };
        Self {
            at: text.len(),
            before: format!("{end}{key}:"),
            after: line_break,
            layout: Layout::Block,
            indent: String::new(),
            line_break,
        }
    }

    /// The text with something added at this place.
    ///
    /// # Errors
    /// The place is not in the text.
    pub(super) fn with(&self, text: &str, added: &str) -> Result<String, String> {
        let (head, tail) = text
            .split_at_checked(self.at)
            .ok_or("its end is not found")?;
        Ok(format!("{head}{}{added}{}{tail}", self.before, self.after))
    }

    /// Entries of a list as they are written here, each by its keys and values.
    pub(super) fn entries(&self, entries: &[Vec<(&'static str, String)>]) -> String {
        match self.layout {
            Layout::Block => entries.iter().map(|fields| self.block(fields)).collect(),
            Layout::Flow => {
                let entries = entries.iter().map(|fields| {
                    let fields = fields.iter().map(|(key, value)| format!("{key}: {value}"));
                    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
                });
                entries.collect::<Vec<_>>().join(", ")
            }
        }
    }

    fn block(&self, fields: &[(&'static str, String)]) -> String {
        let dashes = std::iter::once("- ").chain(std::iter::repeat("  "));
        let lines = fields.iter().zip(dashes).map(|((key, value), dash)| {
            format!("{}{dash}{key}: {value}{}", self.indent, self.line_break)
        });
        lines.collect()
    }
}

fn tree(text: &str) -> Result<Option<Tree>, String> {
    match text.trim().is_empty() {
        true => Ok(None),
        false => Ok(Some(prove(text.as_bytes()).map_err(|error| error.message)?)),
    }
}

fn mapping(tree: &Tree) -> Option<NodeId> {
    tree.root().filter(|root| tree.is_mapping(*root))
}

fn is_block(tree: &Tree, root: NodeId) -> Result<(), String> {
    match tree.kind(root) {
        Kind::Mapping(Layout::Flow) => Err("it is written in braces".into()),
        _ => Ok(()),
    }
}

fn behind(text: &str, tree: &Tree, key: NodeId, list: NodeId) -> Result<Place, String> {
    let bytes = text.as_bytes();
    let name = tree.value(key);
    let line_break = line_terminator(bytes, tree.start(key));
    let end =
        end_of(bytes, tree, list).ok_or_else(|| format!("the end of its {name} is not found"))?;
    match tree.kind(list) {
        Kind::Sequence(Layout::Flow) => Ok(Place {
            at: end.saturating_sub(1),
            before: match tree.items(list).next() {
                Some(_) => ", ".into(),
                None => String::new(),
            },
            after: "",
            layout: Layout::Flow,
            indent: String::new(),
            line_break,
        }),
        Kind::Sequence(Layout::Block) | Kind::Scalar(_) => {
            // The end of a block scalar is that of its last line already.
            let ends_line = end > 0 && bytes.get(end - 1) == Some(&b'\n');
            let after = match ends_line {
                true => end - 1,
                false => line_end(bytes, end),
            };
            let is_last = after >= text.len();
            Ok(Place {
                at: if is_last { text.len() } else { after + 1 },
                before: if is_last {
                    line_break.to_owned()
                } else {
                    String::new()
                },
                after: "",
                layout: Layout::Block,
                indent: indent(text, tree, list),
                line_break,
            })
        }
        _ => Err(format!("its {name} are no list")),
    }
}

/// What stands before the dash of the list's first item.
fn indent(text: &str, tree: &Tree, list: NodeId) -> String {
    let first = tree.items(list).next();
    let start = first.map(|item| line_start(text.as_bytes(), tree.start(item)));
    let line = start
        .and_then(|start| text.get(start..))
        .unwrap_or_default();
    let blanks = line.len() - line.trim_start_matches(' ').len();
    " ".repeat(blanks)
}
