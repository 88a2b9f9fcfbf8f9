//! Causes of failures: every row of the table, lines of real programs, and docs/causes.md, which is made of the table.
//!
//! `BLESS=1 cargo test --test causes` writes the document.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use kubectl_harden::cause::{Cause, EVIDENCE, Habitat, Seen, Symptom, causes, symptoms};
use kubectl_harden::checks;
use serde::Deserialize;

/// What is seen where the line is all there is.
fn seen(symptom: &Symptom) -> Seen {
    let line = symptom.line.clone();
    let mut seen = Seen {
        container: "web".into(),
        exit_code: Some(1),
        ..Seen::default()
    };
    match symptom.place {
        Habitat::Log | Habitat::Any => seen.previous_log = line,
        Habitat::Status => seen.sentences.push(line),
        Habitat::Exit => seen.exit_code = line.rsplit(' ').next().unwrap().parse().ok(),
    }
    seen
}

fn best(seen: &Seen) -> Cause {
    causes(seen).into_iter().next().unwrap()
}

/// Whether the evidence is the line, or the part of it that tells.
fn tells(line: &str, evidence: &str) -> bool {
    let part = evidence.trim_matches('…');
    line.contains(part) && (part.len() == line.len() || part.chars().count() >= EVIDENCE - 2)
}

#[test]
fn every_row_knows_its_line() {
    let mut wrong = Vec::new();
    for symptom in symptoms() {
        let cause = best(&seen(symptom));
        if cause.row != symptom.id {
            wrong.push(format!("{}: {}: {}", symptom.id, cause.row, symptom.line));
        }
        if symptom.place != Habitat::Exit {
            assert!(tells(&symptom.line, &cause.evidence), "{}", cause.evidence);
        }
        for field in symptom
            .fields
            .split_whitespace()
            .chain(symptom.as_root.split_whitespace())
        {
            assert!(
                checks::find(field).is_some_and(|check| check.field.is_some()),
                "{}: {field}",
                symptom.id
            );
        }
        assert!(
            !cause.fix.contains('{') && !cause.remedy.contains('{'),
            "{}",
            cause.fix
        );
    }
    assert_eq!(wrong, [""; 0]);
}

/// A line of a program and what it is a symptom of.
#[derive(Debug, Deserialize)]
struct Line {
    line: String,
    /// The kind of the row, without its detail.
    kind: String,
    subject: String,
    source: String,
}

fn lines() -> Vec<Line> {
    let text = include_str!("causes/lines.csv");
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
    rows.map(|row| row.unwrap()).collect()
}

fn kind(cause: &Cause) -> &str {
    let row = symptoms().find(|symptom| symptom.id == cause.row);
    row.map_or("unknown", |row| row.kind.split(':').next().unwrap())
}

fn of_log(log: &str) -> Seen {
    Seen {
        container: "web".into(),
        exit_code: Some(1),
        previous_log: log.into(),
        ..Seen::default()
    }
}

#[test]
fn lines_of_real_programs_are_known() {
    let mut wrong = Vec::new();
    for Line {
        line,
        kind: expected,
        subject,
        source,
    } in lines()
    {
        assert!(!source.is_empty(), "{line}");
        let cause = best(&of_log(&line));
        let said = cause.kind.to_string();
        let about = said
            .strip_prefix(cause.kind.words())
            .unwrap()
            .trim_start_matches(": ");
        if (kind(&cause), about) != (expected.as_str(), subject.as_str()) {
            wrong.push(format!(
                "{} {about} by {}, not {expected} {subject}: {line}",
                kind(&cause),
                cause.row
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
