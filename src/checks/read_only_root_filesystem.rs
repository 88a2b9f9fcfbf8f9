//! `readOnlyRootFilesystem`: whether the image's files can be changed. Not part of Pod Security Standards.

use super::{Check, FieldRule, Forbidden, Level, SECURITY_CONTEXT, Value, bool_state};

pub(super) const CHECK: Check = Check {
    id: "readOnlyRootFilesystem",
    title: "The root filesystem cannot be written to",
    link: SECURITY_CONTEXT,
    controls: &[],
    revisions: &[],
    overridden_by: None,
    field: Some(FieldRule {
        level: Level::Container,
        path: &["securityContext", "readOnlyRootFilesystem"],
        state: |tree, node| bool_state(tree, node, true),
        value: |_| Value::Bool(true),
        on_windows: false,
    }),
    grant: None,
    words: |offence| {
        let must = "must set securityContext.readOnlyRootFilesystem=true";
        let detail = offence.containers() + must;
        Forbidden::new("readOnlyRootFilesystem != true", detail)
    },
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let must = "container \"a\" must set securityContext.readOnlyRootFilesystem=true";
        table(
            "readOnlyRootFilesystem",
            "readOnlyRootFilesystem != true",
            &[
                Case::hardened("containers: [{name: a}]").forbids(must),
                Case::hardened(
                    "containers: [{name: a, securityContext: {readOnlyRootFilesystem: false}}]",
                )
                .forbids(must),
                Case::hardened(
                    "containers: [{name: a, securityContext: {readOnlyRootFilesystem: true}}]\nephemeralContainers: [{name: e}]",
                ),
                Case::hardened("os: {name: windows}\ncontainers: [{name: a}]"),
                Case::restricted("containers: [{name: a}]"),
            ],
        );
    }
}
