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

impl Flow {
    pub(super) fn comma(self) -> &'static str {
        if self.tight { "," } else { ", " }
    }

    pub(super) fn word(self, word: &str) -> String {
        if self.quoted {
            format!("\"{word}\"")
        } else {
            word.to_owned()
        }
    }

    pub(super) fn entry(self, key: &str, value: &Value) -> String {
        let colon = if self.tight { ":" } else { ": " };
        format!("{}{colon}{}", self.word(key), self.value(value))
    }

    /// A value on one line.
    pub(super) fn value(self, value: &Value) -> String {
        match value {
            Value::Bool(boolean) => boolean.to_string(),
            Value::Int(int) => int.to_string(),
            Value::Text(word) => self.word(word),
            Value::List(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
                format!("[{}]", words.join(self.comma()))
            }
            Value::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| self.entry(key, value));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(self.comma()))
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

    /// `key: value` as block lines without the last terminator; the first line is indented too.
    pub(super) fn block(&self, key: &str, value: &Value) -> String {
        let plain = Flow {
            quoted: false,
            tight: false,
        };
        match value {
            Value::Map(entries) => {
                let deeper = self.deeper();
                let mut lines = vec![format!("{}{key}:", self.indent)];
                lines.extend(entries.iter().map(|(key, value)| deeper.block(key, value)));
                lines.join(self.terminator)
            }
            leaf => format!("{}{}", self.indent, plain.entry(key, leaf)),
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
