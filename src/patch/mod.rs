//! From fixes to edits: what changes in the tree, then which bytes.

mod aliases;
mod block;
mod edits;
mod flow;
mod indent;
mod lower;
mod ops;
mod resolve;
mod style;

pub use edits::{Edit, Edits, Overlap, splice};
pub use lower::lower;
pub use ops::{Op, Ops};
pub use resolve::resolve;

use crate::yaml::NodeId;

/// Why a document is not edited, and where the reason is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The node that is in the way.
    pub at: NodeId,
    /// What is in the way, in lower case.
    pub message: String,
}

fn refuse<T>(at: NodeId, message: impl Into<String>) -> Result<T, Refusal> {
    let message = message.into();
    Err(Refusal { at, message })
}
