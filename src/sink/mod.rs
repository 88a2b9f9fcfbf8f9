//! Bytes out: unified diffs and files.

mod diff;
mod file;

pub use diff::{unified, unified_around};
pub use file::{WriteError, create_file, create_private_file, replace_file};
