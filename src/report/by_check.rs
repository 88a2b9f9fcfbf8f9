//! How many fields there are by check and status.

use super::Report;
use super::words::{STATUSES, status_index};
use crate::checks::{CHECKS, Check};

/// The fields that a check looked at, by status in the order of `status_words`.
#[derive(Clone, Debug)]
pub(super) struct CheckCounts {
    /// The check.
    pub(super) check: &'static Check,
    /// By status.
    pub(super) by_status: [usize; STATUSES],
}

impl CheckCounts {
    /// All of them.
    pub(super) fn seen(&self) -> usize {
        self.by_status.iter().sum()
    }
}

/// The counts of every check that looked at a field, in the order of the checks.
pub(super) fn by_check(report: &Report) -> Vec<CheckCounts> {
    let counts = CHECKS.iter().map(|check| CheckCounts {
        check,
        by_status: [0; STATUSES],
    });
    let mut counts: Vec<_> = counts.collect();
    for row in report.subjects.iter().flat_map(|subject| &subject.rows) {
        let mut of_check = counts.iter_mut();
        let of_check = of_check.find(|counts| counts.check.id == row.check.id);
        let count = of_check.and_then(|c| c.by_status.get_mut(status_index(&row.status)));
        if let Some(count) = count {
            *count += 1;
        }
    }
    counts.retain(|counts| counts.seen() > 0);
    counts
}
