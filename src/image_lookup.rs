//! Reading the images of a text before anything is planned: `--inspect-images` and `--image-archive`.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cli;
use crate::examine::Settings;
use crate::manifest::images_of;
use crate::registry::{Inspector, Options};

/// Texts whose images are read at a time.
const AT_A_TIME: usize = 16;

/// Reads images for a run, each once; or none, where nobody asks for it.
pub struct Inspection {
    inspector: Option<Inspector>,
}

impl Inspection {
    /// What the command line asks for.
    ///
    /// # Errors
    /// An archive that cannot be read.
    pub fn new(asked: &cli::Images) -> Result<Self, String> {
        let options = Options {
            insecure: asked.insecure_registry.clone(),
            platform: asked.platform.clone().unwrap_or_default(),
            archives: asked.image_archive.clone(),
            uses_network: asked.inspect_images,
            ..Options::default()
        };
        let is_asked = options.uses_network || !options.archives.is_empty();
        let inspector = is_asked.then(|| Inspector::new(options)).transpose();
        let inspector = inspector.map_err(|error| error.to_string())?;
        Ok(Self { inspector })
    }

    /// How many texts are worth working on at a time. Reading waits for others, so more than there are cores.
    pub fn threads(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        match self.inspector {
            Some(_) => cores.max(AT_A_TIME),
            None => cores,
        }
    }

    /// The settings with what the images that a text names say of themselves, and what went wrong with reading them.
    pub fn knowing(&self, text: &[u8], settings: &Arc<Settings>) -> (Arc<Settings>, Vec<String>) {
        let Some(inspector) = &self.inspector else {
            return (Arc::clone(settings), Vec::new());
        };
        let images: BTreeSet<String> = images_of(text, settings);
        let answer = inspector.inspect(&images);
        let known = Settings {
            images: Arc::new(settings.images.with_configs(answer.configs)),
            ..Settings::clone(settings)
        };
        (Arc::new(known), answer.warnings)
    }
}
