//! The OCI image layout: `index.json`, and blobs by digest.
//!
//! Source: the OCI image specification 1.1, `image-layout.md`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::document::{Descriptor, Document, Manifest, choose, read_config, verify};
use super::super::failure::Failure;
use super::super::reference::{self, Reference};
use super::store::Store;
use super::{Archives, Found, Image};
use crate::images::Platform;

/// The largest number of images of an index.
const MAX_IMAGES: usize = 10_000;

/// How many indexes may lead to each other.
const MAX_INDEXES: u32 = 3;

/// Annotations that name an image: containerd's and docker's whole name, podman's and skopeo's name or tag.
const NAMES: [&str; 2] = [
    "io.containerd.image.name",
    "org.opencontainers.image.ref.name",
];

/// Adds the images of a layout.
///
/// # Errors
/// Its `index.json` is none.
pub(super) fn add(
    archives: &mut Archives,
    store: &Arc<Store>,
    platform: &Platform,
) -> Result<(), String> {
    let bytes = store.document("index.json")?;
    let document = Document::parse(&bytes).map_err(said)?;
    let Document::Index(images) = document else {
        return Err("index.json is no index".into());
    };
    if images.len() > MAX_IMAGES {
        return Err(format!("index.json has more than {MAX_IMAGES} images"));
    }
    for descriptor in images {
        let found = image(archives, store, &descriptor, platform);
        if let Some(name) = name(descriptor.annotations.as_ref()) {
            archives.by_name.insert(name, found.clone());
        }
        archives.by_digest.insert(descriptor.digest, found);
    }
    Ok(())
}

fn name(annotations: Option<&BTreeMap<String, String>>) -> Option<Reference> {
    let annotations = annotations?;
    NAMES
        .iter()
        .find_map(|key| reference::parse(annotations.get(*key)?))
}

/// The image behind a descriptor. Those of other platforms can be named by their digests.
fn image(
    archives: &mut Archives,
    store: &Arc<Store>,
    descriptor: &Descriptor,
    platform: &Platform,
) -> Found {
    let mut descriptor = descriptor.clone();
    for _ in 0..MAX_INDEXES {
        let bytes = blob(store, &descriptor)?;
        let manifests = match Document::parse(&bytes)? {
            Document::Manifest(manifest) => return read(store, manifest, &descriptor.digest),
            Document::Index(manifests) => manifests,
        };
        for other in manifests.iter().take(MAX_IMAGES) {
            if let Ok(Document::Manifest(manifest)) =
                blob(store, other).and_then(|bytes| Document::parse(&bytes))
            {
                let found = read(store, manifest, &other.digest);
                archives.by_digest.insert(other.digest.clone(), found);
            }
        }
        descriptor = choose(&manifests, platform)?;
    }
    Err(Failure::image(format!(
        "more than {MAX_INDEXES} indexes lead to each other"
    )))
}

fn read(store: &Arc<Store>, manifest: Manifest, digest: &str) -> Found {
    let manifest = manifest.of_image()?;
    let config = read_config(&blob(store, &manifest.config)?, digest)?;
    let layers = manifest.layers.into_iter();
    Ok(Arc::new(Image {
        store: Arc::clone(store),
        config,
        layers: layers
            .map(|layer| (path(&layer.digest), Some(layer.digest)))
            .collect(),
    }))
}

/// Where a blob is; what is no digest was refused before.
fn path(digest: &str) -> String {
    format!("blobs/{}", digest.replace(':', "/"))
}

fn blob(store: &Store, descriptor: &Descriptor) -> Result<Vec<u8>, Failure> {
    let bytes = store
        .document(&path(&descriptor.digest))
        .map_err(Failure::image)?;
    verify(&bytes, &descriptor.digest)?;
    Ok(bytes)
}

fn said(failure: Failure) -> String {
    let (Failure::Registry(message) | Failure::Image(message)) = failure;
    message
}
