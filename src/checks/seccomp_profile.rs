//! `seccompProfile`: the filter of system calls.

use super::{Check, Demand, FieldRule, Level, PSS, Profile, State, Value};
use crate::yaml::{NodeId, Tree};

/// PSA `check_seccompProfile_baseline.go` and `check_seccompProfile_restricted.go`.
pub(super) const CHECK: Check = Check {
    id: "seccompProfile",
    title: "System calls are filtered by the runtime's seccomp profile",
    link: PSS,
    controls: &[],
    field: Some(FieldRule {
        level: Level::PodOrContainer,
        path: &["securityContext", "seccompProfile"],
        state,
        value: |_| Value::Map(vec![("type", Value::Text("RuntimeDefault"))]),
        demand: |profile| match profile {
            Profile::Baseline => Demand::NotInsecure,
            Profile::Restricted | Profile::Hardened => Demand::Required,
        },
        on_windows: false,
        must: "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
    }),
    grant: None,
};

/// A profile without a type overrides the pod's all the same, and the API server refuses it.
fn state(tree: &Tree, profile: NodeId) -> State {
    if tree.is_null(profile) {
        return State::Missing;
    }
    let kind = tree.get(profile, "type").and_then(|kind| tree.as_str(kind));
    match kind {
        Some("RuntimeDefault" | "Localhost") => State::Compliant,
        _ => State::Insecure,
    }
}
