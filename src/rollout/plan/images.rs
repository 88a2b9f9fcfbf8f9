//! What was known of images when a plan was made, and is not in the program: what the configuration says, and what the images
//! say of themselves. A report judges by the same, without asking a registry again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::HardenPlan;
use crate::examine::Settings;
use crate::images::{Facts, Ids, Images, Known, MAX_ID, Origin, StaysRoot, User};
use crate::manifest::images_of;

/// What one source says of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KnownImage {
    /// Its name as the pods write it.
    pub image: String,
    /// The pattern of the configuration's entry that says it; absent where the image itself does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Its USER, a number or a name; empty where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The uid to run it as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as_user: Option<i64>,
    /// The gid that goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as_group: Option<i64>,
    /// Directories that it writes to; empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writable_dirs: Option<Vec<String>>,
    /// Directories that it writes to and that have files of the image.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeded_dirs: Vec<String>,
    /// The directory that it gets as HOME.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// Whether it sends echo requests, as ping does.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub pings: bool,
    /// Ports below 1024 that it listens on; empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_ports: Option<Vec<u16>>,
    /// Capabilities on the file of its program; empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_capabilities: Option<Vec<String>>,
    /// Capabilities that it does its work with where it stays root; empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_capabilities: Option<Vec<String>>,
    /// Whether it does its work as root alone.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub stays_root: bool,
    /// Why, or what else there is to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What is known of several images, by their names.
pub type KnownImages = BTreeMap<String, Vec<KnownImage>>;

/// What is known of the images that an object names.
pub fn known_images(text: &[u8], settings: &Settings) -> KnownImages {
    if settings.images.is_empty() {
        return KnownImages::new();
    }
    let images = images_of(text, settings).into_iter();
    images
        .map(|image| {
            let known = KnownImage::of(&image, &settings.images);
            (image, known)
        })
        .collect()
}

impl KnownImage {
    /// What is known of an image, but for the table's part: a line for each source, the best one first.
    pub fn of(image: &str, images: &Images) -> Vec<Self> {
        let sources = images.sources(image).into_iter();
        sources
            .map(|(pattern, facts)| Self::said(image, pattern, facts))
            .collect()
    }

    fn said(image: &str, pattern: Option<&str>, facts: &Facts) -> Self {
        let ids = facts.ids.as_ref().map(|ids| ids.value);
        Self {
            image: image.to_owned(),
            pattern: pattern.map(str::to_owned),
            user: facts.user.as_ref().map(|user| match &user.value {
                User::Unset => String::new(),
                User::Uid(uid) => uid.to_string(),
                User::Name(name) => name.clone(),
            }),
            run_as_user: ids.map(|ids| ids.uid),
            run_as_group: ids.and_then(|ids| ids.gid),
            writable_dirs: facts.writable.clone(),
            seeded_dirs: facts.seeded.clone(),
            home: facts.home.clone(),
            pings: facts.pings,
            low_ports: facts.low_ports.clone(),
            file_capabilities: facts.file_capabilities.clone(),
            root_capabilities: facts.root_capabilities.clone(),
            stays_root: facts.stays_root.is_some(),
            reason: facts.note.clone(),
        }
    }

    fn facts(&self) -> Facts {
        let uid = self.run_as_user;
        Facts {
            user: self
                .user
                .as_deref()
                .map(|user| self.known(User::parse(user))),
            ids: uid.map(|uid| {
                let gid = self.run_as_group;
                self.known(Ids { uid, gid })
            }),
            filled: self.writable_dirs.clone().filter(Vec::is_empty),
            writable: self.writable_dirs.clone(),
            seeded: self.seeded_dirs.clone(),
            home: self.home.clone(),
            pings: self.pings,
            low_ports: self.low_ports.clone(),
            file_capabilities: self.file_capabilities.clone(),
            root_capabilities: self.root_capabilities.clone(),
            stays_root: self.stays_root.then(|| self.known(StaysRoot::Always)),
            note: self.reason.clone(),
            ..Facts::default()
        }
    }

    fn known<T>(&self, value: T) -> Known<T> {
        let origin = match &self.pattern {
            Some(pattern) => Origin::Configuration(pattern.clone()),
            None => Origin::Image,
        };
        Known { value, origin }
    }

    /// Refuses ids that no image has.
    pub(super) fn check(&self) -> Result<(), String> {
        for (key, id, least) in [
            ("runAsUser", self.run_as_user, 1),
            ("runAsGroup", self.run_as_group, 0),
        ] {
            if id.is_some_and(|id| !(least..=MAX_ID).contains(&id)) {
                return Err(format!(
                    "images: {}: {key} must be between {least} and {MAX_ID}",
                    self.image
                ));
            }
        }
        Ok(())
    }
}

impl HardenPlan {
    /// Settings with what was known of images when the plan was made; a plan that says nothing of it leaves them as they are.
    pub(crate) fn knowing(&self, settings: &Arc<Settings>) -> Arc<Settings> {
        if self.images.is_empty() {
            return Arc::clone(settings);
        }
        let mut facts: HashMap<String, Facts> = HashMap::new();
        for known in &self.images {
            let so_far = facts.remove(&known.image).unwrap_or_default();
            facts.insert(known.image.clone(), so_far.or(&known.facts()));
        }
        Arc::new(Settings {
            images: Arc::new(Images::remembered(facts)),
            ..Settings::clone(settings)
        })
    }
}

#[cfg(test)]
mod tests;
