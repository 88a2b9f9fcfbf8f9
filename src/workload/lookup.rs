//! Which kinds run pods, and where: the built-in table and the user's own.

use memchr::memmem;

use super::kinds::{KINDS, KindRow, PodFields, group_matches};
use super::other_kinds::{NOT_COVERED, OTHERS};
use super::{Object, group_of};

/// A kind from the user's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserKind {
    /// `group/version`, or `group/*` for every version.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Path of its pod spec, as in [`super::KINDS`].
    pub pod_spec: String,
}

/// The table of kinds with the user's own.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    user: Vec<UserKind>,
}

impl Kinds {
    /// The built-in table and `user`'s kinds, which win.
    pub fn new(user: Vec<UserKind>) -> Self {
        Self { user }
    }

    /// Whether a document of a root kind is worth parsing: a kind of the tables whose API group its text
    /// names, a list, or an unknown kind whose text could hold a pod spec.
    pub fn may_run_pods(&self, kind: &str, text: &[u8]) -> bool {
        let names = |group: &str| {
            let group = group.trim_start_matches("*.");
            !group.contains('.') || memmem::find(text, group.as_bytes()).is_some()
        };
        let is_listed = |group: &str, known: &str| known == kind && names(group);
        let not_covered = |(group, kinds, _): &(&str, &[&str], &str)| {
            kinds.iter().any(|known| is_listed(group, known))
        };
        kind.ends_with("List")
            || kind == "Template"
            || self.user.iter().any(|row| row.kind == kind)
            || KINDS.iter().any(|row| is_listed(row.group, row.kind))
            || NOT_COVERED.iter().any(not_covered)
            || (!OTHERS.contains(&kind)
                && memmem::find(text, b"containers").is_some()
                && memmem::find(text, b"image").is_some())
    }

    /// What is known of a kind before any object of it was read.
    pub fn coverage(&self, api_version: &str, kind: &str) -> Coverage {
        let group = group_of(api_version);
        let by_user = |row: &UserKind| row.kind == kind && row.covers(api_version);
        let by_table = |row: &KindRow| row.kind == kind && group_matches(row.group, group);
        let not_covered = |(of, kinds, _): &(&str, &[&str], &str)| {
            group_matches(of, group) && kinds.contains(&kind)
        };
        let is_built_in = !group.contains('.') || group.ends_with(".k8s.io");
        match () {
            () if self.user.iter().any(by_user) || KINDS.iter().any(by_table) => Coverage::Covered,
            () if NOT_COVERED.iter().any(not_covered) => Coverage::NotCovered,
            () if OTHERS.contains(&kind) && is_built_in => Coverage::NoPods,
            () => Coverage::Unknown,
        }
    }

    pub(super) fn rows(&self, object: &Object) -> Option<(Vec<&str>, PodFields)> {
        let user: Vec<_> = self
            .user
            .iter()
            .filter(|row| row.kind == object.kind && row.covers(&object.api_version))
            .map(|row| row.pod_spec.as_str())
            .collect();
        if !user.is_empty() {
            return Some((user, PodFields::All));
        }
        KINDS
            .iter()
            .find(|row| row.kind == object.kind && group_matches(row.group, object.group()))
            .map(|row| (row.pod_specs.to_vec(), row.fields))
    }
}

/// What is known of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Where its pod specs are.
    Covered,
    /// That it runs containers in a form that is not edited.
    NotCovered,
    /// That it runs no pods.
    NoPods,
    /// Nothing.
    Unknown,
}

impl UserKind {
    fn covers(&self, api_version: &str) -> bool {
        match self.api_version.strip_suffix("/*") {
            Some(group) => group == group_of(api_version),
            None => self.api_version == api_version,
        }
    }
}
