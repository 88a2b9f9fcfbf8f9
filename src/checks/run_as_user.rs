//! `runAsUser`: the uid of the container's first process.

use super::{Check, Demand, FieldRule, Level, PSS, Profile, Value, id_state};

/// PSA `check_runAsUser.go`; that it is set at all is the `hardened` profile's own demand.
pub(super) const CHECK: Check = Check {
    id: "runAsUser",
    title: "Containers run as a user that is not root",
    link: PSS,
    controls: &[],
    field: Some(FieldRule {
        level: Level::PodOrContainer,
        path: &["securityContext", "runAsUser"],
        state: id_state,
        value: |policy| Value::Int(policy.run_as_user),
        demand: |profile| match profile {
            Profile::Baseline => Demand::Nothing,
            Profile::Restricted => Demand::NotInsecure,
            Profile::Hardened => Demand::Required,
        },
        on_windows: false,
        must: "must set securityContext.runAsUser to a non-zero uid",
    }),
    grant: None,
};
