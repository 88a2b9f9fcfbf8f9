//! Where journals are kept: a directory each, below `$XDG_STATE_HOME/kubectl-harden`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;

use crate::base_directory::base_directory;

/// The file that a process holds while it works in a directory.
pub(crate) const LOCK: &str = "lock";

/// The directory of all journals of a kind (XDG Base Directory Specification: state that outlives the program).
///
/// # Errors
/// No home directory.
pub(crate) fn state_directory(kind: &str) -> anyhow::Result<PathBuf> {
    let state = base_directory("XDG_STATE_HOME", ".local/state");
    let state =
        state.context("no home directory to keep the journal in\nhint: set XDG_STATE_HOME")?;
    Ok(state.join("kubectl-harden").join(kind))
}

/// Makes a directory for this user alone, named after the time, and says its name.
///
/// # Errors
/// What the system says.
pub(crate) fn new_directory(parent: &Path) -> io::Result<(String, PathBuf)> {
    create_private(parent)?;
    let now = Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
    for n in 0_u32.. {
        let id = if n == 0 {
            now.clone()
        } else {
            format!("{now}-{n}")
        };
        let directory = parent.join(&id);
        match private_builder().create(&directory) {
            Ok(()) => return Ok((id, directory)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Makes a directory and those above it for this user alone.
///
/// # Errors
/// What the system says.
pub(crate) fn create_private(path: &Path) -> io::Result<()> {
    private_builder().recursive(true).create(path)
}

fn private_builder() -> fs::DirBuilder {
    #[allow(unused_mut)]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder
}

/// The names of the directories that hold a file, the oldest first.
pub(crate) fn directories(parent: &Path, file: &str) -> Vec<String> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let there = entries.filter(|entry| entry.path().join(file).is_file());
    let mut names: Vec<_> = there
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// Makes new names in a directory durable, where the system can.
pub(crate) fn sync(directory: &Path) {
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
}
