//! `runAsGroup`: the primary gid of the container's first process. Not part of Pod Security Standards.

use super::{Check, Demand, FieldRule, Level, Profile, Value, id_state};

pub(super) const CHECK: Check = Check {
    id: "runAsGroup",
    title: "Containers run with a primary group that is not root",
    link: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
    controls: &[],
    field: Some(FieldRule {
        level: Level::PodOrContainer,
        path: &["securityContext", "runAsGroup"],
        state: id_state,
        value: |policy| Value::Int(policy.run_as_group),
        demand: |profile| match profile {
            Profile::Baseline | Profile::Restricted => Demand::Nothing,
            Profile::Hardened => Demand::Required,
        },
        on_windows: false,
        must: "must set securityContext.runAsGroup to a non-zero gid",
    }),
    grant: None,
};
