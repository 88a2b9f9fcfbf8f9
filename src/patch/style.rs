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
        let quote = if self.quoted { "\"" } else { "" };
        out.extend([quote, word, quote]);
    }

    fn write_entry(self, key: &str, value: &Value, out: &mut String) {
        self.write_word(key, out);
        out.push_str(if self.tight { ":" } else { ": " });
        self.write(value, out);
    }

    fn write(self, value: &Value, out: &mut String) {
        match value {
            Value::Bool(boolean) => out.push_str(if *boolean { "true" } else { "false" }),
            Value::Int(int) => out.push_str(&int.to_string()),
            Value::Text(word) => self.write_word(word, out),
            Value::List(words) => {
                out.push('[');
                for (i, word) in words.iter().enumerate() {
                    out.push_str(if i > 0 { self.comma() } else { "" });
                    out.extend(["\"", word, "\""]);
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

/// Where lines are inserted: their indentation, one further level, their terminator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) indent: String,
    pub(super) step: String,
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
            self.write_block(0, key, value, &mut out);
        }
        out
    }

    fn write_block(&self, level: usize, key: &str, value: &Value, out: &mut String) {
        if !out.is_empty() {
            out.push_str(self.terminator);
        }
        out.push_str(&self.indent);
        (0..level).for_each(|_| out.push_str(&self.step));
        match value {
            Value::Map(entries) => {
                out.extend([key, ":"]);
                for (key, value) in entries {
                    self.write_block(level + 1, key, value, out);
                }
            }
            leaf => PLAIN.write_entry(key, leaf, out),
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

    /// A flow value over several lines, as kubectl and jq print JSON; its first line follows a key.
    pub(super) fn pretty(&self, flow: Flow, value: &Value) -> String {
        let deeper = self.deeper();
        let (items, open, close): (Vec<_>, _, _) = match value {
            Value::Map(entries) => {
                let entries = entries.iter();
                let items = entries.map(|(key, value)| deeper.pretty_entry(flow, key, value));
                (items.collect(), '{', '}')
            }
            Value::List(words) => {
                let items = words
                    .iter()
                    .map(|word| format!("{}\"{word}\"", deeper.indent));
                (items.collect(), '[', ']')
            }
            leaf => return flow.value(leaf),
        };
        let end = self.terminator;
        let items = items.join(&format!(",{end}"));
        format!("{open}{end}{items}{end}{}{close}", self.indent)
    }
}
