//! Directories for this user's eyes alone.

use std::fs::{self, File};
use std::io;
use std::path::Path;

pub(super) fn private_builder() -> fs::DirBuilder {
    #[allow(unused_mut)]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder
}

pub(super) fn create_private(path: &Path) -> io::Result<()> {
    private_builder().recursive(true).create(path)
}

/// Makes new names in a directory durable, where the system can.
pub(super) fn sync(directory: &Path) {
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
}
