//! `runAsNonRoot`: the kubelet refuses to start a container whose user is root.

use super::{Check, Demand, FieldRule, Level, PSS, Profile, Value, bool_state};

/// PSA `check_runAsNonRoot.go`.
pub(super) const CHECK: Check = Check {
    id: "runAsNonRoot",
    title: "The kubelet refuses to start a container as root",
    link: PSS,
    controls: &[],
    field: Some(FieldRule {
        level: Level::PodOrContainer,
        path: &["securityContext", "runAsNonRoot"],
        state: |tree, node| bool_state(tree, node, true),
        value: |_| Value::Bool(true),
        demand: |profile| match profile {
            Profile::Baseline => Demand::Nothing,
            Profile::Restricted | Profile::Hardened => Demand::Required,
        },
        on_windows: true,
        must: "must set securityContext.runAsNonRoot=true",
    }),
    grant: None,
};
