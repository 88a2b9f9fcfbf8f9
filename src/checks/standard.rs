//! Pod Security Standards as data: levels, versions, and what each check demands from which version on.
//!
//! Source: `k8s.io/pod-security-admission/policy`, whose checks carry the same ids, levels and versions.

use std::fmt;

use super::Demand;
use crate::workload::{PodOs, PodSpec};

/// A version of Pod Security Standards: a minor version of Kubernetes 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u16);

impl Version {
    /// The latest version whose checks are known.
    pub const LATEST: Self = Self(37);

    /// Reads `latest`, `v1.30` or `1.30`.
    ///
    /// # Errors
    /// What is no version, or one that is not known yet.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "latest" {
            return Ok(Self::LATEST);
        }
        let plain = text.strip_prefix('v').unwrap_or(text);
        let minor = plain.strip_prefix("1.").and_then(|m| m.parse().ok());
        match minor.map(Self) {
            Some(version) if version <= Self::LATEST => Ok(version),
            Some(version) => Err(format!(
                "{version} is not known yet; the latest version that is known is {}",
                Self::LATEST
            )),
            None => Err(format!("\"{text}\" is not a version like v1.30 or latest")),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1.{}", self.0)
    }
}

/// A level of Pod Security Standards that forbids something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standard {
    /// Minimally restrictive: known privilege escalations.
    Baseline,
    /// Pod hardening practices.
    Restricted,
}

/// Pods that a revision lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relaxation {
    /// `spec.os.name: windows` (v1.25): the API server refuses the fields there.
    Windows,
    /// `spec.hostUsers: false` (v1.35, KEP-127): root in the pod is not root on the node.
    UserNamespace,
}

impl Relaxation {
    fn covers(self, pod: &PodSpec) -> bool {
        match self {
            Self::Windows => pod.os == PodOs::Windows,
            Self::UserNamespace => pod.has_user_namespace,
        }
    }
}

/// What a check demands at a level from a version on.
#[derive(Debug)]
pub struct Revision {
    /// Pod Security Admission's id: `capabilities_restricted`.
    pub id: &'static str,
    /// The level.
    pub level: Standard,
    /// The first version.
    pub since: Version,
    /// What it demands of the check's field, where it has one.
    pub demand: Demand,
    /// Values that it allows, where it lists them.
    pub allowed: &'static [&'static str],
    /// Pods that it lets through.
    pub relaxed: &'static [Relaxation],
}

impl Revision {
    /// A revision that forbids from a version on.
    pub(super) const fn new(id: &'static str, level: Standard, minor: u16, demand: Demand) -> Self {
        Self {
            id,
            level,
            since: Version(minor),
            demand,
            allowed: &[],
            relaxed: &[],
        }
    }

    /// With the values that it allows.
    pub(super) const fn allowing(mut self, allowed: &'static [&'static str]) -> Self {
        self.allowed = allowed;
        self
    }

    /// With the pods that it lets through.
    pub(super) const fn relaxed_for(mut self, relaxed: &'static [Relaxation]) -> Self {
        self.relaxed = relaxed;
        self
    }

    /// Whether it lets a pod through.
    pub fn relaxes(&self, pod: &PodSpec) -> bool {
        self.relaxed.iter().any(|relaxation| relaxation.covers(pod))
    }
}

/// The revision in force at a level and version. One of the restricted level overrides those of baseline, as
/// Pod Security Admission's `OverrideCheckIDs` say for every check that has both.
pub(super) fn in_force(
    revisions: &'static [Revision],
    level: Standard,
    version: Version,
) -> Option<&'static Revision> {
    let known = revisions
        .iter()
        .filter(|revision| revision.level <= level && revision.since <= version);
    known.max_by_key(|revision| (revision.level, revision.since))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::CHECKS;

    #[test]
    fn versions_are_read_and_shown() {
        assert_eq!(Version::parse("latest"), Ok(Version::LATEST));
        for text in ["v1.25", "1.25"] {
            assert_eq!(
                Version::parse(text).map(|v| v.to_string()),
                Ok("v1.25".into())
            );
        }
        for (text, expected) in [
            ("v1.99", "latest version"),
            ("1", "not a version"),
            ("v2.0", "not a"),
        ] {
            assert!(
                Version::parse(text).is_err_and(|e| e.contains(expected)),
                "{text}"
            );
        }
    }

    #[test]
    fn revisions_are_ordered_and_known() {
        for check in CHECKS {
            let keys = check.revisions.iter().map(|r| (r.level, r.since));
            assert!(keys.is_sorted(), "{}", check.id);
            assert!(check.revisions.iter().all(|r| r.since <= Version::LATEST));
        }
    }
}
