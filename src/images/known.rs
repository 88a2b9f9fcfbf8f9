//! Everything that a run knows of images, asked by an image's name.

use std::collections::HashMap;
use std::sync::Arc;

use glob::Pattern;

use super::reference::split_tag;
use super::{Facts, ImageConfig, Reference, well_known};

/// What a configuration file says of the images that a pattern matches.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The images: matched as written, and without tag and digest.
    pub pattern: Pattern,
    /// What is said of them.
    pub facts: Facts,
}

/// What is known of images, the best source of each fact first: configuration, the image itself, the table of well-known
/// images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Images {
    entries: Vec<Entry>,
    configs: HashMap<String, Arc<ImageConfig>>,
}

impl Images {
    /// What a configuration file says.
    pub fn new(entries: Vec<Entry>) -> Self {
        let configs = HashMap::new();
        Self { entries, configs }
    }

    /// The same with what images say of themselves, by their names as written.
    #[must_use]
    pub fn with_configs(&self, configs: HashMap<String, Arc<ImageConfig>>) -> Self {
        let entries = self.entries.clone();
        Self { entries, configs }
    }

    /// The same with what was seen of images while they ran, by their names as written: that comes before all else.
    #[must_use]
    pub fn with_observed(&self, observed: impl IntoIterator<Item = (String, Facts)>) -> Self {
        let observed = observed.into_iter().filter_map(|(image, facts)| {
            let pattern = Pattern::new(&Pattern::escape(&image)).ok()?;
            Some(Entry { pattern, facts })
        });
        let entries = observed.chain(self.entries.iter().cloned());
        Self {
            entries: entries.collect(),
            configs: self.configs.clone(),
        }
    }

    /// What is known of an image.
    pub fn facts(&self, image: &str) -> Facts {
        let bare = without_tag(image);
        let is_meant =
            |entry: &&Entry| [image, bare].iter().any(|name| entry.pattern.matches(name));
        let entries = self.entries.iter().filter(is_meant);
        let configured = entries.fold(Facts::default(), |facts, entry| facts.or(&entry.facts));
        let own = self.configs.get(image).map(|config| Facts::of(config));
        let known = Reference::parse(image).as_ref().and_then(well_known);
        let own = own.unwrap_or_default().or(&known.unwrap_or_default());
        configured.or(&own)
    }
}

/// An image's name without tag and digest.
fn without_tag(image: &str) -> &str {
    split_tag(image.split('@').next().unwrap_or_default()).0
}
