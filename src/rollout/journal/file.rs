//! Appending to the journal, and reading it back after a crash.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use jiff::Timestamp;

use super::{Entry, Event};

/// An open journal.
#[derive(Debug)]
pub(in crate::rollout) struct Journal {
    file: File,
    next: u64,
}

impl Journal {
    /// Opens a journal to append to it. A last line that a crash cut short never counted, and is taken away.
    ///
    /// # Errors
    /// What the system says; a line in the middle that is none of a journal.
    pub(in crate::rollout) fn open(path: &Path) -> io::Result<(Self, Vec<Entry>)> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let whole = memchr::memrchr(b'\n', &text).map_or(0, |at| at + 1);
        if whole < text.len() {
            file.set_len(whole as u64)?;
            file.sync_all()?;
        }
        let entries = entries(text.get(..whole).unwrap_or_default())?;
        file.seek(SeekFrom::End(0))?;
        let next = entries.last().map_or(1, |entry| entry.seq + 1);
        Ok((Self { file, next }, entries))
    }

    /// Reads a journal that somebody else may be writing.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(in crate::rollout) fn read(path: &Path) -> io::Result<Vec<Entry>> {
        let text = std::fs::read(path)?;
        let whole = memchr::memrchr(b'\n', &text).map_or(0, |at| at + 1);
        entries(text.get(..whole).unwrap_or_default())
    }

    /// Writes what happened; when this returns it is on the disk. After a crash in between, the first of several may
    /// be there without the others.
    ///
    /// # Errors
    /// What the system says: nothing more may be done then.
    pub(in crate::rollout) fn append(&mut self, events: Vec<Event>) -> io::Result<Vec<Entry>> {
        let at = Timestamp::now();
        let entries: Vec<_> = (self.next..)
            .zip(events)
            .map(|(seq, event)| Entry { seq, at, event })
            .collect();
        let mut lines = Vec::new();
        for entry in &entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        if !lines.is_empty() {
            self.file.write_all(&lines)?;
            self.file.sync_data()?;
        }
        self.next += entries.len() as u64;
        Ok(entries)
    }
}

fn entries(text: &[u8]) -> io::Result<Vec<Entry>> {
    let lines = text.split(|&byte| byte == b'\n').enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty());
    let read = lines.map(|(i, line)| {
        serde_json::from_slice(line).map_err(|error| {
            let message = format!("line {} of the journal: {error}", i + 1);
            io::Error::new(io::ErrorKind::InvalidData, message)
        })
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_short_never_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.jsonl");
        let (mut journal, entries) = Journal::open(&path).expect("opens");
        assert_eq!(entries, []);
        let stopped = |why: &str| Event::Stopped { why: why.into() };
        let first = journal.append(vec![stopped("a\nb")]).expect("written");
        let both = vec![stopped("c"), stopped("d")];
        journal.append(both).expect("written");
        drop(journal);
        let whole = std::fs::read(&path).expect("read");
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).expect("written");
            let (mut journal, entries) = Journal::open(&path).expect("opens");
            let lines = whole[..cut].iter().filter(|&&b| b == b'\n').count();
            assert_eq!(entries.len(), lines, "cut at {cut}");
            assert!(lines == 0 || entries[..1] == first);
            let next = journal.append(vec![Event::Ended]).expect("written");
            assert_eq!(next[0].seq as usize, lines + 1);
            assert_eq!(Journal::read(&path).expect("reads").last(), next.last());
        }
    }

    #[test]
    fn a_line_in_the_middle_that_is_none_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.jsonl");
        std::fs::write(&path, "{\"seq\":1}\n{}\n").expect("written");
        let error = Journal::open(&path).expect_err("no journal");
        assert!(error.to_string().contains("line 1"), "{error}");
    }
}
