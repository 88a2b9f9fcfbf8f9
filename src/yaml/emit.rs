//! Documents in the other format: a tree as JSON values, JSON values as block YAML.

use serde_json::{Map, Number, Value};

use super::tree::{Kind, NodeId, Tree};
use super::{MAX_DEPTH, MAX_NODES};

/// The most nodes that a document may have with its aliases expanded.
const MAX_EXPANDED: usize = MAX_NODES;

/// The deepest nesting that aliases may build.
const MAX_EXPANDED_DEPTH: usize = 2 * MAX_DEPTH;

/// Why a document has no JSON form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToJsonError {
    /// The document, its aliases expanded, is past the limit.
    #[error(
        "more than {MAX_EXPANDED} nodes or {MAX_EXPANDED_DEPTH} levels with its aliases expanded"
    )]
    TooLarge,
    /// A key that is a list or a mapping.
    #[error("a key that is not a string")]
    Key,
}

/// A document as JSON, with aliases expanded and merge keys merged, as Kubernetes reads it.
///
/// # Errors
/// Keys that are collections; a document that is too large with its aliases expanded.
pub fn to_json(tree: &Tree) -> Result<Value, ToJsonError> {
    let mut expansion = Expansion {
        tree,
        nodes: MAX_EXPANDED,
        levels: MAX_EXPANDED_DEPTH,
    };
    match tree.root() {
        Some(root) => expansion.value(root),
        None => Ok(Value::Null),
    }
}

/// A node as compact JSON; `None` for null, and for what has no JSON form.
pub fn node_to_json(tree: &Tree, node: NodeId) -> Option<String> {
    let mut expansion = Expansion {
        tree,
        nodes: MAX_EXPANDED,
        levels: MAX_EXPANDED_DEPTH,
    };
    let value = expansion.value(node).ok().filter(|value| !value.is_null());
    value.map(|value| value.to_string())
}

/// What is left of the limits while a document is expanded.
struct Expansion<'t> {
    tree: &'t Tree,
    nodes: usize,
    levels: usize,
}

impl Expansion<'_> {
    fn value(&mut self, id: NodeId) -> Result<Value, ToJsonError> {
        self.nodes = self.nodes.checked_sub(1).ok_or(ToJsonError::TooLarge)?;
        self.levels = self.levels.checked_sub(1).ok_or(ToJsonError::TooLarge)?;
        let tree = self.tree;
        let value = match tree.kind(id) {
            Kind::Alias(target) => self.value(target),
            Kind::Sequence(_) => {
                let items = tree.items(id).map(|item| self.value(item));
                items.collect::<Result<_, _>>().map(Value::Array)
            }
            Kind::Mapping(_) => {
                let mut map = Map::new();
                self.merge(&mut map, id).map(|()| Value::Object(map))
            }
            Kind::Scalar(_) => Ok(scalar(tree, id)),
        };
        self.levels += 1;
        value
    }

    /// A mapping's own entries first: they are stronger than those that it merges.
    fn merge(&mut self, map: &mut Map<String, Value>, mapping: NodeId) -> Result<(), ToJsonError> {
        self.levels = self.levels.checked_sub(1).ok_or(ToJsonError::TooLarge)?;
        let tree = self.tree;
        let merges = tree.merged(mapping).next().is_some();
        for (key, item) in tree.entries(mapping) {
            self.nodes = self.nodes.checked_sub(1).ok_or(ToJsonError::TooLarge)?;
            let key = tree.resolve(key);
            if !tree.is_scalar(key) {
                return Err(ToJsonError::Key);
            }
            let name = tree.value(key);
            let known = (merges && name == "<<") || map.contains_key(name);
            if !known {
                let item = self.value(item)?;
                map.insert(name.to_owned(), item);
            }
        }
        let sources: Vec<_> = tree.merged(mapping).collect();
        sources
            .into_iter()
            .try_for_each(|source| self.merge(map, source))?;
        self.levels += 1;
        Ok(())
    }
}

