//! `runAsUser`: the uid of the container's first process.

use super::about::{About, Breakage, SEEN};
use super::controls::{
    Control, EVERY, checkov, cis, kube_linter, kubescape, kyverno, nsa, polaris, soc2, trivy,
};
use super::{
    Check, Demand, FieldRule, Forbidden, Level, Offence, PSS, Relaxation, Revision, Standard,
    Value, id_state,
};

/// PSA `check_runAsUser.go`; that it is set at all is the `hardened` profile's own demand.
pub(super) const CHECK: Check = Check {
    id: "runAsUser",
    title: "Containers run as a user that is not root",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
    revisions: &[
        Revision::new(ID, Standard::Restricted, 23, Demand::NotInsecure),
        Revision::new(ID, Standard::Restricted, 35, Demand::NotInsecure)
            .relaxed_for(&[Relaxation::UserNamespace]),
    ],
    overridden_by: None,
    field: Some(FieldRule {
        level: Level::PodOrContainer,
        path: &["securityContext", "runAsUser"],
        state: id_state,
        value: |run_as| Value::Int(run_as.user),
        on_windows: false,
    }),
    grant: None,
    words,
};

const ID: &str = "runAsUser";

fn words(offence: &Offence<'_>) -> Forbidden {
    let must = "must set securityContext.runAsUser to a non-zero uid";
    match offence.is_written() {
        true if offence.values.iter().any(|value| is_zero(value)) => {
            let detail = offence.who_sets() + "must not set runAsUser=0";
            Forbidden::new("runAsUser=0", detail)
        }
        true => Forbidden::new("runAsUser out of range", offence.who_sets() + must),
        false => Forbidden::new("runAsUser unset", offence.pod_or_containers() + must),
    }
}

/// Zero in any of YAML's spellings; other insecure values are no uids at all.
fn is_zero(value: &str) -> bool {
    value
        .trim_matches(['0', 'x', 'o', 'b', '_', '+', '-'])
        .is_empty()
}

const CONTROLS: &[Control] = &[
    cis(EVERY, "5.2.7"),
    nsa("1.0", "non-root containers"),
    soc2("CC6.8").note("approved user and group ids"),
    soc2("CC8.1").note("approved user and group ids"),
    kubescape("C-0013"),
    checkov("CKV_K8S_40").note("asks for 10000 or more: --run-as-user=10001"),
    kube_linter("run-as-non-root"),
    trivy("KSV-0105"),
    trivy("KSV-0020").note("asks for more than 10000: --run-as-user=10001"),
    kyverno("require-run-as-non-root-user"),
    polaris("runAsRootAllowed"),
];

