//! How values are written: block, flow on one line, flow over several lines, JSON.

use crate::checks::Value;

/// How flow collections are punctuated around a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flow {
    /// Keys and words in double quotes, as JSON demands.
    pub(super) quoted: bool,
    /// No blanks after `:` and `,`, as in minified JSON.
    pub(super) tight: bool,
}

/// Flow collections where nothing around says otherwise.
pub(super) const PLAIN: Flow = Flow {
    quoted: false,
    tight: false,
};

impl Flow {
    pub(super) fn comma(self) -> &'static str {
        if self.tight { "," } else { ", " }
    }

    pub(super) fn word(self, word: &str) -> String {
        let mut out = String::new();
        self.write_word(word, &mut out);
        out
    }

    pub(super) fn entry(self, key: &str, value: &Value) -> String {
        let mut out = String::new();
        self.write_entry(key, value, &mut out);
        out
    }

    /// A value on one line.
    pub(super) fn value(self, value: &Value) -> String {
        let mut out = String::new();
        self.write(value, &mut out);
        out
    }

    fn write_word(self, word: &str, out: &mut String) {
        match self.quoted || !is_plain(word) {
            true => out.push_str(&quoted(word)),
            false => out.push_str(word),
        }
    }

    fn write_entry(self, key: &str, value: &Value, out: &mut String) {
        self.write_word(key, out);
        out.push_str(if self.tight { ":" } else { ": " });
        self.write(value, out);
    }

    /// Words in lists are quoted: `drop: ["ALL"]`.
    fn write_item(self, item: &Value, out: &mut String) {
        match item {
            Value::Text(word) => out.push_str(&quoted(word)),
            item => self.write(item, out),
        }
    }

    fn write(self, value: &Value, out: &mut String) {
        match value {
            Value::Bool(boolean) => out.push_str(if *boolean { "true" } else { "false" }),
            Value::Int(int) => out.push_str(&int.to_string()),
            Value::Text(word) => self.write_word(word, out),
            Value::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i > 0 { self.comma() } else { "" });
                    self.write_item(item, out);
                }
                out.push(']');
            }
            Value::Map(entries) => {
                out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if i > 0 { self.comma() } else { "" });
                    self.write_entry(key, value, out);
                }
                out.push('}');
            }
        }
    }
}

/// How block lists stand: how far in the dash is, and how far the item is from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ListShape {
    pub(super) dash: usize,
    pub(super) gap: usize,
}

impl ListShape {
    /// Where there is no other list around.
    pub(super) const INDENTED: Self = Self { dash: 2, gap: 2 };
}

/// Where lines are inserted: their indentation, one further level, lists below a key, their terminator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) indent: String,
    pub(super) step: String,
    pub(super) list: ListShape,
    pub(super) terminator: &'static str,
}

impl Lines {
    pub(super) fn deeper(&self) -> Self {
        let indent = format!("{}{}", self.indent, self.step);
        Self {
            indent,
            ..self.clone()
        }
    }

    /// `key: value` of each entry as block lines without the last terminator; the first line is indented too.
    pub(super) fn block(&self, entries: &[(&'static str, &Value)]) -> String {
        let mut out = String::new();
        for (key, value) in entries {
            self.write_line(&mut out);
            self.write_block(key, value, &mut out);
        }
        out
    }

    /// Items of a list whose dashes stand at the indentation, as block lines without the last terminator.
    pub(super) fn items(&self, items: &[&Value]) -> String {
        let mut out = String::new();
        items
            .iter()
            .for_each(|item| self.write_item(item, &mut out));
        out
    }

    fn write_line(&self, out: &mut String) {
        if !out.is_empty() {
            out.push_str(self.terminator);
        }
        out.push_str(&self.indent);
    }

    /// An entry behind its indentation.
    fn write_block(&self, key: &str, value: &Value, out: &mut String) {
        match value {
            Value::Map(entries) if !entries.is_empty() => {
                out.extend([key, ":"]);
                let deeper = self.deeper();
                for (key, value) in entries {
                    deeper.write_line(out);
                    deeper.write_block(key, value, out);
                }
            }
            Value::List(items) if items.iter().any(|item| matches!(item, Value::Map(_))) => {
                out.extend([key, ":"]);
                let list = self.indented(self.list.dash);
                items.iter().for_each(|item| list.write_item(item, out));
            }
            leaf => PLAIN.write_entry(key, leaf, out),
        }
    }

    /// An item on lines of its own, its dash at the indentation.
    fn write_item(&self, item: &Value, out: &mut String) {
        self.write_line(out);
        out.push('-');
        out.extend(std::iter::repeat_n(' ', self.list.gap.saturating_sub(1)));
        let Value::Map(entries) = item else {
            return PLAIN.write_item(item, out);
        };
        let keys = self.indented(self.list.gap);
        for (i, (key, value)) in entries.iter().enumerate() {
            if i > 0 {
                keys.write_line(out);
            }
            keys.write_block(key, value, out);
        }
    }

    fn indented(&self, columns: usize) -> Self {
        let indent = format!("{}{}", self.indent, " ".repeat(columns));
        Self {
            indent,
            ..self.clone()
        }
    }

    /// `key: value` over several lines without the last terminator; the first line is indented too.
    pub(super) fn pretty_entry(&self, flow: Flow, key: &str, value: &Value) -> String {
        format!(
            "{}{}: {}",
            self.indent,
            flow.word(key),
            self.pretty(flow, value)
        )
    }

    /// An item on lines of its own, without the last terminator.
    pub(super) fn pretty_item(&self, flow: Flow, item: &Value) -> String {
        let item = match item {
            Value::Text(word) => quoted(word),
            item => self.pretty(flow, item),
        };
        format!("{}{item}", self.indent)
    }

    /// A flow value over several lines, as kubectl and jq print JSON; its first line follows a key.
    pub(super) fn pretty(&self, flow: Flow, value: &Value) -> String {
        let deeper = self.deeper();
        let (items, open, close): (Vec<_>, _, _) = match value {
            Value::Map(entries) if !entries.is_empty() => {
                let entries = entries.iter();
                let items = entries.map(|(key, value)| deeper.pretty_entry(flow, key, value));
                (items.collect(), '{', '}')
            }
            Value::List(items) => {
                let items = items.iter();
                let items = items.map(|item| deeper.pretty_item(flow, item));
                (items.collect(), '[', ']')
            }
            leaf => return flow.value(leaf),
        };
        let end = self.terminator;
        let items = items.join(&format!(",{end}"));
        format!("{open}{end}{items}{end}{}{close}", self.indent)
    }
}

/// A word in double quotes. JSON's strings are YAML's.
pub(super) fn quoted(word: &str) -> String {
    serde_json::Value::from(word).to_string()
}

/// A word in single quotes, which are doubled inside.
pub(super) fn single_quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "''"))
}

/// Whether a word without quotes is that word for every reader: it may be no number, boolean or null, nor have a character
/// that means something to YAML.
fn is_plain(word: &str) -> bool {
    const OTHERS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/_.-".contains(c))
        && !OTHERS.iter().any(|other| word.eq_ignore_ascii_case(other))
}
