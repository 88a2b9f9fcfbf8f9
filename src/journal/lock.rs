//! The lock of a directory, and the mark that tells it from every other.

use std::fs::{File, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::path::Path;

/// Held while a process works in a directory.
#[derive(Debug)]
pub(crate) struct Lock {
    /// Ends with the process, however it ends.
    _file: File,
    /// The same for as long as the directory is kept. Ids are times: two of one user with two state directories may have
    /// the same.
    pub(crate) mark: String,
}

impl Lock {
    /// Takes the lock; `None` where another process holds it.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn take(path: &Path) -> io::Result<Option<Self>> {
        let mut options = File::options();
        let options = options.create(true).truncate(false).read(true).write(true);
        let mut file = options.open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut mark = String::new();
        file.read_to_string(&mut mark)?;
        if mark.is_empty() {
            mark = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
            file.write_all(mark.as_bytes())?;
            file.sync_all()?;
        }
        Ok(Some(Self { _file: file, mark }))
    }

    /// Whether a process holds it.
    pub(crate) fn is_held(path: &Path) -> bool {
        let file = File::open(path);
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stays_with_its_run_and_is_no_other_runs() {
        let folder = tempfile::tempdir().expect("a folder");
        let take = |name: &str| Lock::take(&folder.path().join(name)).expect("opens");
        let one = take("one").expect("free");
        assert!(take("one").is_none() && Lock::is_held(&folder.path().join("one")));
        let mark = one.mark.clone();
        drop(one);
        assert_eq!(take("one").expect("free").mark, mark);
        assert_ne!(take("two").expect("free").mark, mark);
        assert_eq!(mark.len(), 16);
    }
}
