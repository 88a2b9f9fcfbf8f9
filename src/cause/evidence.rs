//! A line as evidence: on one line, bounded, control characters escaped.

use std::ops::Range;

use super::EVIDENCE;
use crate::printable::printable;

/// The line, cut so that what stands at `words` stays in it.
pub(super) fn evidence(line: &str, words: &Range<usize>) -> String {
    let line = printable(&without_colours(line));
    let line = line.trim();
    let length = line.chars().count();
    if length <= EVIDENCE {
        return line.to_owned();
    }
    // A few characters of what is escaped may have moved it: it is not cut close.
    let room = EVIDENCE - 2;
    let end = (words.end + room / 3).clamp(room, length);
    let cut: String = line.chars().skip(end - room).take(room).collect();
    let (before, after) = (end > room, end < length);
    format!(
        "{}{cut}{}",
        if before { "…" } else { "" },
        if after { "…" } else { "" }
    )
}

/// Without the sequences by which terminals colour: `ESC [ 31 m`.
pub(super) fn without_colours(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !(c.is_ascii_digit() || c == ';'));
        let rest = end.and_then(|end| part.get(end..)).unwrap_or_default();
        match rest.strip_prefix('m') {
            Some(rest) => text += rest,
            None => {
                text += "\u{1b}[";
                text += part;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_stays_in_a_long_line() {
        let line = format!(
            "{} open /x: read-only file system {}",
            "a".repeat(900),
            "b".repeat(900)
        );
        let cut = evidence(&line, &(909..930));
        assert!(cut.contains("open /x: read-only file system"), "{cut}");
        assert!(cut.starts_with('…') && cut.ends_with('…'));
        assert_eq!(cut.chars().count(), EVIDENCE);
        assert_eq!(
            evidence("\u{1b}[31mfailed\u{1b}[0m\u{7}\r\n", &(0..0)),
            "failed\\u{7}\\r\\n"
        );
    }
}
