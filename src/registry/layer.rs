//! Files of an image, looked for in its layers from the top.
//!
//! Source: the OCI image specification 1.1, `layer.md`; whiteouts hide what is in the layers below.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};
use tar::{Archive, Entry, EntryType};

use super::document::hex;
use super::zstd::Zstd;

/// Bytes that are unpacked for one image.
pub(super) const MAX_UNPACKED: u64 = 256 << 20;

/// The largest file that is read, and the largest name.
const MAX_FILE: u64 = 1 << 20;

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// Not met yet; below the last layer: not there.
    Open,
    Found(String),
    /// Taken away by a layer.
    Gone,
    /// It cannot be known, and why.
    Unknown(String),
}

/// The files that are looked for; `None` is not.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    pub(super) passwd: Option<Slot>,
    pub(super) group: Option<Slot>,
}

/// What one entry of a layer means.
enum Met {
    File(&'static str),
    Whiteout(&'static str),
    WhiteoutOfAll,
    Link,
    Nothing,
}

impl Files {
    /// Whether a lower layer can still say something.
    pub(super) fn is_open(&self) -> bool {
        [&self.passwd, &self.group].contains(&&Some(Slot::Open))
    }

    /// Gives up on what is not found yet.
    pub(super) fn give_up(&mut self, why: &str) {
        self.settle(|_| true, &Slot::Unknown(why.to_owned()));
    }

    /// Reads one layer, the next one below. `budget` is what may still be unpacked.
    ///
    /// A layer is read no further than to the last file that is looked for. One that is read to its end has to have its
    /// digest, where that is known.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(
        &mut self,
        layer: impl Read,
        digest: Option<&str>,
        budget: &mut u64,
    ) -> io::Result<()> {
        let hash = Rc::new(RefCell::new(Sha256::new()));
        let hashed = Hashed {
            inner: layer,
            hash: Rc::clone(&hash),
        };
        let mut packed = BufReader::with_capacity(64 << 10, hashed);
        let left = Cell::new(*budget);
        let whiteouts = self.unpacked(&mut packed, &left);
        *budget = left.get();
        let whiteouts = whiteouts?;
        if self.is_open() {
            io::copy(&mut packed, &mut io::sink())?;
            let sum = hex(hash.borrow().clone().finalize().as_slice());
            if digest.is_some_and(|digest| digest != sum) {
                return Err(io::Error::other(
                    "a layer has another digest than its manifest says",
                ));
            }
        }
        let is_all = whiteouts.contains(&None);
        let is_hidden = |name| is_all || whiteouts.contains(&Some(name));
        self.settle(is_hidden, &Slot::Gone);
        Ok(())
    }

    /// The names that lower layers no longer show; `None` is all.
    fn unpacked(
        &mut self,
        packed: &mut impl BufRead,
        left: &Cell<u64>,
    ) -> io::Result<Vec<Option<&'static str>>> {
        let mut magic = Vec::new();
        packed.take(4).read_to_end(&mut magic)?;
        let packed = Cursor::new(magic.clone()).chain(packed);
        let plain: Box<dyn Read + '_> = match magic.as_slice() {
            [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(packed)),
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
                Box::new(Zstd::new(packed))
            }
            _ => Box::new(packed),
        };
        let mut whiteouts = Vec::new();
        let mut archive = Archive::new(Bounded { inner: plain, left });
        let mut long_name = None;
        for entry in archive.entries()?.raw(true) {
            let mut entry = entry?;
            if entry.header().entry_type() == EntryType::GNULongLink {
                continue;
            }
            if let Some(name) = name_of_next(&mut entry)? {
                long_name = Some(name);
                continue;
            }
            let name = long_name
                .take()
                .unwrap_or_else(|| entry.path_bytes().into_owned());
            match meaning(&name, entry.header().entry_type()) {
                Met::File(name) => self.meet(name, &mut entry)?,
                Met::Whiteout(name) => whiteouts.push(Some(name)),
                Met::WhiteoutOfAll => whiteouts.push(None),
                Met::Link => self.give_up("/etc is a link in its layers"),
                Met::Nothing => {}
            }
            if !self.is_open() {
                return Ok(Vec::new());
            }
        }
        Ok(whiteouts)
    }

    fn meet(&mut self, name: &str, entry: &mut Entry<impl Read>) -> io::Result<()> {
        let slot = match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous if entry.size() <= MAX_FILE => {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes)?;
                if (bytes.len() as u64) < entry.size() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Slot::Found(String::from_utf8_lossy(&bytes).into_owned())
            }
            EntryType::Regular | EntryType::Continuous => {
                Slot::Unknown(format!("{name} has {} bytes", entry.size()))
            }
            _ => Slot::Unknown(format!("{name} is not a plain file in its layers")),
        };
        self.settle(|file| file == name, &slot);
        Ok(())
    }

    fn settle(&mut self, chosen: impl Fn(&'static str) -> bool, as_what: &Slot) {
        for (name, slot) in [(PASSWD, &mut self.passwd), (GROUP, &mut self.group)] {
            if *slot == Some(Slot::Open) && chosen(name) {
                *slot = Some(as_what.clone());
            }
        }
    }
}

const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";

fn meaning(name: &[u8], kind: EntryType) -> Met {
    let name = String::from_utf8_lossy(name);
    let name = name.trim_start_matches("./").trim_matches('/');
    match name {
        "etc/passwd" => Met::File(PASSWD),
        "etc/group" => Met::File(GROUP),
        "etc/.wh.passwd" => Met::Whiteout(PASSWD),
        "etc/.wh.group" => Met::Whiteout(GROUP),
        ".wh.etc" | ".wh..wh..opq" | "etc/.wh..wh..opq" => Met::WhiteoutOfAll,
        "etc" if kind == EntryType::Symlink => Met::Link,
        _ => Met::Nothing,
    }
}

/// The long name that a GNU or PAX header gives to the entry after it. A size there is not read: a layer that needs one
/// has files of more than 8 GiB, and is given up on.
fn name_of_next(entry: &mut Entry<impl Read>) -> io::Result<Option<Vec<u8>>> {
    let kind = entry.header().entry_type();
    let is_pax = kind == EntryType::XHeader;
    if kind != EntryType::GNULongName && !is_pax {
        return Ok(None);
    }
    if entry.size() > MAX_FILE {
        return Err(io::Error::other("a layer has a header of more than 1 MiB"));
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    if !is_pax {
        bytes.retain(|byte| *byte != 0);
        return Ok(Some(bytes));
    }
    let extensions = tar::PaxExtensions::new(&bytes).flatten();
    let mut paths = extensions.filter(|extension| extension.key_bytes() == b"path");
    Ok(paths.next().map(|path| path.value_bytes().to_vec()))
}

struct Hashed<R> {
    inner: R,
    hash: Rc<RefCell<Sha256>>,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash
            .borrow_mut()
            .update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

struct Bounded<'l, R> {
    inner: R,
    left: &'l Cell<u64>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            let limit = MAX_UNPACKED >> 20;
            return Err(io::Error::other(format!(
                "its layers unpack to more than {limit} MiB"
            )));
        }
        let most = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = self
            .inner
            .read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left.set(left - count as u64);
        Ok(count)
    }
}
