//! What is to know, for the output of a suite.

use super::class;
use crate::report::Subject;

/// A line for each thing to know: why a value is not the default, what the program needs.
pub(super) fn lines(subject: &Subject) -> impl Iterator<Item = String> {
    subject.notes.iter().map(|note| {
        let holder = match note.holder() {
            "" => "pod".to_owned(),
            name => format!("container {name}"),
        };
        let (class, text) = (class(subject), note.text.replace('\n', " "));
        format!("to know: {class}: {holder}: {text}\n")
    })
}
