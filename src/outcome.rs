//! What became of something that a run saw: one answer for each, so that counts add up.

use crate::checks::Status;
use crate::examine::Examined;

/// What became of a workload, an object that is not covered, or a document that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Met every demand before.
    Compliant,
    /// Meets every demand with this run's changes.
    Fixed,
    /// A person has to decide; fields may have been fixed beside it.
    NeedsDecision,
    /// Only exempt violations are left.
    Exempt,
    /// Nothing of it is written.
    Refused,
    /// Of a form that is not edited, or a patch of something that is elsewhere.
    NotCovered,
}

impl Outcome {
    /// Every outcome, in the order in which they are listed.
    pub const ALL: [Self; 6] = [
        Self::Compliant,
        Self::Fixed,
        Self::NeedsDecision,
        Self::Exempt,
        Self::Refused,
        Self::NotCovered,
    ];

    /// Its name in machine-readable formats.
    pub fn id(self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::Fixed => "fixed",
            Self::NeedsDecision => "needsDecision",
            Self::Exempt => "exempt",
            Self::Refused => "refused",
            Self::NotCovered => "notCovered",
        }
    }

    /// What it means, in a line for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Compliant => "met every demand before",
            Self::Fixed => "meets every demand with the changes of this run",
            Self::NeedsDecision => "a person has to decide; fields may be fixed beside it",
            Self::Exempt => "only exempt violations are left",
            Self::Refused => "could not be edited with proof; nothing of it is written",
            Self::NotCovered => "of a form that is not edited, or a patch of something elsewhere",
        }
    }

    /// The outcome of a workload whose document is not refused. A fixed one with exempt violations beside is
    /// fixed: what is exempt is listed. A patch with nothing wrong is not covered: what it patches counts.
    pub fn of(examined: &Examined) -> Self {
        let violations = examined.judgements.iter().flat_map(|j| &j.violations);
        let worst = violations.map(|violation| match violation.status {
            Status::Exempt(_) => Self::Exempt,
            Status::Fixed => Self::Fixed,
            Status::NeedsUnsafe | Status::NeedsDecision | Status::Held { .. } => {
                Self::NeedsDecision
            }
        });
        let rank = |outcome: &Self| match outcome {
            Self::NeedsDecision => 2,
            Self::Fixed => 1,
            _ => 0,
        };
        match worst.max_by_key(rank) {
            Some(outcome) => outcome,
            None if is_patch(examined) => Self::NotCovered,
            None => Self::Compliant,
        }
    }
}

/// Whether a workload is a strategic-merge patch through and through.
pub fn is_patch(examined: &Examined) -> bool {
    examined.workload.pods.iter().all(|pod| pod.is_partial)
}
