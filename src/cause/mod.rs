//! From what was seen of a container to the cause of its failure.
//!
//! Pure: no clock, no network, no files. What is looked for is data, `symptoms.csv`.

mod compare;
mod evidence;
mod find;
mod kind;
mod level;
mod line;
mod matching;
mod particulars;
mod path;
mod seen;
mod stack;
mod table;
mod words;

pub use compare::{NewError, new_errors};
pub use kind::{Access, Foreign, Kind, OwnershipCall, Refusal, Syscall, Verdict};
pub use path::FilePath;
pub use seen::{Place, Said, Seen};
pub use table::{Habitat, Symptom, symptoms};

use serde::Deserialize;

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
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
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
pub fn causes(seen: &Seen) -> Vec<Cause> {
    find::causes(seen)
}
