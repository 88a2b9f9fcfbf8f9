//! What `docker save` writes: `manifest.json` with names, configurations and layers.
//!
//! Source: github.com/moby/moby `image/tarexport/`.

use std::sync::Arc;

use serde::Deserialize;

use super::super::document::read_config;
use super::super::reference;
use super::store::Store;
use super::{Archives, Image};

/// The largest number of images.
const MAX_IMAGES: usize = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Option<Vec<String>>,
}

/// Adds the images of an archive. It does not hold their manifests, so their digests are not known.
///
/// # Errors
/// Its `manifest.json` is none.
pub(super) fn add(archives: &mut Archives, store: &Arc<Store>) -> Result<(), String> {
    let bytes = store.document("manifest.json")?;
    let images: Vec<Saved> =
        serde_json::from_slice(&bytes).map_err(|error| format!("manifest.json: {error}"))?;
    for saved in images.into_iter().take(MAX_IMAGES) {
        let config = store.document(&saved.config);
        let config = config.map_err(super::Failure::image);
        let found = config
            .and_then(|bytes| read_config(&bytes, ""))
            .map(|config| {
                let layers = saved.layers.unwrap_or_default().into_iter();
                Arc::new(Image {
                    store: Arc::clone(store),
                    config,
                    layers: layers.map(|layer| (layer, None)).collect(),
                })
            });
        let names = saved.repo_tags.unwrap_or_default();
        for name in names.iter().filter_map(|name| reference::parse(name)) {
            archives.by_name.insert(name, found.clone());
        }
    }
    Ok(())
}
