//! Reading one input, within bounds.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};

use super::walk::Origin;

/// The largest file that is read.
const MAX_FILE: u64 = 1 << 30;

/// Why an input has no text.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system's reason.
    #[error("cannot read it: {0}")]
    Io(#[from] io::Error),
    /// A device, socket or pipe.
    #[error("not a regular file")]
    NotAFile,
    /// Past the limit.
    #[error("larger than {} MiB", MAX_FILE >> 20)]
    TooLarge,
    /// UTF-16 or UTF-32.
    #[error("{0}, not UTF-8")]
    Encoding(&'static str),
    /// Not text.
    #[error("a binary file")]
    Binary,
}

impl ReadError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::NotFound => {
                "it is gone, or a symbolic link that leads nowhere"
            }
            Self::Io(_) => "check its permissions",
            Self::NotAFile => "pipe it: kubectl harden -f -",
            Self::TooLarge => "split it",
            Self::Encoding(_) => "convert it: iconv -t UTF-8",
            Self::Binary => "name manifests in YAML or JSON",
        }
    }
}

/// The bytes of an input.
///
/// # Errors
/// What cannot be read, or is not text that YAML could be.
pub fn read(origin: &Origin) -> Result<Cow<'_, [u8]>, ReadError> {
    let mut bytes = Vec::new();
    match origin {
        Origin::Live(object) => return Ok(Cow::Borrowed(&object.text)),
        Origin::Stdin => {
            io::stdin()
                .lock()
                .take(MAX_FILE + 1)
                .read_to_end(&mut bytes)?;
        }
        Origin::File(path) => {
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            if !metadata.is_file() {
                return Err(ReadError::NotAFile);
            }
            if metadata.len() > MAX_FILE {
                return Err(ReadError::TooLarge);
            }
            read_file(file, metadata.len(), &mut bytes)?;
        }
    }
    if bytes.len() as u64 > MAX_FILE {
        return Err(ReadError::TooLarge);
    }
    check_text(&bytes)?;
    Ok(Cow::Owned(bytes))
}

/// Reads a file of a known size. Its end needs no call of its own where it is as long as it said.
fn read_file(mut file: File, size: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    bytes.reserve_exact(size as usize + 1);
    let read = (&mut file).take(size).read_to_end(bytes)?;
    if read == 0 || (read as u64) < size {
        // A file that has no size, as in /proc, or has just become shorter.
        file.take(MAX_FILE + 1 - read as u64).read_to_end(bytes)?;
    }
    Ok(())
}

fn check_text(bytes: &[u8]) -> Result<(), ReadError> {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => Err(ReadError::Encoding("UTF-32")),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Err(ReadError::Encoding("UTF-16")),
        [0, b, ..] | [b, 0, ..] if b.is_ascii_graphic() => Err(ReadError::Encoding("UTF-16")),
        _ => {
            let head = bytes.get(..bytes.len().min(8192)).unwrap_or_default();
            let binary = memchr::memchr(0, head).is_some();
            if binary {
                Err(ReadError::Binary)
            } else {
                Ok(())
            }
        }
    }
}
