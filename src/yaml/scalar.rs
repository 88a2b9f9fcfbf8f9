//! Scalars as Kubernetes reads them: YAML 1.1 as go-yaml v2 resolves it (sigs.k8s.io/yaml).

use super::tree::{Kind, NodeId, Style, Tree};

impl Tree {
    /// Whether a node says null: nothing, `~` or `null`.
    pub fn is_null(&self, id: NodeId) -> bool {
        let spelled = matches!(self.value(id), "" | "~" | "null" | "Null" | "NULL");
        spelled && self.resolves_as(id, "null")
    }

    /// The boolean that a scalar means: YAML 1.1's words (`yes`, `on`, `TRUE`) count, quoted ones do not.
    pub fn as_bool(&self, id: NodeId) -> Option<bool> {
        if !self.resolves_as(id, "bool") {
            return None;
        }
        match self.value(id) {
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                Some(true)
            }
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off"
            | "OFF" => Some(false),
            _ => None,
        }
    }

    /// The integer that a scalar means: decimal, `0x`, `0b`, octal, with `_`, or a float without fraction.
    pub fn as_int(&self, id: NodeId) -> Option<i64> {
        if !self.resolves_as(id, "int") && !self.resolves_as(id, "float") {
            return None;
        }
        let plain = digits(self.value(id))?;
        integer(&plain).or_else(|| {
            let float = float(&plain)?;
            let exact = float.fract() == 0.0 && float.abs() < 9e15;
            exact.then_some(float as i64)
        })
    }

    /// The float that a scalar means.
    pub(super) fn as_float(&self, id: NodeId) -> Option<f64> {
        if !self.resolves_as(id, "float") {
            return None;
        }
        float(&digits(self.value(id))?)
    }

    /// The text that a scalar means; `None` where Kubernetes would read something else than a string.
    pub fn as_str(&self, id: NodeId) -> Option<&str> {
        let Kind::Scalar(style) = self.kind(id) else {
            return None;
        };
        let other = style == Style::Plain
            && self.tag(id) != Some(&tag("str"))
            && (self.is_null(id)
                || self.as_bool(id).is_some()
                || self.as_int(id).is_some()
                || self.as_float(id).is_some());
        (!other).then(|| self.value(id))
    }

    /// Whether a scalar may be read as a core type: plain and untagged, or with just that tag.
    fn resolves_as(&self, id: NodeId, name: &str) -> bool {
        match (self.kind(id), self.tag(id)) {
            (Kind::Scalar(_), Some(written)) => written == tag(name),
            (Kind::Scalar(style), None) => style == Style::Plain,
            _ => false,
        }
    }
}

fn tag(name: &str) -> String {
    format!("tag:yaml.org,2002:{name}")
}

/// A scalar without its `_`, if it starts as a number may: most words are told by that.
fn digits(text: &str) -> Option<String> {
    let may_be_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-._".contains(c));
    may_be_number.then(|| text.replace('_', ""))
}

fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, digits.get(2..)?),
        Some("0b" | "0B") => (2, digits.get(2..)?),
        Some("0o" | "0O") => (8, digits.get(2..)?),
        Some(_) if digits.starts_with('0') => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    let value = i64::from_str_radix(digits, radix).ok()?;
    Some(if negative { -value } else { value })
}

fn float(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let looks = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.contains(|c: char| c.is_ascii_digit())
        && !digits.contains(|c: char| !c.is_ascii_digit() && !".eE+-".contains(c));
    looks.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use crate::yaml::{NodeId, Tree, locate};

    fn scalar(text: &str) -> (Tree, NodeId) {
        let tree = locate(text.as_bytes()).expect("YAML");
        let root = tree.root().expect("a root");
        (tree, root)
    }

    #[test]
    fn booleans_are_those_of_yaml_1_1() {
        for (text, expected) in [
            ("yes", Some(true)),
            ("ON", Some(true)),
            ("y", Some(true)),
            ("off", Some(false)),
            ("'true'", None),
            ("!!bool 'true'", Some(true)),
            ("!!str true", None),
            ("yep", None),
        ] {
            let (tree, root) = scalar(text);
            assert_eq!(tree.as_bool(root), expected, "{text}");
        }
    }

    #[test]
    fn integers_take_every_base() {
        for (text, expected) in [
            ("1_000", Some(1000)),
            ("0x10", Some(16)),
            ("010", Some(8)),
            ("0", Some(0)),
            ("00", Some(0)),
            ("-1", Some(-1)),
            ("1000.0", Some(1000)),
            ("1e3", Some(1000)),
            ("0.5", None),
            ("'0'", None),
            ("1000m", None),
            (".", None),
        ] {
            let (tree, root) = scalar(text);
            assert_eq!(tree.as_int(root), expected, "{text}");
        }
    }

    #[test]
    fn strings_are_what_is_nothing_else() {
        for (text, expected) in [
            ("'0'", true),
            ("0", false),
            ("~", false),
            ("a b", true),
            ("!!str 0", true),
        ] {
            let (tree, root) = scalar(text);
            assert_eq!(tree.as_str(root).is_some(), expected, "{text}");
        }
    }
}
