//! `fsGroup`: the group that owns mounted volumes. Not part of Pod Security Standards.

use super::{Check, FieldRule, Forbidden, Level, SECURITY_CONTEXT, Value, id_state};

pub(super) const CHECK: Check = Check {
    id: "fsGroup",
    title: "Volumes belong to a group that is not root",
    link: SECURITY_CONTEXT,
    controls: &[],
    revisions: &[],
    overridden_by: None,
    field: Some(FieldRule {
        level: Level::Pod,
        path: &["securityContext", "fsGroup"],
        state: id_state,
        value: |policy| Value::Int(policy.fs_group),
        on_windows: false,
    }),
    grant: None,
    words: |offence| {
        let must = "must set securityContext.fsGroup to a non-zero gid";
        Forbidden::new("fsGroup unset or 0", offence.pod_must(must))
    },
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let must = "pod must set securityContext.fsGroup to a non-zero gid";
        table(
            "fsGroup",
            "fsGroup unset or 0",
            &[
                Case::hardened("containers: [{name: a}]").forbids(must),
                Case::hardened("securityContext: {fsGroup: 0}\ncontainers: [{name: a}]")
                    .forbids(must),
                Case::hardened("securityContext: {fsGroup: 2}\ncontainers: [{name: a}]"),
                Case::hardened("os: {name: windows}\ncontainers: [{name: a}]"),
                Case::restricted("containers: [{name: a}]"),
            ],
        );
    }
}
