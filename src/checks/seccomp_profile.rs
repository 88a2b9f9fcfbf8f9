//! `seccompProfile`: the filter of system calls.

use super::{Check, Demand, FieldRule, Level, PSS, Profile, State, Value};
use crate::yaml::{NodeId, Tree};

/// PSA `check_seccompProfile_baseline.go` and `check_seccompProfile_restricted.go`.
pub(super) const CHECK: Check = Check {
    id: "seccompProfile",
    link: PSS,
    field: Some(FieldRule {
        level: Level::PodOrContainer,
        path: &["securityContext", "seccompProfile", "type"],
        state,
        value: |_| Value::Text("RuntimeDefault"),
        demand: |profile| match profile {
            Profile::Baseline => Demand::NotInsecure,
            Profile::Restricted | Profile::Hardened => Demand::Required,
        },
        on_windows: false,
        must: "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
    }),
    grant: None,
};

fn state(tree: &Tree, node: NodeId) -> State {
    match tree.as_str(node) {
        _ if tree.is_null(node) => State::Missing,
        Some("RuntimeDefault" | "Localhost") => State::Compliant,
        _ => State::Insecure,
    }
}
