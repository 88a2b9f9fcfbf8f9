//! `runAsNonRoot`: the kubelet refuses to start a container whose user is root.

use super::{
    Check, Demand, FieldRule, Forbidden, Level, PSS, Relaxation, Revision, Standard, Value,
    bool_state,
};

/// PSA `check_runAsNonRoot.go`.
pub(super) const CHECK: Check = Check {
    id: "runAsNonRoot",
    title: "The kubelet refuses to start a container as root",
    link: PSS,
    controls: &[],
    revisions: &[
        Revision::new(ID, Standard::Restricted, 0, Demand::Required),
        Revision::new(ID, Standard::Restricted, 35, Demand::Required)
            .relaxed_for(&[Relaxation::UserNamespace]),
    ],
    overridden_by: None,
    field: Some(FieldRule {
        level: Level::PodOrContainer,
        path: &["securityContext", "runAsNonRoot"],
        state: |tree, node| bool_state(tree, node, true),
        value: |_| Value::Bool(true),
        on_windows: true,
    }),
    grant: None,
    words: |offence| {
        let detail = offence.written_or_lacking(
            "must not set securityContext.runAsNonRoot=false",
            "must set securityContext.runAsNonRoot=true",
        );
        Forbidden::new("runAsNonRoot != true", detail)
    },
};

const ID: &str = "runAsNonRoot";

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let must_not = "must not set securityContext.runAsNonRoot=false";
        let lacks = "pod or container \"a\" must set securityContext.runAsNonRoot=true";
        table(
            "runAsNonRoot",
            "runAsNonRoot != true",
            &[
                Case::restricted("containers: [{name: a}]").forbids(lacks),
                Case::restricted("containers: [{name: a}]").at(0).forbids(lacks),
                Case::restricted("securityContext: {runAsNonRoot: true}\ncontainers: [{name: a}]"),
                Case::restricted("securityContext: {runAsNonRoot: false}\ncontainers: [{name: a}]")
                    .forbids(&format!("pod {must_not}")),
                Case::restricted("securityContext: {runAsNonRoot: false}\ncontainers: [{name: a, securityContext: {runAsNonRoot: true}}]")
                    .forbids(&format!("pod {must_not}")),
                Case::restricted("securityContext: {runAsNonRoot: true}\ncontainers: [{name: a, securityContext: {runAsNonRoot: false}}]")
                    .forbids(&format!("container \"a\" {must_not}")),
                Case::restricted("securityContext: {runAsNonRoot: false}\ncontainers: [{name: a, securityContext: {runAsNonRoot: false}}, {name: b}]")
                    .forbids(&format!("pod and container \"a\" {must_not}")),
                Case::restricted("containers: [{name: b, securityContext: {runAsNonRoot: true}}, {name: a}]").forbids(lacks),
                Case::restricted("securityContext: {runAsNonRoot: true}\ncontainers: [{name: a}]\nephemeralContainers: [{name: e, securityContext: {runAsNonRoot: false}}]")
                    .forbids(&format!("container \"e\" {must_not}")),
                Case::restricted("hostUsers: false\ncontainers: [{name: a}]"),
                Case::restricted("hostUsers: false\ncontainers: [{name: a}]").at(34).forbids(lacks),
                Case::hardened("hostUsers: false\ncontainers: [{name: a}]").forbids(lacks),
                Case::baseline("securityContext: {runAsNonRoot: false}\ncontainers: [{name: a}]"),
            ],
        );
    }
}
