//! Counts by outcome.

use crate::outcome::Outcome;

/// How many of something there are by [`Outcome`]. `seen` is their sum, by construction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// See [`Outcome::Compliant`].
    pub compliant: usize,
    /// See [`Outcome::Fixed`].
    pub fixed: usize,
    /// See [`Outcome::NeedsDecision`].
    pub needs_decision: usize,
    /// See [`Outcome::Exempt`].
    pub exempt: usize,
    /// See [`Outcome::Refused`].
    pub refused: usize,
    /// See [`Outcome::NotCovered`].
    pub not_covered: usize,
}

impl Counts {
    /// All of them.
    pub fn seen(&self) -> usize {
        let open = self.needs_decision + self.refused + self.not_covered;
        self.compliant + self.fixed + self.exempt + open
    }

    /// How many there are of one outcome.
    pub fn of(&self, outcome: Outcome) -> usize {
        match outcome {
            Outcome::Compliant => self.compliant,
            Outcome::Fixed => self.fixed,
            Outcome::NeedsDecision => self.needs_decision,
            Outcome::Exempt => self.exempt,
            Outcome::Refused => self.refused,
            Outcome::NotCovered => self.not_covered,
        }
    }

    /// Counts one more.
    pub fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Compliant => self.compliant += 1,
            Outcome::Fixed => self.fixed += 1,
            Outcome::NeedsDecision => self.needs_decision += 1,
            Outcome::Exempt => self.exempt += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::NotCovered => self.not_covered += 1,
        }
    }
}
