//! Configurations that were read before, by digest: what a digest names never changes.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Once;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::reference::is_digest;
use super::remote::Inspected;
use crate::images::Platform;
use crate::images::{Ids, ImageConfig};
use crate::journal::create_private;

/// The form of an entry. One of another form is not read.
const VERSION: u32 = 1;

/// The largest entry that is read, in bytes.
const MAX_ENTRY: u64 = 4 << 20;

/// How many entries are kept, and how many are left when there are more. The oldest go.
const MOST: usize = 5000;
const LEFT: usize = 4000;

/// A directory of entries, one for each digest and platform.
pub(super) struct Cache {
    directory: PathBuf,
    thinned: Once,
}

#[derive(Deserialize, Serialize)]
struct Entry {
    version: u32,
    digest: String,
    user: String,
    uid: Option<i64>,
    gid: Option<i64>,
    exposed_ports: Vec<String>,
    volumes: Vec<String>,
    command: Vec<String>,
    remark: Option<String>,
}

impl Cache {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            thinned: Once::new(),
        }
    }

    fn path(&self, digest: &str, platform: &Platform) -> Option<PathBuf> {
        let platform = platform.to_string().replace('/', "-");
        let name = format!("{}.{platform}.json", digest.replace(':', "-"));
        is_digest(digest).then(|| self.directory.join(name))
    }

    /// What a digest names; `None` where that is not known, or does not read.
    pub(super) fn get(&self, digest: &str, platform: &Platform) -> Option<Inspected> {
        let mut text = Vec::new();
        let file = File::open(self.path(digest, platform)?).ok()?;
        file.take(MAX_ENTRY).read_to_end(&mut text).ok()?;
        let entry: Entry = serde_json::from_slice(&text).ok()?;
        (entry.version == VERSION && is_digest(&entry.digest)).then(|| entry.into())
    }

    /// Keeps what a digest names. One that cannot be kept is asked for again.
    pub(super) fn put(&self, digest: &str, platform: &Platform, inspected: &Inspected) {
        let _ = self.write(digest, platform, inspected);
        self.thinned.call_once(|| {
            let _ = self.thin();
        });
    }

    fn write(&self, digest: &str, platform: &Platform, inspected: &Inspected) -> io::Result<()> {
        let path = self
            .path(digest, platform)
            .ok_or(io::ErrorKind::InvalidInput)?;
        create_private(&self.directory)?;
        let mut file = NamedTempFile::new_in(&self.directory)?;
        file.write_all(&serde_json::to_vec(&Entry::from(inspected))?)?;
        file.persist(path)?;
        Ok(())
    }

    fn thin(&self) -> io::Result<()> {
        let entries = fs::read_dir(&self.directory)?.flatten();
        let age = |entry: &fs::DirEntry| {
            let written = entry.metadata().and_then(|metadata| metadata.modified());
            written.unwrap_or(SystemTime::UNIX_EPOCH)
        };
        let mut entries: Vec<_> = entries.map(|entry| (age(&entry), entry.path())).collect();
        if entries.len() > MOST {
            entries.sort();
            let surplus = entries.len() - LEFT;
            for (_, path) in entries.into_iter().take(surplus) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

impl From<&Inspected> for Entry {
    fn from(inspected: &Inspected) -> Self {
        let config = inspected.config.clone();
        Self {
            version: VERSION,
            digest: config.digest,
            user: config.user,
            uid: config.ids.map(|ids| ids.uid),
            gid: config.ids.and_then(|ids| ids.gid),
            exposed_ports: config.exposed_ports,
            volumes: config.volumes,
            command: config.command,
            remark: inspected.remark.clone(),
        }
    }
}

impl From<Entry> for Inspected {
    fn from(entry: Entry) -> Self {
        let gid = entry.gid;
        let config = ImageConfig {
            digest: entry.digest,
            user: entry.user,
            ids: entry.uid.map(|uid| Ids { uid, gid }),
            exposed_ports: entry.exposed_ports,
            volumes: entry.volumes,
            command: entry.command,
        };
        Self {
            config,
            remark: entry.remark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(directory: &tempfile::TempDir) -> Cache {
        Cache::new(directory.path().join("images"))
    }

    fn inspected(digest: &str) -> Inspected {
        let config = ImageConfig {
            digest: digest.to_owned(),
            user: "nginx".into(),
            ids: Some(Ids {
                uid: 101,
                gid: None,
            }),
            exposed_ports: vec!["80/tcp".into()],
            volumes: vec!["/data".into()],
            command: vec!["nginx".into(), "-g".into()],
        };
        Inspected {
            config,
            remark: Some("a remark".into()),
        }
    }

    #[test]
    fn entries_come_back_for_their_platform_alone() {
        let directory = tempfile::tempdir().unwrap();
        let cache = cache(&directory);
        let digest = format!("sha256:{}", "a".repeat(64));
        let [amd64, arm64] = ["linux/amd64", "linux/arm64"].map(|text| text.parse().unwrap());
        assert_eq!(cache.get(&digest, &amd64), None);
        cache.put(&digest, &amd64, &inspected(&digest));
        assert_eq!(cache.get(&digest, &amd64), Some(inspected(&digest)));
        assert_eq!(cache.get(&digest, &arm64), None);
        cache.put("sha256:../../x", &amd64, &inspected(&digest));
        assert_eq!(fs::read_dir(&cache.directory).unwrap().count(), 1);
    }

    #[test]
    fn broken_entries_are_as_if_they_were_not_there() {
        let directory = tempfile::tempdir().unwrap();
        let cache = cache(&directory);
        let digest = format!("sha256:{}", "a".repeat(64));
        let platform = Platform::default();
        cache.put(&digest, &platform, &inspected(&digest));
        let path = cache.path(&digest, &platform).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        for broken in [
            "",
            "{",
            &whole[..40],
            &whole.replace("\"version\":1", "\"version\":9"),
        ] {
            fs::write(&path, broken).unwrap();
            assert_eq!(cache.get(&digest, &platform), None, "{broken}");
        }
        cache.put(&digest, &platform, &inspected(&digest));
        assert!(cache.get(&digest, &platform).is_some());
    }

    #[test]
    fn the_oldest_entries_go() {
        let directory = tempfile::tempdir().unwrap();
        let cache = cache(&directory);
        fs::create_dir(&cache.directory).unwrap();
        for n in 0..=MOST {
            fs::write(cache.directory.join(format!("{n}.json")), "").unwrap();
        }
        let digest = format!("sha256:{}", "a".repeat(64));
        cache.put(&digest, &Platform::default(), &inspected(&digest));
        assert_eq!(fs::read_dir(&cache.directory).unwrap().count(), LEFT);
        assert!(cache.get(&digest, &Platform::default()).is_some());
    }
}
