//! What was learned of a workload: what its containers need, and what they do without.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What was learned of a workload, by container. Nothing is ever forgotten: each round adds to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::rollout) struct Learned {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::rollout) containers: BTreeMap<String, Lesson>,
}

/// What was learned of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::rollout) struct Lesson {
    /// The user and group that its program is made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::rollout) run_as: Option<RunsAs>,
    /// Directories that it writes to and that may be empty at its start.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(in crate::rollout) writable: BTreeSet<String>,
    /// Directories that it writes to and that have files of the image.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(in crate::rollout) seeded: BTreeSet<String>,
    /// Ports below 1024 that it listens on; 0 is one that nobody named.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(in crate::rollout) low_ports: BTreeSet<u16>,
    /// Where it writes what belongs to its user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::rollout) home: Option<String>,
    /// Whether it sends echo requests, as ping does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::rollout) pings: bool,
    /// Capabilities on the file of its program.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(in crate::rollout) capabilities: BTreeSet<String>,
    /// Capabilities that it does its work with as root, where it is left as that.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(in crate::rollout) root_capabilities: BTreeSet<String>,
    /// How many fields, or sets of them, were left out in turn because nothing said which one is guilty.
    #[serde(skip_serializing_if = "is_zero")]
    pub(in crate::rollout) guesses: usize,
    /// Checks that it does without, each with why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::rollout) left_out: BTreeMap<String, LeftOutField>,
}

impl Lesson {
    /// A volume at a directory is filled from the image, and not left empty.
    pub(super) fn fill(&mut self, directory: &str) {
        self.writable.remove(directory);
        self.seeded.insert(directory.to_owned());
    }

    /// Fills the volumes at those directories that would miss something. False where there are none.
    pub(super) fn fill_where(&mut self, would_miss: impl Fn(&str) -> bool) -> bool {
        let empty = self.writable.iter();
        let missing: Vec<_> = empty.filter(|dir| would_miss(dir)).cloned().collect();
        missing.iter().for_each(|directory| self.fill(directory));
        !missing.is_empty()
    }
}

/// A user and its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::rollout) struct RunsAs {
    pub(in crate::rollout) uid: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::rollout) gid: Option<i64>,
}

/// Why a field is left out for a container, and what would make that needless.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::rollout) struct LeftOutField {
    /// The line that shows it.
    pub(in crate::rollout) evidence: String,
    /// What the application or its image has to change.
    pub(in crate::rollout) fix: String,
    /// Whether nothing said that it is to blame: it is put back where leaving it out changes nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::rollout) is_guess: bool,
}

impl Learned {
    /// What is known of a container, to be added to.
    pub(in crate::rollout) fn of(&mut self, container: &str) -> &mut Lesson {
        self.containers.entry(container.to_owned()).or_default()
    }

    /// Whether nothing is known.
    pub(in crate::rollout) fn is_empty(&self) -> bool {
        let nothing = Lesson::default();
        self.containers.values().all(|lesson| *lesson == nothing)
    }

    /// The fields that are left out, with their containers.
    pub(in crate::rollout) fn left_out(&self) -> impl Iterator<Item = (&str, &str, &LeftOutField)> {
        self.containers.iter().flat_map(|(container, lesson)| {
            let fields = lesson.left_out.iter();
            fields.map(move |(check, why)| (container.as_str(), check.as_str(), why))
        })
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
