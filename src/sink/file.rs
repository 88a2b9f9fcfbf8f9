//! Replacing a file so that a crash at any instant leaves the old one or the new one whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use tempfile::Builder;

/// Why a file was not written. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The system's reason.
    #[error("cannot write it: {0}")]
    Io(#[from] io::Error),
    /// Its mode forbids it.
    #[error("it is read-only")]
    ReadOnly,
    /// Somebody else wrote it since it was read.
    #[error("it changed while it was being hardened")]
    Changed,
}

impl WriteError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io(_) => "the file is as it was; check the directory's permissions and space",
            Self::ReadOnly => "the file is as it was; allow writing it: chmod u+w FILE",
            Self::Changed => "the file is as the other writer left it; run again",
        }
    }
}

/// Replaces `path`, or what it links to, if it still holds `original`: a temporary file in the same directory
/// gets mode and owner, is synced and renamed over it.
///
/// # Errors
/// What keeps the file from being replaced; it is then unchanged.
pub fn replace_file(path: &Path, original: &[u8], patched: &[u8]) -> Result<(), WriteError> {
    let target = fs::canonicalize(path)?;
    let metadata = fs::metadata(&target)?;
    if metadata.permissions().readonly() {
        return Err(WriteError::ReadOnly);
    }
    let directory = target.parent().unwrap_or(Path::new("/"));
    let mut temporary = Builder::new()
        .prefix(".kubectl-harden-")
        .suffix(".tmp")
        .tempfile_in(directory)?;
    temporary.write_all(patched)?;
    copy_owner_and_mode(temporary.as_file(), &metadata)?;
    temporary.as_file().sync_all()?;
    let now = fs::read(&target)?;
    if now == patched {
        return Ok(());
    }
    if now != original {
        return Err(WriteError::Changed);
    }
    temporary.persist(&target).map_err(|error| error.error)?;
    sync_directory(directory);
    Ok(())
}

/// Makes a file, or replaces it whole; what is no regular file (a pipe, `/dev/stderr`) is written to.
///
/// # Errors
/// What keeps the file from being written.
pub fn create_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create_with_mode(path, bytes, 0o666)
}

/// As [`create_file`], for this user's eyes alone.
///
/// # Errors
/// What keeps the file from being written.
pub fn create_private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create_with_mode(path, bytes, 0o600)
}

fn create_with_mode(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return File::options().write(true).open(path)?.write_all(bytes);
    }
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut builder = Builder::new();
    builder.prefix(".kubectl-harden-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = mode;
    let mut temporary = builder.tempfile_in(directory)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(unix)]
fn copy_owner_and_mode(file: &File, metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (metadata.uid(), metadata.gid()) {
        fchown(file, Some(metadata.uid()), Some(metadata.gid()))?;
    }
    file.set_permissions(metadata.permissions())
}

#[cfg(not(unix))]
fn copy_owner_and_mode(file: &File, metadata: &fs::Metadata) -> io::Result<()> {
    file.set_permissions(metadata.permissions())
}

/// Makes the rename itself durable. Not every file system can; the file is whole either way.
fn sync_directory(directory: &Path) {
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
}
