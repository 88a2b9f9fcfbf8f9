//! What a hardened pod spec has, as data: one small file per check.
//!
//! A check is a field with a value that can be written ([`FieldRule`]), a privilege that somebody granted
//! ([`GrantRule`]), or both. Ids, levels, versions and words are those of `k8s.io/pod-security-admission`;
//! where it has an id for each level (`capabilities_restricted`), the check's id goes without the suffix.

mod about;
mod allow_privilege_escalation;
mod app_armor_profile;
mod capabilities;
mod controls;
mod field;
mod fs_group;
mod grant;
mod host_namespaces;
mod host_path_volumes;
mod host_ports;
mod host_probes_and_host_lifecycle;
mod judge;
mod kubelet;
mod low_ports;
mod policy;
mod privileged;
mod proc_mount;
mod read_only_root_filesystem;
mod restricted_volumes;
mod run_as_group;
mod run_as_non_root;
mod run_as_user;
mod se_linux_options;
mod seccomp_profile;
mod standard;
mod sysctls;
mod windows_host_process;
mod words;
mod writable_dirs;

pub(crate) use crate::images::MAX_ID;
pub use about::{About, Breakage};
pub use capabilities::BASELINE as BASELINE_CAPABILITIES;
pub use controls::{Control, FRAMEWORKS};
pub use field::{FieldRule, Level, State, Value};
pub use grant::{Grant, GrantRule, Remedy, Search};
pub use judge::{
    Excuse, Fix, Judgement, Note, PING_SYSCTL, PORTS_SYSCTL, Status, Topic, Violation, demand,
    judge,
};
pub use policy::{Demand, LowPorts, Policy, Profile, RunAs, WritableDirs};
pub use standard::{Relaxation, Revision, Standard, Version};
pub use words::{Forbidden, Offence};

use field::{bool_state, id_state};
use words::{plural, quoted};

/// What a check is made of.
#[derive(Debug)]
pub struct Check {
    /// Its id.
    pub id: &'static str,
    /// What it is, in a few words: `Containers run as a user that is not root`.
    pub title: &'static str,
    /// The page that its rule is from.
    pub link: &'static str,
    /// The items of benchmarks and scanners that it supports.
    pub controls: &'static [Control],
    /// Why it matters and what breaks, for people.
    pub about: About,
    /// What Pod Security Standards demand, by level and version; none for the `hardened` profile's own checks.
    pub revisions: &'static [Revision],
    /// The check that takes its place from the restricted level on.
    pub overridden_by: Option<&'static str>,
    /// A field with a value that is written.
    pub field: Option<FieldRule>,
    /// A privilege that is found.
    pub grant: Option<GrantRule>,
    /// What it forbids, in words.
    pub words: fn(&Offence<'_>) -> Forbidden,
}

impl Check {
    /// What its field must be, where it is not: `must set securityContext.runAsNonRoot=true`.
    pub fn must(&self) -> String {
        let offence = Offence {
            lacking: vec![""],
            anonymous: true,
            ..Offence::default()
        };
        (self.words)(&offence).detail
    }
}

/// All checks. Fields come in the order in which they are written.
pub const CHECKS: &[Check] = &[
    run_as_non_root::CHECK,
    run_as_user::CHECK,
    run_as_group::CHECK,
    fs_group::CHECK,
    seccomp_profile::CHECK,
    allow_privilege_escalation::CHECK,
    read_only_root_filesystem::CHECK,
    capabilities::CHECK,
    privileged::CHECK,
    proc_mount::CHECK,
    windows_host_process::CHECK,
    se_linux_options::CHECK,
    app_armor_profile::CHECK,
    host_namespaces::CHECK,
    host_ports::CHECK,
    host_path_volumes::CHECK,
    restricted_volumes::CHECK,
    sysctls::CHECK,
    host_probes_and_host_lifecycle::CHECK,
    kubelet::CHECK,
    writable_dirs::CHECK,
    low_ports::CHECK,
];

const PSS: &str = "https://kubernetes.io/docs/concepts/security/pod-security-standards/";
const SECURITY_CONTEXT: &str =
    "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/";

/// The check of an id, also by Pod Security Admission's name for it (`capabilities_restricted`).
pub fn find(id: &str) -> Option<&'static Check> {
    let is_named = |check: &&Check| check.id == id || check.revisions.iter().any(|r| r.id == id);
    CHECKS.iter().find(is_named)
}

/// The ids of all checks.
pub fn ids() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|check| check.id)
}

#[cfg(test)]
mod testing;
