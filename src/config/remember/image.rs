//! What is known of images, added.

use glob::Pattern;

use super::Entry;
use super::scalar::{list, quoted};
use crate::config::file::ConfigFile;
use crate::config::images::entry;
use crate::images::{self, Ids};

/// What is known of an image, as an entry under `images` says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFacts {
    /// Its name without tag and digest.
    pub image: String,
    /// Whom to run it as.
    pub run_as: Option<Ids>,
    /// Directories that it writes to and that may be empty: absolute.
    pub writable_dirs: Vec<String>,
    /// Directories that it writes to and that have files of the image.
    pub seeded_dirs: Vec<String>,
    /// What it gets as HOME.
    pub home: Option<String>,
    /// Whether it sends echo requests, as ping does.
    pub pings: bool,
    /// Ports below 1024 that it listens on.
    pub low_ports: Vec<u16>,
    /// Capabilities on the file of its program.
    pub file_capabilities: Vec<String>,
    /// Capabilities that it does its work with where it stays root.
    pub root_capabilities: Vec<String>,
    /// How that is known.
    pub reason: String,
}

impl Entry for ImageFacts {
    const KEY: &'static str = "images";
    type Meaning = images::Entry;

    fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![("image", quoted(&Pattern::escape(&self.image)))];
        if let Some(Ids { uid, gid }) = self.run_as {
            fields.push(("runAsUser", uid.to_string()));
            fields.extend(gid.map(|gid| ("runAsGroup", gid.to_string())));
        }
        let texts = |texts: &[String]| texts.iter().map(|text| quoted(text)).collect();
        let ports = self.low_ports.iter().map(u16::to_string).collect();
        let lists: [(&str, Vec<String>); 5] = [
            ("writableDirs", texts(&self.writable_dirs)),
            ("seededDirs", texts(&self.seeded_dirs)),
            ("lowPorts", ports),
            ("fileCapabilities", self.file_capabilities.clone()),
            ("rootCapabilities", self.root_capabilities.clone()),
        ];
        let lists = lists.into_iter().filter(|(_, items)| !items.is_empty());
        fields.extend(lists.map(|(key, items)| (key, list(items))));
        fields.extend(self.home.iter().map(|home| ("home", quoted(home))));
        fields.extend(self.pings.then(|| ("pings", "true".into())));
        fields.push(("reason", quoted(&self.reason)));
        fields
    }

    fn read(file: ConfigFile) -> Result<Vec<images::Entry>, String> {
        file.images.into_iter().map(entry).collect()
    }

    fn says(&self, meaning: &images::Entry) -> bool {
        let facts = &meaning.facts;
        meaning.pattern.as_str() == Pattern::escape(&self.image)
            && facts.ids.as_ref().map(|ids| ids.value) == self.run_as
            && facts.writable.as_deref().unwrap_or_default() == self.writable_dirs
            && facts.seeded == self.seeded_dirs
            && facts.home == self.home
            && facts.pings == self.pings
            && facts.low_ports.as_deref().unwrap_or_default() == self.low_ports
            && facts.file_capabilities.as_deref().unwrap_or_default() == self.file_capabilities
            && facts.root_capabilities.as_deref().unwrap_or_default() == self.root_capabilities
            && facts.note == self.reason
            && facts.user.is_none()
            && facts.stays_root.is_none()
    }
}