const ABOUT: About = About {
    looks_at: &[],
    accepts: "1 to 2147483647",
    what: "The uid that a container's first process starts with. It wins over USER in the image. The \
        image's files keep their owners, so a uid that owns none of them can read what everybody \
        may read, and write almost nothing.",
    why: "A process with uid 0 can read and change every file of its container. Where a directory of \
        the node or a volume is mounted, it is root there as well. Flaws that let a process out of \
        its container are worth more to one that is root already.",
    example: r"securityContext:
  runAsUser: 0
containers:
- name: web",
    breaks: &[
        Breakage {
            symptoms: &[
                "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)",
                "(13)Permission denied: AH00072: make_sock: could not bind to address [::]:80",
                "listen tcp :80: bind: permission denied",
                "listen EACCES: permission denied 0.0.0.0:80",
                "Can't connect to ('0.0.0.0', 80)",
            ],
            status: "CrashLoopBackOff, exit code 1",
            cause: "Only root may bind a port below 1024 where the runtime keeps that rule. containerd \
                1.x and CRI-O keep it; containerd 2.0 and Docker 20.10 do not. Adding \
                NET_BIND_SERVICE does not help a user that is not root.",
            remedies: &[
                "Listen on a port from 1024 on. The Service keeps its port: set its targetPort.",
                "Set the sysctl net.ipv4.ip_unprivileged_port_start to 0 for the pod. The baseline \
                and restricted levels allow that. Not with hostNetwork.",
            ],
            sources: &[
                "docker-library/php#1070",
                "grokability/snipe-it#18617",
                "containerd/containerd docs/containerd-2.0.md",
                "moby/moby daemon/oci_linux.go",
                SEEN,
            ],
        },
        Breakage {
            symptoms: &[
                "chown: changing ownership of '...': Operation not permitted",
                "sed: couldn't open temporary file /etc/...: Permission denied",
            ],
            status: "CrashLoopBackOff, exit code 1",
            cause: "The entrypoint expects to be root: it gives files away or edits its configuration \
                before it starts the program.",
            remedies: &[
                "Run with the uid that the image is made for, and set fsGroup. The entrypoints of \
                Docker's official images skip the chown when they are not root.",
                "Set command to the program itself, so that the entrypoint does not run.",
            ],
            sources: &[
                "docker-library/postgres#361",
                "docker-library/redis docker-entrypoint.sh",
                SEEN,
            ],
        },
        Breakage {
            symptoms: &[
                "data directory \"...\" has wrong ownership",
                "Can't open or create append-only dir appendonlydir: Permission denied",
                "could not open error log file /var/log/apache2/error.log",
            ],
            status: "CrashLoopBackOff",
            cause: "The files belong to root or to another uid: on a volume from earlier runs, or in \
                the image. The group may matter too. fsGroup gives access by group, never \
                ownership.",
            remedies: &[
                "Run with the uid that owns the data. kubectl exec POD -- stat -c %u PATH prints \
                it, before the change.",
                "Give the data away once, with a Job that runs chown as root.",
            ],
            sources: &["docker-library/postgres#361", SEEN],
        },
        Breakage {
            symptoms: &["npm ERR! code EACCES", "npm ERR! path /.npm"],
            status: "CrashLoopBackOff, exit code 243",
            cause: "The uid has no home directory, so HOME is / and caches go there.",
            remedies: &[
                "Start node itself instead of npm.",
                "Set HOME=/tmp in env, and npm_config_cache and XDG_CACHE_HOME where they are used.",
            ],
            sources: &["thirdweb-dev/engine#422", "npm/cli#4769"],
        },
        Breakage {
            symptoms: &[
                "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)",
            ],
            status: "CrashLoopBackOff",
            cause: "The command installs packages when the container starts. apk and pip fail in the \
                same way.",
            remedies: &["Install them when the image is built."],
            sources: &["bandi13/gui-docker#9", "trion-development/docker-ng-cli#8"],
        },
        Breakage {
            symptoms: &[
                "whoami: cannot find name for user ID 1000",
                "initdb: could not look up effective user ID 1000: user does not exist",
                "No user exists for uid 1000",
            ],
            status: "CrashLoopBackOff",
            cause: "The image's /etc/passwd has no user with this uid.",
            remedies: &[
                "Give the uid a name in the image, or use nss_wrapper as the entrypoint of postgres \
                does.",
                "Set runAsUser to a uid that the image knows.",
            ],
            sources: &["docker-library/postgres docker-entrypoint.sh", SEEN],
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let zero = "securityContext: {runAsUser: 0}\ncontainers: [{name: a}]";
        table(
            "runAsUser",
            "runAsUser=0",
            &[
                Case::restricted("containers: [{name: a}]"),
                Case::restricted("securityContext: {runAsUser: 1}\ncontainers: [{name: a}]"),
                Case::restricted(zero).forbids("pod must not set runAsUser=0"),
                Case::restricted(zero).at(22),
                Case::restricted("securityContext: {runAsUser: 0}\ncontainers: [{name: a, securityContext: {runAsUser: 1}}]")
                    .forbids("pod must not set runAsUser=0"),
                Case::restricted("securityContext: {runAsUser: 0}\ncontainers: [{name: a, securityContext: {runAsUser: 0}}]")
                    .forbids("pod and container \"a\" must not set runAsUser=0"),
                Case::restricted(&format!("hostUsers: false\n{zero}")),
                Case::restricted(&format!("hostUsers: false\n{zero}")).at(34).forbids("pod must not set runAsUser=0"),
                Case::baseline(zero),
            ],
        );
        table(
            "runAsUser",
            "runAsUser unset",
            &[Case::hardened("containers: [{name: a}, {name: b}]")
                .forbids("pod or containers \"a\", \"b\" must set securityContext.runAsUser to a non-zero uid")],
        );
    }
}
