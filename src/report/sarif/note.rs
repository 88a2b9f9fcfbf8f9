//! What to know besides the findings, as a property of the run: as results they would be alerts that nobody can close.

use serde::Serialize;

use super::super::{Report, Subject, SubjectNote};
use super::location::{Location, location};

#[derive(Serialize)]
pub(super) struct Note<'r> {
    topic: &'static str,
    namespace: &'r str,
    resource: &'r str,
    /// Empty for the pod.
    container: &'r str,
    text: &'r str,
    locations: Vec<Location>,
}

/// Those of all subjects.
pub(super) fn all(report: &Report) -> Vec<Note<'_>> {
    let subjects = report.subjects.iter();
    subjects
        .flat_map(|subject| subject.notes.iter().map(|note| Note::of(subject, note)))
        .collect()
}

impl<'r> Note<'r> {
    fn of(subject: &'r Subject, note: &'r SubjectNote) -> Self {
        let object = subject.object.as_ref();
        Self {
            topic: note.topic.name(),
            namespace: object.map_or("", |object| object.namespace.as_str()),
            resource: object.map_or("", |object| object.resource.as_str()),
            container: note.holder(),
            text: &note.text,
            locations: location(subject, &note.place).into_iter().collect(),
        }
    }
}
