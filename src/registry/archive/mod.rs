//! Images in files: OCI layout directories, OCI archives, and archives of `docker save`.

mod docker;
mod layout;
mod store;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::accounts::{self, Resolved};
use super::failure::Failure;
use super::layer::{Files, MAX_UNPACKED};
use super::reference::Reference;
use super::remote::Inspected;
use crate::images::ImageConfig;
use crate::images::Platform;
use store::Store;

/// Why an archive is not read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The system says no.
    #[error("{}: {source}\nhint: {FORMS}", path.display())]
    Read {
        /// The archive.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something else.
    #[error("{}: neither an OCI layout nor an archive of images: {why}\nhint: {FORMS}", path.display())]
    Unknown {
        /// The path.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
}

const FORMS: &str =
    "name an OCI layout directory, or a file that docker save or skopeo copy to oci-archive: wrote";

/// An image of an archive.
pub(super) struct Image {
    store: Arc<Store>,
    config: ImageConfig,
    /// Names in the store, the lowest first, with their digests where those are known.
    layers: Vec<(String, Option<String>)>,
}

/// An image, or why it cannot be taken.
type Found = Result<Arc<Image>, Failure>;

/// The images of all archives.
#[derive(Default)]
pub(super) struct Archives {
    by_name: HashMap<Reference, Found>,
    by_digest: HashMap<String, Found>,
}

impl Archives {
    /// # Errors
    /// A path that is none of the three.
    pub(super) fn open(paths: &[PathBuf], platform: &Platform) -> Result<Self, ArchiveError> {
        let mut archives = Self::default();
        for path in paths {
            archives.add(path, platform)?;
        }
        Ok(archives)
    }

    fn add(&mut self, path: &Path, platform: &Platform) -> Result<(), ArchiveError> {
        let store = Store::open(path).map_err(|source| ArchiveError::Read {
            path: path.to_owned(),
            source,
        })?;
        let store = Arc::new(store);
        let (layout, docker) = (
            store.has("index.json"),
            store.is_file() && store.has("manifest.json"),
        );
        let unknown = |why: String| ArchiveError::Unknown {
            path: path.to_owned(),
            why,
        };
        if !layout && !docker {
            return Err(unknown(
                "it has neither index.json nor manifest.json".into(),
            ));
        }
        // What docker saves today is both; its index knows the digests, its manifest.json all names.
        if docker {
            docker::add(self, &store).map_err(unknown)?;
        }
        if layout {
            layout::add(self, &store, platform).map_err(unknown)?;
        }
        Ok(())
    }

    /// What the archives say of an image; `None` where they do not have it. A digest decides, wherever it is from.
    pub(super) fn find(&self, reference: &Reference) -> Option<Result<&Image, Failure>> {
        let found = match &reference.digest {
            Some(digest) => self.by_digest.get(digest),
            None => self.by_name.get(reference),
        };
        found.map(|found| found.as_deref().map_err(Clone::clone))
    }
}

impl Image {
    /// Its configuration, with the ids behind its USER; what is wrong with its layers is a remark.
    pub(super) fn inspect(&self) -> Inspected {
        let user = &self.config.user;
        let mut files = accounts::needed(user).unwrap_or_default();
        let mut budget = MAX_UNPACKED;
        for (name, digest) in self.layers.iter().rev() {
            if !files.is_open() {
                break;
            }
            if let Err(error) = self.read(name, digest.as_deref(), &mut files, &mut budget) {
                files.give_up(&error.to_string());
            }
        }
        let Resolved { ids, remark } = accounts::resolve(user, &files);
        let config = ImageConfig {
            ids,
            ..self.config.clone()
        };
        Inspected { config, remark }
    }

    fn read(
        &self,
        name: &str,
        digest: Option<&str>,
        files: &mut Files,
        budget: &mut u64,
    ) -> io::Result<()> {
        files.read(self.store.read(name)?, digest, budget)
    }
}
