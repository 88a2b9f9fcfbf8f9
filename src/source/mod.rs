//! Bytes in: which files or live objects a run reads, and reading them.

mod live;
mod read;
mod walk;

pub(crate) use live::manifest_of;
pub use live::{Item, LiveObject, Query, live};
pub use read::{ReadError, read};
pub use walk::{Expanded, Input, Missing, Named, Origin, expand};
