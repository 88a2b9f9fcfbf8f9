//! `runAsGroup`: the primary gid of the container's first process. Not part of Pod Security Standards.

use super::about::{About, Breakage};
use super::controls::{
    Control, FROM_1_11, GENERIC, TO_1_10, checkov, cis, kubescape, nsa, soc2, trivy,
};
use super::{Check, FieldRule, Forbidden, Level, SECURITY_CONTEXT, Value, id_state};

pub(super) const CHECK: Check = Check {
    id: "runAsGroup",
    title: "Containers run with a primary group that is not root",
    link: SECURITY_CONTEXT,
    controls: CONTROLS,
    about: ABOUT,
    revisions: &[],
    overridden_by: None,
    field: Some(FieldRule {
        level: Level::PodOrContainer,
        path: &["securityContext", "runAsGroup"],
        state: id_state,
        value: |run_as| Value::Int(run_as.group),
        on_windows: false,
    }),
    grant: None,
    words: |offence| {
        let must = "must set securityContext.runAsGroup to a non-zero gid";
        let detail = offence.written_or_lacking(must, must);
        Forbidden::new("runAsGroup unset or 0", detail)
    },
};

const CONTROLS: &[Control] = &[
    cis(TO_1_10, "5.7.3").note(GENERIC),
    cis(FROM_1_11, "5.6.3").note(GENERIC),
    nsa("1.6", "running with root group membership"),
    soc2("CC6.8").note("approved user and group ids"),
    soc2("CC8.1").note("approved user and group ids"),
    kubescape("C-0013").note("the part on root's group"),
    kubescape("C-0211"),
    checkov("CKV_K8S_29").note("asks for a securityContext of the pod"),
    trivy("KSV-0116").note("root's group"),
    trivy("KSV-0021").note("asks for more than 10000: --run-as-group=10001"),
];

const ABOUT: About = About {
    looks_at: &[],
    accepts: "1 to 2147483647",
    what: "The primary gid of a container's first process. Without it the gid is the one that the \
        image has for the user, and 0 for a uid that the image does not know.",
    why: "Group 0 owns many files of the system, and images made for OpenShift let it write to the \
        program's own directories. A process in that group can change what it should only read.",
    example: r"securityContext:
  runAsGroup: 0
containers:
- name: web",
    breaks: &[
        Breakage {
            symptoms: &[
                "ERROR! You should run the image with GID=0",
                "EACCES: permission denied",
            ],
            status: "CrashLoopBackOff",
            cause: "The image gives its directories to group 0: Airflow, SonarQube, Keycloak, Grafana, \
                Solr, Bitnami's images.",
            remedies: &[
                "Give the directories to a group of your own in an image built on top, and run with \
                that group.",
                "Add 0 to supplementalGroups, if the program looks only at what it can write. \
                Airflow looks at the primary group.",
                "Leave runAsGroup out for this container, with a reason. Pod Security Standards do \
                not forbid group 0; Trivy's KSV-0116 reports it.",
            ],
            sources: &["apache/airflow Dockerfile"],
        },
        Breakage {
            symptoms: &["user group is specified without user or username"],
            status: "CreateContainerError; CRI-O only",
            cause: "runAsGroup is set, runAsUser is not, and the image has no user.",
            remedies: &["Set runAsUser too, as harden does."],
            sources: &["cri-o/cri-o server/container_create.go"],
        },
    ],
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