fn scalar(tree: &Tree, id: NodeId) -> Value {
    if tree.is_null(id) {
        return Value::Null;
    }
    if let Some(boolean) = tree.as_bool(id) {
        return Value::Bool(boolean);
    }
    if let Some(text) = tree.as_str(id) {
        return Value::String(text.to_owned());
    }
    let number = tree
        .as_int(id)
        .map(Number::from)
        .or_else(|| tree.as_float(id).and_then(Number::from_f64));
    number.map_or_else(|| Value::String(tree.value(id).to_owned()), Value::Number)
}

/// A JSON value as a block YAML document. Strings that a YAML 1.1 reader could take for something else are
/// quoted.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    node(&mut out, value, 0, true);
    out
}

fn node(out: &mut String, value: &Value, indent: usize, at_line_start: bool) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let mut first = at_line_start;
            if !first {
                out.push('\n');
            }
            for (key, item) in map {
                if !std::mem::take(&mut first) {
                    out.push_str(&" ".repeat(indent));
                }
                out.push_str(&text(key));
                out.push(':');
                child(out, item, indent);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let mut first = at_line_start;
            if !first {
                out.push('\n');
            }
            for item in items {
                if !std::mem::take(&mut first) {
                    out.push_str(&" ".repeat(indent));
                }
                out.push_str("- ");
                node(out, item, indent + 2, true);
            }
        }
        leaf => {
            out.push_str(&leaf_text(leaf));
            out.push('\n');
        }
    }
}

/// The value behind `key:`: nested mappings two further in, lists at the key's own column as kubectl does.
fn child(out: &mut String, item: &Value, indent: usize) {
    match item {
        Value::Object(map) if !map.is_empty() => node(out, item, indent + 2, false),
        Value::Array(items) if !items.is_empty() => node(out, item, indent, false),
        leaf => {
            out.push(' ');
            node(out, leaf, indent, true);
        }
    }
}

fn leaf_text(value: &Value) -> String {
    match value {
        Value::String(string) => text(string),
        other => other.to_string(),
    }
}

fn text(string: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_./:@=".contains(c);
    let starts = string.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let word = matches!(
        string.to_ascii_lowercase().as_str(),
        "y" | "yes" | "n" | "no" | "true" | "false" | "on" | "off" | "null"
    );
    if starts && string.chars().all(safe) && !word && !string.ends_with(':') {
        return string.to_owned();
    }
    let quoted = Value::String(string.to_owned()).to_string();
    quoted.chars().map(escaped).collect()
}

/// JSON's quoting leaves some characters raw that YAML takes for line breaks or refuses.
fn escaped(c: char) -> String {
    match c {
        '\u{7f}'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
            format!("\\u{:04x}", c as u32)
        }
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{locate, prove};

    #[test]
    fn what_is_emitted_reads_back_the_same() {
        let text = br#"{"a": {"b": [1, "yes", null, [], {}, [["x"], {"c": 1.5}]], "k:v": "a:", "nginx:1.27@sha256:0=": "b:c", "d e": "f\n- g\u0085\u2028"}, "": "0x1"}"#;
        let json = to_json(&locate(text).expect("JSON")).expect("small");
        let yaml = to_yaml(&json);
        let again = to_json(&prove(yaml.as_bytes()).expect("YAML")).expect("small");
        assert_eq!(again, json, "{yaml}");
    }

    #[test]
    fn merges_and_aliases_expand_within_bounds() {
        let text = b"a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n";
        let json = to_json(&locate(text).expect("YAML")).expect("small");
        assert_eq!(json["b"].to_string(), r#"{"y":3,"x":1}"#);
        let mut bomb = String::from("a0: &a0 [x, x]\n");
        for i in 1..40 {
            bomb += &format!("a{i}: &a{i} [*a{0}, *a{0}]\n", i - 1);
        }
        let tree = locate(bomb.as_bytes()).expect("YAML");
        assert_eq!(to_json(&tree), Err(ToJsonError::TooLarge));
    }
}
