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

/// What a person wants to know first: whether anything is left to do.
pub(super) fn verdict(report: &Report) -> String {
    let counts = report.counts();
    let seen = plural(counts.seen(), "object");
    let left = counts.needs_decision + counts.refused + counts.not_covered;
    let open = left + if report.applied { 0 } else { counts.fixed };
    match (counts.seen(), open) {
        (0, _) => "no object was seen".to_owned(),
        (_, 0) if counts.exempt > 0 => {
            format!("nothing is left to do for {seen}, {} exempt", counts.exempt)
        }
        (1, 0) => "the one object is hardened".to_owned(),
        (_, 0) => format!("all {seen} are hardened"),
        (1, _) => "the one object is not hardened".to_owned(),
        (_, _) => format!("{open} of {seen} are not hardened"),
    }
}

/// How many objects there are of each outcome that there is: `1 compliant, 2 refused`.
pub(super) fn sum_in_words(report: &Report) -> String {
    let counts = report.counts();
    let parts = Outcome::ALL.iter().filter_map(|of| {
        let count = counts.of(*of);
        let words = match (of, count) {
            (Outcome::NeedsDecision, 2..) => "need a decision",
            _ => outcome(report, *of),
        };
        (count > 0).then(|| format!("{count} {words}"))
    });
    parts.collect::<Vec<_>>().join(", ")
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

    #[test]
    fn the_verdict_is_what_is_left_to_do() {
        let mut report = sample::report();
        assert_eq!(verdict(&report), "4 of 6 objects are not hardened");
        report.applied = true;
        assert_eq!(verdict(&report), "3 of 6 objects are not hardened");
        let all = "1 compliant, 1 fixed, 1 needs a decision, 1 exempt, 1 refused, 1 not covered";
        assert_eq!(sum_in_words(&report), all);
        let mut two = report.clone();
        two.subjects
            .iter_mut()
            .for_each(|s| s.outcome = Outcome::NeedsDecision);
        assert_eq!(sum_in_words(&two), "6 need a decision");
        report
            .subjects
            .retain(|s| matches!(s.outcome, Outcome::Fixed | Outcome::Exempt));
        assert_eq!(
            verdict(&report),
            "nothing is left to do for 2 objects, 1 exempt"
        );
        report.subjects.truncate(1);
        assert_eq!(verdict(&report), "the one object is hardened");
        report.applied = false;
        assert_eq!(verdict(&report), "the one object is not hardened");
        report.subjects.clear();
        assert_eq!(verdict(&report), "no object was seen");
    }
}
