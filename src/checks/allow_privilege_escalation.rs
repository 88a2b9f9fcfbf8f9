//! `allowPrivilegeEscalation`: whether a process may gain more privileges than its parent.

use super::about::{About, Breakage, KERNEL, TO_CONTAINERS, wrong_level};
use super::controls::{
    Control, EVERY, checkov, cis, eks, kube_linter, kubescape, kyverno, nsa, polaris, soc2, trivy,
};
use super::{
    Check, Demand, FieldRule, Forbidden, Level, PSS, Relaxation, Revision, Standard, Value,
    bool_state,
};

/// PSA `check_allowPrivilegeEscalation.go`.
pub(super) const CHECK: Check = Check {
    id: "allowPrivilegeEscalation",
    title: "Processes cannot gain more privileges than their parent",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
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

const CONTROLS: &[Control] = &[
    cis(EVERY, "5.2.6"),
    eks("4.2.5"),
    nsa("1.7", "restricting escalation to root privileges"),
    soc2("CC6.8"),
    soc2("CC8.1"),
    kubescape("C-0016"),
    kubescape("C-0197").note("its form of the CIS item"),
    checkov("CKV_K8S_20"),
    kube_linter("privilege-escalation-container"),
    trivy("KSV-0001"),
    kyverno("disallow-privilege-escalation"),
    polaris("privilegeEscalationAllowed"),
];

const ABOUT: About = About {
    looks_at: &[],
    accepts: "false",
    what: "Sets no_new_privs for the container's processes. A program with the setuid bit, or with \
        file capabilities, then gets no more than its caller has.",
    why: "Whoever gets in as an ordinary user looks for a setuid program next: sudo, su, mount, or \
        one with a flaw. With no_new_privs none of them leads to root.",
    example: r"containers:
- name: web
  securityContext:
    allowPrivilegeEscalation: true",
    breaks: &[
        Breakage {
            symptoms: &[
                "sudo: The \"no new privileges\" flag is set, which prevents sudo from running as root.",
            ],
            status: "CrashLoopBackOff, or Running while the command fails",
            cause: "The entrypoint or the program calls sudo.",
            remedies: &[
                "Remove sudo. Do what it was for when the image is built, or start as the user that \
                the program needs.",
            ],
            sources: &["sudo-project/sudo#129", "opencontainers/runc#641"],
        },
        Breakage {
            symptoms: &["Operation not permitted"],
            status: "Running; it fails later",
            cause: "A program with the setuid bit starts without a message and stays the user that \
                called it. What it then tries is refused.",
            remedies: &[
                "Find such programs in the image with find / -perm -4000, and do without them.",
            ],
            sources: &[KERNEL],
        },
        Breakage {
            symptoms: &["bind: permission denied"],
            status: "CrashLoopBackOff",
            cause: "The program has a file capability and is started by a shell script. The script's \
                exec loses the capability. Where the runtime starts the program itself, containerd \
                and CRI-O keep it.",
            remedies: &[
                "Listen on a port from 1024 on.",
                "Set command to the program, without the script.",
            ],
            sources: &["dunglas/mercure#1230", KERNEL],
        },
        Breakage {
            symptoms: &[
                "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
                "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
            ],
            status: "refused by the API server (422 Invalid); nothing is applied",
            cause: "The container is privileged, or adds CAP_SYS_ADMIN in that spelling. harden leaves \
                such a container alone whole.",
            remedies: &[
                "Do without the privilege. --unsafe-fixes takes it away and hardens the container.",
                "Leave the field out there, as harden does.",
            ],
            sources: &["kubernetes/kubernetes pkg/apis/core/validation/validation.go"],
        },
        wrong_level(
            &["unknown field \"spec.template.spec.securityContext.allowPrivilegeEscalation\""],
            &[TO_CONTAINERS],
        ),
    ],
};

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
