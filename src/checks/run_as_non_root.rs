//! `runAsNonRoot`: the kubelet refuses to start a container whose user is root.

use super::about::{About, Breakage};
use super::controls::{
    Control, EVERY, checkov, cis, kube_linter, kubescape, kyverno, nsa, polaris, soc2, trivy,
};
use super::{
    Check, Demand, FieldRule, Forbidden, Level, PSS, Relaxation, Revision, Standard, Value,
    bool_state,
};

/// PSA `check_runAsNonRoot.go`.
pub(super) const CHECK: Check = Check {
    id: "runAsNonRoot",
    title: "The kubelet refuses to start a container as root",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
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

const CONTROLS: &[Control] = &[
    cis(EVERY, "5.2.7"),
    nsa("1.0", "non-root containers"),
    soc2("CC6.8").note("approved user and group ids"),
    soc2("CC8.1").note("approved user and group ids"),
    kubescape("C-0013"),
    kubescape("C-0198").note("its form of the CIS item"),
    kubescape("C-0211"),
    checkov("CKV_K8S_23"),
    kube_linter("run-as-non-root"),
    trivy("KSV-0012"),
    kyverno("require-run-as-nonroot"),
    polaris("runAsRootAllowed"),
];

const ABOUT: About = About {
    looks_at: &[],
    accepts: "true",
    what: "The kubelet looks at the user that a container would start with and refuses to start it as \
        root. It does not choose a user: that is runAsUser, or USER in the image.",
    why: "Root in a container is uid 0 for the node's kernel too, unless the pod has a user \
        namespace. Whoever breaks out is root on the node. The refusal also stops an image that \
        became root by mistake, or that somebody replaced.",
    example: r"securityContext:
  runAsNonRoot: false
containers:
- name: web",
    breaks: &[
        Breakage {
            symptoms: &["container has runAsNonRoot and image will run as root"],
            status: "CreateContainerConfigError; no restarts, and no log",
            cause: "The image has no USER, or USER 0, and the manifest sets no runAsUser.",
            remedies: &[
                "Set a USER that is a number in the image's Dockerfile.",
                "Set runAsUser to the uid that the image's files belong to. A uid of your own \
                choice starts too, and may not be able to read them.",
            ],
            sources: &["kubernetes/kubernetes pkg/kubelet/kuberuntime/security_context_others.go"],
        },
        Breakage {
            symptoms: &[
                "container has runAsNonRoot and image has non-numeric user (...), cannot verify user is non-root",
            ],
            status: "CreateContainerConfigError",
            cause: "USER in the image is a name: nobody, node, www-data. The kubelet does not read the \
                image's /etc/passwd.",
            remedies: &[
                "Set USER to the number in the Dockerfile.",
                "Set runAsUser to the number that the image's /etc/passwd has for the name.",
            ],
            sources: &[
                "kubernetes/kubernetes pkg/kubelet/kuberuntime/security_context_others.go",
                "containerd/containerd internal/cri/server/images/image_status.go",
            ],
        },
        Breakage {
            symptoms: &["container's runAsUser breaks non-root policy"],
            status: "CreateContainerConfigError",
            cause: "runAsUser: 0 stands beside it, at the pod or at the container.",
            remedies: &[
                "Remove runAsUser: 0, or let harden replace it.",
                "Leave runAsNonRoot out too, with a reason, if the program has to be root.",
            ],
            sources: &["kubernetes/kubernetes pkg/kubelet/kuberuntime/security_context_others.go"],
        },
        Breakage {
            symptoms: &["container has runAsNonRoot and image has an invalid user id"],
            status: "CreateContainerConfigError; newer kubelets only",
            cause: "USER in the image is negative or above 2147483647.",
            remedies: &["Set another USER in the Dockerfile."],
            sources: &["kubernetes/kubernetes pkg/kubelet/kuberuntime/security_context_others.go"],
        },
    ],
};

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
