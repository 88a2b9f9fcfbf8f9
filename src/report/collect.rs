//! From hardened documents to what a report says of them.

use super::{
    ContainerName, Exemption, ObjectName, Outcome, Place, Replacement, Row, RowStatus, Subject,
    SubjectNote,
};
use crate::checks::{Policy, Status, Violation};
use crate::evidence::Fact;
use crate::examine::Examined;
use crate::manifest::Document;
use crate::outcome::is_patch;
use crate::patch::{Edit, Edits};
use crate::sink::unified_around;
use crate::verify::Verified;
use crate::workload::{Container, Object};
use crate::yaml::LineIndex;

/// A file whose documents are reported.
pub struct Source<'s> {
    /// Its path as shown.
    pub path: &'s str,
    /// Its text.
    pub text: &'s [u8],
    /// Where its lines are.
    pub index: &'s LineIndex<'s>,
    /// The policy that its documents were judged by.
    pub policy: &'s Policy,
}

/// A file of which nothing could be read.
pub fn failed_file(path: &str, policy: &Policy, message: &str, hint: &str) -> Subject {
    let place = Place {
        path: path.to_owned(),
        line: 1,
        column: 1,
    };
    Subject {
        outcome: Outcome::Refused,
        message: message.to_owned(),
        hint: hint.to_owned(),
        ..blank(place, policy)
    }
}

/// Takes back what was to be written of a file that could not be.
pub fn unwritten(subjects: &mut [Subject], message: &str, hint: &str) {
    for subject in subjects {
        if subject.replacements.is_empty() {
            continue;
        }
        subject.outcome = Outcome::Refused;
        subject.message = message.to_owned();
        subject.hint = hint.to_owned();
        subject.replacements.clear();
        subject.diff.clear();
        subject.rows.clear();
        subject.notes.clear();
    }
}

/// An object of which nothing is known but its name.
pub fn absent(name: String, policy: &Policy) -> Subject {
    let place = Place {
        path: name,
        line: 1,
        column: 1,
    };
    Subject {
        outcome: Outcome::NotCovered,
        ..blank(place, policy)
    }
}

fn blank(place: Place, policy: &Policy) -> Subject {
    Subject {
        place,
        object: None,
        outcome: Outcome::Compliant,
        message: String::new(),
        hint: String::new(),
        profile: policy.profile.name(),
        pss_version: policy.version.to_string(),
        rows: Vec::new(),
        notes: Vec::new(),
        replacements: Vec::new(),
        diff: String::new(),
        rollout: None,
    }
}

