//! Exemptions that are added to a configuration file: every byte that is there stays.

use glob::Pattern;
use jiff::civil::Date;
use serde_yaml::Value;

use super::file::{ConfigFile, parse};
use super::meaning::rule;
use crate::yaml::{
    Kind, Layout, NodeId, Tree, end_of, line_end, line_start, line_terminator, prove,
};

const KEY: &str = "exemptions";

/// An exemption of one workload, or of one container of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// `Deployment`.
    pub kind: String,
    /// Empty where none is written.
    pub namespace: String,
    /// The name, exactly.
    pub name: String,
    /// The container, exactly; `None` for the pod and all containers.
    pub container: Option<String>,
    /// The ids of the checks.
    pub checks: Vec<&'static str>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Option<Date>,
}

/// The text of a configuration file with exemptions added.
///
/// # Errors
/// Why they cannot be added without touching what is there.
pub fn with_exemptions(text: &str, exemptions: &[Exemption]) -> Result<String, String> {
    let before = parse(text)?;
    let tree = match text.trim().is_empty() {
        true => None,
        false => Some(prove(text.as_bytes()).map_err(|error| error.message)?),
    };
    let place = match tree.as_ref().and_then(|tree| Some((tree, tree.root()?))) {
        Some((tree, root)) if tree.is_mapping(root) => of_mapping(text, tree, root)?,
        _ => Place::whole(text),
    };
    let (head, tail) = text
        .split_at_checked(place.at)
        .ok_or("its end is not found")?;
    let added = place.text(exemptions);
    let new = format!("{head}{added}{tail}");
    is_proved(text, &new, &before, exemptions)?;
    Ok(new)
}

/// Where exemptions go.
struct Place {
    at: usize,
    /// What stands before them.
    before: String,
    layout: Layout,
    indent: String,
    line_break: &'static str,
}

impl Place {
    /// At the end of the text, with a key of their own.
    fn whole(text: &str) -> Self {
        let line_break = line_terminator(text.as_bytes(), text.len());
        let end = match text.is_empty() || text.ends_with('\n') {
            true => "",
            false => line_break,
        };
        Self {
            at: text.len(),
            before: format!("{end}{KEY}:{line_break}"),
            layout: Layout::Block,
            indent: String::new(),
            line_break,
        }
    }

    fn text(&self, exemptions: &[Exemption]) -> String {
        let mut text = self.before.clone();
        for (n, exemption) in exemptions.iter().enumerate() {
            let entries = exemption.entries();
            match self.layout {
                Layout::Block => {
                    for (i, (key, value)) in entries.iter().enumerate() {
                        let dash = if i == 0 { "- " } else { "  " };
                        text += &format!("{}{dash}{key}: {value}{}", self.indent, self.line_break);
                    }
                }
                Layout::Flow => {
                    let entries: Vec<_> =
                        entries.iter().map(|(k, v)| format!("{k}: {v}")).collect();
                    let comma = if n == 0 { "" } else { ", " };
                    text += &format!("{comma}{{{}}}", entries.join(", "));
                }
            }
        }
        text
    }
}

