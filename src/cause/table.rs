//! The table of symptoms, `symptoms.csv`.
//!
//! The first row that matches a line counts, so what is special stands before what is general. To add a row, find a line
//! that a real program wrote, and put it into `line`:
//!
//! - `id`: its name.
//! - `place`: where such a line stands: `log` (and the message that a program leaves when it ends), `status` (what the kubelet,
//!   the runtime and controllers say), `any`, or `exit` for `exit code N` where no line tells.
//! - `words`: what the line holds, in lower case; one of several that are separated by ` | `. They are those of the error
//!   itself: the path that it is about is looked for around them.
//! - `pattern`: a regular expression that the line has to match too, without regard to case. Its groups name particulars:
//!   `path`, `tried` (several paths), `user`, `port`, `program`, `uid`, `tool`.
//! - `unless`: a regular expression that it must not match.
//! - `kind`: a kind with its detail, `ownership:chown`; see `particulars.rs`.
//! - `fields`: ids of checks, the guiltiest first. `as_root`: the same where the program is known to run as uid 0.
//! - `confidence`: `certain`, `likely`, `possible`.
//! - `remedy`: what makes it run with the field; `fix`: what its makers have to change. `{path}`, `{dir}`, `{user}`, `{port}`,
//!   `{program}`, `{uid}`, `{tool}` are filled in, and have to read well as `the path`, `its directory`, `the user`, ...
//! - `line`: a line that a real program wrote. `source`: where it was read or run.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde::Deserialize;

use super::Confidence;

const TEXT: &str = include_str!("symptoms.csv");

/// A row of the table as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Symptom {
    /// Its name.
    pub id: String,
    /// Where such a line stands.
    pub place: Habitat,
    pub(super) words: String,
    pub(super) pattern: String,
    pub(super) unless: String,
    /// The kind of cause, with its detail.
    pub kind: String,
    /// The guilty fields, separated by spaces.
    pub fields: String,
    /// The same where the program runs as root.
    pub as_root: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// What makes it run with the field.
    pub remedy: String,
    /// What its makers have to change.
    pub fix: String,
    /// A line that a real program wrote.
    pub line: String,
    /// Where it was read or run.
    pub source: String,
}

/// Where a symptom's lines stand.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Habitat {
    /// Logs, and what a program leaves when it ends.
    Log,
    /// What the kubelet, the runtime and controllers say.
    Status,
    /// Both.
    Any,
    /// `exit code N`, where no line tells.
    Exit,
}

/// A row that is ready to be matched.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) symptom: Symptom,
    pub(super) words: Vec<String>,
    pub(super) pattern: Option<Regex>,
    pub(super) unless: Option<Regex>,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows = csv::Reader::from_reader(TEXT.as_bytes()).into_deserialize();
    rows.filter_map(|row| Row::of(row.ok()?)).collect()
});

pub(super) fn rows() -> &'static [Row] {
    &ROWS
}

/// The rows of the table, in the order in which they are tried.
pub fn symptoms() -> impl Iterator<Item = &'static Symptom> {
    rows().iter().map(|row| &row.symptom)
}

impl Row {
    fn of(symptom: Symptom) -> Option<Self> {
        let compiled = |pattern: &str| match pattern {
            "" => Some(None),
            pattern => Regex::new(&format!("(?i){pattern}")).ok().map(Some),
        };
        Some(Self {
            words: symptom.words.split(" | ").map(str::to_owned).collect(),
            pattern: compiled(&symptom.pattern)?,
            unless: compiled(&symptom.unless)?,
            symptom,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_is_read_and_stands_once() {
        let written = csv::Reader::from_reader(TEXT.as_bytes())
            .into_records()
            .count();
        let ids: BTreeSet<_> = symptoms().map(|symptom| symptom.id.as_str()).collect();
        assert_eq!((rows().len(), ids.len()), (written, written));
        for row in rows() {
            let Row { symptom, words, .. } = row;
            let id = &symptom.id;
            assert!(
                words
                    .iter()
                    .all(|word| !word.is_empty() && *word == word.to_ascii_lowercase()),
                "{id}"
            );
            assert!(
                !symptom.fix.is_empty() && !symptom.line.is_empty() && !symptom.source.is_empty(),
                "{id}"
            );
        }
    }
}
