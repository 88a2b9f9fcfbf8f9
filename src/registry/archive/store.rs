//! Files in a directory or a tar archive, by name. Nothing is unpacked to where a name leads.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType};
use tempfile::NamedTempFile;

use super::super::document::MAX_DOCUMENT;

/// The largest number of entries of an archive.
const MAX_ENTRIES: usize = 100_000;

/// Bytes that a compressed archive is unpacked to, into a temporary file.
const MAX_UNPACKED: u64 = 8 << 30;

/// Links that are followed one after the other.
const MAX_LINKS: u32 = 8;

/// Where files are.
pub(super) enum Store {
    Directory(PathBuf),
    Tar {
        path: PathBuf,
        entries: HashMap<String, Place>,
        /// What `path` is, where the archive was compressed; removed in the end.
        _unpacked: Option<NamedTempFile>,
    },
}

/// What an entry of an archive is.
pub(super) enum Place {
    /// Where its bytes begin, and how many there are.
    Bytes(u64, u64),
    /// The name that it stands for.
    Link(String),
}

impl Store {
    /// # Errors
    /// What the system says; a file that is no archive.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let metadata = path.metadata()?;
        if metadata.is_dir() {
            return Ok(Self::Directory(path.to_owned()));
        }
        if !metadata.is_file() {
            return Err(io::Error::other("neither a directory nor a plain file"));
        }
        let mut file = File::open(path)?;
        let mut magic = Vec::new();
        file.by_ref().take(2).read_to_end(&mut magic)?;
        file.rewind()?;
        let unpacked = match magic.as_slice() {
            [0x1f, 0x8b] => Some(unpack(file)?),
            _ => None,
        };
        let path = unpacked
            .as_ref()
            .map_or(path, |unpacked| unpacked.path())
            .to_owned();
        Ok(Self::Tar {
            entries: index(File::open(&path)?)?,
            path,
            _unpacked: unpacked,
        })
    }

    /// Whether it is an archive, and not a directory whose names might lead elsewhere.
    pub(super) fn is_file(&self) -> bool {
        matches!(self, Self::Tar { .. })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Directory(path) => path.join(name).is_file(),
            Self::Tar { entries, .. } => entries.contains_key(name),
        }
    }

    /// A file to be read. The name of one in a directory has to be made of a digest, or be a constant.
    ///
    /// # Errors
    /// It is not there, or no plain file.
    pub(super) fn read(&self, name: &str) -> io::Result<Box<dyn Read>> {
        let missing = || io::Error::other(format!("{name} is missing"));
        match self {
            Self::Directory(path) => {
                let path = path.join(name);
                let is_file = path.metadata().map_err(|_| missing())?.is_file();
                match is_file {
                    true => Ok(Box::new(File::open(path)?)),
                    false => Err(io::Error::other(format!("{name} is no plain file"))),
                }
            }
            Self::Tar { path, entries, .. } => {
                let mut name = name;
                for _ in 0..MAX_LINKS {
                    match entries.get(name).ok_or_else(missing)? {
                        Place::Link(to) => name = to,
                        Place::Bytes(start, length) => {
                            let mut file = File::open(path)?;
                            file.seek(SeekFrom::Start(*start))?;
                            return Ok(Box::new(file.take(*length)));
                        }
                    }
                }
                Err(io::Error::other(format!(
                    "{name} is a link to a link to a link"
                )))
            }
        }
    }

    /// A whole JSON document.
    ///
    /// # Errors
    /// It is not there, or larger than documents are.
    pub(super) fn document(&self, name: &str) -> Result<Vec<u8>, String> {
        let most = MAX_DOCUMENT as u64;
        let mut bytes = Vec::new();
        let file = self.read(name).map_err(|error| error.to_string())?;
        let read = file.take(most + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("{name}: {error}"))?;
        match bytes.len() > MAX_DOCUMENT {
            true => Err(format!("{name} is larger than {} MiB", most >> 20)),
            false => Ok(bytes),
        }
    }
}

fn unpack(file: File) -> io::Result<NamedTempFile> {
    let mut unpacked = NamedTempFile::new()?;
    let mut plain = MultiGzDecoder::new(file).take(MAX_UNPACKED + 1);
    let count = io::copy(&mut plain, &mut unpacked)?;
    match count > MAX_UNPACKED {
        true => Err(io::Error::other(format!(
            "it unpacks to more than {} GiB",
            MAX_UNPACKED >> 30
        ))),
        false => Ok(unpacked),
    }
}

/// The entries of an archive. The bytes between their heads are skipped.
fn index(file: File) -> io::Result<HashMap<String, Place>> {
    let size = file.metadata()?.len();
    let mut entries = HashMap::new();
    let mut archive = Archive::new(file);
    for entry in archive.entries_with_seek()?.raw(true) {
        let entry = entry?;
        if entries.len() >= MAX_ENTRIES {
            return Err(io::Error::other(format!(
                "it has more than {MAX_ENTRIES} entries"
            )));
        }
        let name = plain(&String::from_utf8_lossy(&entry.path_bytes()), "");
        let (start, length) = (entry.raw_file_position(), entry.size());
        let is_there = start.checked_add(length).is_some_and(|end| end <= size);
        let place = match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous if is_there => Place::Bytes(start, length),
            EntryType::Regular | EntryType::Continuous => {
                return Err(io::Error::other(format!("{name} is cut off")));
            }
            kind @ (EntryType::Symlink | EntryType::Link) => {
                let to = entry.link_name_bytes().unwrap_or_default();
                let to = String::from_utf8_lossy(&to);
                let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
                let folder = if kind == EntryType::Symlink {
                    folder
                } else {
                    ""
                };
                Place::Link(plain(&to, folder))
            }
            _ => continue,
        };
        entries.insert(name, place);
    }
    Ok(entries)
}

/// A name from the archive's top on, without `.` and `..`.
fn plain(name: &str, folder: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
