//! One file's share of the output: what goes to stdout and stderr in each mode.

use crate::checks::{Status, Violation};
use crate::cli::Output;
use crate::document::Cause;
use crate::examine::Examined;
use crate::manifest::{Document, edits_of};
use crate::patch::{Edits, splice};
use crate::sink::unified;
use crate::source::Named;
use crate::tally::Tally;
use crate::yaml::{self, LineIndex, NodeId, Span};

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

/// A file with its hardened documents.
pub struct Page<'p> {
    /// Its path as shown.
    pub shown: &'p str,
    /// How it was named.
    pub named: Named,
    /// Its text.
    pub text: &'p [u8],
    /// The documents that were looked into.
    pub documents: &'p [Document],
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
}

impl Rendered {
    /// Adds an error with its hint.
    pub fn error(&mut self, message: &str, hint: &str) {
        self.tally.errors += 1;
        self.stderr += &format!("error: {}\nhint: {hint}\n", printable(message));
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

    /// Renders everything but the writing of files.
    pub fn render(&self, mode: Mode, color: bool, edits: &Edits) -> Rendered {
        let mut out = Rendered::default();
        let index = LineIndex::new(if self.documents.is_empty() {
            b""
        } else {
            self.text
        });
        for document in self.documents {
            out.tally.document(document);
            self.problems(document, &index, &mut out);
            match mode {
                Mode::Check => self.violations(document, &index, &mut out),
                _ => self.decisions(document, &index, &mut out),
            }
            if mode == Mode::Print(Output::Name) {
                for name in changed_objects(document) {
                    let line = format!("{}: {name}\n", printable(self.shown));
                    out.stdout.extend_from_slice(line.as_bytes());
                }
            }
        }
        let seen = out.tally.workloads() + out.tally.refused + out.tally.not_covered;
        out.tally.files = usize::from(seen > 0);
        match mode {
            Mode::Print(Output::Diff) if !edits.is_empty() => {
                out.stdout = unified(self.shown, self.text, edits, color);
            }
            Mode::Print(Output::Yaml) => self.converted(false, edits, &mut out),
            Mode::Print(Output::Json) => self.converted(true, edits, &mut out),
            _ => {}
        }
        out
    }

    fn place(&self, index: &LineIndex, offset: usize) -> String {
        let position = index.position(offset);
        format!("{}:{}:{}", self.shown, position.line, position.column)
    }

    fn problems(&self, document: &Document, index: &LineIndex, out: &mut Rendered) {
        let start = document.span.start;
        let hardened = &document.hardened;
        if let Err(failure) = &hardened.result {
            let message = format!("{}: {failure}", self.place(index, start + failure.at));
            match (failure.cause, self.named) {
                (Cause::Template, Named::No) => {
                    out.warning(&format!("{message}; {}", failure.hint));
                }
                _ => out.error(&message, failure.hint),
            }
        }
        for remark in &hardened.examination.remarks {
            let place = self.place(index, start + remark.at);
            out.warning(&format!("{place}: {}", remark.message));
        }
        for (object, why) in &hardened.examination.not_covered {
            let place = self.place(index, start + hardened.tree.start(object.node));
            out.warning(&format!(
                "{place}: {} is not covered yet: {why}",
                object.resource()
            ));
        }
    }

    fn violations(&self, document: &Document, index: &LineIndex, out: &mut Rendered) {
        for (examined, judgement) in judged(document) {
            let mut violations: Vec<_> = judgement.violations.iter().collect();
            violations.sort_by_key(|violation| document.hardened.tree.start(violation.at));
            for violation in violations {
                let line = self.violation(document, index, examined, violation);
                match &violation.status {
                    Status::Exempt(excuse) => {
                        let until = excuse.expires.map(|last| format!(" (until {last})"));
                        let until = until.unwrap_or_default();
                        out.stderr +=
                            &format!("Exempt: {line}: {}{until}\n", printable(&excuse.reason));
                    }
                    status => {
                        let line = format!("{line}{}\n", advice(status));
                        out.stdout.extend_from_slice(line.as_bytes());
                    }
                }
            }
        }
    }

    /// Privileges that were granted on purpose, in the modes that change something.
    fn decisions(&self, document: &Document, index: &LineIndex, out: &mut Rendered) {
        if document.hardened.result.is_err() {
            return;
        }
        for (examined, judgement) in judged(document) {
            let undecided =
                |v: &&Violation| matches!(v.status, Status::NeedsUnsafe | Status::NeedsDecision);
            for violation in judgement.violations.iter().filter(undecided) {
                let line = self.violation(document, index, examined, violation);
                out.stderr += &format!("Warning: {line}{}\n", advice(&violation.status));
            }
        }
    }

    fn violation(
        &self,
        document: &Document,
        index: &LineIndex,
        examined: &Examined,
        violation: &Violation,
    ) -> String {
        let containers = examined.workload.pods.iter().flat_map(|pod| {
            let named = violation.container.and_then(|i| pod.containers.get(i));
            named.filter(|c| is_around(document, c.node, violation.at))
        });
        let pods = || {
            let mut pods = examined.workload.pods.iter();
            let i = violation.container?;
            pods.find_map(|pod| pod.containers.get(i))
        };
        let container = containers.last().or_else(pods);
        let container = container.map_or("pod", |c| c.name.as_str());
        let offset = document.span.start + document.hardened.tree.start(violation.at);
        printable(&format!(
            "{} {} {container}: {}: {}",
            self.place(index, offset),
            examined.workload.object.resource(),
            violation.check.id,
            violation.reason
        ))
    }

    /// The text in a format: its own bytes where it is in that format, converted document by document where not.
    fn converted(&self, json: bool, edits: &Edits, out: &mut Rendered) {
        let is_json = is_json(self.text);
        let patched = splice(self.text, edits);
        if is_json == json {
            out.stdout = patched;
            return;
        }
        for chunk in yaml::split(&patched) {
            let values = match is_json {
                true => yaml::json_values(chunk.span.of(&patched)),
                false => vec![Span::new(0, chunk.span.end - chunk.span.start)],
            };
            for value in values {
                let (start, text) = (chunk.span.start + value.start, chunk.span.of(&patched));
                if let Err(message) = convert(value.of(text), json, &mut out.stdout) {
                    let index = LineIndex::new(&patched);
                    let message = format!("{}: {message}", self.place(&index, start));
                    out.error(&message, "print it in its own format");
                }
            }
        }
    }
}

/// Whether a text is JSON through and through: one value or a stream of them.
fn is_json(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let values = yaml::json_values(text);
    !values.is_empty() && values.iter().all(|span| yaml::is_json(span.of(text)))
}

fn is_around(document: &Document, ancestor: NodeId, node: NodeId) -> bool {
    let tree = &document.hardened.tree;
    std::iter::successors(Some(node), |&id| tree.parent(id)).any(|id| id == ancestor)
}

fn judged(document: &Document) -> impl Iterator<Item = (&Examined, &crate::checks::Judgement)> {
    let workloads = document.hardened.examination.workloads.iter();
    workloads.flat_map(|examined| examined.judgements.iter().map(move |j| (examined, j)))
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

fn advice(status: &Status) -> &'static str {
    match status {
        Status::Fixed | Status::Exempt(_) => "",
        Status::NeedsUnsafe => ": needs a decision, --unsafe-fixes takes it away",
        Status::NeedsDecision => ": needs a decision",
        Status::Held => ": left alone beside a privilege that needs a decision",
    }
}

fn convert(text: &[u8], json: bool, out: &mut Vec<u8>) -> Result<(), String> {
    let value = match json {
        true => {
            let tree = yaml::prove(text).map_err(|error| error.message)?;
            yaml::to_json(&tree).map_err(|error| error.to_string())?
        }
        false => serde_json::from_slice(text).map_err(|error| error.to_string())?,
    };
    if value.is_null() {
        return Ok(());
    }
    if json {
        let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut *out, format);
        serde::Serialize::serialize(&value, &mut serializer).map_err(|e| e.to_string())?;
        out.push(b'\n');
    } else {
        if !out.is_empty() {
            out.extend_from_slice(b"---\n");
        }
        out.extend_from_slice(yaml::to_yaml(&value).as_bytes());
    }
    Ok(())
}

/// Names come from the input: control characters in them do not reach the terminal.
pub fn printable(text: &str) -> String {
    if !text.chars().any(char::is_control) {
        return text.to_owned();
    }
    let escape = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    text.chars().map(escape).collect()
}
