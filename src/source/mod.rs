//! Bytes in: which files or live objects a run reads, and reading them.

mod live;
mod read;
mod walk;

pub use live::{Item, LiveObject, Query, live};
pub(crate) use live::{LivePod, PodQuery, Pods, manifest_of};
pub use read::{ReadError, read};
pub use walk::{Expanded, Input, Missing, Named, Origin, expand};
