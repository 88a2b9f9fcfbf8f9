//! Bytes in: which files a run reads, and reading them.

mod read;
mod walk;

pub use read::{ReadError, read};
pub use walk::{Expanded, Input, Missing, Named, Origin, expand};
