//! `allowPrivilegeEscalation`: whether a process may gain more privileges than its parent.

use super::{
    Check, Demand, FieldRule, Forbidden, Level, PSS, Relaxation, Revision, Standard, Value,
    bool_state,
};

/// PSA `check_allowPrivilegeEscalation.go`.
pub(super) const CHECK: Check = Check {
    id: "allowPrivilegeEscalation",
    title: "Processes cannot gain more privileges than their parent",
    link: PSS,
    controls: &[],
    revisions: &[
        Revision::new(ID, Standard::Restricted, 8, Demand::Required),
        Revision::new(ID, Standard::Restricted, 25, Demand::Required)
            .relaxed_for(&[Relaxation::Windows]),
    ],
    overridden_by: None,
    field: Some(FieldRule {
        level: Level::Container,
        path: &["securityContext", "allowPrivilegeEscalation"],
        state: |tree, node| bool_state(tree, node, false),
        value: |_| Value::Bool(false),
        on_windows: false,
    }),
    grant: None,
    words: |offence| {
        let must = "must set securityContext.allowPrivilegeEscalation=false";
        Forbidden::new(
            "allowPrivilegeEscalation != false",
            offence.containers() + must,
        )
    },
};

const ID: &str = "allowPrivilegeEscalation";

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let must = "container \"a\" must set securityContext.allowPrivilegeEscalation=false";
        table(
            "allowPrivilegeEscalation",
            "allowPrivilegeEscalation != false",
            &[
                Case::restricted("containers: [{name: a}]").forbids(must),
                Case::restricted("containers: [{name: a, securityContext: {allowPrivilegeEscalation: null}}]").forbids(must),
                Case::restricted("containers: [{name: a, securityContext: {allowPrivilegeEscalation: true}}]").forbids(must),
                Case::restricted("containers: [{name: a, securityContext: {allowPrivilegeEscalation: false}}]"),
                Case::restricted("initContainers: [{name: i}]\ncontainers: [{name: a}]\nephemeralContainers: [{name: e}]")
                    .forbids("containers \"i\", \"a\", \"e\" must set securityContext.allowPrivilegeEscalation=false"),
                Case::restricted("os: {name: windows}\ncontainers: [{name: a}]"),
                Case::restricted("os: {name: windows}\ncontainers: [{name: a}]").at(24).forbids(must),
                Case::restricted("nodeSelector: {kubernetes.io/os: windows}\ncontainers: [{name: a}]").forbids(must),
                Case::restricted("containers: [{name: a}]").at(7),
                Case::baseline("containers: [{name: a}]"),
            ],
        );
    }
}
