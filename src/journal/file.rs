//! Appending to the journal, and reading it back after a crash.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::Path;

use jiff::Timestamp;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What to do about a journal that somebody or something has changed.
const HINT: &str =
    "hint: nothing was done; put back what was there, or undo by hand what the lines before say";

/// What happened, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry<E> {
    /// Number of the line, from 1.
    pub(crate) seq: u64,
    pub(crate) at: Timestamp,
    #[serde(flatten)]
    pub(crate) event: E,
}

/// An open journal of events.
#[derive(Debug)]
pub(crate) struct Journal<E> {
    file: File,
    next: u64,
    /// How long it is: what is behind that is half a line.
    length: u64,
    /// Why nothing more is written.
    broken: Option<String>,
    events: PhantomData<E>,
}

impl<E: Serialize + DeserializeOwned> Journal<E> {
    /// Opens a journal to append to it. A last line that a crash cut short never counted, and is taken away.
    ///
    /// # Errors
    /// What the system says; a line in the middle that is none of a journal.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Vec<Entry<E>>)> {
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
        let journal = Self {
            file,
            next,
            length: whole as u64,
            broken: None,
            events: PhantomData,
        };
        Ok((journal, entries))
    }

    /// Reads a journal that somebody else may be writing.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn read(path: &Path) -> io::Result<Vec<Entry<E>>> {
        let text = std::fs::read(path)?;
        let whole = memchr::memrchr(b'\n', &text).map_or(0, |at| at + 1);
        entries(text.get(..whole).unwrap_or_default())
    }

    /// Writes what happened; when this returns it is on the disk. After a crash in between, the first of several may
    /// be there without the others. After a line that could not be written, none is: what comes behind half a line
    /// cannot be read, and whether a sync that failed once works later is not known.
    ///
    /// # Errors
    /// What the system says: nothing more may be done then.
    pub(crate) fn append(&mut self, events: Vec<E>) -> io::Result<Vec<Entry<E>>> {
        if let Some(why) = &self.broken {
            return Err(io::Error::other(why.clone()));
        }
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
        if lines.is_empty() {
            return Ok(entries);
        }
        let written = self.file.write_all(&lines);
        if let Err(error) = written.and_then(|()| self.file.sync_data()) {
            self.broken = Some(error.to_string());
            // Where that fails too, half a line is left, and taken away when the run goes on.
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        self.next += entries.len() as u64;
        self.length += lines.len() as u64;
        Ok(entries)
    }
}

fn entries<E: DeserializeOwned>(text: &[u8]) -> io::Result<Vec<Entry<E>>> {
    let lines = text.split(|&byte| byte == b'\n').enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty());
    let mut entries: Vec<Entry<E>> = Vec::new();
    for (i, line) in lines {
        let damaged = |what: String| {
            let message = format!("line {} of the journal: {what}\n{HINT}", i + 1);
            io::Error::new(io::ErrorKind::InvalidData, message)
        };
        let entry: Entry<E> =
            serde_json::from_slice(line).map_err(|error| damaged(error.to_string()))?;
        let wanted = entries.last().map_or(1, |last| last.seq + 1);
        if entry.seq != wanted {
            return Err(damaged(format!(
                "it has the number {}, not {wanted}",
                entry.seq
            )));
        }
        entries.push(entry);
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "event", rename_all = "camelCase")]
    enum Event {
        Stopped { why: String },
        Ended,
    }

    type Journal = super::Journal<Event>;

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

    #[test]
    fn a_line_that_is_missing_or_twice_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.jsonl");
        let (mut journal, _) = Journal::open(&path).expect("opens");
        for _ in 0..3 {
            journal.append(vec![Event::Ended]).expect("written");
        }
        let text = std::fs::read_to_string(&path).expect("read");
        let lines: Vec<_> = text.lines().collect();
        for (kept, wrong) in [([0, 2, 2], 2), ([0, 0, 1], 2), ([1, 2, 2], 1)] {
            let kept = kept.map(|i| lines[i]).join("\n") + "\n";
            std::fs::write(&path, kept).expect("written");
            let error = Journal::open(&path).expect_err("damaged").to_string();
            assert!(error.contains(&format!("line {wrong} of")), "{error}");
        }
    }

    /// A disk that is full in the middle of a line, and has room again for the next.
    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_is_written_behind_a_line_that_did_not_fit() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.jsonl");
        let (mut journal, _) = Journal::open(&path).expect("opens");
        journal.append(vec![Event::Ended]).expect("written");
        let full = File::options().write(true).open("/dev/full").expect("open");
        let file = std::mem::replace(&mut journal.file, full);
        journal.append(vec![Event::Ended]).expect_err("no space");
        (&file).write_all(b"{\"seq\":2,\"at").expect("half a line");
        journal.file = file;
        journal.append(vec![Event::Ended]).expect_err("broken");
        drop(journal);
        let (_, entries) = Journal::open(&path).expect("opens");
        assert_eq!(entries.len(), 1);
    }
}
