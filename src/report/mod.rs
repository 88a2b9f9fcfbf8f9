//! What a run saw, as data, and the formats that it is written in: one file a format.

mod by_check;
mod collect;
mod controls;
mod counts;
mod csv;
mod escape;
#[cfg(test)]
mod gallery;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod note;
mod rollout;
mod sarif;
mod states;
mod table;
mod target;
mod words;
#[cfg(feature = "xlsx")]
mod xlsx;

use std::io::{self, Write};

use jiff::Timestamp;

use crate::checks::Check;

pub use self::controls::{AuditRow, ControlMap, ControlMapError};
pub use self::counts::Counts;
pub use self::csv::{Csv, neutral};
pub use self::github::Github;
pub use self::html::Html;
pub use self::json::{Json, SCHEMA_VERSION};
pub use self::junit::Junit;
pub use self::markdown::Markdown;
pub use self::rollout::{
    Learned, LeftOut, LiveRead, LiveResult, LogWarning, Rollout, RunRecord, Transition,
};
pub use self::sarif::Sarif;
#[cfg(feature = "xlsx")]
pub use self::xlsx::Xlsx;
pub use crate::checks::Excuse as Exemption;
pub use crate::outcome::Outcome;
pub use crate::yaml::Position;
pub(crate) use collect::divide;
pub use collect::{Source, absent, failed_file, unwritten};
pub use note::SubjectNote;
pub use target::{Destination, FORMATS, Target};

/// Everything that a run saw, in the order of its input.
#[derive(Clone, Debug)]
pub struct Report {
    /// When the run started, in UTC.
    pub started: Timestamp,
    /// Whether what is [`Outcome::Fixed`] was written to the files (`-w`), or is in the cluster; else it is what `-w`
    /// would write.
    pub applied: bool,
    /// The run that changed a cluster; `None` where files or objects were only read, or files were written.
    pub rollout: Option<RunRecord>,
    /// Everything seen, one entry each.
    pub subjects: Vec<Subject>,
}

/// One thing that was seen: a workload, an object that is not covered, or a document or file that was refused.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Where it is.
    pub place: Place,
    /// What it is; `None` for a document or file that could not be read.
    pub object: Option<ObjectName>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it is refused or not covered, in lower case; empty for the others.
    pub message: String,
    /// What to do about that; empty where there is nothing to say.
    pub hint: String,
    /// The profile that it was judged by: `hardened`, `restricted`, `baseline`.
    pub profile: &'static str,
    /// The version of Pod Security Standards that it was judged by: `v1.37`.
    pub pss_version: String,
    /// One row for each field of the pod, then of each container, in the order of the checks; none where it is
    /// refused or not covered, but for what a rollout did not do.
    pub rows: Vec<Row>,
    /// What a person should know besides: why values are not the defaults, what the program needs to keep running.
    pub notes: Vec<SubjectNote>,
    /// What `-w` replaces in its file for it, sorted and disjoint; empty where nothing changes.
    pub replacements: Vec<Replacement>,
    /// Its change as a unified diff without colour; empty where nothing changes.
    pub diff: String,
    /// What the run did to it; `None` where it was no part of a rollout.
    pub rollout: Option<Rollout>,
}

/// A place in a file; line and column start at 1, the column counts characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path as it is shown: relative below the working directory; `stdin`.
    pub path: String,
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// An object's identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// Empty where none is written.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// kubectl's name for it: `deployment.apps/web`.
    pub resource: String,
}

/// One field of one container, or of the pod.
#[derive(Clone, Debug)]
pub struct Row {
    /// The container; `None` for the pod.
    pub container: Option<ContainerName>,
    /// The check that looks at the field.
    pub check: &'static Check,
    /// The field's path from the object's root: `spec.template.spec.containers[0].securityContext.runAsUser`.
    pub field: String,
    /// Where the field is, or where what lacks it starts.
    pub place: Place,
    /// Its effective value before, as JSON (a container's own counts before the pod's); `None` where unset.
    pub before: Option<String>,
    /// Its effective value after, read from the proved result.
    pub after: Option<String>,
    /// Its effective value in the cluster when the report was made, `Some(None)` where unset; `None` where it was not
    /// read again.
    pub live: Option<Option<String>>,
    /// What became of it.
    pub status: RowStatus,
    /// What it must do, where it did not, in Pod Security Admission's words; empty where compliant.
    pub detail: String,
    /// Pod Security Admission's short reason (`allowPrivilegeEscalation != false`); empty where compliant.
    pub forbidden_reason: String,
}

/// A container's identity within its pod spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerName {
    /// Its name.
    pub name: String,
    /// The list that holds it: `containers`, `initContainers`, `ephemeralContainers`.
    pub list: &'static str,
    /// Its image as written; empty where none is.
    pub image: String,
}

/// What became of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowStatus {
    /// Met the demand before.
    Compliant,
    /// Meets it with this run's changes.
    Fixed,
    /// Only `--unsafe-fixes` changes it.
    NeedsUnsafeFixes,
    /// A person has to decide.
    NeedsDecision,
    /// Somebody has a reason.
    Exempt(Exemption),
    /// The change of a rollout that would have met it is not in the cluster: never made, or set back.
    NotDone,
}

/// Bytes of a file that are replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The first byte's offset in the file.
    pub offset: usize,
    /// How many bytes go; 0 for an insertion.
    pub length: usize,
    /// Where the first byte is.
    pub start: Position,
    /// Where the byte after the last one is.
    pub end: Position,
    /// What comes.
    pub text: String,
}

impl RowStatus {
    /// Its name in machine-readable formats.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::Fixed => "fixed",
            Self::NeedsUnsafeFixes => "needsUnsafeFixes",
            Self::NeedsDecision => "needsDecision",
            Self::Exempt(_) => "exempt",
            Self::NotDone => "notDone",
        }
    }

    /// The outcome that it counts as.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Compliant => Outcome::Compliant,
            Self::Fixed => Outcome::Fixed,
            Self::NeedsUnsafeFixes | Self::NeedsDecision => Outcome::NeedsDecision,
            Self::Exempt(_) => Outcome::Exempt,
            Self::NotDone => Outcome::Refused,
        }
    }
}

impl Report {
    /// How many subjects there are by outcome.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.subjects
            .iter()
            .for_each(|subject| counts.add(subject.outcome));
        counts
    }

    /// How many rows there are by outcome.
    pub fn row_counts(&self) -> Counts {
        let mut counts = Counts::default();
        let rows = self.subjects.iter().flat_map(|subject| &subject.rows);
        rows.for_each(|row| counts.add(row.status.outcome()));
        counts
    }

    /// What [`Outcome::Fixed`] is called by a person: nothing is fixed that was not written.
    pub fn fixed_label(&self) -> &'static str {
        match self.applied {
            true => "fixed",
            false => "fixed by -w",
        }
    }
}

/// A format that a report is written in.
pub trait Format {
    /// Writes the report.
    ///
    /// # Errors
    /// What the writer says.
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()>;
}

#[cfg(test)]
pub(crate) mod sample;
