//! What a run has seen, for its summary. Every workload counts once.

use crate::checks::Status;
use crate::document::Cause;
use crate::examine::Examined;
use crate::manifest::Document;
use crate::outcome::Outcome;
use crate::verify::Verified;

/// Counts of a run or of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Files with a workload or a failure.
    pub files: usize,
    /// Workloads that met every demand before.
    pub compliant: usize,
    /// Workloads that meet every demand after this run.
    pub fixed: usize,
    /// Workloads that a person has to decide on; the baseline may have been inserted beside.
    pub decisions: usize,
    /// Workloads whose only violations are exempt.
    pub exempt: usize,
    /// Strategic-merge patches with nothing wrong in them: what they patch is what to harden.
    pub patches: usize,
    /// Documents of which nothing is written.
    pub refused: usize,
    /// Workloads whose file could not be written.
    pub unwritten: usize,
    /// Objects and templates in forms that are not edited.
    pub not_covered: usize,
    /// Objects that change.
    pub changed: usize,
    /// Fields that change.
    pub fields: usize,
    /// Violations that this run fixes.
    pub fixable: usize,
    /// Violations that only `--unsafe-fixes` fixes.
    pub need_unsafe: usize,
    /// Violations that need a person.
    pub need_person: usize,
    /// Violations that are exempt.
    pub excused: usize,
    /// Files and documents that failed.
    pub errors: usize,
}

impl Tally {
    /// Counts one document.
    pub fn document(&mut self, document: &Document) {
        let hardened = &document.hardened;
        self.not_covered += hardened.examination.not_covered.len();
        match &hardened.result {
            Err(failure) if failure.cause == Cause::Template => self.not_covered += 1,
            Err(_) => self.refused += 1,
            Ok(verified) => {
                self.fields += verified.as_ref().map_or(0, Verified::fields);
                let workloads = &hardened.examination.workloads;
                workloads
                    .iter()
                    .for_each(|workload| self.workload(workload));
            }
        }
    }

    fn workload(&mut self, examined: &Examined) {
        let violations = examined.judgements.iter().flat_map(|j| &j.violations);
        for violation in violations {
            match violation.status {
                Status::Fixed => self.fixable += 1,
                Status::NeedsUnsafe | Status::Held { takes_unsafe: true } => self.need_unsafe += 1,
                Status::NeedsDecision | Status::Held { .. } => self.need_person += 1,
                Status::Exempt(_) => self.excused += 1,
            }
        }
        let changes = examined.judgements.iter().any(|j| !j.fixes.is_empty());
        self.changed += usize::from(changes);
        match Outcome::of(examined) {
            Outcome::NeedsDecision => self.decisions += 1,
            Outcome::Fixed => self.fixed += 1,
            Outcome::Exempt => self.exempt += 1,
            Outcome::Refused | Outcome::NotCovered => self.patches += 1,
            Outcome::Compliant => self.compliant += 1,
        }
    }

    /// Adds another file's counts.
    pub fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.compliant += other.compliant;
        self.fixed += other.fixed;
        self.decisions += other.decisions;
        self.exempt += other.exempt;
        self.patches += other.patches;
        self.refused += other.refused;
        self.unwritten += other.unwritten;
        self.not_covered += other.not_covered;
        self.changed += other.changed;
        self.fields += other.fields;
        self.fixable += other.fixable;
        self.need_unsafe += other.need_unsafe;
        self.need_person += other.need_person;
        self.excused += other.excused;
        self.errors += other.errors;
    }

    /// All workloads seen, in documents that could be read.
    pub fn workloads(&self) -> usize {
        self.compliant + self.fixed + self.decisions + self.exempt + self.patches + self.unwritten
    }

    /// How the workloads divide: `37 workloads in 35 files: 35 hardened, 2 exempt`. `verb` is what happens to
    /// those that are fixed, `place` where they are.
    pub fn summary(&self, verb: &str, place: &str) -> String {
        let parts = [
            (self.fixed, verb),
            (self.compliant, "already hardened"),
            (
                self.decisions,
                plural(self.decisions, "needs a decision", "need a decision"),
            ),
            (self.exempt, "exempt"),
            (
                self.patches,
                plural(self.patches, "patch left alone", "patches left alone"),
            ),
        ];
        let parts = parts
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{n} {what}"));
        let mut parts: Vec<_> = parts.collect();
        if self.unwritten > 0 {
            parts.push(format!("{} not written", self.unwritten));
        }
        if self.refused > 0 {
            parts.push(count(self.refused, "document refused", "documents refused"));
        }
        if self.not_covered > 0 {
            parts.push(format!("{} not covered", self.not_covered));
        }
        format!(
            "{} in {place}: {}",
            count(self.workloads(), "workload", "workloads"),
            parts.join(", ")
        )
    }
}

/// `1 file`, `2 files`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", plural(n, one, many))
}

fn plural<'w>(n: usize, one: &'w str, many: &'w str) -> &'w str {
    if n == 1 { one } else { many }
}