impl Source<'_> {
    /// Everything that a document holds, in the order of the text.
    pub fn subjects(&self, document: &Document) -> Vec<Subject> {
        let hardened = &document.hardened;
        let mut subjects = match &hardened.result {
            Err(failure) => {
                let outcome = match failure.cause {
                    crate::document::Cause::Template => Outcome::NotCovered,
                    crate::document::Cause::Invalid => Outcome::Refused,
                };
                let subject = Subject {
                    outcome,
                    message: failure.message.clone(),
                    hint: failure.hint.to_owned(),
                    ..blank(self.place(document, failure.at), self.policy)
                };
                vec![subject]
            }
            Ok(verified) => self.workloads(document, verified.as_ref()),
        };
        let not_covered = hardened.examination.not_covered.iter();
        subjects.extend(not_covered.map(|(object, why)| Subject {
            object: Some(name(object)),
            outcome: Outcome::NotCovered,
            message: why.clone(),
            ..blank(self.place(document, object.at), self.policy)
        }));
        subjects.sort_by_key(|subject| (subject.place.line, subject.place.column));
        subjects
    }

    fn workloads(&self, document: &Document, verified: Option<&Verified>) -> Vec<Subject> {
        let workloads = &document.hardened.examination.workloads;
        let edits = divide(workloads, verified);
        let subjects = workloads.iter().zip(edits).enumerate();
        subjects
            .map(|(w, (examined, edits))| {
                let object = &examined.workload.object;
                let facts = document.hardened.facts();
                let first = facts.partition_point(|fact| fact.workload < w);
                let facts = facts.iter().skip(first);
                let facts = facts.take_while(|fact| fact.workload == w);
                let edits = Edits::of_parts([(document.span.start, &edits)].into_iter());
                let outcome = Outcome::of(examined);
                let message = match outcome == Outcome::NotCovered && is_patch(examined) {
                    true => {
                        "a strategic-merge patch without anything wrong: what it patches counts"
                    }
                    false => "",
                };
                Subject {
                    object: Some(name(object)),
                    outcome,
                    message: message.to_owned(),
                    rows: facts
                        .filter(|_| outcome != Outcome::NotCovered)
                        .map(|fact| self.row(document, examined, fact))
                        .collect(),
                    notes: self.notes(document, examined),
                    replacements: joined(&edits)
                        .iter()
                        .map(|edit| self.replacement(edit))
                        .collect(),
                    diff: self.diff(&edits),
                    ..blank(self.place(document, object.at), self.policy)
                }
            })
            .collect()
    }

    fn row(&self, document: &Document, examined: &Examined, fact: &Fact) -> Row {
        let pod = examined.workload.pods.get(fact.pod);
        let container = fact.container.zip(pod);
        let container = container.and_then(|(i, pod)| pod.containers.get(i));
        let judgement = examined.judgements.get(fact.pod);
        let violation = fact.violation.zip(judgement);
        let violation = violation.and_then(|(i, judgement)| judgement.violations.get(i));
        Row {
            container: container.map(container_name),
            check: fact.check,
            field: fact.field.clone(),
            place: self.place(document, fact.at),
            before: fact.before.clone(),
            after: fact.after.clone(),
            live: None,
            status: violation.map_or(RowStatus::Compliant, status),
            detail: violation.map(Violation::must).unwrap_or_default(),
            forbidden_reason: violation.map(Violation::reason).unwrap_or_default(),
        }
    }

    fn notes(&self, document: &Document, examined: &Examined) -> Vec<SubjectNote> {
        let pods = examined.workload.pods.iter().zip(&examined.judgements);
        let notes =
            pods.flat_map(|(pod, judgement)| judgement.notes.iter().map(move |note| (pod, note)));
        notes
            .map(|(pod, note)| {
                let container = note.container.and_then(|i| pod.containers.get(i));
                SubjectNote {
                    topic: note.topic,
                    container: container.map(container_name),
                    place: self.place(document, note.at),
                    text: note.text.clone(),
                }
            })
            .collect()
    }

    fn replacement(&self, edit: &Edit) -> Replacement {
        Replacement {
            offset: edit.span.start,
            length: edit.span.end - edit.span.start,
            start: self.index.position(edit.span.start),
            end: self.index.position(edit.span.end),
            text: String::from_utf8_lossy(&edit.text).into_owned(),
        }
    }

    fn diff(&self, edits: &Edits) -> String {
        match edits.is_empty() {
            true => String::new(),
            false => {
                let line_of = |at| self.index.position(at).line - 1;
                let diff = unified_around(self.path, self.text, edits, line_of);
                String::from_utf8_lossy(&diff).into_owned()
            }
        }
    }

    fn place(&self, document: &Document, offset: usize) -> Place {
        let position = self.index.position(document.span.start + offset);
        Place {
            path: self.path.to_owned(),
            line: position.line,
            column: position.column,
        }
    }
}

/// Which workload each edit is for: the last one that starts before it, as an anchor stands before its aliases.
pub(crate) fn divide(workloads: &[Examined], verified: Option<&Verified>) -> Vec<Edits> {
    let mut parts = vec![Vec::new(); workloads.len()];
    for edit in verified.iter().flat_map(|verified| verified.edits().iter()) {
        let before = |examined: &&Examined| examined.workload.object.at <= edit.span.start;
        let owner = workloads.iter().filter(before).count().saturating_sub(1);
        if let Some(part) = parts.get_mut(owner) {
            part.push(edit.clone());
        }
    }
    let edits = parts
        .into_iter()
        .map(|part| Edits::new(part).unwrap_or_default());
    edits.collect()
}

/// The edits with those that touch made one: where two insertions share an offset, their order would count.
fn joined(edits: &Edits) -> Vec<Edit> {
    let mut joined: Vec<Edit> = Vec::new();
    for edit in edits.iter() {
        match joined.last_mut() {
            Some(last) if last.span.end == edit.span.start => {
                last.span.end = edit.span.end;
                last.text.extend(&edit.text);
            }
            _ => joined.push(edit.clone()),
        }
    }
    joined
}

fn name(object: &Object) -> ObjectName {
    ObjectName {
        api_version: object.api_version.clone(),
        kind: object.kind.clone(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
        resource: object.resource(),
    }
}

fn container_name(container: &Container) -> ContainerName {
    ContainerName {
        name: container.name.clone(),
        list: container.role.key(),
        image: container.image.clone(),
    }
}

fn status(violation: &Violation) -> RowStatus {
    match &violation.status {
        Status::Fixed => RowStatus::Fixed,
        Status::NeedsUnsafe | Status::Held { takes_unsafe: true } => RowStatus::NeedsUnsafeFixes,
        Status::NeedsDecision | Status::Held { .. } => RowStatus::NeedsDecision,
        Status::Exempt(excuse) => RowStatus::Exempt(Exemption::clone(excuse)),
    }
}
