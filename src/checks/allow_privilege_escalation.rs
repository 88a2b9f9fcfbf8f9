//! `allowPrivilegeEscalation`: whether a process may gain more privileges than its parent.

use super::{Check, Demand, FieldRule, Level, PSS, Profile, Value, bool_state};

/// PSA `check_allowPrivilegeEscalation.go`.
pub(super) const CHECK: Check = Check {
    id: "allowPrivilegeEscalation",
    title: "Processes cannot gain more privileges than their parent",
    link: PSS,
    controls: &[],
    field: Some(FieldRule {
        level: Level::Container,
        path: &["securityContext", "allowPrivilegeEscalation"],
        state: |tree, node| bool_state(tree, node, false),
        value: |_| Value::Bool(false),
        demand: |profile| match profile {
            Profile::Baseline => Demand::Nothing,
            Profile::Restricted | Profile::Hardened => Demand::Required,
        },
        on_windows: false,
        must: "must set securityContext.allowPrivilegeEscalation=false",
    }),
    grant: None,
};
