//! What a run learned, added to a configuration file.

use super::{Entry, Exemption, ImageFacts, with_entries, with_setting};
use crate::config::file::{ConfigFile, OneOrMany, parse};

/// What is to be remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// Facts of images.
    pub images: Vec<ImageFacts>,
    /// Fields that are left out.
    pub exemptions: Vec<Exemption>,
    /// Whether `writableDirs: auto` is needed, so that volumes are mounted.
    pub mounts_dirs: bool,
    /// Whether `lowPorts: sysctl` is needed, so that ports are opened.
    pub opens_ports: bool,
}

/// A configuration file to which something was added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Its text.
    pub text: String,
    /// How many images it knows more.
    pub images: usize,
    /// How many exemptions it has more.
    pub exemptions: usize,
    /// What a person should know: what was not added, and why.
    pub remarks: Vec<String>,
}

impl Remembered {
    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty() && self.exemptions.is_empty()
    }

    /// Adds it to a file's text. Nothing is merged: an image of which an entry says something already gets none.
    ///
    /// # Errors
    /// Why it cannot be added without touching what is there.
    pub fn add_to(&self, text: &str) -> Result<Added, String> {
        let mut added = Added {
            text: text.to_owned(),
            ..Added::default()
        };
        let file = parse(text)?;
        for (key, word, said) in self.settings(&file) {
            match said {
                None => added.text = with_setting(&added.text, key, word)?,
                Some(said) if said == word => {}
                Some(said) => added.remarks.push(format!(
                    "{key} is {said} there: what was learned needs {word}"
                )),
            }
        }
        let entries = ImageFacts::read(parse(text)?)?;
        let (images, remarks): (Vec<_>, Vec<_>) = self.images.iter().partition(|facts| {
            !entries
                .iter()
                .any(|entry| entry.pattern.matches(&facts.image))
        });
        let known = |facts: &ImageFacts| {
            format!(
                "an entry for {} is there already: none is added",
                facts.image
            )
        };
        added.remarks.extend(remarks.into_iter().map(known));
        let rules = Exemption::read(file)?;
        let is_new = |exemption: &&Exemption| !rules.iter().any(|rule| exemption.is_there(rule));
        let exemptions: Vec<_> = self.exemptions.iter().filter(is_new).cloned().collect();
        let images: Vec<_> = images.into_iter().cloned().collect();
        (added.images, added.exemptions) = (images.len(), exemptions.len());
        if !images.is_empty() {
            added.text = with_entries(&added.text, &images)?;
        }
        if !exemptions.is_empty() {
            added.text = with_entries(&added.text, &exemptions)?;
        }
        Ok(added)
    }

    /// The settings that are needed, each with what the file says.
    fn settings(&self, file: &ConfigFile) -> Vec<(&'static str, &'static str, Option<String>)> {
        let dirs = file.writable_dirs.as_ref().map(OneOrMany::shown);
        let settings = [
            (self.mounts_dirs, "writableDirs", "auto", dirs),
            (
                self.opens_ports,
                "lowPorts",
                "sysctl",
                file.low_ports.clone(),
            ),
        ];
        let needed = settings.into_iter().filter(|(is_needed, ..)| *is_needed);
        needed
            .map(|(_, key, word, said)| (key, word, said))
            .collect()
    }
}
