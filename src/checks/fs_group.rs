//! `fsGroup`: the group that owns mounted volumes. Not part of Pod Security Standards.

use super::about::{About, Breakage, wrong_level};
use super::controls::{Control, FROM_1_11, GENERIC, TO_1_10, checkov, cis, kubescape, soc2, trivy};
use super::{Check, FieldRule, Forbidden, Level, SECURITY_CONTEXT, Value, id_state};

pub(super) const CHECK: Check = Check {
    id: "fsGroup",
    title: "Volumes belong to a group that is not root",
    link: SECURITY_CONTEXT,
    controls: CONTROLS,
    about: ABOUT,
    revisions: &[],
    overridden_by: None,
    field: Some(FieldRule {
        level: Level::Pod,
        path: &["securityContext", "fsGroup"],
        state: id_state,
        value: |run_as| Value::Int(run_as.fs_group),
        on_windows: false,
    }),
    grant: None,
    words: |offence| {
        let must = "must set securityContext.fsGroup to a non-zero gid";
        Forbidden::new("fsGroup unset or 0", offence.pod_must(must))
    },
};

const CONTROLS: &[Control] = &[
    cis(TO_1_10, "5.7.3").note(GENERIC),
    cis(FROM_1_11, "5.6.3").note(GENERIC),
    soc2("CC6.8").note("approved user and group ids"),
    soc2("CC8.1").note("approved user and group ids"),
    kubescape("C-0211"),
    checkov("CKV_K8S_29").note("asks for a securityContext of the pod"),
    trivy("KSV-0116").note("where it is 0"),
];

const ABOUT: About = About {
    looks_at: &[],
    accepts: "1 to 2147483647",
    what: "The group that volumes are given to when they are mounted. The kubelet hands every file on \
        them to that group, and every container of the pod is in it.",
    why: "Without it a volume often belongs to root, and the quick way out is to run as root, or to \
        open the files to everybody. With it the program writes to its volume without either.",
    example: r"securityContext:
  fsGroup: 0
containers:
- name: web",
    breaks: &[
        Breakage {
            symptoms: &[
                "VolumePermissionChangeInProgress: Setting volume ownership for ..., processed ... files",
            ],
            status: "Pending, or Init, for minutes",
            cause: "The volume holds many files, and each mount hands all of them to the group.",
            remedies: &[
                "Set fsGroupChangePolicy: OnRootMismatch beside fsGroup (Kubernetes 1.23). Then \
                only the first mount does.",
            ],
            sources: &["kubernetes/kubernetes pkg/volume/volume_linux.go"],
        },
        Breakage {
            symptoms: &[
                "Cookie file /var/lib/rabbitmq/.erlang.cookie must be accessible by owner only",
                "Permissions 0640 for '...' are too open.",
                "data directory \"...\" has invalid permissions",
            ],
            status: "CrashLoopBackOff",
            cause: "The group may now read files that only the owner should: RabbitMQ, ssh and \
                PostgreSQL refuse them.",
            remedies: &[
                "Keep the data in a directory below the volume's root, and set fsGroupChangePolicy: \
                OnRootMismatch.",
                "Set the modes back in an init container, with chmod.",
            ],
            sources: &["sapcc/helm-charts#11388", "tensorchord/pgvecto.rs#620"],
        },
        Breakage {
            symptoms: &["Permission denied"],
            status: "CrashLoopBackOff, or Running while writes fail",
            cause: "The kubelet hands no files over on hostPath and NFS volumes, nor where the CSI \
                driver has fsGroupPolicy: None, nor on ReadWriteMany volumes with the driver's \
                default policy.",
            remedies: &["Change the owner on the server or the node. No fsGroup will do it."],
            sources: &[
                "kubernetes/examples#260",
                "https://kubernetes-csi.github.io/docs/support-fsgroup.html",
            ],
        },
        wrong_level(
            &["unknown field \"spec.template.spec.containers[0].securityContext.fsGroup\""],
            &["Move it to the securityContext of the pod, as harden writes it."],
        ),
    ],
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
