//! One file's share of the output: what goes to stdout and stderr in each mode.

mod grouped;
mod lines;
mod print;

use std::collections::BTreeMap;

use crate::checks::Policy;
use crate::cli::Output;
use crate::manifest::{Document, edits_of};
use crate::patch::Edits;
pub use crate::printable::printable;
use crate::report::{Source, Subject};
use crate::sink::unified;
use crate::source::Named;
use crate::tally::Tally;
use crate::yaml::LineIndex;
use lines::Lines;

/// What a run does with the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `-o`.
    Print(Output),
    /// `-w`.
    Write,
    /// `--check`.
    Check,
}

/// How output looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether it is coloured.
    pub color: bool,
    /// Whether a person reads it on a terminal; else one line says one thing.
    pub on_terminal: bool,
}

/// A file with its hardened documents.
pub struct Page<'p> {
    /// Its path as shown.
    pub shown: &'p str,
    /// What `-o name` says an object is in: its file, or its namespace; empty where it is in none.
    pub within: &'p str,
    /// How it was named.
    pub named: Named,
    /// Its text.
    pub text: &'p [u8],
    /// The documents that were looked into.
    pub documents: &'p [Document],
    /// The policy that they were judged by.
    pub policy: &'p Policy,
}

/// What one file adds to the output.
#[derive(Debug, Default)]
pub struct Rendered {
    /// The product.
    pub stdout: Vec<u8>,
    /// Everything else.
    pub stderr: String,
    /// Its counts.
    pub tally: Tally,
    /// What to do so that programs keep running, said at the end.
    pub hints: Vec<String>,
    /// Why values are not the defaults, each with how many containers have it for this reason.
    pub reasons: BTreeMap<String, usize>,
    /// What a report says of it; empty where none is wanted.
    pub subjects: Vec<Subject>,
}

impl Rendered {
    /// Adds an error with its hint.
    pub fn error(&mut self, message: &str, hint: &str) {
        self.tally.errors += 1;
        // kubectl's own words, which scripts look for.
        let prefix = match message.starts_with("Error from server") {
            true => "",
            false => "error: ",
        };
        self.stderr += &format!("{prefix}{}\nhint: {hint}\n", printable(message));
    }

    /// Adds a line.
    pub fn remark(&mut self, line: &str) {
        self.stderr += &printable(line);
        self.stderr.push('\n');
    }

    /// Adds a warning.
    pub fn warning(&mut self, message: &str) {
        self.stderr += &format!("Warning: {}\n", printable(message));
    }
}

impl Page<'_> {
    /// The edits of all documents.
    pub fn edits(&self) -> Edits {
        edits_of(self.documents)
    }

    /// What a report says of the documents.
    pub fn subjects(&self) -> Vec<Subject> {
        let source = Source {
            path: self.shown,
            text: self.text,
            index: &LineIndex::new(self.text),
            policy: self.policy,
        };
        let documents = self.documents.iter();
        documents
            .flat_map(|document| source.subjects(document))
            .collect()
    }

    /// Renders everything but the writing of files.
    pub fn render(&self, mode: Mode, look: Look, edits: &Edits) -> Rendered {
        let mut out = Rendered::default();
        let index = LineIndex::new(if self.documents.is_empty() {
            b""
        } else {
            self.text
        });
        for document in self.documents {
            out.tally.document(document);
            let lines = Lines {
                page: self,
                document,
                index: &index,
            };
            lines.problems(&mut out);
            match mode {
                Mode::Check if look.on_terminal => lines.grouped(&mut out),
                Mode::Check => lines.violations(&mut out),
                _ => lines.decisions(&mut out),
            }
            lines.notes(&mut out);
            if mode == Mode::Print(Output::Name) {
                for name in changed_objects(document) {
                    let line = match self.within {
                        "" => format!("{name}\n"),
                        within => format!("{}: {name}\n", printable(within)),
                    };
                    out.stdout.extend_from_slice(line.as_bytes());
                }
            }
        }
        let seen = out.tally.workloads() + out.tally.refused + out.tally.not_covered;
        out.tally.files = usize::from(seen > 0);
        match mode {
            Mode::Print(Output::Diff) if !edits.is_empty() => {
                out.stdout = unified(self.shown, self.text, edits, look.color);
            }
            Mode::Print(Output::Yaml) => self.print(false, edits, &mut out),
            Mode::Print(Output::Json) => self.print(true, edits, &mut out),
            _ => {}
        }
        out
    }
}

/// The objects that a document's edit changes.
pub fn changed_objects(document: &Document) -> Vec<String> {
    if !matches!(document.hardened.result, Ok(Some(_))) {
        return Vec::new();
    }
    let workloads = document.hardened.examination.workloads.iter();
    workloads
        .filter(|examined| examined.judgements.iter().any(|j| !j.fixes.is_empty()))
        .map(|examined| printable(&examined.workload.object.resource()))
        .collect()
}
