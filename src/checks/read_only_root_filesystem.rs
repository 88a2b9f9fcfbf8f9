//! `readOnlyRootFilesystem`: whether the image's files can be changed. Not part of Pod Security Standards.

use super::about::{About, Breakage, SEEN, TO_CONTAINERS, wrong_level};
use super::controls::{
    Control, FROM_1_11, GENERIC, TO_1_10, checkov, cis, kube_linter, kubescape, kyverno, nsa,
    polaris, soc2, soc2_2023, trivy,
};
use super::{Check, FieldRule, Forbidden, Level, SECURITY_CONTEXT, Value, bool_state};

pub(super) const CHECK: Check = Check {
    id: "readOnlyRootFilesystem",
    title: "The root filesystem cannot be written to",
    link: SECURITY_CONTEXT,
    controls: CONTROLS,
    about: ABOUT,
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

const CONTROLS: &[Control] = &[
    cis(TO_1_10, "5.7.3").note(GENERIC),
    cis(FROM_1_11, "5.6.3").note(GENERIC),
    nsa("1.1", "immutable container file systems"),
    soc2("CC6.8"),
    soc2("CC8.1"),
    soc2_2023("CC2.3"),
    soc2_2023("CC5.3"),
    soc2_2023("CC6.1"),
    soc2_2023("CC6.7"),
    soc2_2023("CC6.8"),
    soc2_2023("CC7.2"),
    soc2_2023("CC7.4"),
    kubescape("C-0017"),
    checkov("CKV_K8S_22"),
    kube_linter("no-read-only-root-fs"),
    trivy("KSV-0014"),
    kyverno("require-ro-rootfs").note("a best practice there"),
    polaris("notReadOnlyRootFilesystem"),
];

const ABOUT: About = About {
    looks_at: &[],
    accepts: "true",
    what: "The files of the image cannot be changed and none can be added. Volumes stay writable. A \
        program that writes logs, caches, sockets or pid files beside itself needs a volume in \
        each such place.",
    why: "Whoever can run code in a container wants to drop a tool, change a script, or leave a \
        shell where the web server serves it. On a read-only root there is no place for it but the \
        volumes, and a restart brings the image back as it was built.",
    example: r"containers:
- name: web
  securityContext:
    readOnlyRootFilesystem: false",
    breaks: &[
        Breakage {
            symptoms: &[
                "nginx: [emerg] mkdir() \"/var/cache/nginx/client_temp\" failed (30: Read-only file system)",
                "OSError: [Errno 30] Read-only file system: '...'",
                "ENOENT: no such file or directory, mkdir '...'",
            ],
            status: "CrashLoopBackOff, or Running and Ready while requests fail",
            cause: "The program writes to a directory of the image. Node.js names a missing directory \
                where the file system is meant.",
            remedies: &[
                "Point it to a volume: its options for cache, log, pid and temporary files.",
                "Mount an emptyDir on each path that it writes to. It hides what the image has \
                there: copy the content in with an init container, the children and not the \
                directory itself. Do not cover all of /run.",
                "Leave the field out for this container, with a reason. Compare the log with the \
                one before: Ready alone proves nothing.",
            ],
            sources: &["nginx/docker-nginx-unprivileged#175", SEEN],
        },
        Breakage {
            symptoms: &[
                "(30)Read-only file system: AH00099: could not create /usr/local/apache2/logs/httpd.pid",
            ],
            status: "CrashLoopBackOff",
            cause: "httpd writes its pid file below logs.",
            remedies: &[
                "Set PidFile to a path in /tmp, with an emptyDir there.",
                "Mount an emptyDir on /usr/local/apache2/logs.",
            ],
            sources: &["docker-library/httpd#166"],
        },
        Breakage {
            symptoms: &[
                "FileNotFoundError: [Errno 2] No usable temporary directory found in ['/tmp', '/var/tmp', '/usr/tmp', '/app']",
            ],
            status: "CrashLoopBackOff",
            cause: "Python needs a directory for temporary files; gunicorn does for its workers.",
            remedies: &[
                "Start gunicorn with --worker-tmp-dir /dev/shm.",
                "Mount an emptyDir on /tmp.",
            ],
            sources: &[
                "getredash/contrib-helm-chart#106",
                "benoitc/gunicorn#2859",
                SEEN,
            ],
        },
        Breakage {
            symptoms: &[
                "WebServerException: Unable to create tempDir. java.io.tmpdir is set to /tmp",
            ],
            status: "CrashLoopBackOff",
            cause: "Spring Boot with Tomcat or Jetty makes a directory below /tmp.",
            remedies: &["Mount an emptyDir on /tmp."],
            sources: &["spring-projects/spring-boot#8578"],
        },
        Breakage {
            symptoms: &[
                "Failed to create CoreCLR, HRESULT: 0x8007000E",
                "Failed to create CoreCLR, HRESULT: 0x80004005",
            ],
            status: "CrashLoopBackOff, often exit code 137",
            cause: "The .NET runtime opens a diagnostics socket below /tmp.",
            remedies: &[
                "Set DOTNET_EnableDiagnostics=0 in env, before .NET 6 COMPlus_EnableDiagnostics=0.",
                "Mount an emptyDir on /tmp.",
            ],
            sources: &["dotnet/runtime#86259", "dotnet/runtime#46093"],
        },
        Breakage {
            symptoms: &["npm exits with code 243 or 254 and prints nothing"],
            status: "CrashLoopBackOff",
            cause: "npm cannot write its cache and its log.",
            remedies: &[
                "Start node itself instead of npm.",
                "Mount an emptyDir on the home directory.",
            ],
            sources: &["npm/cli#4838"],
        },
        Breakage {
            symptoms: &[
                "Temporary directory /opt/keycloak/bin/../data/tmp does not exist and it was not possible to create it",
            ],
            status: "Running and Ready; requests are answered with 500",
            cause: "Keycloak makes its directory for temporary files below its home, whatever java.io.tmpdir \
                says, and only when it is first needed.",
            remedies: &["Mount an emptyDir on /opt/keycloak/data/tmp."],
            sources: &["quarkusio/quarkus#46388"],
        },
        Breakage {
            symptoms: &["Read-only file system, on one cluster and not on another"],
            status: "differs by runtime",
            cause: "The path is a VOLUME of the image. containerd keeps it writable, CRI-O with \
                image_volumes=mkdir does not.",
            remedies: &["Mount an emptyDir on every VOLUME of the image."],
            sources: &[
                "containerd/containerd internal/cri/server/container_create.go",
                "cri-o/cri-o docs/crio.conf.5.md",
                SEEN,
            ],
        },
        wrong_level(
            &["unknown field \"spec.template.spec.securityContext.readOnlyRootFilesystem\""],
            &[TO_CONTAINERS],
        ),
    ],
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
