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
    /// What was told of single images, by their names as written.
    told: HashMap<String, Arc<Facts>>,
}

impl Images {
    /// What a configuration file says.
    pub fn new(entries: Vec<Entry>) -> Self {
        let told = HashMap::new();
        Self { entries, told }
    }

    /// The same with what images say of themselves, by their names as written.
    #[must_use]
    pub fn with_configs(&self, configs: HashMap<String, Arc<ImageConfig>>) -> Self {
        let told = configs.into_iter();
        Self {
            entries: self.entries.clone(),
            told: told
                .map(|(image, config)| (image, Arc::new(Facts::of(&config))))
                .collect(),
        }
    }

    /// What was known of single images at another time, by their names as written.
    pub fn remembered(facts: HashMap<String, Facts>) -> Self {
        let told = facts.into_iter();
        Self {
            entries: Vec::new(),
            told: told
                .map(|(image, facts)| (image, Arc::new(facts)))
                .collect(),
        }
    }

    /// Whether there is no other source than the table.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.told.is_empty()
    }

    /// What each source but the table says of an image, the best one first, with the pattern of the configuration that it is
    /// under.
    pub fn sources(&self, image: &str) -> Vec<(Option<&str>, &Facts)> {
        let configured = self
            .meant(image)
            .map(|entry| (Some(entry.pattern.as_str()), &entry.facts));
        let told = self.told.get(image).map(|facts| (None, facts.as_ref()));
        configured.chain(told).collect()
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
            told: self.told.clone(),
        }
    }

    /// What is known of an image.
    pub fn facts(&self, image: &str) -> Facts {
        let sources = self.sources(image).into_iter();
        let told = sources.fold(Facts::default(), |facts, (_, more)| facts.or(more));
        let known = Reference::parse(image).as_ref().and_then(well_known);
        told.or(&known.unwrap_or_default())
    }

    /// The entries of the configuration that match an image.
    fn meant(&self, image: &str) -> impl Iterator<Item = &Entry> {
        let names = [image, without_tag(image)];
        let is_meant = move |entry: &&Entry| names.iter().any(|name| entry.pattern.matches(name));
        self.entries.iter().filter(is_meant)
    }
}

/// An image's name without tag and digest.
pub fn without_tag(image: &str) -> &str {
    split_tag(image.split('@').next().unwrap_or_default()).0
}
