//! `runAsGroup`: the primary gid of the container's first process. Not part of Pod Security Standards.

use super::{Check, FieldRule, Forbidden, Level, SECURITY_CONTEXT, Value, id_state};

pub(super) const CHECK: Check = Check {
    id: "runAsGroup",
    title: "Containers run with a primary group that is not root",
    link: SECURITY_CONTEXT,
    controls: &[],
    revisions: &[],
    overridden_by: None,
    field: Some(FieldRule {
        level: Level::PodOrContainer,
        path: &["securityContext", "runAsGroup"],
        state: id_state,
        value: |policy| Value::Int(policy.run_as_group),
        on_windows: false,
    }),
    grant: None,
    words: |offence| {
        let must = "must set securityContext.runAsGroup to a non-zero gid";
        let detail = offence.written_or_lacking(must, must);
        Forbidden::new("runAsGroup unset or 0", detail)
    },
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let must = "must set securityContext.runAsGroup to a non-zero gid";
        table(
            "runAsGroup",
            "runAsGroup unset or 0",
            &[
                Case::hardened("containers: [{name: a}]")
                    .forbids(&format!("pod or container \"a\" {must}")),
                Case::hardened("securityContext: {runAsGroup: 0}\ncontainers: [{name: a}]")
                    .forbids(&format!("pod {must}")),
                Case::hardened("securityContext: {runAsGroup: 3}\ncontainers: [{name: a}]"),
                Case::hardened("securityContext: {runAsGroup: 3}\ncontainers: [{name: a, securityContext: {runAsGroup: 0}}]")
                    .forbids(&format!("container \"a\" {must}")),
                Case::restricted("containers: [{name: a}]"),
            ],
        );
    }
}