fn of_mapping(text: &str, tree: &Tree, root: NodeId) -> Result<Place, String> {
    let bytes = text.as_bytes();
    if tree.kind(root) == Kind::Mapping(Layout::Flow) {
        return Err("it is written in braces".into());
    }
    let Some((key, list)) = tree.own_entry(root, KEY) else {
        return Ok(Place::whole(text));
    };
    let line_break = line_terminator(bytes, tree.start(key));
    let end = end_of(bytes, tree, list).ok_or("the end of its exemptions is not found")?;
    match tree.kind(list) {
        Kind::Sequence(Layout::Flow) => Ok(Place {
            at: end.saturating_sub(1),
            before: match tree.items(list).next() {
                Some(_) => ", ".into(),
                None => String::new(),
            },
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
                layout: Layout::Block,
                indent: indent(text, tree, list),
                line_break,
            })
        }
        _ => Err("its exemptions are no list".into()),
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

impl Exemption {
    fn entries(&self) -> Vec<(&'static str, String)> {
        let exact = |text: &str| scalar(&Pattern::escape(text));
        let mut entries = vec![("kind", scalar(&self.kind))];
        if !self.namespace.is_empty() {
            entries.push(("namespace", exact(&self.namespace)));
        }
        entries.push(("name", exact(&self.name)));
        entries.extend(self.container.iter().map(|name| ("container", exact(name))));
        entries.push(("checks", format!("[{}]", self.checks.join(", "))));
        entries.push(("reason", quoted(&self.reason)));
        entries.extend(self.expires.map(|last| ("expires", last.to_string())));
        entries
    }
}

/// A word as it is where it can be nothing else, else in quotes.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_plain);
    let is_other = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    match is_word
        && !is_other
            .iter()
            .any(|other| text.eq_ignore_ascii_case(other))
    {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// JSON's strings are YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Reads both texts again: everything that was there is there, and the new exemptions behind it say what is meant.
fn is_proved(
    before: &str,
    after: &str,
    file: &ConfigFile,
    exemptions: &[Exemption],
) -> Result<(), String> {
    let value = |text: &str| serde_yaml::from_str::<Value>(text).map_err(|e| e.to_string());
    let (old, mut new) = (value(before)?, value(after)?);
    let count = file.exemptions.len();
    let list = new.get_mut(KEY).and_then(Value::as_sequence_mut);
    let list = list.ok_or("the exemptions would not be read")?;
    let added = list.split_off(count.min(list.len()));
    let kept = std::mem::take(list);
    let had = old
        .get(KEY)
        .and_then(Value::as_sequence)
        .cloned()
        .unwrap_or_default();
    let others = |value: &Value| {
        let mut fields = value.as_mapping().cloned().unwrap_or_default();
        fields.remove(KEY);
        fields
    };
    let same = kept == had && others(&old) == others(&new) && added.len() == exemptions.len();
    let read = parse(after)?.exemptions.into_iter().skip(count);
    let rules = read.map(rule).collect::<Result<Vec<_>, _>>()?;
    let meant = rules.iter().zip(exemptions).all(|(rule, exemption)| {
        let is = |pattern: &Option<Pattern>, text: &str| match pattern {
            Some(pattern) => pattern.as_str() == Pattern::escape(text),
            None => text.is_empty(),
        };
        rule.kind.as_deref() == Some(&exemption.kind)
            && is(&rule.namespace, &exemption.namespace)
            && is(&rule.name, &exemption.name)
            && is(
                &rule.container,
                exemption.container.as_deref().unwrap_or_default(),
            )
            && rule.excuse.reason == exemption.reason
            && rule.excuse.expires == exemption.expires
            && rule.checks == crate::exempt::Checks::These(exemption.checks.clone())
    });
    match same && meant && rules.len() == exemptions.len() {
        true => Ok(()),
        false => Err("it would not say what is meant".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exemption(name: &str) -> Exemption {
        Exemption {
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: name.into(),
            container: None,
            checks: vec!["runAsUser", "fsGroup"],
            reason: "writes: \"everywhere\" # really".into(),
            expires: None,
        }
    }

    const ADDED: &str = "- kind: Deployment\n  namespace: shop\n  name: web\n  checks: [runAsUser, fsGroup]\n  reason: \"writes: \\\"everywhere\\\" # really\"\n";

    #[test]
    fn what_is_there_stays_byte_for_byte() {
        let indented = ADDED.replace('\n', "\n  ");
        let indented = format!("  {}", indented.trim_end_matches(' '));
        let flow = "{kind: Deployment, namespace: shop, name: web, checks: [runAsUser, fsGroup], reason: \"writes: \\\"everywhere\\\" # really\"}";
        let one = "{kind: X, name: y, checks: privileged, reason: z}";
        for (text, expected) in [
            ("", format!("exemptions:\n{ADDED}")),
            ("# mine\n", format!("# mine\nexemptions:\n{ADDED}")),
            (
                "profile: restricted",
                format!("profile: restricted\nexemptions:\n{ADDED}"),
            ),
            (
                "exemptions: # none\nskip: []\n",
                format!("exemptions: # none\n{ADDED}skip: []\n"),
            ),
            ("exemptions: []\n", format!("exemptions: [{flow}]\n")),
            (
                &format!("exemptions: [{one}] # c\n"),
                format!("exemptions: [{one}, {flow}] # c\n"),
            ),
            (
                &format!("exemptions:\n  - {one} # a\n  # b\nskip: []\n"),
                format!("exemptions:\n  - {one} # a\n{indented}  # b\nskip: []\n"),
            ),
            (
                "exemptions:\n- kind: X\n  name: y\n  checks: privileged\n  reason: |\n    a\n    b\n",
                format!(
                    "exemptions:\n- kind: X\n  name: y\n  checks: privileged\n  reason: |\n    a\n    b\n{ADDED}"
                ),
            ),
        ] {
            let new = with_exemptions(text, &[exemption("web")]);
            assert_eq!(new.as_deref(), Ok(expected.as_str()), "{text}");
        }
    }

    #[test]
    fn line_ends_are_those_of_the_file() {
        let new = with_exemptions("profile: restricted\r\n", &[exemption("web")]).expect("added");
        assert_eq!(new.matches('\n').count(), new.matches("\r\n").count());
        assert!(new.matches('\n').count() > 5);
    }

    #[test]
    fn names_are_exact_whatever_they_hold() {
        for name in ["a*b", "[x]", "true", "0x1", "a: b", "-", "?", "na\u{ef}ve"] {
            let mut one = exemption(name);
            one.container = Some(name.into());
            one.expires = Some(jiff::civil::date(2027, 1, 31));
            let text = with_exemptions("", &[one.clone(), exemption("other")]).expect(name);
            assert_eq!(parse(&text).expect(name).exemptions.len(), 2);
            with_exemptions(&text, &[one]).expect(name);
        }
    }

    #[test]
    fn what_cannot_be_added_to_is_left_alone() {
        for text in [
            "{skip: []}",
            "exemptions: {}",
            "exemptions: [a",
            "- a",
            "skip: []\n---\nx: y\n",
        ] {
            assert!(
                with_exemptions(text, &[exemption("web")]).is_err(),
                "{text}"
            );
        }
    }
}
