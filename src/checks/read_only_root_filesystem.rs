//! `readOnlyRootFilesystem`: whether the image's files can be changed. Not part of Pod Security Standards.

use super::{Check, Demand, FieldRule, Level, Profile, Value, bool_state};

pub(super) const CHECK: Check = Check {
    id: "readOnlyRootFilesystem",
    title: "The root filesystem cannot be written to",
    link: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
    controls: &[],
    field: Some(FieldRule {
        level: Level::Container,
        path: &["securityContext", "readOnlyRootFilesystem"],
        state: |tree, node| bool_state(tree, node, true),
        value: |_| Value::Bool(true),
        demand: |profile| match profile {
            Profile::Baseline | Profile::Restricted => Demand::Nothing,
            Profile::Hardened => Demand::Required,
        },
        on_windows: false,
        must: "must set securityContext.readOnlyRootFilesystem=true",
    }),
    grant: None,
};
