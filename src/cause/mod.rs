//! From what was seen of a container to the cause of its failure.
//!
//! Pure: no clock, no network, no files. What is looked for is data, `symptoms.csv`.

mod kind;
mod path;
mod seen;

pub use kind::{Access, Foreign, Kind, OwnershipCall, Refusal, Syscall, Verdict};
pub use path::FilePath;
pub use seen::{Place, Said, Seen};

/// Why a container failed, as far as one symptom tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The row of the table: `erofs`; `unknown` where no row knows the symptom.
    pub row: &'static str,
    /// The container's name.
    pub container: String,
    /// What it is, with its particulars.
    pub kind: Kind,
    /// The guilty fields, as ids of checks, the one to be left out first comes first: `readOnlyRootFilesystem`. Empty where
    /// the baseline is not to blame.
    pub fields: Vec<&'static str>,
    /// Where the line that tells was found.
    pub place: Place,
    /// The line that tells: at most [`EVIDENCE`] characters, control characters escaped. Empty where there is none.
    pub evidence: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// What keeps the field and makes the container run: `an emptyDir at /var/cache/nginx`. Empty where nothing does.
    pub remedy: String,
    /// What its makers have to change, in a sentence.
    pub fix: String,
}

impl Cause {
    /// Whether a field of the baseline is to blame.
    pub fn is_ours(&self) -> bool {
        !self.fields.is_empty()
    }
}

/// How sure a cause is; the surest is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Other causes give the same line as often.
    Possible,
    /// Other causes give the same line now and then.
    Likely,
    /// Nothing else gives this line.
    Certain,
}

/// Longest evidence, in characters.
pub const EVIDENCE: usize = 300;

/// The causes of what was seen, the best first, each once. A container that failed has at least one: [`Kind::Unknown`] where
/// no row of the table knows a symptom. One that did not fail and shows nothing has none.
pub fn causes(_seen: &Seen) -> Vec<Cause> {
    Vec::new()
}

/// A kind of error line that stands in the new logs and not in the old ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewError {
    /// What makes two lines the same: the kind and its subject, or the line without numbers, times and addresses.
    pub key: String,
    /// The cause, where the line is a symptom of a known one.
    pub cause: Option<Cause>,
    /// The first such line: at most [`EVIDENCE`] characters, control characters escaped.
    pub line: String,
    /// How many lines are like it.
    pub count: usize,
}

impl NewError {
    /// Whether the line says that the hardening denied something: its cause names a field of the baseline.
    pub fn is_denied(&self) -> bool {
        self.cause.as_ref().is_some_and(Cause::is_ours)
    }
}

/// The kinds of error lines of `after` that `before` does not have, denials first, then in the order of the logs. Each text is the
/// log of one container instance; `container` names it in the causes.
pub fn new_errors(_container: &str, _before: &[&str], _after: &[&str]) -> Vec<NewError> {
    Vec::new()
}
