//! `fsGroup`: the group that owns mounted volumes. Not part of Pod Security Standards.

use super::{Check, Demand, FieldRule, Level, Profile, Value, id_state};

pub(super) const CHECK: Check = Check {
    id: "fsGroup",
    title: "Volumes belong to a group that is not root",
    link: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
    controls: &[],
    field: Some(FieldRule {
        level: Level::Pod,
        path: &["securityContext", "fsGroup"],
        state: id_state,
        value: |policy| Value::Int(policy.fs_group),
        demand: |profile| match profile {
            Profile::Baseline | Profile::Restricted => Demand::Nothing,
            Profile::Hardened => Demand::Required,
        },
        on_windows: false,
        must: "must set securityContext.fsGroup to a non-zero gid",
    }),
    grant: None,
};
