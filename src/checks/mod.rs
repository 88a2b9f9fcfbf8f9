//! What a hardened pod spec has, as data: one small file per check.
//!
//! A check is either a field with a value that can be written ([`FieldRule`]) or a privilege that somebody
//! granted ([`Grant`]). Ids are those of `k8s.io/pod-security-admission`, without its level suffixes.

mod allow_privilege_escalation;
mod capabilities;
mod fs_group;
mod host_namespaces;
mod host_path_volumes;
mod host_ports;
mod judge;
mod policy;
mod privileged;
mod proc_mount;
mod read_only_root_filesystem;
mod run_as_group;
mod run_as_non_root;
mod run_as_user;
mod seccomp_profile;
mod sysctls;
mod windows_host_process;

pub use judge::{Excuse, Fix, Judgement, Remedy, Status, Violation, judge};
pub use policy::{Demand, Policy, Profile};

use crate::workload::{Container, PodSpec};
use crate::yaml::{NodeId, Tree};

/// A value that is written into a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// An id.
    Int(i64),
    /// A word.
    Text(&'static str),
    /// A list of words.
    List(Vec<&'static str>),
    /// Keys in the order in which they are written.
    Map(Vec<(&'static str, Value)>),
}

/// Which securityContext a field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The pod's only.
    Pod,
    /// The pod's, which each container may override.
    PodOrContainer,
    /// Each container's only.
    Container,
}

/// What a field says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not there, null or empty.
    Missing,
    /// A value that the check accepts.
    Compliant,
    /// Any other value.
    Insecure,
}

/// A field of a securityContext.
#[derive(Debug)]
pub struct FieldRule {
    /// Where it lives.
    pub level: Level,
    /// Its path from the pod spec or container.
    pub path: &'static [&'static str],
    /// Judges the value at that path.
    pub state: fn(&Tree, NodeId) -> State,
    /// The value that is written.
    pub value: fn(&Policy) -> Value,
    /// What each profile demands.
    pub demand: fn(Profile) -> Demand,
    /// Whether Windows pods take the field.
    pub on_windows: bool,
    /// What the auditor reads where it is missing or wrong: `must set ...`.
    pub must: &'static str,
}

/// Something that somebody granted on purpose.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The node that grants it.
    pub at: NodeId,
    /// What it is, in Pod Security Admission's words.
    pub detail: String,
    /// How a field edit takes it away, where one can.
    pub remedy: Remedy,
}

/// What a grant rule looks at.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    /// Each container, init and ephemeral ones included. A container that holds one is left alone whole.
    Container(fn(&Tree, &PodSpec, &Container, Profile) -> Vec<Grant>),
    /// The pod spec and all of its containers; the baseline is inserted beside it.
    Pod(fn(&Tree, &PodSpec) -> Vec<Grant>),
}

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
    /// A field with a value that is written.
    pub field: Option<FieldRule>,
    /// A privilege that is found.
    pub grant: Option<Scope>,
}

/// An item of a benchmark, or a scanner's rule, that a check supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// `CIS Kubernetes Benchmark`.
    pub framework: &'static str,
    /// The versions that know it by this id: `1.8 to 1.10`; empty where ids do not change.
    pub version: &'static str,
    /// Its id there: `5.2.7`.
    pub id: &'static str,
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
    host_namespaces::CHECK,
    host_ports::CHECK,
    host_path_volumes::CHECK,
    sysctls::CHECK,
];

const PSS: &str = "https://kubernetes.io/docs/concepts/security/pod-security-standards/";

/// The check of an id, also by Pod Security Admission's name for it (`capabilities_restricted`).
pub fn find(id: &str) -> Option<&'static Check> {
    let plain = id
        .strip_suffix("_baseline")
        .or_else(|| id.strip_suffix("_restricted"))
        .unwrap_or(id);
    CHECKS.iter().find(|check| check.id == plain)
}

/// The ids of all checks.
pub fn ids() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|check| check.id)
}

/// [`State`] of a boolean that has to be `wanted`.
fn bool_state(tree: &Tree, node: NodeId, wanted: bool) -> State {
    if tree.is_null(node) {
        State::Missing
    } else if tree.as_bool(node) == Some(wanted) {
        State::Compliant
    } else {
        State::Insecure
    }
}

/// [`State`] of a user or group id that must not be root's.
fn id_state(tree: &Tree, node: NodeId) -> State {
    if tree.is_null(node) {
        return State::Missing;
    }
    match tree.as_int(node) {
        Some(1..=MAX_ID) => State::Compliant,
        _ => State::Insecure,
    }
}

/// The largest id that the API server takes (`validation.IsValidUserID`).
pub(crate) const MAX_ID: i64 = i32::MAX as i64;
