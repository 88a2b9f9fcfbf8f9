//! What a person reads: names of outcomes and statuses, times, and text from the input made visible.

use std::borrow::Cow;

use jiff::Timestamp;

use super::states::OUTCOMES;
use super::{LiveRead, Outcome, Report, RowStatus, RunRecord};

/// The statuses of fields, in the order in which they are listed; [`status_index`] counts in it.
pub(super) const STATUSES: usize = 6;

/// How many of them a report can have: the last is a rollout's.
pub(super) fn statuses(report: &Report) -> usize {
    match report.rollout {
        Some(_) => STATUSES,
        None => STATUSES - 1,
    }
}

/// An outcome's name for a person.
pub(super) fn outcome(report: &Report, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Compliant => "compliant",
        Outcome::Fixed => report.fixed_label(),
        Outcome::NeedsDecision => "needs a decision",
        Outcome::Exempt => "exempt",
        Outcome::Refused if report.rollout.is_some() => "not done",
        Outcome::Refused => "refused",
        Outcome::NotCovered => "not covered",
    }
}

/// What an outcome means, in a line.
pub(super) fn meaning(report: &Report, outcome: Outcome) -> &'static str {
    match (outcome, &report.rollout) {
        (Outcome::Refused, Some(_)) => {
            "not changed, or set back after it failed; the reason is beside it"
        }
        _ => outcome.meaning(),
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
        "not done",
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
        RowStatus::NotDone => 5,
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
    utc(report.started)
}

/// ISO 8601 in UTC, to the second.
pub(super) fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
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
    let verdict = of_outcomes(report);
    let rollouts = report.subjects.iter().filter_map(|s| s.rollout.as_ref());
    match rollouts
        .filter(|rollout| rollout.has_changed_since())
        .count()
    {
        0 => verdict,
        1 => format!("{verdict}, and 1 has changed since"),
        more => format!("{verdict}, and {more} have changed since"),
    }
}

fn of_outcomes(report: &Report) -> String {
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

/// How many objects there are of each outcome that there is: `2 refused, 1 compliant`.
pub(super) fn sum_in_words(report: &Report) -> String {
    let counts = report.counts();
    let parts = OUTCOMES.iter().filter_map(|of| {
        let count = counts.of(*of);
        let words = match (of, count) {
            (Outcome::NeedsDecision, 2..) => "need a decision",
            _ => outcome(report, *of),
        };
        (count > 0).then(|| format!("{count} {words}"))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// `3 hardened, 1 restored`, of what there is.
pub(super) fn counted(counts: &[(&str, usize)]) -> String {
    let parts = counts.iter().map(|(what, count)| format!("{count} {what}"));
    parts.collect::<Vec<_>>().join(", ")
}

/// `4 s`, `3 min 12 s`, `2 h 5 min`; empty where either is not known.
pub(super) fn duration(started: Option<Timestamp>, ended: Option<Timestamp>) -> String {
    let Some((started, ended)) = started.zip(ended) else {
        return String::new();
    };
    // A clock that was set back in between.
    let seconds = ended.duration_since(started).as_secs().max(0);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// What was found when a workload was read again, with why it was not.
pub(super) fn read_back(read: &LiveRead) -> String {
    match read.result.why() {
        "" => read.result.words().to_owned(),
        why => format!("{}: {why}", read.result.words()),
    }
}

/// `ada@laptop`.
pub(super) fn machine_account(run: &RunRecord) -> String {
    format!("{}@{}", run.account, run.machine)
}

/// The server, and the context that named it.
pub(super) fn cluster(run: &RunRecord) -> String {
    match run.context.as_str() {
        "" => run.server.clone(),
        context => format!("{} (context {context})", run.server),
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

    #[test]
    fn a_rollout_is_not_called_written() {
        let report = sample::rollout();
        assert_eq!(outcome(&report, Outcome::Refused), "not done");
        let said = "10 of 14 objects are not hardened, and 1 has changed since";
        assert_eq!(verdict(&report), said);
        let at = |text: &str| Some(text.parse().expect("a time"));
        for (from, to, wanted) in [
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:59.9Z", "59 s"),
            ("2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "1 min 0 s"),
            ("2026-01-01T00:00:00Z", "2026-01-02T01:05:59Z", "25 h 5 min"),
            ("2026-01-01T00:00:09Z", "2026-01-01T00:00:00Z", "0 s"),
        ] {
            assert_eq!(duration(at(from), at(to)), wanted);
        }
        assert_eq!(duration(at("2026-01-01T00:00:00Z"), None), "");
    }

    #[test]
    fn the_verdict_is_what_is_left_to_do() {
        let mut report = sample::report();
        assert_eq!(verdict(&report), "4 of 6 objects are not hardened");
        report.applied = true;
        assert_eq!(verdict(&report), "3 of 6 objects are not hardened");
        let all = "1 refused, 1 needs a decision, 1 not covered, 1 fixed, 1 exempt, 1 compliant";
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
