//! One line against the table.

use std::ops::Range;

use regex_lite::Captures;

use super::line::path_about;
use super::table::{Habitat, Row, rows};
use super::{FilePath, Place};

/// A row that matches a text, with what the text says.
pub(super) struct Found<'t> {
    pub(super) row: &'static Row,
    text: &'t str,
    /// Where the words of the error stand.
    pub(super) words: Range<usize>,
    groups: Option<Captures<'t>>,
    /// Whether the text is a line and not one with its stack: a stack names many paths.
    is_line: bool,
}

/// The first row that matches the line and makes sense of it, by `meaning`.
pub(super) fn first<'t, T>(
    text: &'t str,
    place: Place,
    is_line: bool,
    meaning: impl Fn(&Found<'t>) -> Option<T>,
) -> Option<T> {
    let lower = text.to_ascii_lowercase();
    let here = rows().iter().filter(|row| stands(row.symptom.place, place));
    here.filter_map(|row| found(row, text, &lower, is_line))
        .find_map(|found| meaning(&found))
}

fn stands(habitat: Habitat, place: Place) -> bool {
    match habitat {
        Habitat::Exit => place == Place::ExitCode,
        Habitat::Any => place != Place::ExitCode,
        Habitat::Log => matches!(
            place,
            Place::PreviousLog | Place::CurrentLog | Place::Terminated
        ),
        Habitat::Status => !matches!(
            place,
            Place::PreviousLog | Place::CurrentLog | Place::ExitCode
        ),
    }
}

fn found<'t>(row: &'static Row, text: &'t str, lower: &str, is_line: bool) -> Option<Found<'t>> {
    let words = row.words.iter().find_map(|word| {
        let mut places = lower
            .match_indices(word.as_str())
            .map(|(at, word)| at..at + word.len());
        places.find(|place| word.contains(' ') || is_whole(lower, place))
    })?;
    let groups = match &row.pattern {
        Some(pattern) => Some(pattern.captures(text)?),
        None => None,
    };
    let is_excluded = row
        .unless
        .as_ref()
        .is_some_and(|unless| unless.is_match(text));
    (!is_excluded).then_some(Found {
        row,
        text,
        words,
        groups,
        is_line,
    })
}

/// Whether what stands there is no part of a longer word: `ENOTFOUND` is not in `FileNotFoundError`.
fn is_whole(text: &str, place: &Range<usize>) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let part = |range: Range<usize>| text.get(range).unwrap_or_default().chars();
    let begins = is_part(part(0..place.start).next_back()) && is_part(part(place.clone()).next());
    let goes_on =
        is_part(part(place.end..text.len()).next()) && is_part(part(place.clone()).next_back());
    !begins && !goes_on
}

impl Found<'_> {
    /// What a group of the row's pattern took out of the text.
    /// A stack tells what was called, and not with what.
    pub(super) fn group(&self, name: &str) -> Option<&str> {
        if !self.is_line {
            return None;
        }
        let text = self.groups.as_ref()?.name(name)?.as_str().trim();
        (!text.is_empty()).then_some(text)
    }

    /// The path that it is about.
    pub(super) fn path(&self) -> Option<FilePath> {
        match self.group("path") {
            Some(path) => FilePath::new(path.trim_end_matches(['.', ':', ','])),
            None if self.is_line => path_about(self.text, &self.words),
            None => None,
        }
    }

    /// The text that was matched.
    pub(super) fn text(&self) -> &str {
        self.text
    }
}
