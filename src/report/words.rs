//! What a person reads: names of outcomes and statuses, times, and text from the input made visible.

use std::borrow::Cow;

use super::{Outcome, Report, RowStatus};

/// The statuses of fields, in the order in which they are listed; [`status_index`] counts in it.
pub(super) const STATUSES: usize = 5;

/// An outcome's name for a person.
pub(super) fn outcome(report: &Report, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Compliant => "compliant",
        Outcome::Fixed => report.fixed_label(),
        Outcome::NeedsDecision => "needs a decision",
        Outcome::Exempt => "exempt",
        Outcome::Refused => "refused",
        Outcome::NotCovered => "not covered",
    }
}

/// A status' name for a person.
pub(super) fn status(report: &Report, status: &RowStatus) -> &'static str {
    status_words(report)
        .get(status_index(status))
        .copied()
        .unwrap_or_default()
}

/// The names of all statuses, in their order.
pub(super) fn status_words(report: &Report) -> [&'static str; STATUSES] {
    [
        "compliant",
        report.fixed_label(),
        "needs --unsafe-fixes",
        "needs a decision",
        "exempt",
    ]
}

/// A status' place in [`status_words`].
pub(super) fn status_index(status: &RowStatus) -> usize {
    match status {
        RowStatus::Compliant => 0,
        RowStatus::Fixed => 1,
        RowStatus::NeedsUnsafeFixes => 2,
        RowStatus::NeedsDecision => 3,
        RowStatus::Exempt(_) => 4,
    }
}

/// `yes` or `no`.
pub(super) fn yes_or_no(is: bool) -> &'static str {
    match is {
        true => "yes",
        false => "no",
    }
}

/// When the run started: ISO 8601 in UTC, to the second.
pub(super) fn time(report: &Report) -> String {
    report.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `1 object`, `2 objects`.
pub(super) fn plural(count: usize, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    }
}

/// Text from the input without what hides or reorders text: control characters and marks of writing direction are
/// spelled out. Line breaks and tabs stay, CRLF becomes LF.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match is_hidden(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Unicode 16, table 23-3 and UAX 9: controls but line feed and tab, and what sets the direction.
fn is_hidden(c: char) -> bool {
    let directs = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    directs || (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn hidden_text_is_spelled_out() {
        assert_eq!(visible("a\tb\nc"), "a\tb\nc");
        assert_eq!(visible("a\r\nb\r"), "a\nb\\r");
        assert_eq!(visible("\u{1b}[31m\0"), "\\u{1b}[31m\\u{0}");
        assert_eq!(visible("safe\u{202e}gnp"), "safe\\u{202e}gnp");
        assert_eq!(visible("zażółć"), "zażółć");
    }

    #[test]
    fn nothing_is_called_fixed_that_was_not_written() {
        let mut report = sample::report();
        assert_eq!(status(&report, &RowStatus::Fixed), "fixed by -w");
        report.applied = true;
        assert_eq!(status(&report, &RowStatus::Fixed), "fixed");
        assert_eq!(outcome(&report, Outcome::Fixed), "fixed");
        assert_eq!(time(&report), "2026-11-24T23:05:00Z");
    }
}
