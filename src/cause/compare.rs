//! Which error lines are new: what a soak compares.

use std::collections::HashSet;

use super::evidence::{evidence, without_colours};
use super::find::{in_log, last_lines};
use super::level::{is_error, is_warning};
use super::{Cause, Kind, Place, Seen};

/// A kind of error line that stands in the new logs and not in the old ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewError {
    /// What makes two lines the same: the kind and what it is about, or the line; without numbers, times and addresses.
    pub key: String,
    /// The cause, where the line is a symptom of a known one.
    pub cause: Option<Cause>,
    /// Whether the program calls it a warning.
    pub is_warning: bool,
    /// The first such line: at most [`EVIDENCE`](super::EVIDENCE) characters, control characters escaped.
    pub line: String,
    /// How many lines are like it.
    pub count: usize,
}

impl NewError {
    /// Whether the line says that the hardening denied something: its cause names a field of the baseline.
    pub fn is_denied(&self) -> bool {
        self.cause.as_ref().is_some_and(Cause::is_ours)
    }
}

/// The kinds of error lines of `after` that `before` does not have, denials first, then in the order of the logs. Each text is the
/// log of one container instance; `seen` says what else is known of the container.
pub fn new_errors(seen: &Seen, before: &[&str], after: &[&str]) -> Vec<NewError> {
    let known: HashSet<String> = errors(before, seen).map(|error| error.key).collect();
    let mut new: Vec<NewError> = Vec::new();
    for error in errors(after, seen).filter(|error| !known.contains(&error.key)) {
        match new.iter_mut().find(|other| other.key == error.key) {
            Some(other) => other.count += 1,
            None => new.push(error),
        }
    }
    new.sort_by_key(|error| !error.is_denied());
    new
}

fn errors<'l>(logs: &'l [&'l str], seen: &'l Seen) -> impl Iterator<Item = NewError> + 'l {
    logs.iter().flat_map(move |log| errors_in(log, seen))
}

fn errors_in(log: &str, seen: &Seen) -> Vec<NewError> {
    let mut causes = in_log(log, Place::CurrentLog, seen).into_iter().peekable();
    let error = |(at, line): (usize, &str)| {
        let cause = causes.next_if(|(of, _)| *of == at).map(|(_, cause)| cause);
        let line = without_colours(line);
        let key = match &cause {
            Some(cause) => of_cause(cause),
            None if is_error(&line) => without_particulars(&line),
            None => return None,
        };
        Some(NewError {
            key,
            cause,
            is_warning: is_warning(&line),
            line: evidence(&line, &(0..0)),
            count: 1,
        })
    };
    last_lines(log).enumerate().filter_map(error).collect()
}

/// What others call the same is the same: of a foreign cause the line, of ours its kind and what it is about.
fn of_cause(cause: &Cause) -> String {
    match cause.kind {
        Kind::Foreign { .. } => without_particulars(&cause.evidence),
        _ => without_particulars(&cause.kind.to_string()),
    }
}

/// Words with a digit in them become `#`: times, ids of processes, addresses, hashes, random names.
fn without_particulars(line: &str) -> String {
    let mut text = String::new();
    let mut word = String::new();
    for c in line.trim().chars().chain([' ']) {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        let has_digit = word.contains(|c: char| c.is_ascii_digit());
        text += if has_digit { "#" } else { &word };
        word.clear();
        text.push(c);
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "2026-01-01 00:00:00 INFO started pid=7\n2026-01-01 00:00:01 ERROR lost connection 4711 to 10.0.0.1";

    fn lines(before: &[&str], after: &[&str]) -> Vec<(String, usize, bool)> {
        let new = new_errors(&Seen::default(), before, after);
        new.into_iter()
            .map(|error| (error.key.clone(), error.count, error.is_denied()))
            .collect()
    }

    #[test]
    fn what_was_said_before_is_not_new() {
        let after = "2026-02-02 03:04:05 INFO started pid=9\n2026-02-02 03:04:06 ERROR lost connection 12 to 10.9.8.7";
        assert_eq!(lines(&[OLD], &[after]), []);
        assert_eq!(lines(&[], &["just started"]), []);
    }

    #[test]
    fn denials_come_first_and_are_counted() {
        let after = "E0101 00:00:00.000000       1 main.go:1] cannot do it\n\
             open /data/x1.tmp: read-only file system\n\
             open /data/x2.tmp: read-only file system\n\
             open /data/y: permission denied";
        let found = lines(&[OLD, "open /data/y: permission denied"], &[after, after]);
        let denied = "the root file system is read-only: /data/#.tmp".to_owned();
        assert_eq!(found.first(), Some(&(denied, 4, true)));
        assert_eq!(
            found.get(1).map(|error| (error.1, error.2)),
            Some((2, false))
        );
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_denial_without_a_level_is_seen() {
        let after = "127.0.0.1 - - \"PUT /upload/a HTTP/1.1\" 500\nOSError: [Errno 30] Read-only file system: '/srv/uploads/a'";
        let found = new_errors(&Seen::default(), &[OLD], &[after]);
        assert_eq!(found.len(), 1);
        assert!(found[0].is_denied());
        assert_eq!(
            found[0].cause.as_ref().unwrap().fields,
            ["readOnlyRootFilesystem"]
        );
    }
}
