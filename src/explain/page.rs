//! Lines of text within a width.

use colored::Colorize;
use textwrap::{Options, WordSplitter, fill};

use super::Layout;

/// A text that grows line by line.
pub(super) struct Page {
    layout: Layout,
    text: String,
}

impl Page {
    pub(super) fn new(layout: Layout) -> Self {
        let text = String::new();
        Self { layout, text }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A heading, with a blank line before it.
    pub(super) fn heading(&mut self, heading: &str) {
        self.blank();
        self.strong(heading);
    }

    /// A line that stands out.
    pub(super) fn strong(&mut self, line: &str) {
        let lines = fill(line, options(self.layout.width));
        for line in lines.lines() {
            let line = match self.layout.color {
                true => line.bold().to_string(),
                false => line.to_owned(),
            };
            self.verbatim("", &line);
        }
    }

    /// A sentence to search for: whole, however long it is.
    pub(super) fn symptom(&mut self, symptom: &str) {
        let symptom = match self.layout.color {
            true => symptom.yellow().to_string(),
            false => symptom.to_owned(),
        };
        self.verbatim("  ", &symptom);
    }

    /// A line as it is.
    pub(super) fn verbatim(&mut self, indent: &str, line: &str) {
        self.text += &format!("{indent}{line}\n");
    }

    /// Text that is indented.
    pub(super) fn text(&mut self, indent: &str, text: &str) {
        self.hanging(indent, indent, text);
    }

    /// Text whose first line starts with a label, and whose other lines are indented.
    pub(super) fn hanging(&mut self, label: &str, indent: &str, text: &str) {
        let options = options(self.layout.width);
        let options = options.initial_indent(label).subsequent_indent(indent);
        self.text += &fill(text, options);
        self.blank();
    }

    /// Rows of two columns.
    pub(super) fn columns(&mut self, rows: &[(String, String)]) {
        let width = rows.iter().map(|(left, _)| left.chars().count()).max();
        let width = width.unwrap_or(0);
        for (left, right) in rows {
            let indent = " ".repeat(width + 4);
            self.hanging(&format!("  {left:width$}  "), &indent, right);
        }
    }
}

/// Flags, ids and paths are never broken.
fn options<'o>(width: usize) -> Options<'o> {
    let options = Options::new(width).break_words(false);
    options.word_splitter(WordSplitter::NoHyphenation)
}
